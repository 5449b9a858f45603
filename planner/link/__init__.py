"""Aircraft in the air: a planned sortie goes in, a flown one with its logs comes out.

`fly` uploads a sortie over MAVLink, reads it back, arms only on what it found the same, watches the flight
and fetches the log. Protocols are state machines without clock or socket (`exchange` and those built on it);
`connection` is the one place that touches the link, and `mavlink` the one that imports pymavlink first.
"""

from planner.link.aloft import Patience
from planner.link.fly import FlightResult, fly

__all__ = ["FlightResult", "Patience", "fly"]
