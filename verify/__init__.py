"""From suspects to the people who check them: Google Earth, GeoJSON and CSV.

In go detect/suspects.parquet with its chips, proof/ (coverage and gaps, where there is one) and the plots;
out come export/suspects.kmz, suspects.geojson and suspects.csv, all in WGS 84 longitude and latitude. A
suspect is a lead for a person to verify, never a verdict.
"""

from verify.export import export

__all__ = ["export"]
