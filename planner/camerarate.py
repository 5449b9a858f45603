"""How fast an aircraft may fly for its camera to keep up."""

import math

from missions.catalogue import AircraftModel, CameraModel
from missions.errors import PlanError

INTERVAL_SHARE = 0.9
"""Share of the camera's fastest rate that is planned for: gusts and a slope make photos come sooner."""
_LEAST_M_S = 2.0
_LEAST_SHARE = 0.7
"""Slowest speeds that make sense. Estimates: a multirotor slower than 2 m/s spends its battery on hovering,
an aeroplane slower than 0.7 of its cruise speed comes near its stall."""


def survey_speed(
    wanted_m_s: float, trigger_m: float, overlap: float, aircraft: AircraftModel, camera: CameraModel
) -> tuple[float, list[str]]:
    """Settle the speed along the transects.

    Parameters
    ----------
    wanted_m_s
        As the mission asks for, or the aircraft's cruise speed.
    trigger_m, overlap
        Distance between photos that the front overlap needs, and that overlap as a share.

    Returns
    -------
    speed, warnings
        Speed in m/s; a warning when it had to be lowered for the camera.

    Raises
    ------
    PlanError
        When the camera cannot keep up at any speed that makes sense.
    """
    fastest = INTERVAL_SHARE * trigger_m / camera.min_interval_s
    slowest = _LEAST_M_S if aircraft.kind == "multirotor" else _LEAST_SHARE * aircraft.cruise_m_s
    needs = (
        f"the {camera.name} takes a photo every {camera.min_interval_s:g} s and the front overlap needs one "
        f"every {trigger_m:.1f} m"
    )
    if fastest < slowest:
        enough = 1.0 - (1.0 - overlap) * slowest / fastest
        less = (
            f"a front overlap of {math.floor(100.0 * enough)} %"
            if enough > 0
            else "not even 0 % of front overlap"
        )
        raise PlanError(
            f"{needs}: that is {fastest:.1f} m/s, and {slowest:.1f} m/s is the least that makes sense "
            f"with the {aircraft.name}; {less} would do, or {slowest / fastest:.1f} times the GSD, or a "
            f"camera that is ready again in {INTERVAL_SHARE * trigger_m / slowest:.2f} s"
        )
    if wanted_m_s <= fastest:
        return wanted_m_s, []
    lowered = math.floor(10.0 * fastest) / 10.0
    return lowered, [f"speed lowered from {wanted_m_s:g} to {lowered:.1f} m/s: {needs}"]
