"""A game in the sense of cooperative game theory: what every coalition of players is worth on its own.

Numbers are exact inside: whole numbers, fractions and floats are all ratios, so nothing is rounded before the end.
A coalition is a bit mask: bit i stands for player i, in the order of the players' names.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational, Real

import numpy as np
from numpy.typing import NDArray

from teraplan.errors import ArgumentError, Fault

Number = int | float | Fraction
Coalition = frozenset[str]
Values = Mapping[Coalition, Number] | Callable[[Coalition], Number]
Wholes = NDArray[np.object_]
"""An array of Python's whole numbers, which have no largest."""

MOST_PLAYERS = 20
SHOWN = 4


@dataclass(frozen=True)
class Game:
    """The worth of every coalition: `worth[mask] / scale`, in the unit of the values given (money, as a rule)."""

    players: tuple[str, ...]
    worth: Wholes
    """Whole numbers by mask, shape (2 ** players,); `worth[0]`, of nobody, is 0."""
    scale: int
    """What the worths are divided by."""
    exact: bool
    """Whether answers are given as fractions: a fraction was among the values, and no float."""

    @property
    def everybody(self) -> int:
        """The mask of the grand coalition."""
        return len(self.worth) - 1

    def value(self, mask: int) -> Fraction:
        """Return the worth of one coalition."""
        return Fraction(self.worth[mask], self.scale)

    def coalition(self, mask: int) -> Coalition:
        """Return the names in a coalition."""
        return frozenset(name for place, name in enumerate(self.players) if mask >> place & 1)

    def number(self, value: Fraction) -> Number:
        """Return an answer as a fraction where the game is exact, otherwise as the nearest float."""
        return value if self.exact else nearest(value)

    def shared(self, payoff: Iterable[Fraction]) -> dict[str, Number]:
        """Return a payoff by the names of the players."""
        return {name: self.number(value) for name, value in zip(self.players, payoff, strict=True)}


def game_of(values: Values, players: Sequence[str] | None = None) -> Game:
    """Return the game of a mapping from coalitions to values, or of a function of a coalition, asked once for each.

    values: every coalition but the empty one must be there; the empty one, if there, must be worth 0.
    players: needed with a function; a mapping says itself who plays.
    Raises ArgumentError with every fault: a coalition without a value, a key that is no frozenset of names, a value
    that is not a finite number, no players, or more than 20 of them.
    """
    if not isinstance(values, Mapping):
        names = named(players, MOST_PLAYERS)
        callable_or_refused("values", values, "give a mapping from every coalition to its value, or a function of one")
        values = {coalition: values(coalition) for coalition in coalitions(names)}
    else:
        keys = [Fault(f"key {key!r}", "is not a frozenset of names", 'write frozenset({"a", "b"})') for key in values
                if not (isinstance(key, frozenset) and all(isinstance(name, str) for name in key))]  # fmt: skip
        refuse(keys)
        names = named(sorted(frozenset[str]().union(*values)) if players is None else players, MOST_PLAYERS)
    refuse(
        [*_absent(values, names), *_strange(values, names), *not_finite({_said(key): n for key, n in values.items()})]
    )
    ratios = [ratio(values[coalition]) for coalition in coalitions(names)]
    scale = math.lcm(*(one.denominator for one in ratios))
    worth = np.array([0, *(one.numerator * (scale // one.denominator) for one in ratios)], dtype=object)
    return Game(names, worth, scale, exact=exact(values.values()))


def coalitions(players: Sequence[str]) -> Iterable[Coalition]:
    """Yield every coalition but the empty one, in the order of their masks."""
    for mask in range(1, 1 << len(players)):
        yield frozenset(name for place, name in enumerate(players) if mask >> place & 1)


def ratio(value: Number) -> Fraction:
    """Return a number as the ratio that it is; a float is one of powers of two."""
    return Fraction(value) if isinstance(value, Rational) else Fraction(float(value))


def nearest(value: Fraction) -> float:
    """Return the float nearest to a ratio; raise ArgumentError if it is beyond the largest."""
    try:
        return float(value)
    except OverflowError:
        what = "are worth so much that a split is beyond the largest float"
        fault = Fault("values", what, "give Fractions, whose splits are exact, or a larger unit")
        raise ArgumentError("game", (fault,)) from None


def exact(values: Iterable[Number]) -> bool:
    """Return whether an answer is to be given in fractions: a fraction is among the numbers, and no float."""
    kinds = {type(value) for value in values}
    return any(issubclass(kind, Fraction) for kind in kinds) and all(issubclass(kind, Rational) for kind in kinds)


def sums(amounts: Sequence[int]) -> Wholes:
    """Return what every coalition has if each player has an amount: whole numbers by mask."""
    held = np.zeros(1, dtype=object)
    for amount in amounts:
        held = np.concatenate([held, held + amount])
    return held


def sizes(players: int) -> NDArray[np.int64]:
    """Return how many players each coalition has, by mask."""
    count = np.zeros(1, dtype=np.int64)
    for _ in range(players):
        count = np.concatenate([count, count + 1])
    return count


def whole(ratios: Sequence[Fraction]) -> tuple[list[int], int]:
    """Return ratios as whole numbers over one denominator."""
    scale = math.lcm(*(one.denominator for one in ratios))
    return [one.numerator * (scale // one.denominator) for one in ratios], scale


def refuse(faults: Sequence[Fault], of: str = "game") -> None:
    """Raise ArgumentError if there is a fault."""
    if faults:
        raise ArgumentError(of, tuple(faults))


def callable_or_refused(where: str, given: object, fix: str) -> None:
    """Raise ArgumentError if something is no function."""
    refuse([] if callable(given) else [Fault(where, f"{given!r} is no function", fix)])


def not_finite(numbers: Mapping[str, object]) -> list[Fault]:
    """Return a fault for everything that is not a finite number: text, None, NaN, infinity."""
    return [
        Fault(where, f"{value!r} is not a finite number", "give a whole number, a float or a Fraction")
        for where, value in numbers.items()
        if not (isinstance(value, Rational) or (isinstance(value, Real) and math.isfinite(value)))
    ]


def named(players: Sequence[str] | None, most: float = math.inf) -> tuple[str, ...]:
    """Return the names of the players; raise ArgumentError for none, one there twice, too many, and what is no name."""
    several = isinstance(players, Iterable) and not isinstance(players, str | bytes)
    names = tuple(players) if several else ()  # type: ignore[arg-type]
    faults = []
    if (players is not None and not several) or not all(isinstance(name, str) for name in names):
        refuse([Fault("players", f"{players!r} are not names", 'name them: players=("lab", "power")')])
    if not names:
        faults.append(Fault("players", "there are none", "name them: players=(...), or in the keys of a mapping"))
    if len(set(names)) < len(names):
        faults.append(Fault("players", "a name is there twice", "give every player a name of its own"))
    if len(names) > most:
        advice = "merge players, or use sampled_shapley and, for an Owen point, production games"
        faults.append(Fault("players", f"{len(names)} have {2 ** len(names):,} coalitions, too many to hold", advice))
    refuse(faults)
    return names


def _absent(values: Mapping[Coalition, Number], names: Sequence[str]) -> list[Fault]:
    absent = [coalition for coalition in coalitions(names) if coalition not in values]
    shown = [Fault(_said(one), "has no value", "give one to every coalition; 0 if it can do nothing") for one in absent]
    rest = len(absent) - SHOWN
    return [*shown[:SHOWN], *([Fault("coalitions", f"{rest} more have no value", "as above")] if rest > 0 else [])]


def _strange(values: Mapping[Coalition, Number], names: Sequence[str]) -> list[Fault]:
    known = frozenset(names)
    faults = [Fault(_said(key), "holds somebody who is not a player", f"players are {', '.join(names)}")
              for key in values if not key <= known]  # fmt: skip
    if values.get(frozenset(), 0) not in (0,):
        faults.append(Fault(_said(frozenset()), "is worth something", "nobody is worth 0: take it off every value"))
    return faults


def _said(coalition: Coalition) -> str:
    return f"coalition {{{', '.join(sorted(coalition))}}}"
