"""What every command shares: the words on stderr, the JSON on stdout, and the exit code.

People read stderr: progress for anything longer than two seconds, then a short summary that ends with the
next command. Programs read stdout: with `--json` one object and nothing else.
"""

import json
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from missions import StageResult
from missions.progress import Progress as ProgressFunction

INCOMPLETE = 3
"""Exit code of work that is done but not complete: photos set aside, gaps left."""

PROGRESS_AFTER_S = 2.0

MissionArgument = Annotated[Path, typer.Argument(metavar="MISSION", help="The mission folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]
VerifyOption = Annotated[
    bool, typer.Option("--verify", help="Hash every input again, however unchanged it looks.")
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes to work with; one per processor by default.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Draws another landscape, other plants, other errors.")]

err = Console(stderr=True, highlight=False)


@contextmanager
def progress_bar(label: str) -> Generator[ProgressFunction]:
    """Show a bar with a rate and an end once the work has lasted two seconds, on a terminal only."""
    begun = time.monotonic()
    bar = Progress(
        TextColumn(label),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    task = bar.add_task(label, total=None, rate="")

    def show(done: int, total: int) -> None:
        lasted = time.monotonic() - begun
        if lasted < PROGRESS_AFTER_S:
            return
        bar.start()
        bar.update(task, completed=done, total=total, rate=f"{done / lasted:.1f}/s")

    try:
        yield show
    finally:
        bar.stop()


def say(text: str) -> None:
    """Tell people something, on stderr."""
    err.print(escape(text), soft_wrap=True)


def print_json(value: Mapping[str, Any]) -> None:
    """Tell programs, on stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Show a small table on stderr."""
    table = Table(title=escape(title), title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(escape(column))
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    err.print(table)


def tell_stage(name: str, result: StageResult, words: str) -> None:
    """Say what a stage did: its figures, what it set aside, and whether there was anything to do."""
    note = " (unchanged, nothing to do)" if result.skipped else ""
    say(f"{name}: {words}{note}")
    for warning in result.summary.get("warnings", []):
        say(f"  note: {warning}")
    for problem in problems_of(result.summary):
        say(f"  set aside: {problem['file']}: {problem['reason']}")


def problems_of(summary: Mapping[str, Any]) -> list[dict[str, str]]:
    """Everything a stage had to set aside, each once."""
    listed = [*summary.get("rejected", []), *summary.get("problems", [])]
    return list({(entry["file"], entry["reason"]): entry for entry in listed}.values())


def finish(summary: Mapping[str, Any], *, as_json: bool, complete: bool, next_step: str = "") -> None:
    """End a command: the JSON, the next command to type, and the exit code."""
    if as_json:
        print_json(summary)
    if next_step:
        say(f"next: {next_step}")
    if not complete:
        raise typer.Exit(INCOMPLETE)
