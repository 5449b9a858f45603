"""The battery: power of the flight, energy used, voltage under load."""

import bisect
import math
from dataclasses import dataclass
from typing import NamedTuple

CLIMB_SHARE_S_M = 0.036
"""Relative power for each m/s of climb: hover 28.0 A, 30.5 A at 2.5 m/s up and 26.9 A at 1.5 m/s down in a
log that ArduPilot Copter 4.7 wrote in software in the loop."""
DRAG_SHARE = 0.15
"""Share of the cruise power that goes into drag and grows with the cube of the airspeed: 3.6 kg with the drag
of `sim.aircraft` at 10 m/s take 70 of 500 W."""
AVIONICS_W = 8.0
"""Autopilot, radios and camera with the motors off: an estimate."""
NOMINAL_CELL_V = 3.7
_CHARGE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_CELL_V = (3.30, 3.55, 3.65, 3.70, 3.74, 3.78, 3.83, 3.90, 3.98, 4.06, 4.20)
"""Open-circuit voltage of a LiPo cell against its charge: typical of the discharge curves makers publish."""


@dataclass(frozen=True)
class Power:
    """What the aircraft draws: hovering, and at cruise speed in still air."""

    hover_w: float
    cruise_w: float
    cruise_m_s: float

    def watts(self, airspeed_m_s: float, climb_m_s: float) -> float:
        """Power in flight: between the two figures by airspeed; beyond cruise the drag's share grows."""
        share = airspeed_m_s / self.cruise_m_s
        if share <= 1:
            level = self.hover_w + (self.cruise_w - self.hover_w) * share
        else:
            level = self.cruise_w * (1 - DRAG_SHARE + DRAG_SHARE * share**3)
        return level * max(0.5, 1 + CLIMB_SHARE_S_M * climb_m_s)


class Battery(NamedTuple):
    """A LiPo battery and what was taken from it."""

    capacity_wh: float
    cells: int = 6
    resistance_ohm: float = 0.02
    used_wh: float = 0.0
    used_mah: float = 0.0
    volt: float = 25.2
    amp: float = 0.0

    @property
    def capacity_mah(self) -> float:
        """Charge at the nominal voltage."""
        return 1000 * self.capacity_wh / (NOMINAL_CELL_V * self.cells)

    @property
    def remaining_pct(self) -> int:
        """Percent left, as ArduPilot counts it: by the charge taken out."""
        return max(0, min(100, int(100 * (1 - self.used_mah / self.capacity_mah))))

    def drained(self, power_w: float, dt_s: float) -> "Battery":
        """Take `power_w` out for `dt_s`; the voltage sags by the internal resistance."""
        open_v = self.cells * _interpolated(1 - self.used_wh / self.capacity_wh)
        volt = (open_v + math.sqrt(max(0.0, open_v**2 - 4 * power_w * self.resistance_ohm))) / 2
        amp = power_w / volt
        return self._replace(
            used_wh=self.used_wh + power_w * dt_s / 3600,
            used_mah=self.used_mah + amp * dt_s / 3.6,
            volt=volt,
            amp=amp,
        )


def _interpolated(charge: float) -> float:
    charge = max(0.0, min(1.0, charge))
    i = max(1, bisect.bisect_left(_CHARGE, charge))
    share = (charge - _CHARGE[i - 1]) / (_CHARGE[i] - _CHARGE[i - 1])
    return _CELL_V[i - 1] + share * (_CELL_V[i] - _CELL_V[i - 1])
