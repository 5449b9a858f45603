"""From a mission's plots to sorties, and to the aircraft that flies them.

In go plots, no-fly areas, terrain and the settings of a mission folder; out comes plan/ with plan.json and
the files that ground stations load (`plan`). `mission_items` gives a sortie as MAVLink items; `planner.link`
sends them to an aircraft and watches it fly. `cover` plans a path over any area in metres, without a mission.
"""

from planner.coverpath import cover
from planner.finish import CoveragePath
from planner.items import MissionItem, home_item, mission_items
from planner.stage import plan

__all__ = ["CoveragePath", "MissionItem", "cover", "home_item", "mission_items", "plan"]
