"""Conditions that are told in one sentence, and how their numbers, places and lines are written in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from teraplan.case.case import Case
from teraplan.explain.explanation import Condition, Line
from teraplan.report.words import amount, joined

NAMED = 3
"""How many places, processes or lines of one table a sentence names."""


@dataclass(frozen=True)
class Touched:
    """A column that a row counts: its variable, labels and coefficient."""

    variable: str
    labels: Mapping[str, str]
    coefficient: float


@dataclass(frozen=True)
class Alike:
    """Conditions that one sentence tells of; columns: what each of their rows counts."""

    case: Case
    conditions: tuple[Condition, ...]
    columns: tuple[tuple[Touched, ...], ...]

    @property
    def first(self) -> Condition:
        """The condition that is told in full."""
        return self.conditions[0]

    def label(self, name: str) -> str:
        """Return a label of the first condition."""
        return self.first.labels.get(name, "")

    @property
    def asked(self) -> str:
        """What the first condition asks for or allows, with its unit, in digits that tell it from what can be."""
        first = self.first
        if len(self.conditions) > 1 or first.possible is None:
            return amount(first.asked, first.unit)
        return apart(first.asked, first.possible, first.unit)[0]

    @property
    def where(self) -> str:
        """Where and when: `in JPN in 2027`, in all places for a limit on all together."""
        return where_when(self.first.labels)


Told = tuple[str, tuple[Line, ...]]
"""A sentence without its lines, and lines that it cites beside those of its conditions."""


def cited(lines: Sequence[Line]) -> str:
    """Return lines of tables in brackets, those that an edit changed first: ` (limits.csv lines 55, 56)`."""
    tables: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda line: (not line.edit, line.line)):
        tables.setdefault(line.table, []).append(line)
    said = []
    for table, found in tables.items():
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        numbers = ", ".join(str(line.line) for line in found[:NAMED])
        edits = list(dict.fromkeys(line.edit for line in found if line.edit))
        changed = f", changed by {'; '.join(edits)}" if edits else ""
        said.append(f"{table}.csv line{'s' if len(found) > 1 else ''} {numbers}{more}{changed}")
    return f" ({'; '.join(said)})" if said else ""


def apart(asked: float, possible: float, unit: str) -> tuple[str, str]:
    """Return two numbers with their unit, with as many digits as tell them apart; what is not above zero is nothing."""
    had = max(0.0, possible)
    for digits in range(3, 8):
        pair = amount(asked, unit, digits), amount(had, unit, digits) if had else "nothing"
        if pair[0] != pair[1]:
            break
    return pair


def where_when(labels: Mapping[str, str]) -> str:
    """Return where and when a condition holds: `in JPN in 2027`."""
    return f"{in_place(labels.get('region') or labels.get('place', ''))} in {labels.get('period', 'all periods')}"


def over_time(conditions: Sequence[Condition]) -> list[str]:
    """Return what conditions ask for or allow, the years of each place together: `0 GW in TWN in 2027 and 2028`."""
    periods: dict[tuple[str, str], list[str]] = {}
    for one in conditions:
        place = in_place(one.labels.get("region") or one.labels.get("place", ""))
        periods.setdefault((amount(one.asked, one.unit), place), []).append(one.labels.get("period", "all periods"))
    return [f"{said} {place} in {joined(years)}" for (said, place), years in periods.items()]


def in_place(place: str) -> str:
    """Return a place with its preposition; `*` is everywhere."""
    return "everywhere" if place in ("", "*") else f"in {place}"


def some_of(reasons: Sequence[str]) -> str:
    """Return the first of some reasons, and how many there are besides."""
    more = f"; and {len(reasons) - NAMED} more" if len(reasons) > NAMED else ""
    return "; ".join(reasons[:NAMED]) + more


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence, the first ones if they are many."""
    kept = list(dict.fromkeys(names))
    return joined(kept) if len(kept) <= NAMED + 1 else f"{', '.join(kept[:NAMED])} and {len(kept) - NAMED} more"
