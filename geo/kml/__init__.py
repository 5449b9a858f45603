"""The one writer and the one reader of KML and KMZ.

In goes a `KmlDocument`, built folder by folder from shapely geometries in lon, lat (WGS 84); out comes a file
that the OGC KML 2.2 schema accepts, always with the same bytes for the same content.  In goes a stranger's
KML or KMZ; out comes a list of `KmlFeature`, or a `GeoError` that says what is wrong with the file.

    doc = KmlDocument("Plan")
    doc.style("plot", line="#ffcc00", fill="#ffcc00", fill_opacity=0.2)
    plots = doc.folder("Plots", open=True)
    plots.placemark("North field", polygon, style="plot", properties={"area_ha": 1.2})
    write_kml(path, doc)

    for feature in read_kml(path):
        if feature.problem: ...          # set aside, with its reason; geometry is then empty
"""

from geo.kml.document import Html, KmlDocument, KmlFolder
from geo.kml.read import KmlFeature, read_kml
from geo.kml.source import xml_root
from geo.kml.write import kml_bytes, write_kml, write_kmz, zip_entry

__all__ = [
    "Html",
    "KmlDocument",
    "KmlFeature",
    "KmlFolder",
    "kml_bytes",
    "read_kml",
    "write_kml",
    "write_kmz",
    "xml_root",
    "zip_entry",
]
