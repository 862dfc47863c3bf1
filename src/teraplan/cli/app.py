"""The commands: read, call one function of the library, store, say. A notebook can do all of it."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from teraplan.case.read import find_case
from teraplan.cli import show
from teraplan.cli import show_backcast as told
from teraplan.cli.convert import convert
from teraplan.cli.guard import guarded, telling, workers
from teraplan.cli.runs import (
    FRONTIER,
    budgets_of,
    find_run,
    folder_of,
    folders_of,
    keep_plans,
    known_plans,
    name_of,
    request_of,
    stored_default,
    stored_frontier,
)
from teraplan.errors import CaseError, Fault
from teraplan.frontier import frontier as frontier_of
from teraplan.frontier import with_programme
from teraplan.model.build import build_problem
from teraplan.report.page import write_report
from teraplan.results.backcast import backcast_of, counted_records
from teraplan.results.compare import compare as compare_runs
from teraplan.results.store import save
from teraplan.scenario import Request, plan_needs, plan_scenario, stand_of
from teraplan.solver import Options

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

CaseName = Annotated[
    str, typer.Argument(help="Folder of a case, or the name of one that ships: starter, world, world-2023.")
]
Scenario = Annotated[str | None, typer.Option(help="Scenario of the case; none: its default scenario.")]
Sets = Annotated[
    list[str], typer.Option("--set", help="Change cells: 'costs[process=ccgt,item=capex] *= 1.5'. Repeatable.")
]
Edits = Annotated[list[Path], typer.Option("--edit", help="A scenario file with edits, anywhere. Repeatable.")]
Runs = Annotated[Path, typer.Option("--out", help="Folder in which runs are kept.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
app.add_typer(convert, name="convert")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"teraplan {version('teraplan')}")
        raise typer.Exit


@app.callback()
def teraplan(
    asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Plan the build-out of AI compute: from money through tools, fabs, chips and power to compute.

    Start with: teraplan demo, then: teraplan run world --scenario seven_trillion
    """


@app.command()
@guarded
def demo(out: Runs = Path("runs")) -> None:
    """Plan the case that ships for newcomers, print what comes out, write the report.

    Example: teraplan demo
    """
    _run(request_of("starter", None, [], [], []), out, False)


@app.command()
@guarded
def new(name: Path, source: Annotated[str, typer.Option("--from", help="Case to start from.")] = "starter") -> None:
    """Make a case of your own: a folder of tables to edit in a spreadsheet.

    Example: teraplan new mycase --from starter
    """
    if name.exists():
        raise CaseError(str(name), (Fault(str(name), "is there already", "choose another name, or remove it"),))
    try:
        shutil.copytree(find_case(source), name)
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise CaseError(str(name), (Fault(str(name), what, "choose a folder that you may write to"),)) from error
    typer.echo(f"{name}: a copy of {source}. Read {name}/README.md, edit the tables, then: teraplan run {name}")


@app.command()
@guarded
def check(case: CaseName, scenario: Scenario = None, sets: Sets = [], edits: Edits = [], as_json: Json = False) -> None:  # noqa: B006
    """Say everything that is wrong with a case, or how large it is.

    Example: teraplan check mycase
    """
    with telling() as tell:
        tell("reading")
        stand = stand_of(request_of(case, scenario, sets, edits, []))
        tell("stating the problem")
        problem = build_problem(stand.case)
    sizes = show.sizes(case, stand, problem)
    typer.echo(json.dumps(sizes) if as_json else show.checked(sizes))


@app.command()
@guarded
def run(
    case: CaseName,
    scenario: Scenario = None,
    sets: Sets = [],  # noqa: B006
    edits: Edits = [],  # noqa: B006
    keep: Annotated[
        list[str], typer.Option(help="RUN or RUN:YEAR: hold the orders of a stored run, up to a year.")
    ] = [],  # noqa: B006
    objective: Annotated[str | None, typer.Option(help="least_cost or most_compute.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the stored run, in place of CASE-SCENARIO.")] = None,
    time_limit: Annotated[float | None, typer.Option(min=0, help="Seconds for each solve; then exit code 4.")] = None,
    out: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Plan a case, check the plan, store it, say what it means, and write the report.

    Plans that the scenario stands on are made first, or taken from the runs folder.

    Example: teraplan run world --scenario seven_trillion --set 'limits[limit=grid_connections] *= 0.6'
    """
    request = request_of(case, scenario, sets, edits, keep, objective)
    _run(request, out, as_json, keep, Options(time_limit=time_limit), name)


@app.command()
@guarded
def frontier(
    case: CaseName,
    budget: Annotated[str, typer.Option(help="FROM:TO:COUNT or a list, in the case's currency.")] = "0.5e12:7e12:6",
    scenario: Scenario = None,
    sets: Sets = [],  # noqa: B006
    edits: Edits = [],  # noqa: B006
    processes: Annotated[int, typer.Option("--workers", min=1, help="Processes that plan at the same time.")] = 2,
    out: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Say what each budget of a programme buys on top of its baseline, what binds, where the money goes.

    Example: teraplan frontier world --budget 0.5e12:7e12:6
    """
    request = with_programme(request_of(case, scenario, sets, edits, []))
    with telling() as tell:
        stand = stand_of(request)
        budgets = budgets_of(budget, stand.case.tables.settings)
        known = known_plans(request, stand, out)
        made = plan_needs(request, known, tell=tell)
        keep_plans(made, known, folders_of(request, stand, out))
        with workers(processes) as pool:
            found = frontier_of(request, budgets, made, pool, tell)
        folder = save(found, folder_of(out, case, name_of(request, f"{FRONTIER}-{stand.name}", own=False)))
    typer.echo(json.dumps(show.frontier_data(found)) if as_json else f"{show.frontier(found)}\nStored in {folder}")


@app.command()
@guarded
def backcast(
    case: CaseName,
    known: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date by which it was known; none: the case's own.")
    ] = None,
    sets: Sets = [],  # noqa: B006
    edits: Edits = [],  # noqa: B006
    out: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Plan years that are on record from what was known by a date, and score the plan beside last value x trend.

    Example: teraplan backcast world-2023
    """
    asked = replace(request_of(case, None, sets, edits, []), known_by=known.date() if known else None)
    with telling() as tell:
        stand = stand_of(asked)
        by = stand.case.tables.settings.known_by
        if by is None:
            fault = Fault("--known", "the case names no date by which it was known", "give one, such as 2023-12-31")
            raise CaseError(case, (fault,))
        counted_records(stand.case.tables.frames["calibration"].rename({"value": "public"}), by)
        plans = plan_scenario(asked, tell=tell)
        folder = folders_of(asked, stand, out)[stand.name]
        save(plans[stand.name], folder)
        found = backcast_of(plans[stand.name].frame("calibration"), by)
    typer.echo(json.dumps(told.backcast_data(found)) if as_json else f"{told.backcast(found)}\nStored in {folder}")


@app.command()
@guarded
def compare(
    runs: Annotated[list[str], typer.Argument(help="Stored runs; the first is the baseline.")], as_json: Json = False
) -> None:
    """Show how stored runs differ, the largest differences first.

    Example: teraplan compare runs/world-trend runs/world-power_scarce
    """
    if len(runs) < 2:
        raise CaseError("compare", (Fault("RUNS", "one run has nothing to differ from", "name two or more runs"),))
    found = compare_runs([find_run(name) for name in runs])
    typer.echo(found.write_json() if as_json else show.compared(found))


@app.command()
@guarded
def report(
    runs: Annotated[
        list[str], typer.Argument(help="Stored runs; the first is the baseline. A frontier may be among them.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The HTML file.")] = Path("report.html"),
) -> None:
    """Write one HTML file about stored runs; it opens without a network.

    Example: teraplan report runs/world-trend runs/world-seven_trillion --out world.html
    """
    found = [find_run(name) for name in runs]
    plans = [one for one in found if one.run.get("kind") != FRONTIER]
    if not plans:
        raise CaseError("report", (Fault("RUNS", "names no plan, only frontiers", "name a stored run first"),))
    frontiers = [one for one in found if one.run.get("kind") == FRONTIER]
    typer.echo(f"Report: {write_report(out, plans, frontiers[0] if frontiers else None)}")


@app.command()
@guarded
def cite(run: Annotated[str, typer.Argument(help="A stored run.")], as_json: Json = False) -> None:
    """List every source that a result rests on, and what share of each headline rests on assumptions.

    Example: teraplan cite runs/world-trend
    """
    results = find_run(run)
    typer.echo(json.dumps(show.cited_data(results)) if as_json else show.cited(results))


def _run(
    request: Request,
    out: Path,
    as_json: bool,
    keep: Sequence[str] = (),
    options: Options | None = None,
    name: str | None = None,
) -> None:
    with telling() as tell:
        stand = stand_of(request)
        known = known_plans(request, stand, out, keep)
        folders = folders_of(request, stand, out, name)
        plans = plan_scenario(request, known, options, tell)
        keep_plans(plans, known, folders)
        results, *others = [plans[name] for name in (stand.name, *stand.needs)]
        order = [*(others or stored_default(request, stand, out).values())][:1] + [results]
        tell("writing the report")
        folder = folders[stand.name]
        page = write_report(folder.parent / f"{folder.name}.html", order, stored_frontier(request, order[0], out))
    if as_json:
        typer.echo(json.dumps(show.run_data(results), default=str))
        return
    typer.echo(show.summary(order))
    typer.echo(f"Stored in {folder}\nReport: {page}")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
