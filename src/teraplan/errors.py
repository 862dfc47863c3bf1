"""Every exception we raise.

TeraplanError
├── CaseError      the input is wrong: every fault, each with where, what and how to mend it    exit code 2
├── ArgumentError  a plain function was given what it cannot use: every fault                    exit code 2
├── StoreError     a stored run is missing, half written or not one of ours                     exit code 2
├── Infeasible     no plan can meet the case; names the rows that cannot hold together           exit code 3
├── Unbounded      the case gives something for nothing; names what                              exit code 3
├── LimitReached   the solver stopped at a limit; carries the best bound                         exit code 4
├── AuditFailed    a plan does not hold when it is recomputed                                    exit code 5
└── WorkerLost     cases whose worker died each time that they were tried                        exit code 1
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

FAULTS, ROWS = 50, 20
"""How many faults, and how many rows or columns, a message names; the exception holds them all."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the input, said so that its author can mend it."""

    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        """Say it in three lines."""
        return f"{self.where}\n    {self.what}\n    fix: {self.fix}"


class TeraplanError(Exception):
    """Anything that Teraplan says is wrong; `exit_code` is what the command line ends with."""

    exit_code = 1


class CaseError(TeraplanError):
    """The input is wrong. `faults` lists everything found; nothing was solved."""

    exit_code = 2

    def __init__(self, case: str, faults: tuple[Fault, ...]) -> None:
        """Say how many faults there are, and the first of them."""
        self.case = case
        self.faults = faults
        count = f"{len(faults)} fault" + ("s" if len(faults) != 1 else "")
        numbered = [f"{number}. {fault}" for number, fault in enumerate(faults, start=1)]
        super().__init__(_listed(f"{case}: {count} found, nothing was solved", numbered, FAULTS))


class ArgumentError(TeraplanError):
    """A plain function was given what it cannot use. `faults` lists everything found; nothing was computed."""

    exit_code = 2

    def __init__(self, function: str, faults: tuple[Fault, ...]) -> None:
        """Say how many faults there are, and the first of them."""
        self.function = function
        self.faults = faults
        count = f"{len(faults)} fault" + ("s" if len(faults) != 1 else "")
        numbered = [f"{number}. {fault}" for number, fault in enumerate(faults, start=1)]
        super().__init__(_listed(f"{function}: {count} found, nothing was computed", numbered, FAULTS))


class StoreError(TeraplanError):
    """A stored run cannot be read or written."""

    exit_code = 2


@dataclass(frozen=True)
class Culprit:
    """A row, or the bound of a column, that has to give way: its equation or variable, its labels, and by how much."""

    equation: str
    labels: Mapping[str, object]
    amount: float
    sentence: str


class Infeasible(TeraplanError):
    """No plan can meet the case; `culprits` are the rows that would have to give way, largest first."""

    exit_code = 3

    def __init__(self, message: str, culprits: tuple[Culprit, ...] = ()) -> None:
        """Say the message and the sentences of the first culprits."""
        self.culprits = culprits
        super().__init__(_listed(message, [culprit.sentence for culprit in culprits], ROWS))


class Unbounded(TeraplanError):
    """The objective can be improved without end; `columns` name what runs away."""

    exit_code = 3

    def __init__(self, message: str, columns: tuple[str, ...] = ()) -> None:
        """Say the message and the first columns."""
        self.columns = columns
        super().__init__(_listed(message, columns, ROWS))


class LimitReached(TeraplanError):
    """The solver stopped before it was sure; `bound` is the best bound it had."""

    exit_code = 4

    def __init__(self, message: str, bound: float | None = None) -> None:
        """Say the message, and hold the bound (in the unit of the objective) if there is one."""
        self.bound = bound
        super().__init__(message)


class AuditFailed(TeraplanError):
    """A plan does not hold when it is recomputed by code that did not make it."""

    exit_code = 5


class WorkerLost(TeraplanError):
    """Work whose process died each time that it was tried; `items` names it."""

    def __init__(self, items: tuple[str, ...], tries: int) -> None:
        """Say which items, and how often each was tried."""
        self.items = items
        message = f"the worker died each of {tries} times (killed, or out of memory); all else is done. It had:"
        super().__init__(_listed(message, items, ROWS))


def _listed(message: str, lines: Sequence[str], most: int) -> str:
    more = [f"  … and {len(lines) - most} more"] if len(lines) > most else []
    return "\n".join([message, *(f"  {line}" for line in lines[:most]), *more])


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return a suggestion for a misspelt word: the closest option, or the options there are."""
    known = sorted(set(options))
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return (
        f"use one of {', '.join(known[:12])}{', …' if len(known) > 12 else ''}"
        if known
        else "there is none to choose from"
    )
