"""Flowers in one image: `find`, for use as a library too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.blobs import Blobs, find_blobs
from detect.classify import flower_scores, reasons
from detect.colour import FAMILIES, colour_table
from detect.features import describe
from missions.errors import TianmuError

Stage = Literal["flower"]

FINEST_GSD_CM = 1.0
"""Petals are no easier to tell at less, and pixels cost time."""

_MIN_DIAMETER_CM = 2.5
_MAX_WIDTH_CM = 16.0
_MAX_LENGTH_CM = 45.0
"""Two or three flowers that touch make one long blob; a hose or a road marking is longer."""
_LARGE_CM2 = 2500.0
_MAX_LARGE = 400


@dataclass(frozen=True)
class Candidates:
    """Possible flowers in one image, best first; every column has N entries.

    Attributes
    ----------
    px, py : (N,) float64
        Centre, pixels of the image given, centre of the top-left pixel at (0, 0).
    radius_px : (N,) float64
        Radius of the disc with the same area.
    score : (N,) float64
        0..1, comparable between images: colour, form, surroundings and neighbours through one logistic
        function.
    colour : tuple of str
        Hue family, one of `detect.colour.FAMILIES`.
    reasons : tuple of str
        What spoke for it and against it, in words.
    """

    px: NDArray[np.float64]
    py: NDArray[np.float64]
    radius_px: NDArray[np.float64]
    score: NDArray[np.float64]
    colour: tuple[str, ...]
    reasons: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.px)

    def take(self, which: NDArray[np.intp]) -> "Candidates":
        """Give the candidates at these positions (K,), in this order."""
        return Candidates(
            self.px[which],
            self.py[which],
            self.radius_px[which],
            self.score[which],
            tuple(self.colour[i] for i in which),
            tuple(self.reasons[i] for i in which),
        )


def join(parts: Sequence[Candidates]) -> Candidates:
    """Put candidates one after another."""
    return Candidates(
        *(
            np.concatenate([np.empty(0), *(getattr(part, name) for part in parts)])
            for name in ("px", "py", "radius_px", "score")
        ),
        colour=tuple(colour for part in parts for colour in part.colour),
        reasons=tuple(reason for part in parts for reason in part.reasons),
    )


@dataclass(frozen=True)
class Measured:
    """Blobs of flower size and their measures (N, len(FEATURES)), unjudged; px of the image times `scale`."""

    blobs: Blobs
    features: NDArray[np.float64]
    gsd_cm: float
    scale: float


def find(
    image_bgr: NDArray[np.uint8],
    gsd_cm: float,
    *,
    stage: Stage = "flower",
    search_gsd_cm: float = FINEST_GSD_CM,
    min_score: float = 0.05,
) -> Candidates:
    """Find possible poppy flowers in an image.

    Parameters
    ----------
    image_bgr : (H, W, 3) uint8
        A photo looking down, or a part of one: the larger it is, the better it knows its background.
    gsd_cm : float
        Ground sample distance, cm. Above about 2.5 cm single flowers are smaller than a few pixels, and fewer
        are found.
    stage : "flower"
        The growth stage to look for. Capsules and rosettes cannot be told at these distances by colour.
    search_gsd_cm : float
        Finer images are brought to this first; by default to 1 cm.
    min_score : float
        Candidates below it are left out.

    Returns
    -------
    Candidates

    Raises
    ------
    TianmuError
        The image has another shape or type, the GSD is not positive, or the stage is not one the detector
        serves.
    """
    if image_bgr.ndim != 3 or image_bgr.shape[2] != 3 or image_bgr.dtype != np.uint8:
        raise TianmuError(f"expected an image (H, W, 3) of uint8, got {image_bgr.shape} of {image_bgr.dtype}")
    if not gsd_cm > 0:
        raise TianmuError(f"the ground sample distance must be above 0 cm, got {gsd_cm}")
    if stage != "flower":
        raise TianmuError(f'the detector serves the stage "flower", not "{stage}"')
    measured = measure(image_bgr, gsd_cm, search_gsd_cm)
    blobs = measured.blobs
    score = flower_scores(measured.features, blobs.family, blobs.centre_px * measured.gsd_cm / 100.0)
    order = np.lexsort((blobs.centre_px[:, 0], blobs.centre_px[:, 1], -score))
    order = order[score[order] >= min_score]
    centre = (blobs.centre_px[order] + 0.5) / measured.scale - 0.5
    return Candidates(
        px=centre[:, 0],
        py=centre[:, 1],
        radius_px=np.sqrt(blobs.area_px[order] / np.pi) / measured.scale,
        score=score[order],
        colour=tuple(FAMILIES[family] for family in blobs.family[order]),
        reasons=reasons(measured.features[order], blobs.family[order]),
    )


def measure(image_bgr: NDArray[np.uint8], gsd_cm: float, search_gsd_cm: float = FINEST_GSD_CM) -> Measured:
    """Find and measure blobs of petal colour and flower size, without judging them.

    Parameters
    ----------
    image_bgr : (H, W, 3) uint8
    gsd_cm : float
    search_gsd_cm : float
        The image is reduced to it where finer.
    """
    scale = min(1.0, gsd_cm / search_gsd_cm)
    image = np.ascontiguousarray(image_bgr)
    if scale < 0.95:
        image = np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8
        )
    else:
        scale = 1.0
    gsd_cm = gsd_cm / scale
    table = colour_table(image)
    smallest_px = max(2, int(np.pi / 4.0 * (_MIN_DIAMETER_CM / gsd_cm) ** 2))
    blobs = find_blobs(image, table, smallest_px)
    major_cm, minor_cm = blobs.axes_px.T * gsd_cm
    flower = (minor_cm <= _MAX_WIDTH_CM) & (major_cm <= _MAX_LENGTH_CM) & (major_cm <= 4.0 * minor_cm)
    area_cm2 = blobs.area_px * gsd_cm**2
    large = ~flower & (area_cm2 > _LARGE_CM2)
    largest = np.argsort(-area_cm2 * large, kind="stable")[: min(_MAX_LARGE, int(large.sum()))]
    kept = blobs.take(flower)
    features = describe(image, table, gsd_cm, kept, blobs.box_px[largest])
    return Measured(kept, features, gsd_cm, scale)
