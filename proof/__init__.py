"""What was seen: from located photos to proof that no corner was missed, or where one was.

In go ingest/photos.parquet and the plots; out come proof/coverage.tif (how many photos see each cell, and
how finely), gaps.geojson (what none sees), proof.html (the same for people) and proof.json (the same for
programs).
"""

from proof.prove import prove
from proof.seen import Seen, see

__all__ = ["Seen", "prove", "see"]
