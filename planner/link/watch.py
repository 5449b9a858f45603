"""What an aircraft's messages say about its flight."""

import math
from dataclasses import dataclass, field

from planner.link.mavlink import Message, mavlink, mavutil

_BATTERY_STEP_PCT = 5
_AT_REST_M_S = 0.5
_IN_THE_AIR_M = 2.0
_TEXT_FIELD = 50
"""Characters of text in one STATUSTEXT."""
_WARNING = mavlink.MAV_SEVERITY_WARNING


@dataclass
class FlightWatch:
    """The state of a flight; it is given every message and tells what is new in words.

    Attributes
    ----------
    photos_planned, items
        What the sortie should come to: photos, and mission items with home.
    mode
        Name of the flight mode.
    armed, flown
        Whether the motors may turn; whether the aircraft has been in the air since it was first armed.
    item
        The mission item being flown.
    battery_pct
        Remaining charge; None where the aircraft does not know it.
    lon_deg, lat_deg, alt_amsl_m, height_m
        Position, with the height above home; NaN before it is known.
    clock_s
        The aircraft's own clock, seconds since it was switched on. In a simulation it runs faster than ours.
    armed_at_s
        `clock_s` when it was armed.
    warnings
        The latest messages of severity WARNING or worse.
    """

    listens = frozenset(
        {"HEARTBEAT", "STATUSTEXT", "MISSION_CURRENT", "CAMERA_FEEDBACK", "SYS_STATUS"}
        | {"GLOBAL_POSITION_INT", "EXTENDED_SYS_STATE"}
    )

    photos_planned: int
    items: int
    mode: str = ""
    armed: bool = False
    flown: bool = False
    item: int = 0
    battery_pct: int | None = None
    lon_deg: float = math.nan
    lat_deg: float = math.nan
    alt_amsl_m: float = math.nan
    height_m: float = math.nan
    clock_s: float = 0.0
    armed_at_s: float = 0.0
    warnings: list[str] = field(default_factory=list[str])
    _speed_m_s: float = math.inf
    _landed_state: int = mavlink.MAV_LANDED_STATE_UNDEFINED
    _photos: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    _battery_told_pct: int = 101
    _text: str = ""

    @property
    def photos_taken(self) -> int:
        """Photos since arming.

        The aircraft numbers them, so a CAMERA_FEEDBACK that the link lost is counted by its neighbours.
        """
        numbers = [number for _, number in self._photos]
        return max(len(numbers), max(numbers) - min(numbers) + 1) if numbers else 0

    @property
    def landed(self) -> bool:
        """Whether it has flown, is disarmed and stands on the ground."""
        if self._landed_state != mavlink.MAV_LANDED_STATE_UNDEFINED:
            at_rest = self._landed_state == mavlink.MAV_LANDED_STATE_ON_GROUND
        else:
            at_rest = self._speed_m_s < _AT_REST_M_S
        return self.flown and not self.armed and at_rest

    @property
    def ended(self) -> bool:
        """Whether the flight is over: disarmed after it has flown, wherever that was."""
        return self.flown and not self.armed

    def receive(self, message: Message) -> list[str]:
        """Take one message; the texts returned are news for people."""
        match message.get_type():
            case "HEARTBEAT":
                return self._heartbeat(message)
            case "STATUSTEXT":
                return self._status_text(message)
            case "MISSION_CURRENT":
                return self._current(message)
            case "CAMERA_FEEDBACK":
                return self._photo(message)
            case "SYS_STATUS":
                return self._battery(message)
            case "GLOBAL_POSITION_INT":
                self._position(message)
            case "EXTENDED_SYS_STATE":
                self._landed_state = message.landed_state
            case _:
                pass
        return []

    def _heartbeat(self, message: Message) -> list[str]:
        if message.autopilot == mavlink.MAV_AUTOPILOT_INVALID:
            return []  # a camera or a gimbal
        news: list[str] = []
        mode = mavutil.mode_string_v10(message)
        if mode != self.mode:
            self.mode = mode
            news.append(f"mode {mode}")
        armed = bool(message.base_mode & mavlink.MAV_MODE_FLAG_SAFETY_ARMED)
        if armed != self.armed:
            self.armed = armed
            news.append("armed" if armed else "disarmed")
            if armed:
                self.armed_at_s = self.clock_s
        return news

    def _status_text(self, message: Message) -> list[str]:
        """Join the pieces of a long text: they share an id, and the last is shorter than its field."""
        self._text = message.text if message.chunk_seq == 0 else self._text + message.text
        if message.id != 0 and len(message.text) == _TEXT_FIELD:
            return []
        if message.severity <= _WARNING:
            self.warnings = [*self.warnings[-9:], self._text]
        return [f"aircraft: {self._text}"]

    def _current(self, message: Message) -> list[str]:
        if message.seq == self.item:
            return []
        self.item = message.seq
        return [f"item {self.item} of {self.items - 1}"] if self.armed else []

    def _photo(self, message: Message) -> list[str]:
        photo = (message.time_usec, message.img_idx)
        if not self.armed or photo in self._photos:
            return []
        self._photos.add(photo)
        return [f"photo {self.photos_taken} of {self.photos_planned}"]

    def _battery(self, message: Message) -> list[str]:
        if message.battery_remaining < 0:
            return []
        self.battery_pct = message.battery_remaining
        if message.battery_remaining > self._battery_told_pct - _BATTERY_STEP_PCT:
            return []
        self._battery_told_pct = message.battery_remaining
        return [f"battery {message.battery_remaining} %"]

    def _position(self, message: Message) -> None:
        self.clock_s = message.time_boot_ms / 1e3
        self.lon_deg, self.lat_deg = message.lon / 1e7, message.lat / 1e7
        self.alt_amsl_m, self.height_m = message.alt / 1e3, message.relative_alt / 1e3
        self._speed_m_s = math.hypot(message.vx, message.vy, message.vz) / 100
        self.flown |= self.armed and self.height_m > _IN_THE_AIR_M
