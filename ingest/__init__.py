"""Flight logs and photos become located photos.

In go the files under flights/ as they came from the aircraft; out come ingest/photos.parquet (every
photo's pose, camera, footprint, ground sample distance and standard errors), ingest/tiles.parquet (the
windows to search), ingest/ground.json (where and how high the ground is, as far as the photos tell) and
ingest/report.json (what was set aside and why, what was matched with what, and how well).
"""

from ingest.logs import read_log
from ingest.stage import ingest

__all__ = ["ingest", "read_log"]
