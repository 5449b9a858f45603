"""The aircraft in its world: it moves in the wind, its battery drains, its sensors see that with errors."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from geo.frames import LocalFrame
from sim.aircraft import AircraftState, Airframe, Demand, step
from sim.battery import AVIONICS_W, Battery, Power
from sim.clock import Clock
from sim.errors import ErrorFigures, FlightErrors
from sim.firmware import COPTER, Firmware
from sim.logcard import LogCard
from sim.navigation import Point
from sim.shutter import Moment

STEP_S = 0.05
_GROUND_PERIOD = 10
_IDLE_SHARE = 0.1
_ARMING_GRID_S = 60.0


@dataclass(frozen=True)
class Setup:
    """All that tells one practice flight from another."""

    frame: LocalFrame
    site: Point
    """True place of take-off, in the frame, height AMSL."""
    ground_amsl_m: Callable[[float, float], float]
    """Height of the ground at (east, north); NaN where it is not known."""
    airframe: Airframe
    power: Power
    battery: Battery
    clock: Clock
    card: LogCard
    seed: str
    wind_speed_m_s: float = 0.0
    wind_from_deg: float = 0.0
    parameters: dict[str, float] = field(default_factory=dict[str, float])
    figures: ErrorFigures = field(default_factory=ErrorFigures)
    firmware: Firmware = COPTER
    save_triggers: Callable[[list[dict[str, object]]], None] = lambda rows: None


class Body:
    """The physical side of a practice flight; `move` takes it on by STEP_S."""

    def __init__(self, setup: Setup) -> None:
        self.steps = 0
        self.battery = setup.battery
        self.airspeed_m_s = 0.0
        self._setup, self._clock = setup, setup.clock
        self._ground_amsl_m = setup.site.alt_amsl_m
        self.errors = self._draw_errors(0)
        truth = AircraftState(*setup.site)
        self.now = Moment(0.0, truth, self.errors.estimate(truth))

    def begin_flight(self, number: int) -> None:
        """Draw this flight's errors, and begin on a full minute: it can then be flown again the same."""
        self.errors = self._draw_errors(number)
        minute = round(_ARMING_GRID_S / STEP_S)
        self.steps = (self.steps // minute + 1) * minute
        self._clock.boot_s = self.steps * STEP_S
        truth = self.now.truth
        self.now = Moment(self._clock.boot_s, truth, self.errors.estimate(truth))

    def move(self, demand: Demand, motors_turn: bool) -> None:
        """Go on by one step towards the demanded velocity.

        On the ground the errors stand still: a flight's errors are a function of the time since it took off.
        """
        before = self.now.truth
        self.steps += 1
        self._clock.boot_s = self.steps * STEP_S
        if not before.on_ground:
            self.errors.advance(STEP_S)
            if self.steps % _GROUND_PERIOD == 0:
                self._look_down(before)
        wind = self.errors.wind_m_s
        truth = step(before, demand, wind, self._ground_amsl_m, self._setup.airframe, STEP_S)
        self.now = Moment(self._clock.boot_s, truth, self.errors.estimate(truth))
        self.airspeed_m_s = math.hypot(truth.east_m_s - wind[0], truth.north_m_s - wind[1])
        watts = AVIONICS_W
        if not truth.on_ground:
            watts += self._setup.power.watts(self.airspeed_m_s, truth.up_m_s)
        elif motors_turn:
            watts += _IDLE_SHARE * self._setup.power.hover_w
        self.battery = self.battery.drained(watts, STEP_S)

    def _look_down(self, truth: AircraftState) -> None:
        ground = self._setup.ground_amsl_m(truth.east_m, truth.north_m)
        if not math.isnan(ground):
            self._ground_amsl_m = ground

    def _draw_errors(self, number: int) -> FlightErrors:
        setup = self._setup
        seed = f"{setup.seed} flight {number}"
        return FlightErrors(setup.figures, setup.wind_speed_m_s, setup.wind_from_deg, seed)
