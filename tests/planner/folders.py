"""Mission folders on level ground, their inputs given in metres around 100 E 25 N."""

import json

import numpy as np
import shapely

from missions import Mission

CAMERA = '[camera]\nmodel = "sony-a6000-20mm"\ngimbal = true\n'
LEVEL = "[terrain]\nflat_alt_amsl_m = 500\n"


def lonlat(east_m, north_m):
    """Degrees of a place near the centre, good to centimetres."""
    return 100 + east_m / 100_900, 25 + north_m / 110_780


def features(*pairs):
    """A GeoJSON collection of (geometry in metres, properties)."""
    moved = [
        shapely.transform(shape, lambda xy: np.column_stack(lonlat(xy[:, 0], xy[:, 1]))) for shape, _ in pairs
    ]
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": json.loads(shapely.to_geojson(shape)),
                }
                for shape, (_, properties) in zip(moved, pairs, strict=True)
            ],
        }
    )


def mission_folder(root, extra="", camera=CAMERA, terrain=LEVEL, **inputs):
    """A mission whose inputs are lists of (geometry in metres, properties), as in `plots=[...]`."""
    root.mkdir(exist_ok=True)
    for name, pairs in inputs.items():
        (root / f"{name}.geojson").write_text(features(*pairs))
    (root / "mission.toml").write_text(camera + terrain + extra)
    return Mission(root)
