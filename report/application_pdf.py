"""The flight application as a PDF file, from the same words as the Word document."""

from dataclasses import asdict

from report.application import Paper
from report.typeset import pdf_bytes
from report.words import Language


def application_pdf(paper: Paper, language: Language) -> bytes:
    """Set the application, in Chinese, with an English gloss below where `language` is "en"."""
    return pdf_bytes("application.typ", {**asdict(paper), "glossed": language == "en"})
