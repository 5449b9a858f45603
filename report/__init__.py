"""How things look: maps, pages, tables, and the words in Chinese and English.

In go the mission's ground (frame and terrain), shapes in lon, lat, and records; out come bytes and texts
ready to be written: a PNG map, a self-contained HTML page, GeoJSON, CSV.  Nothing here writes a file,
decides anything or knows a stage.  The same input gives the same bytes.

    plan_html(plan, plots, no_fly, ground, language) -> str          the whole plan.html
    plan_map_png(plan, plots, no_fly, ground, language) -> bytes     its map alone
    sortie_map_png(plan, sortie, plots, no_fly, ground, language) -> bytes
    profile_svg(sortie, ground, language, colour=...) -> str         a flight from the side
    timeline_svg(plan, language) -> str
    map_png(ground, [Layer(...), Cells(...)], width_px=1200) -> bytes
    geojson_bytes(name, [(geometry, properties)]) -> bytes
    csv_bytes(header, rows) -> bytes
    Words("zh")("plots") -> str
"""

from report.coverage import coverage_rgba
from report.maps import Cells, Layer, map_png
from report.plan import plan_html
from report.planmap import plan_map_png, sortie_map_png
from report.profile import profile_svg
from report.tables import csv_bytes, geojson_bytes
from report.timeline import timeline_svg
from report.words import Language, Words

__all__ = [
    "Cells",
    "Language",
    "Layer",
    "Words",
    "coverage_rgba",
    "csv_bytes",
    "geojson_bytes",
    "map_png",
    "plan_html",
    "plan_map_png",
    "profile_svg",
    "sortie_map_png",
    "timeline_svg",
]
