"""What `find` finds in painted images, and what it leaves alone."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detect import find
from missions.errors import TianmuError

Painter = Callable[..., None]
Meadow = Callable[..., NDArray[np.uint8]]
GSD_CM = 1.5


@pytest.mark.parametrize("colour", ["white", "pink", "purple", "red"])
def test_flowers_on_leaves_are_found_where_they_are(colour: str, green: Meadow, paint: Painter):
    image = green(700, 900)
    paint(image, 450, 350, colour, 7)
    found = find(image, GSD_CM)
    best = found.take(np.flatnonzero(found.score > 0.8))
    assert len(best) >= 5
    assert np.hypot(best.px - 450, best.py - 350).max() < 28 * np.sqrt(7)
    assert set(best.colour) <= {colour, "mauve"} if colour == "purple" else set(best.colour) == {colour}
    assert np.abs(2 * best.radius_px * GSD_CM - 8.0).max() < 4.0
    assert all(reason.startswith(each) for reason, each in zip(best.reasons, best.colour, strict=True))


def test_scores_fall_from_first_to_last(green: Meadow, paint: Painter):
    image = green(700, 900)
    paint(image, 300, 350, "red", 6)
    paint(image, 700, 350, "white", 2)
    score = find(image, GSD_CM).score
    assert np.all(np.diff(score) <= 0)
    assert np.all((score >= 0.05) & (score <= 1.0))


def test_bare_meadow_has_no_flowers(green: Meadow):
    assert np.all(find(green(700, 900), GSD_CM).score < 0.5)


def _car(image: NDArray[np.uint8]) -> None:
    cv2.rectangle(image, (300, 250), (600, 370), (30, 25, 190), -1)
    cv2.rectangle(image, (360, 262), (430, 358), (60, 55, 50), -1)  # windscreen


def _tarpaulin(image: NDArray[np.uint8]) -> None:
    cv2.rectangle(image, (250, 200), (600, 450), (190, 110, 40), -1)


def _yellow(image: NDArray[np.uint8]) -> None:
    for i in range(30):
        cv2.circle(image, (200 + 17 * i, 300 + (i * 37) % 90), 3, (40, 220, 240), -1, cv2.LINE_AA)


def _road_marking(image: NDArray[np.uint8]) -> None:
    image[300:420] = (120, 122, 124)
    for x in range(50, 850, 150):
        cv2.rectangle(image, (x, 356), (x + 90, 363), (235, 235, 235), -1)


def _film(image: NDArray[np.uint8]) -> None:
    for y in range(150, 560, 60):
        cv2.rectangle(image, (100, y), (800, y + 30), (235, 235, 235), -1)


@pytest.mark.parametrize("decoy", [_car, _tarpaulin, _yellow, _road_marking, _film])
def test_decoys_are_no_flowers(decoy: Callable[[NDArray[np.uint8]], None], green: Meadow):
    image = green(700, 900)
    decoy(image)
    image = cv2.GaussianBlur(image, (0, 0), 0.7)
    assert not np.any(find(image, GSD_CM).score > 0.8)


@pytest.mark.parametrize("gsd_cm", [0.5, 0.75, 1.5])
def test_a_finer_image_is_searched_at_one_scale(gsd_cm: float, green: Meadow, paint: Painter):
    image = green(600, 800)
    paint(image, 400, 300, "red", 7)
    factor = 1.5 / gsd_cm
    finer = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
    found = find(finer, gsd_cm)
    nearest = np.hypot(found.px + 0.5 - 400.5 * factor, found.py + 0.5 - 300.5 * factor).min()
    assert nearest * gsd_cm < 2.0
    assert np.sum(found.score > 0.8) >= 5


def test_find_says_what_it_cannot_serve(green: Meadow):
    image = green(64, 64)
    with pytest.raises(TianmuError, match="capsule"):
        find(image, 1.5, stage="capsule")  # pyright: ignore[reportArgumentType]  the point of the test
    with pytest.raises(TianmuError, match="above 0"):
        find(image, 0.0)
    with pytest.raises(TianmuError, match="float64"):
        find(image.astype(float), 1.5)  # pyright: ignore[reportArgumentType]  the point of the test


def test_an_even_image_and_a_tiny_one_have_no_candidates():
    assert len(find(np.full((200, 300, 3), 90, np.uint8), 1.5)) == 0
    assert len(find(np.full((1, 1, 3), 255, np.uint8), 1.5)) == 0


@pytest.mark.parametrize("number", [24, 29])
def test_real_photos_without_poppy_stay_nearly_quiet(number: int, tianmu_data: Path):
    photo = tianmu_data / "photos" / "brighton" / f"DJI_00{number}.JPG"
    image = cv2.imread(str(photo))
    assert image is not None
    hectares = image.shape[0] * image.shape[1] * 0.017**2 / 1e4
    assert np.sum(find(image, 1.7).score > 0.9) / hectares < 20.0
