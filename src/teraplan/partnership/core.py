"""Splits that hold: the core, the least core, the nucleolus. A coalition's excess is what it lacks: v(S) - x(S)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational

import numpy as np
from numpy.typing import NDArray

from teraplan.errors import Fault, did_you_mean
from teraplan.partnership.game import (
    Coalition,
    Game,
    Number,
    Values,
    game_of,
    nearest,
    not_finite,
    ratio,
    refuse,
    sums,
    whole,
)
from teraplan.partnership.lowest import lowest_worst_excess, spanned

TOLERANCE = 1e-9


@dataclass(frozen=True)
class LeastCore:
    """The smallest worst excess of any split, and a split that has it."""

    epsilon: Number
    """At most 0 where the core is not empty [unit of the values]."""
    payoff: dict[str, Number]
    """The pre-nucleolus, which lies in the least core [unit of the values]."""


@dataclass(frozen=True)
class WorstCoalition:
    """The coalition that a split treats worst, and what it would gain by leaving (negative: what it would lose)."""

    coalition: Coalition
    excess: Number


def least_core(values: Values, players: Sequence[str] | None = None) -> LeastCore:
    """Return the least core: the smallest epsilon for which x(S) + epsilon >= v(S) can hold for all S but everybody.

    Arguments and errors as in `shapley`; a game of one player has none. Source: Maschler, Peleg, Shapley (1979).
    """
    game = game_of(values, players)
    refuse(single(game.players))
    first = lowest_worst_excess(game, {game.everybody: game.value(game.everybody)}, floor=False)
    return LeastCore(game.number(first.epsilon), game.shared(_lexicographic(game, floor=False)))


def nucleolus(values: Values, players: Sequence[str] | None = None) -> dict[str, Number]:
    """Return the nucleolus: of the splits that give nobody less than alone, the one whose excesses are least.

    The largest excess is made as small as possible, then the next, and so on; there is exactly one such split, and it
    lies in the core if there is one. Arguments and errors as in `shapley`; besides, ArgumentError where players alone
    are worth more than all together: then there is no such split. Source: Schmeidler (1969), The nucleolus of a
    characteristic function game; the way to it, Maschler, Peleg, Shapley (1979).
    """
    game = game_of(values, players)
    alone = sum((game.value(1 << place) for place in range(len(game.players))), Fraction(0))
    if alone > (together := game.value(game.everybody)):
        what = (
            f"players alone are worth {nearest(alone):g}, all together only {nearest(together):g}: no split suits all"
        )
        refuse([Fault("values", what, "use prenucleolus, which may give a player less than it has alone")])
    return game.shared(_lexicographic(game, floor=True))


def prenucleolus(values: Values, players: Sequence[str] | None = None) -> dict[str, Number]:
    """Return the pre-nucleolus: as `nucleolus`, but a player may get less than alone; there is always exactly one.

    Arguments and errors as in `shapley`. Source: Sobolev (1975).
    """
    game = game_of(values, players)
    return game.shared(_lexicographic(game, floor=False))


def worst_coalition(
    values: Values, payoff: Mapping[str, Number], players: Sequence[str] | None = None
) -> WorstCoalition:
    """Return the coalition, other than nobody and everybody, with the largest excess v(S) - x(S).

    Of equals one is given, always the same. Errors as in `in_core`; a game of one player has no such coalition.
    """
    game = game_of(values, players)
    refuse(single(game.players))
    excess, scale = _excesses(game, paid_to(game.players, payoff))
    worst = int(np.argmax(excess[1:-1])) + 1
    value = Fraction(excess[worst], scale)
    return WorstCoalition(game.coalition(worst), value if _kept(game, payoff) else nearest(value))


def in_core(
    values: Values,
    payoff: Mapping[str, Number],
    players: Sequence[str] | None = None,
    tolerance: float = TOLERANCE,
) -> bool:
    """Return whether a split shares out exactly what all are worth, and no coalition is worth more than it gets.

    tolerance: share of the largest value by which either may be missed; none where values and payoff are exact.
    Raises ArgumentError as `game_of` does, for a player without a payoff, a payoff without a player, and a tolerance
    that is no share.
    """
    if not_finite({"tolerance": tolerance}) or not 0 <= tolerance <= 1:
        refuse([Fault("tolerance", f"{tolerance!r} is no share", "give a number from 0 to 1, usually 1e-9")])
    game = game_of(values, players)
    excess, scale = _excesses(game, paid_to(game.players, payoff))
    largest = Fraction(max(abs(value) for value in game.worth), game.scale)
    margin = Fraction(0) if _kept(game, payoff) else Fraction(tolerance) * largest * scale
    return bool(abs(excess[-1]) <= margin and max(excess[1:]) <= margin)


def _lexicographic(game: Game, floor: bool) -> tuple[Fraction, ...]:
    """Level by level: coalitions tight in every solution are settled, with all that they span."""
    players = len(game.players)
    settled = {game.everybody: game.value(game.everybody)}
    payoff: tuple[Fraction, ...] = (game.value(game.everybody),)
    while len(settled) < players:
        level = lowest_worst_excess(game, settled, floor)
        payoff = level.payoff
        for mask in level.tight:
            if not spanned(settled, players)[mask]:
                settled[mask] = sum((payoff[place] for place in range(players) if mask >> place & 1), Fraction(0))
    return payoff


def _excesses(game: Game, paid: Sequence[Fraction]) -> tuple[NDArray[np.object_], int]:
    """What every coalition lacks, by mask, times a scale; and the scale."""
    amounts, scale = whole(paid)
    return game.worth * scale - sums(amounts) * game.scale, scale * game.scale


def paid_to(players: Sequence[str], payoff: Mapping[str, Number]) -> list[Fraction]:
    """Return what each player is paid, in order; raise ArgumentError where a payoff and the players do not agree."""
    if not isinstance(payoff, Mapping):
        refuse([Fault("payoff", f"{payoff!r} is no mapping", 'write {"lab": 60, "power": 40}')])
    faults = [Fault(f"player {name!r}", "has no payoff", "give one to every player")
              for name in players if name not in payoff]  # fmt: skip
    faults += [Fault(f"payoff of {name!r}", "is for somebody who is not a player", did_you_mean(str(name), players))
               for name in payoff if name not in players]  # fmt: skip
    refuse([*faults, *not_finite({f"payoff of {name!r}": value for name, value in payoff.items()})])
    return [ratio(payoff[name]) for name in players]


def _kept(game: Game, payoff: Mapping[str, Number]) -> bool:
    return game.exact and all(isinstance(value, Rational) for value in payoff.values())


def single(players: Sequence[str]) -> list[Fault]:
    """Return a fault if there is one player only."""
    fault = Fault("players", "there is one: no coalition but everybody", "name at least two")
    return [fault] if len(players) == 1 else []
