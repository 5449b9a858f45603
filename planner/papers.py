"""What is printed of a plan: a sheet for every crew, and the application for permission to fly."""

from pathlib import Path

from missions import Mission
from missions.records import Plan
from planner.application import flight_application
from planner.crew import crew_sheets
from planner.prepare import Task
from report import application_docx, application_paper, application_pdf, crew_sheet_pdf


def write_papers(folder: Path, mission: Mission, task: Task, plan: Plan) -> list[str]:
    """Write one PDF a sortie and the application into a folder.

    Returns
    -------
    list of str
        Warnings: what the application leaves open.
    """
    language = mission.settings.mission.language
    for sheet in crew_sheets(mission, task, plan):
        (folder / f"{sheet.name}.pdf").write_bytes(crew_sheet_pdf(sheet, language))
    paper = application_paper(flight_application(mission, task, plan))
    (folder / "application.docx").write_bytes(application_docx(paper, language))
    (folder / "application.pdf").write_bytes(application_pdf(paper, language))
    blanks = list(dict.fromkeys(paper.blanks()))
    return [f"application.docx waits for {', '.join(blanks)} (mission.toml)"] if blanks else []
