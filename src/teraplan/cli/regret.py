"""teraplan regret: several plans in several futures, and what each would be sorry for."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from teraplan.case.case import Case
from teraplan.cli import show_regret as show
from teraplan.cli.guard import guarded, telling
from teraplan.cli.options import CaseName, Edits, Json, Name, Runs, Sets, Workers
from teraplan.cli.runs import find_run, folder_of, foreseeing, is_run, name_of, request_of, run_and_year
from teraplan.errors import CaseError, Fault, TeraplanError, did_you_mean
from teraplan.executor import run_cases
from teraplan.plan import Tell
from teraplan.plan import plan as plan_of
from teraplan.results.results import Results
from teraplan.results.store import save, stored_runs
from teraplan.scenario import Request, programmes, scenario_names, stand_of
from teraplan.solver import Options
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.regret import regret as regret_of

HELD = 2
"""Years from the date of the case whose orders are held where no year is named: what has to be ordered soon."""
Held = Annotated[int | None, typer.Option(help="Last year whose orders are held; none: two after the case's date.")]


@guarded
def regret(
    case: CaseName,
    future: Annotated[
        list[str],
        typer.Option(
            help="A scenario, or SCENARIO+SHOCK:YEAR: with a shock of the case's table. Repeatable; "
            "none: all scenarios of least cost."
        ),
    ] = [],  # noqa: B006
    plan: Annotated[
        list[str],
        typer.Option(help="A scenario, or a stored run as RUN or RUN:YEAR. Repeatable; none: that of each future."),
    ] = [],  # noqa: B006
    until: Held = None,
    sets: Sets = [],  # noqa: B006
    edits: Edits = [],  # noqa: B006
    processes: Workers = 2,
    name: Name = None,
    out: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Say what plans made for one future cost in others, beside the best that could have been done in each.

    What a plan orders up to a year stays ordered, as near as the future allows; all else is decided again. Of a
    scenario only its edits count: the plans are what is held.

    Example: teraplan regret world-coarse --future trend --future ai_winter --future power_scarce --until 2028
    """
    request = request_of(case, None, sets, edits, [])
    with telling() as tell, ThreadPoolExecutor(1) as here:
        tell("reading")
        executor = processes if processes > 1 else here
        having = programmes(case)
        names = future or [name for name in scenario_names(case) if name not in having]
        futures = _futures(request, names)
        stored, wanted, held = _named(request, plan, futures, out, until)
        cases = {name: futures.get(name) or _future(request, name) for name in wanted}
        plans = _planned(cases, executor, tell) | stored
        found = regret_of(plans, futures, held, Means(executor, tell=tell))
        folder = folder_of(out, case, name_of(request, "regret", own=False), name)
        save(found, folder)
    typer.echo(json.dumps(show.regret_data(found)) if as_json else f"{show.regret(found)}\nStored in {folder}")


def _futures(request: Request, names: Sequence[str]) -> dict[str, Case]:
    """The case of each future; CaseError with what is wrong with all of them."""
    cases, faults = {}, list[Fault]()
    for name in names:
        try:
            cases[name] = _future(request, name)
        except CaseError as error:
            where = f"--future {name!r}: " if "+" in name else ""
            faults += [replace(fault, where=where + fault.where) for fault in error.faults]
    if faults:
        raise CaseError(str(request.case), tuple(dict.fromkeys(faults)))
    return cases


def _future(request: Request, name: str) -> Case:
    """The case of a scenario with its edits alone, after the shocks that are named behind it."""
    scenario, *shocks = name.split("+")
    return stand_of(foreseeing(replace(request, scenario=scenario), shocks)).case


def _named(
    request: Request, texts: Sequence[str], futures: Mapping[str, Case], runs: Path, until: int | None
) -> tuple[dict[str, Results], list[str], dict[str, float]]:
    """Stored runs by name, futures and scenarios that are to be planned, and the last year whose orders are held of
    each; where no plan is named, each future's own."""
    known = scenario_names(request.case)
    usual = until if until is not None else stand_of(request).case.tables.settings.as_of.year + HELD
    if not texts:
        return {}, list(futures), dict.fromkeys(futures, float(usual))
    stored, wanted, held, faults = {}, [], {}, []
    for text in texts:
        run, year = run_and_year(text)
        name = run if run in known else Path(run).name
        if run in known:
            wanted.append(run)
        elif is_run(run, runs):
            stored[name] = find_run(run, runs)
        else:
            what = "is neither a scenario of the case nor a stored run"
            faults.append(
                Fault(f"--plan {text!r}", what, did_you_mean(run, [*known, *(one.name for one in stored_runs(runs))]))
            )
        held[name] = float(usual) if year is None else year
    if faults:
        raise CaseError(str(request.case), tuple(faults))
    return stored, wanted, held


def _planned(cases: Mapping[str, Case], executor: Executor | int, tell: Tell) -> dict[str, Results]:
    """The plan of each case, made with its future known from the start."""
    outcome = run_cases(partial(plan_of, options=Options(threads=1)), cases, executor, tell=tell)
    for name, failure in outcome.failures.items():
        error = TeraplanError(f"{name}: {failure.message}")
        error.exit_code = failure.exit_code or error.exit_code
        raise error
    return outcome.results
