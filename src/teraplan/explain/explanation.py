"""What an explanation is: sentences, and under each the conditions, numbers and lines of tables that it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """A row of a table of the case that stands behind a condition, as it is written.

    value and unit: as in the file; None and empty in tables that hold several numbers a row. edit: the change that the
    number has gone through, empty where it is as written.
    """

    table: str
    line: int
    what: str
    value: float | None
    unit: str
    grade: str
    source: str
    note: str
    edit: str

    def __str__(self) -> str:
        """Say where it is: `limits.csv line 55`, with the edit that changed it."""
        return f"{self.table}.csv line {self.line}" + (f", changed by {self.edit}" if self.edit else "")


@dataclass(frozen=True)
class Condition:
    """A row of the problem, or a bound of a column, that has a part in what is explained.

    name: equation or variable; kind: row, lower or upper; sense: `>=` asks, `<=` forbids; asked: the number it asks for
    or allows; possible: the nearest that its left side comes to that while the others hold (None: no end), in `unit`.
    """

    name: str
    kind: str
    labels: Mapping[str, str]
    sense: str
    asked: float
    possible: float | None
    unit: str
    lines: tuple[Line, ...]

    @property
    def edited(self) -> bool:
        """Whether an edit or a scenario has changed a number behind it."""
        return any(line.edit for line in self.lines)


@dataclass(frozen=True)
class Sentence:
    """One sentence, the conditions that it tells of, every line that it rests on, and numbers of its own by name."""

    text: str
    conditions: tuple[Condition, ...] = ()
    lines: tuple[Line, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """An answer to one question. kind: conflict, met, bottlenecks or difference.

    sentences: what changed by an edit or a scenario first, then from what is asked for down to what binds.
    """

    kind: str
    headline: str
    sentences: tuple[Sentence, ...] = ()

    def __str__(self) -> str:
        """Say it: the headline, then a sentence a line."""
        return "\n".join([self.headline, *(f"  {sentence.text}" for sentence in self.sentences)])

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions, in the order of the sentences."""
        return tuple(condition for sentence in self.sentences for condition in sentence.conditions)
