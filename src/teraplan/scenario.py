"""A scenario and what it stands on: plans that it keeps are made first, or taken from those that are known."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import cast

from teraplan.case.assemble import assemble
from teraplan.case.case import Case
from teraplan.case.edit import Edit, parse_set
from teraplan.case.read import find_case, load_tables, read_scenario, read_settings
from teraplan.case.resolve import money_factor
from teraplan.case.settings import Keep, Scenario
from teraplan.errors import CaseError, Fault, did_you_mean
from teraplan.plan import Tell, on_top_of, plan, silent
from teraplan.results.results import Results
from teraplan.shocks.named import Named, made_by, under
from teraplan.solver import Options

OBJECTIVES = ("least_cost", "most_compute")


@dataclass(frozen=True)
class Request:
    """What is to be planned: a case, one of its scenarios, and what a user changes on top."""

    case: str | Path
    """Name of a shipped case, or a folder."""
    scenario: str | None = None
    """Name of a scenario of the case; none: the case's default scenario."""
    edits: tuple[Edit, ...] = ()
    """Further edits; they hold in the plans that the scenario stands on, too."""
    keep: tuple[Keep, ...] = ()
    """Further stored plans to hold on to."""
    objective: str | None = None
    """least_cost or most_compute, in place of what case and scenario say."""
    budget: float | None = None
    """Budget of the scenario's programme in the case's currency, in place of what the scenario says."""
    known_by: date | None = None
    """What was known by this date is read, in place of what the case says."""
    shocks: tuple[Named, ...] = ()
    """Shocks of the case's table that the plan knows of; they come in the plans that the scenario stands on, too."""


@dataclass(frozen=True)
class Stand:
    """A case with its scenario, and the names of the plans that it stands on."""

    case: Case
    scenario: Scenario
    name: str
    needs: tuple[str, ...] = field(default=())

    @property
    def keeps(self) -> list[dict[str, object]]:
        """What is kept of which plan, as a run's record says it."""
        return [keep.model_dump(mode="json", by_alias=True, exclude_none=True) for keep in self.scenario.keep]


def stand_of(request: Request) -> Stand:
    """Return the case of a request under its scenario and edits, before any kept plan is known.

    Raises CaseError with every fault, among them a scenario that the case does not have.
    """
    started = time.perf_counter()
    name = request.scenario or default_scenario(request.case)
    tables = load_tables(request.case, name, request.edits, request.known_by)
    scenario = _scenario(request, name)
    if request.objective is not None:
        if request.objective not in OBJECTIVES:
            fix = did_you_mean(request.objective, OBJECTIVES)
            raise CaseError(
                str(request.case), (Fault("--objective", f"{request.objective!r} is not an objective", fix),)
            )
        tables = replace(tables, settings=tables.settings.model_copy(update={"objective": request.objective}))
    needs = tuple(dict.fromkeys(keep.run for keep in scenario.keep))
    case = under(assemble(tables), request.shocks)
    case = replace(case, seconds_read=time.perf_counter() - started)
    return Stand(case, scenario, name or tables.settings.name, needs)


def plan_scenario(
    request: Request,
    known: Mapping[str, Results] | None = None,
    options: Options | None = None,
    tell: Tell = silent,
) -> dict[str, Results]:
    """Return the plans that a request needs by name, in the order in which they were made, its own last.

    known: plans that need not be made again, by the name under which scenarios keep them. A plan that is kept and not
    known is that of the scenario of this name, under the same edits.
    """
    return _planned(request, dict(known or {}), (options, tell), ())


def plan_needs(
    request: Request,
    known: Mapping[str, Results] | None = None,
    options: Options | None = None,
    tell: Tell = silent,
) -> dict[str, Results]:
    """Return the plans that a request's scenario stands on, without its own: the known ones and those made now."""
    return _needed(request, stand_of(request), dict(known or {}), (options, tell), ())


def request_of_run(results: Results, case: str | None = None) -> tuple[Request, tuple[str, ...]]:
    """Return the request that a stored run answers, and the names of the runs that it keeps beside its scenario's.

    case: folder of the case, where it is no shipped one. Raises CaseError where its tables are not what they were.
    """
    run = results.run
    name, scenario = case or str(run["case"]), cast("str | None", run.get("scenario"))
    told = cast("Sequence[str]", run["edits"])
    apart = (f"scenario {scenario}, edit ", "shock ", "--shock ")
    edits = tuple(_edit_again(text) for text in told if not text.startswith(apart))
    shocks = made_by(told)
    stand = stand_of(Request(name, scenario, edits, shocks=shocks))
    if stand.case.tables.fingerprint != run["case_hash"]:
        fix = "plan it again; of a case in a folder say where it is (explain: --case)"
        raise CaseError(name, (Fault(str(run.get("name", "run")), "the case is not what the run was made from", fix),))
    unnamed = [text for text in told if text.startswith("shock ") and text not in stand.case.tables.edits]
    if unnamed:
        fix = "plan it again in Python with uncertainty.shocked, and explain what comes out there"
        raise CaseError(name, (Fault(str(run.get("name", "run")), f"was made after a shock ({unnamed[0]})", fix),))
    kept = cast("Sequence[Mapping[str, object]]", run.get("keep", ()))[len(stand.keeps) :]
    further = tuple(Keep.model_validate(keep) for keep in kept)
    programme = cast("Mapping[str, float] | None", run.get("programme"))
    budget = None if programme is None else programme["budget"] / money_factor(stand.case.tables.settings)
    request = Request(name, scenario, edits, further, str(run["objective_name"]), budget, shocks=shocks)
    return request, tuple(keep.run for keep in further)


def case_of_run(
    results: Results,
    case: str | None = None,
    known: Mapping[str, Results] | None = None,
    tell: Tell = silent,
) -> Case:
    """Return the case that a plan was made from, on top of the plans that it kept.

    case: its folder, where it is no shipped one. known: kept plans that need not be made again. Raises CaseError where
    the tables are not what they were, or where the plan cannot be made again from them.
    """
    request, _ = request_of_run(results, case)
    stand = stand_of(request)
    if results.run.get("scenario") is None:
        return stand.case
    return on_top_of(stand.case, stand.scenario, plan_needs(request, known, tell=tell))


def default_scenario(case: str | Path) -> str | None:
    """Return the scenario that a case is planned under when none is named; None if it has no scenarios at all."""
    folder = find_case(case)
    settings = read_settings(folder)
    return settings.default_scenario if settings is not None and (folder / "scenarios").is_dir() else None


def _planned(
    request: Request, made: dict[str, Results], how: tuple[Options | None, Tell], above: tuple[str, ...]
) -> dict[str, Results]:
    stand, (options, tell) = stand_of(request), how
    if stand.name in above:
        chain = " keeps ".join((*above, stand.name))
        raise CaseError(
            str(request.case), (Fault(f"scenario {stand.name!r}", f"stands on itself: {chain}", "break the circle"),)
        )
    made = _needed(request, stand, made, how, above)
    tell(f"planning {stand.name}")
    results = plan(on_top_of(stand.case, stand.scenario, made), options, lambda text: tell(f"{stand.name}: {text}"))
    made.pop(stand.name, None)
    return {**made, stand.name: replace(results, run={**results.run, "keep": stand.keeps})}


def _needed(
    request: Request,
    stand: Stand,
    made: dict[str, Results],
    how: tuple[Options | None, Tell],
    above: tuple[str, ...],
) -> dict[str, Results]:
    """Plan what a scenario keeps and is not yet made: the scenarios of these names, under the same edits."""
    for run in stand.needs:
        if run not in made:
            below = replace(request, scenario=run, keep=(), budget=None, objective=None)
            made = made | _planned(below, made, how, (*above, stand.name))
    return made


def _scenario(request: Request, name: str | None) -> Scenario:
    """The scenario with the request's further keeps and budget; a fault where it has no programme to give one to."""
    found, faults = (Scenario(), []) if name is None else read_scenario(find_case(request.case), name)
    if found is None or faults:
        raise CaseError(str(request.case), tuple(faults))
    scenario = found.model_copy(update={"keep": (*found.keep, *request.keep)})
    if request.budget is None:
        return scenario
    if scenario.programme is None:
        fault = Fault(
            f"scenario {name!r}",
            "has no programme that a budget could be given to",
            "name a scenario with a [programme]",
        )
        raise CaseError(str(request.case), (fault,))
    return scenario.model_copy(update={"programme": scenario.programme.model_copy(update={"budget": request.budget})})


def programmes(case: str | Path) -> Sequence[str]:
    """Return the scenarios of a case that have a programme, the ones that may fund anything first."""
    read = {name: read_scenario(find_case(case), name)[0] for name in scenario_names(case)}
    having = [(bool(s.programme.groups), name) for name, s in read.items() if s is not None and s.programme is not None]
    return [name for _, name in sorted(having)]


def scenario_names(case: str | Path) -> list[str]:
    """Return the names of the scenarios of a case, sorted."""
    return sorted(path.stem for path in (find_case(case) / "scenarios").glob("*.toml"))


def _edit_again(text: str) -> Edit:
    """The edit that a run says it was made with: `--set EXPRESSION`, or where it came from and the expression."""
    origin, _, expression = text.rpartition(": ")
    return replace(parse_set(expression), origin=origin) if origin else parse_set(text.removeprefix("--set "))
