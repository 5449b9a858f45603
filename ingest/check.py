"""Hold what photos claim of their yaw against what their pixels show.

Two neighbouring photos that show the same ground tell, with their positions, which way each image's top
points. The headers of some aircraft say the opposite on every second leg, which coverage survives and the
places of finds do not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo.view import View
from ingest.locate import ASSUMED, GIMBAL, Fix

_MAX_DOUBT_DEG = 20.0
"""A pair whose GNSS noise makes its bearing less sure than this says nothing."""
_HALF_TURN_DEG = 45.0
"""How near to 180 degrees the contradiction must be to be taken for a turned image."""
_CONTRADICTION_DEG = 30.0
_BEST_YAW_DEG = 3.0
"""What a yaw from tie points is at best good for: tilt and relief bend the bearings too."""
_TURNED = "EXIF and gimbal, yaw turned by 180"


@dataclass(frozen=True)
class YawEvidence:
    """What neighbours say of one photo: `error_deg` must be added to its yaw, `doubt_deg` is its error."""

    error_deg: float
    doubt_deg: float
    pairs: int


@dataclass(frozen=True)
class Checked:
    """Fixes after the check, what the check found (for the report), and what remains doubtful."""

    fixes: list[Fix]
    findings: list[dict[str, object]]
    problems: list[tuple[str, str]]


def check_yaw(fixes: Sequence[Fix], views: Mapping[str, View], following: Mapping[str, str]) -> Checked:
    """Correct or doubt the yaw of photos located by their headers.

    Parameters
    ----------
    fixes : sequence of Fix
    views : mapping
        By file, every fix's view of the ground.
    following : mapping
        By file, the file that its `shift` leads to.
    """
    evidence = _gather(fixes, views, following)
    checked: list[Fix] = []
    findings: list[dict[str, object]] = []
    problems: list[tuple[str, str]] = []
    for fix in fixes:
        file = fix.photo.file
        seen = evidence.get(file)
        if seen is None:
            checked.append(fix)
            continue
        judged, problem = _judge(fix, seen)
        checked.append(judged)
        if problem is not None:
            problems.append((file, problem))
        findings.append(
            {
                "file": file,
                "yaw_error_deg": round(seen.error_deg, 1),
                "doubt_deg": round(seen.doubt_deg, 1),
                "pairs": seen.pairs,
                "source": judged.source,
            }
        )
    turned = [fix.photo.file for fix in checked if fix.source == _TURNED]
    if turned:
        problems.append(
            (
                turned[0],
                f"yaw of {len(turned)} photos turned by 180 degrees: their pixels contradict their headers",
            )
        )
    return Checked(checked, findings, problems)


def _judge(fix: Fix, seen: YawEvidence) -> tuple[Fix, str | None]:
    """Correct a yaw that was assumed or is turned by half; widen the error of one that merely disagrees."""
    error = abs(seen.error_deg)
    if fix.source == ASSUMED:
        yaw = (fix.yaw_deg + seen.error_deg) % 360
        return replace(fix, yaw_deg=yaw, se_yaw_deg=max(seen.doubt_deg, _BEST_YAW_DEG)), None
    if fix.source == GIMBAL and error > 180 - _HALF_TURN_DEG:
        left = float(np.hypot(fix.se_yaw_deg, max(180 - error, seen.doubt_deg)))
        return replace(fix, yaw_deg=(fix.yaw_deg + 180) % 360, se_yaw_deg=left, source=_TURNED), None
    if error > _CONTRADICTION_DEG:
        doubted = replace(fix, se_yaw_deg=error)
        return doubted, f"yaw is {error:.0f} degrees off what the neighbouring photos show"
    beyond_doubt = float(np.sqrt(max(0.0, error**2 - seen.doubt_deg**2)))
    return replace(fix, se_yaw_deg=max(fix.se_yaw_deg, beyond_doubt)), None


def _gather(
    fixes: Sequence[Fix], views: Mapping[str, View], following: Mapping[str, str]
) -> dict[str, YawEvidence]:
    by_file = {fix.photo.file: fix for fix in fixes}
    single: dict[str, list[tuple[float, float]]] = {}
    for fix in fixes:
        first, second = fix.photo.file, following.get(fix.photo.file, "")
        shift = fix.photo.shift
        if shift is None or second not in by_file:
            continue
        here, there = views[first], views[second]
        zero = np.zeros((1, 2))
        place_here, place_there = _ground(here, zero), _ground(there, zero)
        apart = float(np.hypot(*(place_there - place_here)))
        noise = np.hypot(fix.se_xy_m, by_file[second].se_xy_m)
        doubt = float(np.degrees(np.arctan2(noise, apart)))
        if not doubt <= _MAX_DOUBT_DEG:  # NaN too
            continue
        seen_there = _ground(here, shift.backward(zero)) - place_here
        seen_here = _ground(there, shift.forward(zero)) - place_there
        for file, truth, seen in (
            (first, place_there - place_here, seen_there),
            (second, place_here - place_there, seen_here),
        ):
            error = _bearing(truth) - _bearing(seen)
            if np.isfinite(error):
                single.setdefault(file, []).append((float(error), doubt))
    return {file: _combine(values) for file, values in single.items()}


def _ground(view: View, from_centre_px: np.ndarray) -> np.ndarray:
    centre = np.array([view.camera.width_px - 1, view.camera.height_px - 1]) / 2
    return view.ground_points(from_centre_px + centre)[0, :2]


def _bearing(vector: np.ndarray) -> float:
    return float(np.degrees(np.arctan2(vector[0], vector[1])))


def _combine(values: list[tuple[float, float]]) -> YawEvidence:
    """Weighted circular mean."""
    angles, doubts = np.radians([v[0] for v in values]), np.array([v[1] for v in values])
    weights = 1 / doubts**2
    mean = np.degrees(np.arctan2(np.sum(weights * np.sin(angles)), np.sum(weights * np.cos(angles))))
    return YawEvidence(float(mean), float(1 / np.sqrt(weights.sum())), len(values))
