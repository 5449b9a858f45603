"""How things look: maps, pages, tables, and the words in Chinese and English.

In go the mission's ground (frame and terrain), shapes in lon, lat, and records; out come bytes and texts
ready to be written: a PNG map, a self-contained HTML page, GeoJSON, CSV.  Nothing here writes a file,
decides anything or knows a stage.  The same input gives the same bytes.

    plan_html(plan, plots, no_fly, ground, language) -> str          the whole plan.html
    plan_map_png(plan, plots, no_fly, ground, language) -> bytes     its map alone
    SortieMaps(plan, plots, no_fly, ground, language).jpeg(sortie) -> bytes
    profile_svg(sortie, ground, language, colour=...) -> str         a flight from the side
    timeline_svg(plan, language) -> str
    crew_sheet_pdf(sheet, language) -> bytes                         the page that a crew takes along
    application_paper(application) -> Paper                          the thirteen items in words
    application_docx(paper, language), application_pdf(...) -> bytes
    map_png(ground, [Layer(...), Cells(...)], width_px=1200) -> bytes
    geojson_bytes(name, [(geometry, properties)]) -> bytes
    csv_bytes(header, rows) -> bytes
    Words("zh")("plots") -> str
"""

from report.application import (
    AircraftClass,
    FlightApplication,
    FlightDay,
    Route,
    application_paper,
)
from report.application_pdf import application_pdf
from report.coverage import coverage_rgba
from report.crew_sheet import CrewSheet, Near, crew_sheet_pdf
from report.docx import application_docx
from report.maps import Cells, Layer, map_png
from report.plan import plan_html
from report.planmap import plan_map_png, sortie_colour
from report.profile import profile_svg
from report.sortie_map import SortieMaps
from report.tables import csv_bytes, geojson_bytes
from report.timeline import timeline_svg
from report.words import Language, Words

__all__ = [
    "AircraftClass",
    "Cells",
    "CrewSheet",
    "FlightApplication",
    "FlightDay",
    "Language",
    "Layer",
    "Near",
    "Route",
    "SortieMaps",
    "Words",
    "application_docx",
    "application_paper",
    "application_pdf",
    "coverage_rgba",
    "crew_sheet_pdf",
    "csv_bytes",
    "geojson_bytes",
    "map_png",
    "plan_html",
    "plan_map_png",
    "profile_svg",
    "sortie_colour",
    "timeline_svg",
]
