"""What the practice aircraft gets wrong, drawn by a seed: position, attitude, clock; and its wind."""

import math
import random
from dataclasses import dataclass

from sim.aircraft import AircraftState


@dataclass(frozen=True)
class ErrorFigures:
    """Standard deviations and correlation times of everything that is drawn.

    Single-frequency GNSS under open sky wanders over minutes rather than jumping from fix to fix, and the
    state estimate wanders with it; attitude errors come from accelerometer and compass calibration and change
    with the manoeuvres.
    """

    gnss_xy_m: float = 0.7
    """Per horizontal axis, Gauss-Markov."""
    gnss_alt_m: float = 1.2
    gnss_tau_s: float = 300.0
    tilt_deg: float = 0.5
    """Roll and pitch, each, Gauss-Markov."""
    yaw_deg: float = 1.5
    attitude_tau_s: float = 60.0
    camera_delay_s: float = 0.015
    """From the autopilot's trigger to the exposure, mean; and its jitter, normal."""
    camera_jitter_s: float = 0.005
    camera_clock_s: float = 3.0
    """Offset of the camera's clock from UTC, normal, constant during a flight."""
    wind_speed_share: float = 0.2
    """Mean wind of a flight about the mission's, as a share of it, and its direction."""
    wind_from_deg: float = 15.0
    gust_share: float = 0.15
    """Gusts per horizontal axis about the flight's mean wind, as a share of it, Gauss-Markov."""
    gust_tau_s: float = 8.0


class GaussMarkov:
    """A first-order Gauss-Markov process, begun in its stationary distribution."""

    def __init__(self, sigma: float, tau_s: float, draw: random.Random) -> None:
        self._sigma, self._tau_s, self._draw = sigma, tau_s, draw
        self._step = (0.0, 1.0, 0.0)
        self.value = draw.gauss(0.0, sigma)

    def advance(self, dt_s: float) -> None:
        """Go on by `dt_s`."""
        if self._step[0] != dt_s:
            keep = math.exp(-dt_s / self._tau_s)
            self._step = (dt_s, keep, self._sigma * math.sqrt(1 - keep * keep))
        self.value = self.value * self._step[1] + self._step[2] * self._draw.gauss(0.0, 1.0)


class FlightErrors:
    """The errors of one flight.

    Parameters
    ----------
    figures : ErrorFigures
    wind_speed_m_s, wind_from_deg : float
        The wind that the mission reckons with.
    seed : str
        The same seed gives the same errors at the same times since take-off.
    """

    def __init__(self, figures: ErrorFigures, wind_speed_m_s: float, wind_from_deg: float, seed: str) -> None:
        draw = random.Random(seed)
        self._figures, self._draw = figures, draw
        self._gnss = [
            GaussMarkov(sigma, figures.gnss_tau_s, draw)
            for sigma in (figures.gnss_xy_m, figures.gnss_xy_m, figures.gnss_alt_m)
        ]
        self._attitude = [
            GaussMarkov(sigma, figures.attitude_tau_s, draw)
            for sigma in (figures.yaw_deg, figures.tilt_deg, figures.tilt_deg)
        ]
        self.camera_clock_s = draw.gauss(0.0, figures.camera_clock_s)
        speed = max(0.0, wind_speed_m_s * (1 + draw.gauss(0.0, figures.wind_speed_share)))
        towards = math.radians(wind_from_deg + draw.gauss(0.0, figures.wind_from_deg) + 180)
        self._mean_wind = (speed * math.sin(towards), speed * math.cos(towards))
        self._gusts = [GaussMarkov(speed * figures.gust_share, figures.gust_tau_s, draw) for _ in range(2)]

    def advance(self, dt_s: float) -> None:
        """Let every error wander for `dt_s`."""
        for process in (*self._gnss, *self._attitude, *self._gusts):
            process.advance(dt_s)

    @property
    def wind_m_s(self) -> tuple[float, float]:
        """Velocity of the air towards east and north, now."""
        return (self._mean_wind[0] + self._gusts[0].value, self._mean_wind[1] + self._gusts[1].value)

    def shutter_delay_s(self) -> float:
        """Draw the time from a trigger to its exposure."""
        return max(0.0, self._draw.gauss(self._figures.camera_delay_s, self._figures.camera_jitter_s))

    def estimate(self, truth: AircraftState) -> AircraftState:
        """Give the state that the autopilot believes in."""
        return truth._replace(
            east_m=truth.east_m + self._gnss[0].value,
            north_m=truth.north_m + self._gnss[1].value,
            alt_amsl_m=truth.alt_amsl_m + self._gnss[2].value,
            yaw_deg=(truth.yaw_deg + self._attitude[0].value) % 360.0,
            pitch_deg=truth.pitch_deg + self._attitude[1].value,
            roll_deg=truth.roll_deg + self._attitude[2].value,
        )
