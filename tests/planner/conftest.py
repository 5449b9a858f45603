"""Random areas and obstacles for the planner's tests."""

import numpy as np
import shapely
from hypothesis import strategies as st


@st.composite
def stars(draw, low=20.0, high=200.0, corners=(3, 12), centre=0.0):
    """A polygon without self-crossings, often concave: corners at growing bearings and random distances."""
    count = draw(st.integers(*corners))
    radii = draw(st.lists(st.floats(low, high), min_size=count, max_size=count))
    east, north = draw(st.floats(-centre, centre)), draw(st.floats(-centre, centre))
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    outline = np.column_stack((np.cos(angles), np.sin(angles))) * np.array(radii)[:, None]
    return shapely.Polygon(outline + [east, north])


@st.composite
def areas(draw):
    """A plot of up to ten hectares with up to two holes."""
    area = draw(stars())
    for _ in range(draw(st.integers(0, 2))):
        area = area.difference(draw(stars(8.0, 40.0, (3, 6), 100.0)))
    return area
