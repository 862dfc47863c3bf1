"""Arguments and options that several commands take, each said once."""

from pathlib import Path
from typing import Annotated

import typer

CaseName = Annotated[
    str,
    typer.Argument(help="Folder of a case, or the name of one that ships: starter, world, world-coarse, world-2023."),
]
Scenario = Annotated[str | None, typer.Option(help="Scenario of the case; none: its default scenario.")]
Sets = Annotated[
    list[str], typer.Option("--set", help="Change cells: 'costs[process=ccgt,item=capex] *= 1.5'. Repeatable.")
]
Edits = Annotated[list[Path], typer.Option("--edit", help="A scenario file with edits, anywhere. Repeatable.")]
Shocks = Annotated[
    list[str],
    typer.Option("--shock", help="NAME:YEAR, or NAME: a shock of the case that the plan knows of. Repeatable."),
]
Runs = Annotated[Path, typer.Option("--out", help="Folder in which runs are kept.")]
Keep = Annotated[list[str], typer.Option(help="RUN or RUN:YEAR: hold the orders of a stored run, up to a year.")]
TimeLimit = Annotated[float | None, typer.Option(min=1e-3, help="Seconds for each solve; then exit code 4.")]
Name = Annotated[str | None, typer.Option(help="Name of what is stored, in place of the usual one.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes that solve at the same time.")]
