"""The exact linear program of the least core and the nucleolus, whose rows are made as they are needed.

    lowest worst excess:  min epsilon  where  x(S) + epsilon >= v(S)  for every coalition S that is still open,
                          x(S) = amount[S] for the settled ones, and x[i] >= v(i) if payoffs have a floor

It is solved from its dual, in whole numbers, with as many rows as players and one more: a column is a coalition, and
the one that enters is the most dissatisfied, found among all at once. Ties in the ratio test are broken
lexicographically, so that it ends (Dantzig, Orden, Wolfe 1955). Nothing is rounded, so nothing hangs on a tolerance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from teraplan.partnership.game import Game, Wholes, sums, whole

OPEN, SETTLED, FLOOR = "open", "settled", "floor"
NEAR = 1e-9


@dataclass(frozen=True)
class Column:
    """A constraint on payoffs, which is a column of the dual."""

    kind: str
    mask: int
    amount: Fraction


@dataclass(frozen=True)
class Level:
    """A solution: the worst excess, a payoff that has it, and coalitions that have it in every solution."""

    epsilon: Fraction
    payoff: tuple[Fraction, ...]
    tight: tuple[int, ...]
    """Masks whose weight in the dual is positive; they cannot be given more without another getting less."""


def lowest_worst_excess(game: Game, settled: Mapping[int, Fraction], floor: bool) -> Level:
    """Return the payoff whose largest excess v(S) - x(S), over coalitions that the settled ones do not span, is least.

    settled: masks, linearly independent, and what they get; floor: whether nobody may get less than alone.
    """
    players = len(game.players)
    is_open = ~spanned(settled, players)
    columns = _start(game, settled, is_open)
    tableau, scale = _inverted([_vector(column, players) for column in columns])
    pointer = _Pointer.of(game, is_open)
    while True:
        prices = [
            sum((one.amount * int(part) for one, part in zip(columns, row, strict=True)), Fraction(0)) / scale
            for row in tableau[:, -players - 1 :].T
        ]
        payoff, epsilon = prices[:-1], prices[-1]
        entering = _most_dissatisfied(game, pointer, payoff, epsilon) or (_below_floor(game, payoff) if floor else None)
        if entering is None:
            weights = tableau[:, 0]
            tight = [
                one.mask for one, weight in zip(columns, weights, strict=True) if one.kind != SETTLED and weight > 0
            ]
            return Level(epsilon, tuple(payoff), tuple(tight))
        direction = tableau[:, -players - 1 :] @ np.array(_vector(entering, players), dtype=object)
        leaving = _leaving(tableau[:, : players + 2], direction, columns)
        tableau, scale = _pivoted(tableau, direction, leaving, scale)
        columns[leaving] = entering


def spanned(settled: Mapping[int, Fraction], players: int) -> NDArray[np.bool_]:
    """Return which coalitions, by mask, get the same in every payoff that gives the settled ones their amounts."""
    inside = np.ones(1 << players, dtype=bool)
    for direction in _null_space([[mask >> place & 1 for place in range(players)] for mask in settled], players):
        inside &= (sums(direction) == 0).astype(bool)
    return inside


def _start(game: Game, settled: Mapping[int, Fraction], is_open: NDArray[np.bool_]) -> list[Column]:
    """A first basis: the settled, an open coalition and its complement (weight 1/2 each), singletons to fill up."""
    players = len(game.players)
    held = {mask: Column(SETTLED, mask, amount) for mask, amount in settled.items()}
    singletons = [1 << place for place in range(players) if is_open[1 << place]]
    spans = dict(settled)
    for mask in singletons:
        if not spanned(spans, players)[mask]:
            spans[mask] = Fraction(0)
    filled = [mask for mask in spans if mask not in settled]
    masks = [*filled, game.everybody - filled[0]]
    return [*held.values(), *(Column(OPEN, mask, game.value(mask)) for mask in masks)]


def _vector(column: Column, players: int) -> list[int]:
    return [*(column.mask >> place & 1 for place in range(players)), int(column.kind == OPEN)]


def _inverted(vectors: Sequence[Sequence[int]]) -> tuple[Wholes, int]:
    """The tableau [weights | basis in terms of the first | inverse] of a basis, times a scale, and that scale."""
    count = len(vectors)
    basis = np.array(vectors, dtype=object).T
    right = np.array([[0]] * (count - 1) + [[1]], dtype=object)
    tableau = np.hstack([right, basis, np.eye(count, dtype=int).astype(object)])
    scale = 1
    for place in range(count):
        row = next(at for at in range(place, count) if tableau[at, place + 1] != 0)
        tableau[[place, row]] = tableau[[row, place]]
        tableau, scale = _pivoted(tableau, tableau[:, place + 1].copy(), place, scale)
    return tableau, scale


def _pivoted(tableau: Wholes, direction: Wholes, row: int, scale: int) -> tuple[Wholes, int]:
    """Gauss-Jordan without fractions (Bareiss 1968): every division comes out even; the scale stays positive."""
    pivot = direction[row]
    new = (tableau * pivot - np.outer(direction, tableau[row])) // scale
    new[row] = tableau[row]
    return (new, pivot) if pivot > 0 else (-new, -pivot)


@dataclass(frozen=True)
class _Pointer:
    """Floats that point to coalitions, divided by the largest worth; what they point to is weighed in whole numbers."""

    unit: Fraction
    worth: NDArray[np.float64]
    """By mask; minus infinity where a coalition is not open."""

    @classmethod
    def of(cls, game: Game, is_open: NDArray[np.bool_]) -> "_Pointer":
        largest = int(np.abs(game.worth).max()) or 1
        return cls(Fraction(largest, game.scale), np.where(is_open, (game.worth / largest).astype(float), -np.inf))

    def excess(self, payoff: Sequence[Fraction]) -> tuple[NDArray[np.float64], float]:
        """What every coalition lacks, and by how much that may be wrong."""
        amounts = [float(amount / self.unit) for amount in payoff]
        held = np.zeros(1)
        for amount in amounts:
            held = np.concatenate([held, held + amount])
        return self.worth - held, NEAR * max(1.0, float(np.abs(amounts).sum()))


def _most_dissatisfied(game: Game, pointer: _Pointer, payoff: Sequence[Fraction], epsilon: Fraction) -> Column | None:
    """The open coalition with the largest excess, if that is above epsilon; none if there is none."""
    excess, margin = pointer.excess(payoff)
    likely = int(np.argmax(excess))
    got = sum((amount for place, amount in enumerate(payoff) if likely >> place & 1), Fraction(0))
    if game.value(likely) - got > epsilon:
        return Column(OPEN, likely, game.value(likely))
    near = np.flatnonzero(excess >= float(epsilon / pointer.unit) - margin)
    if not len(near):
        return None
    amounts, scale = whole([*payoff, epsilon])
    above = game.worth[near] * scale - (sums(amounts[:-1])[near] + amounts[-1]) * game.scale
    worst = int(np.argmax(above))
    mask = int(near[worst])
    return Column(OPEN, mask, game.value(mask)) if above[worst] > 0 else None


def _below_floor(game: Game, payoff: Sequence[Fraction]) -> Column | None:
    alone = [Column(FLOOR, 1 << place, game.value(1 << place)) for place in range(len(payoff))]
    lacking = [(column.amount - got, -column.mask) for column, got in zip(alone, payoff, strict=True)]
    worst = max(range(len(payoff)), key=lambda place: lacking[place])
    return alone[worst] if lacking[worst][0] > 0 else None


def _leaving(weights: Wholes, direction: Wholes, columns: Sequence[Column]) -> int:
    """The row that leaves: smallest ratio, ties by the next column; a settled coalition stays for good."""
    rows = [row for row, column in enumerate(columns) if column.kind != SETTLED and direction[row] > 0]
    for part in weights.T:
        least = min(Fraction(part[row], direction[row]) for row in rows)
        rows = [row for row in rows if Fraction(part[row], direction[row]) == least]
        if len(rows) == 1:
            break
    return rows[0]


def _null_space(rows: Sequence[Sequence[int]], players: int) -> list[list[int]]:
    """Whole vectors that span everything orthogonal to the rows."""
    left = [[Fraction(value) for value in row] for row in rows]
    leads: list[int] = []
    for place in range(players):
        at = next((row for row in range(len(leads), len(left)) if left[row][place] != 0), None)
        if at is None:
            continue
        here = len(leads)
        left[here], left[at] = left[at], left[here]
        left[here] = [value / left[here][place] for value in left[here]]
        for row in range(len(left)):
            if row != here and left[row][place] != 0:
                factor = left[row][place]
                left[row] = [value - factor * lead for value, lead in zip(left[row], left[here], strict=True)]
        leads.append(place)
    vectors = []
    for free in (place for place in range(players) if place not in leads):
        vector = [Fraction(int(place == free)) for place in range(players)]
        for row, lead in enumerate(leads):
            vector[lead] = -left[row][free]
        vectors.append(whole(vector)[0])
    return vectors
