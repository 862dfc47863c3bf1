"""Where runs are kept and found again: names of folders, which stored plan may stand for one that is needed."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from teraplan.case.case import Case
from teraplan.case.edit import edit_of, parse_set
from teraplan.case.read import parse_scenario
from teraplan.case.resolve import money_factor
from teraplan.case.settings import Keep, Settings
from teraplan.errors import CaseError, Fault, StoreError
from teraplan.plan import Tell
from teraplan.results.results import Results
from teraplan.results.store import load, save
from teraplan.scenario import Request, Stand, case_of_run, default_scenario, programmes, request_of_run, stand_of
from teraplan.shocks.named import parse_shock
from teraplan.units import factor

FRONTIER = "frontier"
NO_NAME = r"[^A-Za-z0-9_.-]"
"""What stands in no name of a run."""
LEAST_BUDGET = 1e-3
"""A budget below this many of the case's money units is a slip of units [money unit]."""


def request_of(
    case: str, scenario: str | None, sets: list[str], files: list[Path], keeps: list[str], objective: str | None = None
) -> Request:
    """Return the request that the options of a command make; CaseError with the faults of edits and edit files."""
    edits = [
        edit_of(block, f"{path.name}, edit {number}: {block.model_dump(exclude_none=True)}")
        for path in files
        for number, block in enumerate(parse_scenario(path).edit, start=1)
    ]
    edits += [parse_set(expression) for expression in sets]
    return Request(case, scenario, tuple(edits), tuple(_keep(text) for text in keeps), objective)


def foreseeing(request: Request, shocks: Sequence[str]) -> Request:
    """Return the request whose plans know of the shocks that `--shock` names; CaseError where one cannot be read."""
    return replace(request, shocks=tuple(dict.fromkeys(parse_shock(text) for text in shocks)))


def stored_case(results: Results, case: str | None, runs: Path, tell: Tell) -> tuple[Case, Results]:
    """Return the case that a stored run was made from, with the plans that it stands on, and the run itself."""
    if "bottlenecks" not in results.frames:
        raise StoreError(f"{results.run.get('name')} is no plan: name a plan")
    request, further = request_of_run(results, case)
    known = known_plans(request, stand_of(request), runs, further)
    return case_of_run(results, case, known, tell), results


def is_run(text: str, runs: Path) -> bool:
    """Return whether a path, or a name below the runs folder, is that of a stored run."""
    return any((folder / "run.json").exists() for folder in (Path(text), runs / text))


def name_of(request: Request, name: str, own: bool = True) -> str:
    """Return the name of a run: its scenario, the shocks it knows of, and a mark of what else a user changed, so that
    no run stands for another.

    own: whether it is the request's own plan; those that it stands on share its edits alone.
    """
    changes = [str(edit) for edit in request.edits]
    changes += [f"known by {request.known_by}"] if request.known_by else []
    if own:
        changes += [keep.model_dump_json() for keep in request.keep]
        changes += [request.objective] if request.objective else []
    told = "".join(f"+{re.sub(NO_NAME, '_', shock.label.replace(':', '-'))}" for shock in request.shocks)
    return name + told + (f"+{hashlib.sha256(chr(0).join(changes).encode()).hexdigest()[:8]}" if changes else "")


def folder_of(runs: Path, case: str, name: str, given: str | None = None) -> Path:
    """Return where the run of a case is kept: runs/case-name, or runs/given."""
    if given:
        return runs / given
    label = Path(case).resolve().name if Path(case).is_dir() else case
    return runs / (f"{label}-{name}" if name != label else label)


def find_run(text: str, runs: Path = Path("runs")) -> Results:
    """Return the stored run that a path, or a name below the runs folder, means."""
    path = Path(text)
    below = (runs / text).exists() or path.parent == Path()
    return load(runs / text if below and not path.exists() else path)


def known_plans(request: Request, stand: Stand, runs: Path, keeps: Sequence[str] = ()) -> dict[str, Results]:
    """Return stored plans that may stand for what a request needs: of the same case, edits and version, or named."""
    known = {_keep(text).run: find_run(run_and_year(text)[0], runs) for text in keeps}
    for need in stand.needs:
        folder = folder_of(runs, str(request.case), name_of(request, need, own=False))
        if need in known or not (folder / "run.json").exists():
            continue
        stored = _stored(folder)
        if stored is not None and _is_of(
            stored, stand_of(replace(request, scenario=need, keep=(), budget=None, objective=None))
        ):
            known[need] = stored
    return known


def stored_default(request: Request, stand: Stand, runs: Path) -> dict[str, Results]:
    """Return the stored plan of the case's default scenario, for comparison with another one; empty without one."""
    name = default_scenario(request.case)
    if name is None or name == stand.name:
        return {}
    plain = replace(request, scenario=name, keep=(), budget=None, objective=None)
    stored = _stored(folder_of(runs, str(request.case), name_of(request, name, own=False)))
    return {name: stored} if stored is not None and _is_of(stored, stand_of(plain)) else {}


def keep_plans(plans: Mapping[str, Results], known: Mapping[str, Results], folders: Mapping[str, Path]) -> None:
    """Store the plans that are new, each in its folder."""
    for name, results in plans.items():
        if known.get(name) is not results:
            save(results, folders[name])


def folders_of(request: Request, stand: Stand, runs: Path, name: str | None = None) -> dict[str, Path]:
    """Return the folder of every plan that a request needs; name: what its own is called in place of the usual."""
    case = str(request.case)
    folders = {need: folder_of(runs, case, name_of(request, need, own=False)) for need in stand.needs}
    return {**folders, stand.name: folder_of(runs, case, name_of(request, stand.name), name)}


def stored_studies(request: Request, baseline: Results, runs: Path) -> list[Results]:
    """Return the stored frontier made with the same case, edits and version as the baseline; empty without one."""
    for programme in programmes(request.case):
        name = name_of(request, f"{FRONTIER}-{programme}", own=False)
        stored = _stored(folder_of(runs, str(request.case), name))
        same = ("case_hash", "teraplan_version", "edits")
        if stored is not None and all(stored.run.get(key) == baseline.run.get(key) for key in same):
            return [stored]
    return []


def _stored(folder: Path) -> Results | None:
    try:
        return load(folder)
    except StoreError:
        return None


def _is_of(stored: Results, stand: Stand) -> bool:
    tables = stand.case.tables
    same = stored.run.get("case_hash") == tables.fingerprint and stored.run.get("edits") == list(tables.edits)
    return same and stored.run.get("keep") == stand.keeps and stored.run.get("teraplan_version") == version("teraplan")


def _keep(text: str) -> Keep:
    run, until = run_and_year(text)
    name = re.sub(NO_NAME, "_", Path(run).resolve().name).lstrip("_.-")
    return Keep(run=name or "run", until=until)


def run_and_year(text: str) -> tuple[str, float | None]:
    """Return the run and, of RUN:YEAR, the last year whose orders are held."""
    run, _, year = text.rpartition(":")
    if not year.isdigit():
        run, year = text, ""
    if not run:
        raise CaseError("keep", (Fault(f"--keep {text!r}", "names no run", "write --keep RUN or --keep RUN:2028"),))
    return run, float(year) if year else None


def budgets_of(text: str, settings: Settings) -> list[float]:
    """Return the budgets that FROM:TO:COUNT means, evenly spaced, or those of a list a,b,c, in the case's currency.

    An amount is a number of units of the currency (7e12), or has a unit of money (7000 GUSD).
    """
    try:
        if ":" in text:
            first, last, count = text.split(":")
            low, high, steps = _money(first, settings), _money(last, settings), int(count)
            if steps < 2:
                raise ValueError("COUNT must be 2 or more")
            budgets = [low + (high - low) * step / (steps - 1) for step in range(steps)]
        else:
            budgets = [_money(part, settings) for part in text.split(",")]
    except ValueError as error:
        fix = "write FROM:TO:COUNT such as 0.5e12:7e12:6, or a list such as 1e12,3e12 or '500 GUSD,3000 GUSD'"
        raise CaseError("frontier", (Fault(f"--budget {text!r}", f"cannot be read: {error}", fix),)) from None
    smallest = LEAST_BUDGET / money_factor(settings)
    wrong = [budget for budget in budgets if budget != 0 and not smallest <= budget < float("inf")]
    if wrong or not any(budgets):
        what = f"holds {wrong[0]:g} {settings.currency}" if wrong else "holds no budget above 0"
        example = f"7e12 or '7000 {settings.money_unit}'"
        fix = f"budgets are in {settings.currency}: give at least {smallest:g}, for example {example}"
        raise CaseError("frontier", (Fault(f"--budget {text!r}", what, fix),))
    return list(dict.fromkeys(budgets))


def _money(text: str, settings: Settings) -> float:
    number, _, unit = text.strip().partition(" ")
    return float(number) * (factor(unit.strip(), settings.currency) if unit.strip() else 1.0)
