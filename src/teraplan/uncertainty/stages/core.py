"""A linear program whose columns are of two stages, scenarios that change its numbers, and what is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from teraplan.errors import Fault

Floats = NDArray[np.float64]
SUM = 1e-6
"""How far the sum of the probabilities may be from 1."""


@dataclass(frozen=True)
class TwoStageCore:
    """Minimise cost x: row_lower <= matrix x <= row_upper, column_lower <= x <= column_upper; arrays in column order.

    first_stage: which columns are decided before the scenario is known. integer: which take whole numbers only.
    """

    cost: Floats
    matrix: sparse.spmatrix
    row_lower: Floats
    row_upper: Floats
    column_lower: Floats
    column_upper: Floats
    first_stage: NDArray[np.bool_]
    integer: NDArray[np.bool_]


@dataclass(frozen=True)
class ScenarioChange:
    """A scenario: its probability, and the numbers of the core that are others in it, by column, row, or both."""

    probability: float
    cost: Mapping[int, float] = field(default_factory=dict)
    row_lower: Mapping[int, float] = field(default_factory=dict)
    row_upper: Mapping[int, float] = field(default_factory=dict)
    coefficient: Mapping[tuple[int, int], float] = field(default_factory=dict)
    column_lower: Mapping[int, float] = field(default_factory=dict)
    column_upper: Mapping[int, float] = field(default_factory=dict)


def faults_of(core: TwoStageCore, scenarios: Sequence[ScenarioChange]) -> tuple[Fault, ...]:
    """Return everything that is wrong with a core, or with its scenarios if the core is right."""
    return tuple(_faults_of_core(core)) or tuple(_faults_of_scenarios(core, scenarios))


def _faults_of_core(core: TwoStageCore) -> Iterator[Fault]:
    if not sparse.issparse(core.matrix) or core.matrix.ndim != 2:
        yield Fault("core.matrix", f"is a {type(core.matrix).__name__}", "give a scipy sparse matrix, rows by columns")
        return
    height, width = core.matrix.shape
    for name, size, of in (
        *((name, width, "column") for name in ("cost", "column_lower", "column_upper", "first_stage", "integer")),
        *((name, height, "row") for name in ("row_lower", "row_upper")),
    ):
        given = np.asarray(getattr(core, name))
        if given.shape != (size,):
            yield Fault(f"core.{name}", f"has shape {given.shape}", f"give {size} numbers, one a {of} of the matrix")
        elif name in ("first_stage", "integer"):
            if given.dtype != np.bool_ and not np.isin(given, (0, 1)).all():
                yield Fault(f"core.{name}", "has something other than true and false", "give one truth value a column")
        else:
            yield from _faults_of_numbers(f"core.{name}", given, name)
    yield from _faults_of_numbers("core.matrix", core.matrix.tocoo().data, "coefficient")


def _faults_of_scenarios(core: TwoStageCore, scenarios: Sequence[ScenarioChange]) -> Iterator[Fault]:
    if not len(scenarios):
        yield Fault("scenarios", "there is none", "give at least one")
        return
    height, width = core.matrix.shape
    for number, change in enumerate(scenarios):
        where = f"scenarios[{number}]"
        if not (np.isfinite(change.probability) and change.probability >= 0):
            yield Fault(f"{where}.probability", f"is {change.probability}", "give a number from 0 to 1")
        for name, size in (
            *((name, width) for name in ("cost", "column_lower", "column_upper")),
            *((name, height) for name in ("row_lower", "row_upper")),
        ):
            given = getattr(change, name)
            yield from _faults_of_places(f"{where}.{name}", np.array(list(given)), np.array([size]))
            yield from _faults_of_numbers(f"{where}.{name}", np.array(list(given.values()), dtype=float), name)
        places = np.array(list(change.coefficient))
        yield from _faults_of_places(f"{where}.coefficient", places, np.array([height, width]))
        numbers = np.array(list(change.coefficient.values()), dtype=float)
        yield from _faults_of_numbers(f"{where}.coefficient", numbers, "coefficient")
    total = sum(change.probability for change in scenarios)
    if not abs(total - 1) <= SUM:
        yield Fault("scenarios", f"their probabilities sum to {total:.9g}", "let them sum to 1")


def _faults_of_places(where: str, places: NDArray[np.intp], size: NDArray[np.intp]) -> Iterator[Fault]:
    """Say which place is none: not whole, or outside the matrix."""
    if not places.size:
        return
    table = places.reshape(len(places), -1)
    if table.shape[1] != size.size or table.dtype.kind not in "iu":
        names = "(row, column)" if size.size == 2 else "one whole number"
        yield Fault(where, f"has the key {places[0]!r}", f"let each key be {names}")
        return
    outside = np.flatnonzero(((table < 0) | (table >= size)).any(axis=1))
    for at in outside[:1]:
        named = tuple(int(one) for one in table[at])
        most = " by ".join(str(one) for one in size)
        yield Fault(where, f"names {named if len(named) > 1 else named[0]}, and there are {most}", "count from 0")


def _faults_of_numbers(where: str, numbers: Floats, kind: str) -> Iterator[Fault]:
    """Say which number is none, or is infinite where that means nothing."""
    wrong = np.isnan(numbers)
    if kind.endswith("lower"):
        wrong |= np.isposinf(numbers)
    elif kind.endswith("upper"):
        wrong |= np.isneginf(numbers)
    else:
        wrong |= np.isinf(numbers)
    for at in np.flatnonzero(wrong)[:1]:
        yield Fault(where, f"has {numbers[at]} (number {at})", "give a finite number, or the infinity of no limit")
