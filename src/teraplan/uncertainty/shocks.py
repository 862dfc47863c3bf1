"""Shocks: what may go wrong, as a change of a case. `shocked` needs no solver; what the loss does to a plan is asked of
the plan of the shocked case.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from teraplan.case.assemble import assemble
from teraplan.case.case import Case
from teraplan.case.resolve import Tables
from teraplan.errors import CaseError, Fault, did_you_mean
from teraplan.uncertainty.course import NEGLIGIBLE, Course, lasting_by_year
from teraplan.uncertainty.outages import without_plants
from teraplan.uncertainty.targets import PLACES, Target, nothing_there, plants, strangers


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


@dataclass(frozen=True)
class Hit:
    """A target at its date, on its way into the tables."""

    target: Target
    left: pl.DataFrame
    """year, left: what is left of it on average in each calendar year [1]."""
    where: str
    """What faults name."""
    origin: str
    """What changed cells name as their source."""


def shocks_of(case: Case) -> tuple[Shock, ...]:
    """Return the shocks of a case's table `shocks`, in its order: rows with one name are the targets of one shock."""
    rows = case.tables.frames["shocks"]
    shocks = []
    for name, part in rows.group_by("shock", maintain_order=True):
        first = part.row(0, named=True)
        targets = tuple(_target(row) for row in part.iter_rows(named=True))
        shocks.append(Shock(str(name[0]), targets, first["title"] or "", first["start"], first["yearly_rate"] or 0.0))
    return tuple(shocks)


def shocked(case: Case, shocks: Shock | Sequence[Shock], start: float | None = None) -> Case:
    """Return the case after shocks: resolved tables changed and assembled again; what it keeps of plans stays.

    start: when they begin [decimal year], where a shock does not say. A shock that changes nothing gives the case
    itself. Raises CaseError with every fault: an unknown label, a target that hits nothing, a date outside the case.
    """
    faults: list[Fault] = []
    hits = [
        hit
        for shock in ([shocks] if isinstance(shocks, Shock) else shocks)
        for hit in _hits(case, shock, start, faults)
    ]
    tables = case.tables
    for hit in hits:
        tables = KINDS[hit.target.kind](tables, hit, faults)
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
    found = []
    begins = shock.start if shock.start is not None else start
    for number, target in enumerate(shock.targets, start=1):
        where = f"shock {shock.name}, target {number} ({target})"
        wrong = [*_numbers(where, target), *_dates(case, f"shock {shock.name}", begins)]
        if wrong or begins is None:
            faults += wrong
            continue
        depth = lasting_by_year(Course(begins, target.duration, target.recovery), case.periods)
        left = depth.select("year", left=1.0 - (1.0 - target.factor) * pl.col("depth"))
        found.append(Hit(target, left, where, f"shock {shock.name} from {begins:g}: {target}"))
    if not shock.targets:
        faults.append(Fault(f"shock {shock.name}", "hits nothing: it has no target", "give it a target"))
    return found


def _numbers(where: str, target: Target) -> list[Fault]:
    """What is wrong with the numbers of a target."""
    faults = []
    if target.kind not in KINDS:
        faults.append(Fault(where, f"there is no kind {target.kind!r}", did_you_mean(target.kind, KINDS)))
    for name in ("factor", "duration", "recovery"):
        number = getattr(target, name)
        if not (math.isfinite(number) and number >= 0):
            faults.append(Fault(where, f"{name} is {number:g}", "give a finite number of 0 or more"))
    if target.kind == "outage" and target.factor > 1:
        faults.append(Fault(where, f"factor is {target.factor:g}", "what an outage leaves is between 0 and 1"))
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


def _outage(tables: Tables, hit: Hit, faults: list[Fault]) -> Tables:
    """Plants that run no more, or at a part of what they could."""
    wrong = strangers(tables, hit.where, hit.target)
    pairs = plants(tables, hit.target)
    if wrong or not pairs.height:
        faults += wrong or [nothing_there(tables, hit.where, hit.target)]
        return tables
    return _told(tables, hit, lambda: without_plants(tables, pairs, hit.left, hit.origin))


def _told(tables: Tables, hit: Hit, change: Callable[[], Tables]) -> Tables:
    """Tables after a change that they tell of; as they are where nothing is lost."""
    if not hit.left.filter((pl.col("left") - 1.0).abs() > NEGLIGIBLE).height:
        return tables
    changed = change()
    return replace(changed, edits=(*changed.edits, hit.origin))


KINDS: Mapping[str, Callable[[Tables, Hit, list[Fault]], Tables]] = {"outage": _outage}
"""What may happen, and the change of tables that it is."""
