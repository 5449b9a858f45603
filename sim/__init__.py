"""An aircraft, a camera and a landscape to practise on.

In go a mission folder and a seed; out come an aircraft that speaks MAVLink 2 as ArduPilot Copter does, the
log on its own memory card, and, in a folder outside the mission, the truth of every exposure: from it the
practice camera draws the photos, and against it the final comparison scores what was found.
"""

from sim.landscape import plant
from sim.practice import Flight, serve, start_background
from sim.rehearsal import Rehearsal, rehearse
from sim.render import render_photos
from sim.score import score
from sim.server import FLAT_OUT, PracticeAircraft

__all__ = [
    "FLAT_OUT",
    "Flight",
    "PracticeAircraft",
    "Rehearsal",
    "plant",
    "rehearse",
    "render_photos",
    "score",
    "serve",
    "start_background",
]
