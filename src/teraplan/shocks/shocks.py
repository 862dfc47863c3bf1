"""Shocks: what may go wrong, as a change of a case. `shocked` needs no solver; what the loss does to a plan is asked of
the plan of the shocked case.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from teraplan.case.assemble import assemble
from teraplan.case.case import Case
from teraplan.case.tables import SHOCKS
from teraplan.errors import CaseError, Fault, did_you_mean
from teraplan.shocks.caps import Flows
from teraplan.shocks.course import depth_by_year
from teraplan.shocks.kinds import changed_by
from teraplan.shocks.targets import PLACES, Hit, Target


@dataclass(frozen=True)
class Shock:
    """Something that goes wrong at a date; several targets are hit together, by one cause."""

    name: str
    """Identifier."""
    targets: tuple[Target, ...]
    """What it hits."""
    title: str = ""
    """Its name in words."""
    start: float | None = None
    """When it begins [decimal year]; None: said when it is applied."""
    yearly_rate: float = 0.0
    """How often it comes [1/year]."""


def shocks_of(case: Case) -> tuple[Shock, ...]:
    """Return the shocks of a case's table `shocks`, in its order: rows with one name are the targets of one shock."""
    rows = case.tables.frames["shocks"]
    shocks = []
    for name, part in rows.group_by("shock", maintain_order=True):
        first = part.row(0, named=True)
        targets = tuple(_target(row) for row in part.iter_rows(named=True))
        shocks.append(Shock(str(name[0]), targets, first["title"] or "", first["start"], first["yearly_rate"] or 0.0))
    return tuple(shocks)


def shocked(
    case: Case, shocks: Shock | Sequence[Shock], start: float | None = None, flows: Flows | None = None
) -> Case:
    """Return the case after shocks: resolved tables changed and assembled again; what it keeps of plans stays.

    start: when they begin [decimal year], where a shock does not say. flows: what a plan did, see `flows_of`; a part of
    something that has no capacity is a part of that. A shock that changes nothing gives the case itself. Raises
    CaseError with every fault: an unknown label, a target that hits nothing, a date outside the case.
    """
    faults: list[Fault] = []
    several = [shocks] if isinstance(shocks, Shock) else shocks
    hits = [hit for shock in several for hit in _hits(case, shock, start, faults)]
    tables = case.tables
    for hit in hits:
        tables = changed_by(tables, hit, flows, faults)
    if faults:
        raise CaseError(case.name, tuple(dict.fromkeys(faults)))
    if tables is case.tables:
        return case
    return replace(assemble(tables), kept=case.kept, programme=case.programme, seconds_read=case.seconds_read)


def _target(row: Mapping[str, object]) -> Target:
    places = {name: str(row[name]) for name in PLACES}
    times = {"duration": row["duration_year"], "recovery": row["recovery_year"]}
    return Target(**places, kind=str(row["kind"]), factor=row["value"], **{k: v or 0.0 for k, v in times.items()})  # type: ignore[arg-type]


def _hits(case: Case, shock: Shock, start: float | None, faults: list[Fault]) -> list[Hit]:
    """The targets of a shock at their date; those that cannot be are left out and told."""
    begins = shock.start if shock.start is not None else start
    wrong = _dates(case, f"shock {shock.name}", begins)
    if not shock.targets:
        wrong.append(Fault(f"shock {shock.name}", "hits nothing: it has no target", "give it a target"))
    found = []
    for number, target in enumerate(shock.targets, start=1):
        name = f"shock {shock.name}" + (f" {number}" if len(shock.targets) > 1 else "")
        amiss = _numbers(f"{name}: {target}", target)
        wrong += amiss
        if not amiss and not wrong and begins is not None:
            depth = depth_by_year(case.periods, begins, target.duration, target.recovery)
            dated = f"{name} from {begins:g}"
            found.append(Hit(case, target, begins, depth, dated, f"{dated}: {target}"))
    faults += wrong
    return found


def _numbers(where: str, target: Target) -> list[Fault]:
    """What is wrong with the numbers of a target."""
    faults = []
    if target.kind not in SHOCKS:
        return [Fault(where, f"there is no kind {target.kind!r}", did_you_mean(target.kind, SHOCKS))]
    for name in ("factor", "duration", "recovery"):
        number = getattr(target, name)
        if not (math.isfinite(number) and number >= 0):
            faults.append(Fault(where, f"{name} is {number:g}", "give a finite number of 0 or more"))
    least, most = SHOCKS[target.kind].factor
    if not faults and not least <= target.factor <= most:
        what = f"the factor of {target.kind} is {target.factor:g}"
        faults.append(Fault(where, what, f"give one between {least:g} and {most:g}: {SHOCKS[target.kind].meaning}"))
    return faults


def _dates(case: Case, where: str, start: float | None) -> list[Fault]:
    """What is wrong with the date of a shock."""
    first, last = min(case.periods["start"]), max(case.periods["end"])
    if start is None:
        return [Fault(where, "has no start", "say when it begins, as a decimal year")]
    if not (math.isfinite(start) and first <= start < last):
        fix = f"begin it within the periods of the case, {first:g} to {last:g}"
        return [Fault(where, f"begins in {start:g}, outside the case", fix)]
    return []
