import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.tiles import windows


@given(st.integers(1, 9000), st.integers(1, 7000), st.floats(0.3, 12.0))
def test_windows_cover_the_photo_and_hold_any_object_of_a_metre(
    width: int, height: int, gsd_cm: float
) -> None:
    boxes = windows(width, height, gsd_cm)
    need = min(100 / gsd_cm, 512.0)
    for axis, length in ((0, width), (1, height)):
        starts = np.unique(boxes[:, axis])
        size = int(boxes[0, 2 + axis])
        assert starts[0] == 0 and starts[-1] + size == length
        assert size <= 1030
        if len(starts) > 1:
            assert (starts[:-1] + size - starts[1:]).min() >= int(need) - 1
    assert len(boxes) == len(np.unique(boxes[:, 0])) * len(np.unique(boxes[:, 1]))
