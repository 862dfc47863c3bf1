"""The commands: read, call one function of the library, store, say. A notebook can do all of it."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from teraplan.case.guide import guide, name_case
from teraplan.case.package import PACKAGE, is_up_to_date, write_package
from teraplan.case.read import find_case
from teraplan.cli import show
from teraplan.cli import show_backcast as told
from teraplan.cli.alternatives import alternatives
from teraplan.cli.convert import KINDS, convert
from teraplan.cli.guard import guarded, telling
from teraplan.cli.hedge import hedge
from teraplan.cli.options import CaseName, Edits, Json, Keep, Name, Runs, Scenario, Sets, Shocks, TimeLimit
from teraplan.cli.regret import regret
from teraplan.cli.runs import (
    FRONTIER,
    budgets_of,
    find_run,
    folder_of,
    folders_of,
    foreseeing,
    is_run,
    keep_plans,
    known_plans,
    name_of,
    request_of,
    stored_case,
    stored_default,
    stored_studies,
)
from teraplan.cli.sample import sample
from teraplan.cli.stress import stress
from teraplan.cli.whole import whole
from teraplan.convert.coarsen import RULE_FILE, coarsen
from teraplan.errors import CaseError, Fault
from teraplan.explain.why_different import why_different
from teraplan.explain.why_no_more import why_no_more
from teraplan.explain.why_not import why_not_planned
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
    found = find_case(source)
    label = found.resolve().name
    with whole(name) as folder:
        shutil.copytree(found, folder)
        if (folder / "README.md").exists():
            (folder / "README.md").rename(folder / f"{label}.md")
        name_case(folder, name.name)
        (folder / "README.md").write_text(guide(folder, str(name), label), encoding="utf-8")
        write_package(folder)
    typer.echo(f"{name}: a copy of {source}. Read {name}/README.md, edit the tables, then: teraplan run {name}")


@app.command("coarsen")
@guarded
def coarsen_case(folder: Path) -> None:
    """Derive a smaller case from a larger one by the rule in FOLDER/coarsen.toml; what else is there stays.

    Example: teraplan coarsen mycase
    """
    written = coarsen(folder)
    typer.echo(f"{folder}: {len(written)} files written by {RULE_FILE}. Look at them with: teraplan check {folder}")


@app.command()
@guarded
def check(
    case: CaseName,
    scenario: Scenario = None,
    sets: Sets = [],  # noqa: B006
    edits: Edits = [],  # noqa: B006
    shocks: Shocks = [],  # noqa: B006
    package: Annotated[
        bool, typer.Option("--package", help="Renew datapackage.json if the case has no fault.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say everything that is wrong with a case, or how large it is.

    Example: teraplan check mycase
    """
    with telling() as tell:
        tell("reading")
        stand = stand_of(foreseeing(request_of(case, scenario, sets, edits, []), shocks))
        tell("stating the problem")
        problem = build_problem(stand.case)
    if package:
        write_package(find_case(case))
    sizes = show.sizes(case, stand, problem)
    typer.echo(json.dumps(sizes) if as_json else show.checked(sizes))
    if not is_up_to_date(find_case(case)):
        typer.echo(
            f"{PACKAGE} does not say what the tables say. To renew it: teraplan check {case} --package", err=True
        )


@app.command()
@guarded
def run(
    case: CaseName,
    scenario: Scenario = None,
    sets: Sets = [],  # noqa: B006
    edits: Edits = [],  # noqa: B006
    shocks: Shocks = [],  # noqa: B006
    keep: Keep = [],  # noqa: B006
    objective: Annotated[str | None, typer.Option(help="least_cost or most_compute.")] = None,
    name: Name = None,
    time_limit: TimeLimit = None,
    out: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Plan a case, check the plan, store it, say what it means, and write the report.

    Plans that the scenario stands on are made first, or taken from the runs folder.

    A shock that the plan knows of, from its first order on (what one costs that nobody saw coming: teraplan stress):
    teraplan run world-coarse --shock taiwan_blockade:2028

    Example: teraplan run world --scenario seven_trillion --set 'limits[limit=grid_connections] *= 0.6'
    """
    request = foreseeing(request_of(case, scenario, sets, edits, keep, objective), shocks)
    _run(request, out, as_json, keep, Options(time_limit=time_limit), name)


@app.command()
@guarded
def frontier(
    case: CaseName,
    budget: Annotated[str, typer.Option(help="FROM:TO:COUNT or a list, in the case's currency.")] = "0.5e12:7e12:6",
    scenario: Scenario = None,
    sets: Sets = [],  # noqa: B006
    edits: Edits = [],  # noqa: B006
    shocks: Shocks = [],  # noqa: B006
    processes: Annotated[int, typer.Option("--workers", min=1, help="Processes that plan at the same time.")] = 2,
    out: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Say what each budget of a programme buys on top of its baseline, what binds, where the money goes.

    Example: teraplan frontier world --budget 0.5e12:7e12:6
    """
    request = with_programme(foreseeing(request_of(case, scenario, sets, edits, []), shocks))
    with telling() as tell:
        stand = stand_of(request)
        budgets = budgets_of(budget, stand.case.tables.settings)
        known = known_plans(request, stand, out)
        made = plan_needs(request, known, tell=tell)
        keep_plans(made, known, folders_of(request, stand, out))
        found = frontier_of(request, budgets, made, processes if processes > 1 else None, tell)
        folder = folder_of(out, case, name_of(request, f"{FRONTIER}-{stand.name}", own=False))
        save(found, folder)
    typer.echo(json.dumps(show.frontier_data(found)) if as_json else f"{show.frontier(found)}\nStored in {folder}")


@app.command()
@guarded
def explain(
    names: Annotated[list[str], typer.Argument(help="A case, a stored run, or two stored runs.")],
    scenario: Scenario = None,
    sets: Sets = [],  # noqa: B006
    edits: Edits = [],  # noqa: B006
    shocks: Shocks = [],  # noqa: B006
    keep: Keep = [],  # noqa: B006
    case: Annotated[str | None, typer.Option(help="Folder of the case that a stored run was made from.")] = None,
    time_limit: TimeLimit = None,
    out: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Say why a case cannot be met, why a plan does not build more, or why two plans differ.

    Of a case: conditions that cannot hold together, with the lines of the tables behind them. Of a run: its deepest
    limits, the first three stretched by 1 % and planned again. Of two runs: what differs in data, limits and plans.

    Example: teraplan explain runs/world-trend
    """
    options = Options(time_limit=time_limit)
    with telling() as tell:
        if len(names) > 2:
            raise CaseError("explain", (Fault("NAMES", "names more than two", "name a case, a run, or two runs"),))
        if len(names) == 2:
            found = why_different(find_run(names[0], out), find_run(names[1], out))
        elif is_run(names[0], out):
            found = why_no_more(*stored_case(find_run(names[0], out), case, out, tell), options, tell)
        else:
            request = foreseeing(request_of(names[0], scenario, sets, edits, keep), shocks)
            found = why_not_planned(request, known_plans(request, stand_of(request), out, keep), options, tell)
    typer.echo(json.dumps(asdict(found)) if as_json else str(found))


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
        list[str],
        typer.Argument(help="Stored runs; the first is the baseline. Studies, such as a frontier, may be among them."),
    ],
    out: Annotated[Path, typer.Option("--out", help="The HTML file.")] = Path("report.html"),
) -> None:
    """Write one HTML file about stored runs; it opens without a network.

    Example: teraplan report runs/world-trend runs/world-seven_trillion --out world.html
    """
    found = [find_run(name) for name in runs]
    plans = [one for one in found if "kind" not in one.run]
    if not plans:
        raise CaseError("report", (Fault("RUNS", "names no plan, only studies of plans", "name a stored run first"),))
    studies = [one for one in found if "kind" in one.run]
    typer.echo(f"Report: {write_report(out, plans, studies)}")


@app.command()
@guarded
def cite(run: Annotated[str, typer.Argument(help="A stored run.")], as_json: Json = False) -> None:
    """List every source that a result rests on, and what share of each headline rests on assumptions.

    Example: teraplan cite runs/world-trend
    """
    results = find_run(run)
    typer.echo(json.dumps(show.cited_data(results)) if as_json else show.cited(results))


@app.command("convert")
@guarded
def convert_command(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.")],
    source: Annotated[Path, typer.Argument(help="A stored run, a case, or somebody else's files.")],
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="File or folder to make.")],
    force: Annotated[bool, typer.Option("--force", help="Replace what stands at DEST.")] = False,
) -> None:
    """From other formats and into them: osemosys (an otoole folder becomes a case), mps (the linear program of a run or
    case), netcdf (every table of a run), iamc (a run's main figures by year).

    Example: teraplan convert iamc runs/world-trend world-trend.csv
    """
    made, *more = convert(kind, source, destination, force=force)
    typer.echo("\n".join([f"{destination}: {made}", *more]))
    if destination.is_dir():
        typer.echo(f"Next: teraplan run {destination}")


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
        page = write_report(folder.parent / f"{folder.name}.html", order, stored_studies(request, order[0], out))
    if as_json:
        typer.echo(json.dumps(show.run_data(results), default=str))
        return
    typer.echo(show.summary(order))
    typer.echo(f"Stored in {folder}\nReport: {page}")


for study in (stress, sample, alternatives, regret, hedge):
    app.command()(study)


def main() -> None:
    """Run the command line."""
    app()
