"""Programs that explain why a program has no answer, and how their solutions are read in words.

A program that cannot be met is solved again with a slack in every row and in every bound above zero, at a price: the
slacks that are used are the least that would have to give way. One whose objective has no end is solved again in a box:
the columns at its wall are what runs away.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from teraplan.errors import Culprit
from teraplan.model.problem import LinearProgram, Problem

USED = 1e-6
"""A slack below this is rounding [unit of its row]."""
WALL = 1e6
"""How far the box lies from the largest finite number in a row or bound, as a multiple [1]."""


def elastic(program: LinearProgram) -> LinearProgram:
    """Return the program whose least cost is the least violation.

    Its columns are those of the program, then what each row lacks, what each has too much, and what each lower bound
    above zero gives way. A row's slack is priced at 1 over the norm of the row, so that a row in small units gives way
    no sooner than another.
    """
    height, width = program.matrix.shape
    norm = np.sqrt(np.asarray(program.matrix.multiply(program.matrix).sum(axis=1)).ravel()) + 1e-12
    held = _held(program)
    unit = sparse.identity(height, format="csr")
    hold = sparse.csr_matrix((np.ones(held.size), (np.arange(held.size), held)), shape=(held.size, width))
    blocks = [[program.matrix, unit, -unit, None], [hold, None, None, sparse.identity(held.size, format="csr")]]
    lower = program.column_lower.copy()
    lower[held] = 0.0
    slacks = 2 * height + held.size
    return LinearProgram(
        cost=np.concatenate([np.zeros(width), 1 / norm, 1 / norm, np.ones(held.size)]),
        offset=0.0,
        matrix=sparse.bmat(blocks if held.size else [blocks[0][:3]], format="csr"),
        row_lower=np.concatenate([program.row_lower, program.column_lower[held]]),
        row_upper=np.concatenate([program.row_upper, np.full(held.size, np.inf)]),
        column_lower=np.concatenate([lower, np.zeros(slacks)]),
        column_upper=np.concatenate([program.column_upper, np.full(slacks, np.inf)]),
    )


def culprits(problem: Problem, value: NDArray[np.float64]) -> tuple[Culprit, ...]:
    """Return the rows and bounds that give way in a solution of the elastic program, largest first."""
    height, width = problem.program.matrix.shape
    lack, excess, given = np.split(value[width:], [height, 2 * height])
    held = _held(problem.program)
    rows = [_row(problem, int(at), float(lack[at] - excess[at])) for at in np.flatnonzero(np.abs(lack - excess) > USED)]
    bounds = [_bound(problem, int(held[at]), float(given[at])) for at in np.flatnonzero(given > USED)]
    return tuple(sorted([*rows, *bounds], key=lambda culprit: -abs(culprit.amount)))


def crossing(problem: Problem) -> tuple[Culprit, ...]:
    """Return the columns and rows whose lower limit is above their upper one."""
    program = problem.program
    columns = np.flatnonzero(program.column_lower > program.column_upper)
    rows = np.flatnonzero(program.row_lower > program.row_upper)
    return (
        *(
            _crossed(*_column_words(problem, int(at)), program.column_lower[at], program.column_upper[at])
            for at in columns
        ),
        *(_crossed(*_row_words(problem, int(at)), program.row_lower[at], program.row_upper[at]) for at in rows),
    )


def boxed(program: LinearProgram) -> LinearProgram:
    """Return the program with every column between two walls, far beyond any finite number of its rows and bounds."""
    wall = _wall(program)
    return replace(
        program,
        column_upper=np.minimum(program.column_upper, wall),
        column_lower=np.maximum(program.column_lower, -wall),
    )


def runaways(problem: Problem, value: NDArray[np.float64]) -> tuple[str, ...]:
    """Return the columns that lie at a wall in a solution of the boxed program and have no bound of their own."""
    program, near = problem.program, 0.99 * _wall(problem.program)
    out = ((value > near) & np.isposinf(program.column_upper)) | ((value < -near) & np.isneginf(program.column_lower))
    return tuple(_named(*_column_words(problem, int(at))) for at in np.flatnonzero(out))


def named_row(problem: Problem, at: int) -> str:
    """Return the equation and labels of a row as text, e.g. `commodity_balance [2030, compute, USA]`."""
    return _named(*_row_words(problem, at))


def named_column(problem: Problem, at: int) -> str:
    """Return the variable and labels of a column as text, e.g. `order [ccgt, USA, 2030]`."""
    return _named(*_column_words(problem, at))


def not_numbers(problem: Problem) -> Iterator[str]:
    """Yield the rows and columns that have something that is not a number, and what: one for each kind of number."""
    program = problem.program
    entries = program.matrix.tocoo()
    for what, numbers, at, named in (
        ("coefficient", entries.data, entries.row, named_row),
        ("cost", program.cost, np.arange(program.cost.size), named_column),
        ("lower limit", np.where(np.isneginf(program.row_lower), 0.0, program.row_lower), None, named_row),
        ("upper limit", np.where(np.isposinf(program.row_upper), 0.0, program.row_upper), None, named_row),
        ("lower bound", np.where(np.isneginf(program.column_lower), 0.0, program.column_lower), None, named_column),
        ("upper bound", np.where(np.isposinf(program.column_upper), 0.0, program.column_upper), None, named_column),
    ):
        wrong = np.flatnonzero(~np.isfinite(numbers))
        if wrong.size:
            place = int(wrong[0]) if at is None else int(at[wrong[0]])
            yield f"{named(problem, place)}: its {what} is {numbers[wrong[0]]}"


def _held(program: LinearProgram) -> NDArray[np.int64]:
    return np.flatnonzero(program.column_lower > 0)


def _wall(program: LinearProgram) -> float:
    given = [program.row_lower, program.row_upper, program.column_lower, program.column_upper]
    numbers = np.abs(np.concatenate(given))
    return WALL * max(1.0, float(numbers[np.isfinite(numbers)].max(initial=1.0)))


def _row(problem: Problem, at: int, amount: float) -> Culprit:
    equation, labels = _row_words(problem, at)
    verb = "lacks" if amount > 0 else "has too much by"
    return Culprit(equation, labels, amount, f"{_named(equation, labels)} {verb} {abs(amount):.6g}")


def _bound(problem: Problem, at: int, amount: float) -> Culprit:
    variable, labels = _column_words(problem, at)
    kept = problem.program.column_lower[at]
    sentence = f"{_named(variable, labels)} is kept at {kept:.6g} or more, and {kept - amount:.6g} is all that can be"
    return Culprit(variable, labels, amount, sentence)


def _crossed(name: str, labels: Mapping[str, object], low: float, high: float) -> Culprit:
    sentence = f"{_named(name, labels)} must be at least {low:.6g} and at most {high:.6g}"
    return Culprit(name, labels, float(low - high), sentence)


def _row_words(problem: Problem, at: int) -> tuple[str, dict[str, object]]:
    words = problem.rows.row(at, named=True)
    equation = str(words.pop("equation"))
    return equation, {label: text for label, text in words.items() if text is not None}


def _column_words(problem: Problem, at: int) -> tuple[str, dict[str, object]]:
    words = problem.columns.row(at, named=True)
    variable = str(words.pop("variable"))
    return variable, {label: text for label, text in words.items() if text is not None and label != "column"}


def _named(name: str, labels: Mapping[str, object]) -> str:
    return f"{name} [{', '.join(str(text) for text in labels.values())}]"
