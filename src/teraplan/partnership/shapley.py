"""The Shapley value: every player gets what it adds, on average over all orders in which the players may join."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from teraplan.errors import Fault
from teraplan.partnership.game import (
    Coalition,
    Number,
    Values,
    callable_or_refused,
    game_of,
    named,
    not_finite,
    refuse,
    sizes,
)

MOST_PAIRS = 10_000_000


@dataclass(frozen=True)
class ShapleyEstimate:
    """A Shapley value from a sample of orders."""

    value: dict[str, float]
    """Mean of what a player adds; sums to the worth of everybody [unit of the values]."""
    error: dict[str, float]
    """Standard error of the mean: about two thirds of all samples are nearer than this [unit of the values]."""
    asked: int
    """How many different coalitions were valued."""


def shapley(values: Values, players: Sequence[str] | None = None) -> dict[str, Number]:
    """Return the Shapley value of every player [unit of the values], computed exactly.

        value[i] = sum over S without i of |S|! (n - |S| - 1)! / n! * (v(S + i) - v(S))

    values: mapping from every coalition to its value, or a function of a coalition with `players`; up to 20 players.
    A Fraction among the values, and no float, gives Fractions. Raises ArgumentError as `game_of` does.
    Source: Shapley (1953), A value for n-person games.
    """
    game = game_of(values, players)
    count = len(game.players)
    size = sizes(count)
    orders = [math.factorial(before) * math.factorial(count - before - 1) for before in range(count)]
    masks = np.arange(len(game.worth))
    payoff = []
    for place in range(count):
        without = masks[masks >> place & 1 == 0]
        added = game.worth[without | 1 << place] - game.worth[without]
        total = sum(weight * added[size[without] == before].sum() for before, weight in enumerate(orders))
        payoff.append(Fraction(total, math.factorial(count) * game.scale))
    return game.shared(payoff)


def sampled_shapley(
    value: Callable[[Coalition], Number], players: Sequence[str], pairs: int, generator: np.random.Generator
) -> ShapleyEstimate:
    """Return an estimate of the Shapley value, with its error, from random orders of many players.

    Each pair is an order and its reverse: whoever comes early in one comes late in the other, which takes most of the
    chance out of games where partners complete, or replace, each other. A coalition is valued once.
    value: a function of a coalition, or the `__getitem__` of a mapping; pairs: at least 2.
    generator: of numpy, e.g. `numpy.random.default_rng(1)`. Raises ArgumentError for anything else.
    Source: Castro, Gomez, Tejada (2009), Polynomial calculation of the Shapley value based on sampling.
    """
    if not isinstance(pairs, int | np.integer) or not 2 <= pairs <= MOST_PAIRS:
        what = f"{pairs!r} pairs of orders have no error bar, or no end"
        refuse([Fault("pairs", what, f"draw a whole number of at least 2 and at most {MOST_PAIRS:,}")])
    if not isinstance(generator, np.random.Generator):
        refuse([Fault("generator", f"{generator!r} draws no orders", "give numpy.random.default_rng(1)")])
    callable_or_refused("value", value, "give a function of a coalition, or the __getitem__ of a mapping")
    players = named(players)
    known: dict[Coalition, float] = {frozenset(): 0.0}

    def worth(coalition: Coalition) -> float:
        if coalition not in known:
            found = value(coalition)
            refuse(not_finite({f"coalition {{{', '.join(sorted(coalition))}}}": found}))
            known[coalition] = float(found)
        return known[coalition]

    drawn = np.zeros((pairs, len(players)))
    for pair in drawn:
        order = generator.permutation(len(players))
        for joining in (order, order[::-1]):
            group: Coalition = frozenset()
            for place in joining:
                larger = group | {players[place]}
                pair[place] += (worth(larger) - worth(group)) / 2
                group = larger
    error = drawn.std(axis=0, ddof=1) / math.sqrt(pairs)
    mean = drawn.mean(axis=0)
    return ShapleyEstimate(
        dict(zip(players, map(float, mean), strict=True)),
        dict(zip(players, map(float, error), strict=True)),
        asked=len(known) - 1,
    )
