"""Times of the practice aircraft: since it was switched on, UTC, and the week and milliseconds of GPS."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

GPS_EPOCH = datetime(1980, 1, 6, tzinfo=UTC)
LEAP_SECONDS = 18
"""GPS ahead of UTC, since 2017."""
_WEEK_MS = 7 * 86_400_000
GPS_PERIOD_S = 0.2
FIRST_FLIGHT = datetime(2026, 4, 18, 2, 10, tzinfo=UTC)
"""Ten past ten in the morning in China, while poppy flowers there."""
_FLIGHTS_A_DAY = 10
_FLIGHT_SPACING = timedelta(minutes=35)


def flight_start(number: int) -> datetime:
    """Give the time at which the nth sortie is switched on: every 35 minutes, ten a day."""
    day, turn = divmod(number, _FLIGHTS_A_DAY)
    return FIRST_FLIGHT + timedelta(days=day) + turn * _FLIGHT_SPACING


@dataclass
class Clock:
    """Simulated time; `boot_s` is seconds since `boot_utc`."""

    boot_utc: datetime
    boot_s: float = 0.0

    @property
    def time_us(self) -> int:
        """Microseconds since boot."""
        return round(self.boot_s * 1e6)

    @property
    def time_ms(self) -> int:
        """Milliseconds since boot."""
        return int(self.boot_s * 1e3)

    def utc(self, boot_s: float) -> datetime:
        """Turn a time since boot into UTC."""
        return self.boot_utc + timedelta(microseconds=round(boot_s * 1e6))

    def unix_us(self, boot_s: float) -> int:
        """Turn a time since boot into microseconds of the Unix epoch."""
        return (self.utc(boot_s) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    def gps_fix_s(self, boot_s: float) -> float:
        """Give the time of the last GNSS fix at or before a time, five a second."""
        return math.floor(boot_s / GPS_PERIOD_S + 1e-6) * GPS_PERIOD_S

    def gps_time(self, boot_s: float) -> tuple[int, int]:
        """Turn a time since boot into GPS week and milliseconds of the week."""
        since = self.utc(boot_s) - GPS_EPOCH + timedelta(seconds=LEAP_SECONDS)
        return divmod(round(since / timedelta(milliseconds=1)), _WEEK_MS)
