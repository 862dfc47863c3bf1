"""What the plain functions are given: numbers and names, checked all at once, with every fault named."""

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from teraplan.errors import ArgumentError, Fault, did_you_mean

Array = NDArray[np.float64]
Numbers = float | Array
"""What a function returns: a float where every argument was one number, else an array of their common shape."""

LARGEST, MOST_COUNTED = 1e50, 1e9
"""Numbers above the first, and divisors below one over it, are refused, because products and ratios of them would
leave the range of floats; counts above the second."""


@dataclass(frozen=True)
class Number:
    """A numerical argument: one number or an array of them, the unit, and the range that they must lie in."""

    name: str
    given: ArrayLike
    unit: str = ""
    least: float = 0.0
    most: float = math.inf
    above: bool = False
    """Whether the least itself is excluded."""
    whole: bool = False


@dataclass(frozen=True)
class Name:
    """An argument that is one of a few words."""

    name: str
    given: str
    options: Collection[str]


def positive(name: str, given: ArrayLike, unit: str) -> Number:
    """Return an argument whose numbers must be above zero."""
    return Number(name, given, unit, above=True)


def share(name: str, given: ArrayLike) -> Number:
    """Return an argument whose numbers must lie between 0 and 1."""
    return Number(name, given, most=1.0)


def positive_share(name: str, given: ArrayLike) -> Number:
    """Return an argument whose numbers must be above 0 and at most 1."""
    return Number(name, given, most=1.0, above=True)


def count(name: str, given: ArrayLike, least: float = 0.0) -> Number:
    """Return an argument whose numbers must be whole."""
    return Number(name, given, least=least, most=MOST_COUNTED, whole=True)


def checked(function: str, *arguments: Number | Name) -> tuple[Array, ...]:
    """Return the numbers among the arguments as arrays of one shape, in order.

    Raises ArgumentError with every fault: what is no number, not finite, out of its range or not whole, a word that is
    unknown, shapes that do not go together.
    """
    refuse(function, [fault for argument in arguments for fault in _faults(function, argument)])
    arrays = [np.asarray(argument.given, dtype=np.float64) for argument in arguments if isinstance(argument, Number)]
    try:
        return tuple(np.broadcast_arrays(*arrays))
    except ValueError:
        shapes = ", ".join(f"{a.name} {np.shape(a.given)}" for a in arguments if isinstance(a, Number))
        fault = Fault(
            function, f"the shapes do not go together: {shapes}", "give single numbers or arrays of one shape"
        )
        raise ArgumentError(function, (fault,)) from None


def refuse(function: str, faults: Iterable[Fault]) -> None:
    """Raise ArgumentError if there are faults."""
    if found := tuple(faults):
        raise ArgumentError(function, found)


def result(array: Array) -> Numbers:
    """Return a float for an array without dimensions, else the array."""
    return float(array) if array.ndim == 0 else array


def _faults(function: str, argument: Number | Name) -> Iterator[Fault]:
    where = f"{function}, {argument.name}"
    if isinstance(argument, Name):
        if not isinstance(argument.given, str) or argument.given not in tuple(argument.options):
            yield Fault(where, f"{argument.given!r} is unknown", did_you_mean(str(argument.given), argument.options))
        return
    if np.ma.is_masked(argument.given):
        yield Fault(where, "some of it is masked", "fill it, or leave it out")
        return
    try:
        values = np.asarray(argument.given)
    except ValueError as error:
        yield Fault(where, f"{argument.given!r} is no array ({error})", "give a number or rows of equal length")
        return
    if values.dtype.kind not in "iuf":
        yield Fault(where, f"{argument.given!r} is no number", "give a number or an array of numbers")
        return
    wrong = np.argwhere(_outside(values.astype(np.float64), argument))
    if len(wrong):
        place = tuple(int(index) for index in wrong[0])
        at = f" at {place[0] if len(place) == 1 else place}" if place else ""
        more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        said = f"{values[place]:g} {argument.unit}".rstrip() + f"{at} cannot be{more}"
        unit = "" if 1.0 / LARGEST <= abs(values[place]) <= LARGEST or not values[place] else ", in another unit"
        yield Fault(where, said, _range(argument) + unit)


def _outside(values: Array, argument: Number) -> NDArray[np.bool_]:
    low = values <= argument.least if argument.above else values < argument.least
    broken: NDArray[np.bool_] = argument.whole & (values != np.floor(values))
    size = np.abs(values)
    beyond = (size > LARGEST) | (argument.above & (size < 1.0 / LARGEST))
    wrong: NDArray[np.bool_] = ~np.isfinite(values) | low | (values > argument.most) | broken | beyond
    return wrong


def _range(argument: Number) -> str:
    kind = "whole numbers" if argument.whole else "numbers"
    low = f"{'above' if argument.above else 'of at least'} {argument.least:g}"
    high = f" and at most {argument.most:g}" if math.isfinite(argument.most) else ""
    return f"give finite {kind} {low}{high}"
