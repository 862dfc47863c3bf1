"""Where runs are kept and found again: names of folders, which stored plan may stand for one that is needed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from teraplan.case.edit import edit_of, parse_set
from teraplan.case.read import parse_scenario
from teraplan.case.settings import Keep
from teraplan.errors import CaseError, Fault, StoreError
from teraplan.results.results import Results
from teraplan.results.store import load, save
from teraplan.scenario import Request, Stand, default_scenario, stand_of

FRONTIER = "frontier"


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


def folder_of(runs: Path, case: str, name: str) -> Path:
    """Return where the run of a case's scenario is kept: runs/case-scenario."""
    label = Path(case).resolve().name if Path(case).is_dir() else case
    return runs / (f"{label}-{name}" if name != label else label)


def find_run(text: str, runs: Path = Path("runs")) -> Results:
    """Return the stored run that a path, or a name below the runs folder, means."""
    path = Path(text)
    return load(path if path.exists() or not (runs / text).exists() else runs / text)


def known_plans(request: Request, stand: Stand, runs: Path, keeps: Sequence[str] = ()) -> dict[str, Results]:
    """Return stored plans that may stand for what a request needs: of the same case, edits and version, or named."""
    known = {_keep(text).run: find_run(_run_and_year(text)[0], runs) for text in keeps}
    for need in stand.needs:
        folder = folder_of(runs, str(request.case), need)
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
    stored = _stored(folder_of(runs, str(request.case), name))
    return {name: stored} if stored is not None and _is_of(stored, stand_of(plain)) else {}


def keep_plans(plans: Mapping[str, Results], known: Mapping[str, Results], case: str, runs: Path) -> dict[str, Path]:
    """Store the plans that are new; return the folder of every plan by name."""
    folders = {name: folder_of(runs, case, name) for name in plans}
    for name, results in plans.items():
        if known.get(name) is not results:
            save(results, folders[name])
    return folders


def stored_frontier(case: str, baseline: Results, runs: Path) -> Results | None:
    """Return the frontier of a case that is stored and still that of its baseline; None if there is none."""
    for folder in sorted(runs.glob(f"{folder_of(runs, case, FRONTIER).name}-*")):
        stored = _stored(folder)
        if stored is not None and all(
            stored.run.get(key) == baseline.run.get(key) for key in ("case_hash", "teraplan_version")
        ):
            return stored
    return None


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
    run, until = _run_and_year(text)
    return Keep(run=re.sub(r"[^A-Za-z0-9_.-]", "_", Path(run).resolve().name), until=until)


def _run_and_year(text: str) -> tuple[str, float | None]:
    """RUN or RUN:YEAR, the last year whose orders are held."""
    run, _, year = text.rpartition(":")
    if not year.isdigit():
        run, year = text, ""
    if not run:
        raise CaseError("keep", (Fault(f"--keep {text!r}", "names no run", "write --keep RUN or --keep RUN:2028"),))
    return run, float(year) if year else None


def budgets_of(text: str) -> list[float]:
    """Return the budgets that FROM:TO:COUNT means, evenly spaced, or those of a list a,b,c."""
    try:
        if ":" in text:
            first, last, count = text.split(":")
            steps = int(count)
            if steps < 2:
                raise ValueError
            return [float(first) + (float(last) - float(first)) * step / (steps - 1) for step in range(steps)]
        budgets = [float(part) for part in text.split(",")]
    except ValueError:
        fault = Fault(
            f"--budget {text!r}", "cannot be read", "write FROM:TO:COUNT such as 0.5e12:7e12:6, or a list 1e12,3e12"
        )
        raise CaseError("frontier", (fault,)) from None
    if any(not 0 <= budget < float("inf") for budget in budgets):
        raise CaseError(
            "frontier",
            (Fault(f"--budget {text!r}", "holds a budget below zero or without end", "give amounts of money"),),
        )
    return budgets
