"""Flight logs: in goes a file as the autopilot or the ground station wrote it, out come columns and a flight.

`read_log` gives every message as a table; `read_flight` gives what locating photos needs: the track, the
attitude and the camera's events on one clock. One module for each file format.
"""

from ingest.logs.flight import Battery, Events, Flight, Track, read_flight
from ingest.logs.motion import Motion, motion_of
from ingest.logs.reading import read_log

__all__ = ["Battery", "Events", "Flight", "Motion", "Track", "motion_of", "read_flight", "read_log"]
