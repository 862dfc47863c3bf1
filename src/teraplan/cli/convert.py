"""`teraplan convert`: models in other people's formats become case folders."""

from pathlib import Path
from typing import Annotated

import typer

from teraplan.cli.guard import guarded
from teraplan.convert.osemosys import Converted, convert_osemosys

TOLD = 10
convert = typer.Typer(no_args_is_help=True, help="Turn a model of another format into a case folder.")


@convert.callback()
def formats() -> None:
    """Turn a model of another format into a case folder."""


@convert.command()
@guarded
def osemosys(
    source: Annotated[Path, typer.Argument(help="Folder that otoole wrote: a CSV file a parameter, config.yaml.")],
    case: Annotated[Path, typer.Argument(help="Folder of the case to make; it must not exist.")],
) -> None:
    """Turn an OSeMOSYS model into a case with the same optimum.

    Example: teraplan convert osemosys simplicity mycase
    """
    typer.echo(told(convert_osemosys(source, case)))


def told(made: Converted) -> str:
    """Return what a conversion made, in words."""
    rows = sum(made.rows.values())
    tables = sum(1 for count in made.rows.values() if count)
    lines = [f"{made.folder}: {tables} tables, {rows:,} rows. Next: teraplan run {made.folder}"]
    lines += [f"left out: {reason}" for reason in made.left_out[:TOLD]]
    if len(made.left_out) > TOLD:
        lines.append(f"left out: {len(made.left_out) - TOLD} more of the same")
    return "\n".join(lines)
