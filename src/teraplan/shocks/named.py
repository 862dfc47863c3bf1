"""Shocks of a case's table by name, as `NAME` or `NAME:YEAR`: a plan of the case knows of them from the start."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from teraplan.case.case import Case
from teraplan.errors import CaseError, Fault
from teraplan.shocks.shocks import Shock, shocked, shocks_of


@dataclass(frozen=True)
class Named:
    """A shock of the table, and when it begins."""

    name: str
    start: float | None = None
    """[decimal year]; None: when the table says."""

    def __str__(self) -> str:
        """Say it as it is asked for: `--shock taiwan_war:2028`."""
        return f"--shock {self.label}"

    @property
    def label(self) -> str:
        """`taiwan_war:2028`, or the name alone."""
        return self.name if self.start is None else f"{self.name}:{self.start:.12g}"


def parse_shock(text: str) -> Named:
    """Return the shock that `NAME` or `NAME:YEAR` means; CaseError where it cannot be read."""
    name, colon, year = text.strip().partition(":")
    try:
        start = float(year) if colon else None
    except ValueError:
        start = math.nan
    if not name or (start is not None and not math.isfinite(start)):
        fix = "write --shock NAME, or --shock NAME:YEAR such as taiwan_war:2028"
        raise CaseError("shock", (Fault(f"--shock {text!r}", "names no shock and year", fix),))
    return Named(name, start)


def under(case: Case, named: Sequence[Named]) -> Case:
    """Return the case after shocks of its table, which its edits then name before what each of them changes.

    All of them come at their dates, on the same case. Raises CaseError with every fault: a name that the table lacks, a
    date that nobody says, what `shocked` refuses.
    """
    if not named:
        return case
    table = {shock.name: shock for shock in shocks_of(case)}
    faults = list[Fault]()
    found = [shock for one in named if (shock := _dated(table, one, faults)) is not None]
    told = replace(case, tables=replace(case.tables, edits=(*case.tables.edits, *map(str, named))))
    try:
        hit = shocked(told, found)
    except CaseError as error:
        faults += error.faults
    if faults:
        raise CaseError(case.name, tuple(faults))
    return hit


def made_by(edits: Sequence[str]) -> tuple[Named, ...]:
    """Return the shocks that a run's list of edits names."""
    return tuple(parse_shock(text.removeprefix("--shock ")) for text in edits if text.startswith("--shock "))


def _dated(table: Mapping[str, Shock], one: Named, faults: list[Fault]) -> Shock | None:
    """The shock of a name, at its date; what is wrong is added to `faults`."""
    shock = table.get(one.name)
    if shock is None:
        fix = f"name one of {', '.join(table)}" if table else "the case has no shocks: describe some in its shocks.csv"
        faults.append(Fault(str(one), f"there is no shock {one.name!r}", fix))
        return None
    start = shock.start if one.start is None else one.start
    if start is None:
        faults.append(Fault(str(one), "the table says no start", f"say when it begins, such as {one}:2028"))
        return None
    return replace(shock, start=start)
