"""What a survey is: its folder, settings, inputs, records, workspace, catalogue and examples.

In go a mission folder and what people put there (plots, past finds, terrain, mission.toml); out come
settings checked for sense, features with what had to be set aside, the records that the rooms hand to each
other, and the engine that runs a stage once, in parallel, and whole or not at all.
"""

from missions.features import Area, Features, Plot, Rejected, Target
from missions.mission import Ground, Mission
from missions.workspace import StageResult, run_stage

__all__ = ["Area", "Features", "Ground", "Mission", "Plot", "Rejected", "StageResult", "Target", "run_stage"]
