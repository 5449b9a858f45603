"""Photos in, suspects out: where opium poppy may be flowering.

In go the located photos and their tiles (ingest/photos.parquet, ingest/tiles.parquet) and the photos' pixels;
out come detect/suspects.parquet, ranked, each with its place, standard error and reasons, and a chip of each
under detect/chips/. `detect` is the stage, `find` looks at a single image and needs no mission.
"""

from detect.finder import Candidates, find
from detect.stage import detect

__all__ = ["Candidates", "detect", "find"]
