"""The command line: which commands there are, and how errors are told."""

import json
import sys
from typing import Annotated

import typer

from missions.errors import TianmuError
from missions.workspace import code_version
from tianmu import check, demo, fly, new, plan, run, sim
from tianmu.console import say
from tianmu.stages import DETECT, EXPORT, INGEST, PLAN, PROOF, stage_command

app = typer.Typer(
    name="tianmu",
    help="Plan drone surveys for illicit opium poppy, fly them, prove what was covered, find suspects.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("new")(new.command)
app.command("check")(check.command)
app.command("plan", help=PLAN.help)(plan.command)
app.command("sim")(sim.command)
app.command("fly")(fly.command)
app.command("ingest", help=INGEST.help)(stage_command(INGEST))
app.command("detect", help=DETECT.help)(stage_command(DETECT))
app.command("proof", help=PROOF.help)(stage_command(PROOF))
app.command("export", help=EXPORT.help)(stage_command(EXPORT))
app.command("run")(run.command)
app.command("demo")(demo.command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tianmu {code_version()}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run a command; exit 1 with a message when it cannot be done with this input."""
    try:
        app()
    except TianmuError as error:
        say(f"error: {error}")
        if "--json" in sys.argv:
            typer.echo(json.dumps({"error": str(error)}, ensure_ascii=False))
        sys.exit(1)
    except KeyboardInterrupt:
        say("stopped; run the same command again to go on")
        sys.exit(130)
