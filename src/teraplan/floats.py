"""Arrays of floats from whatever a plain function is given: text, dates and truth values are no numbers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from numbers import Real
from reprlib import repr as short

import numpy as np
from numpy.typing import NDArray

from teraplan.errors import ArgumentError, Fault

Floats = NDArray[np.float64]


def as_floats(given: object) -> Floats:
    """Return numbers as an array of floats; raise ValueError, saying why, for anything else.

    NaN is a number here, and so are the truth values of an array; a single one is not.
    """
    if np.ma.is_masked(given):
        raise ValueError("some of it is masked")
    array = np.asarray(given)
    if array.dtype.kind == "O":
        strange = [one for one in array.flat if isinstance(one, bool) or not isinstance(one, Real | Decimal)]
    else:
        numbers = array.dtype.kind in "iuf" or (array.dtype.kind == "b" and array.ndim > 0)
        strange = [] if numbers else [one.item() for one in array.flat[:1]]
    if strange:
        raise ValueError(f"{short(strange[0])} is no number")
    try:
        return array.astype(float, copy=False)
    except OverflowError:
        raise ValueError("a number is too large for a float") from None


def finite_floats(function: str, given: Mapping[str, object]) -> tuple[Floats, ...]:
    """Return each argument, by its name, as an array of finite floats; raise ArgumentError with every other one."""
    arrays, faults = [], []
    for name, value in given.items():
        try:
            arrays.append(as_floats(value))
        except ValueError as error:
            faults.append(Fault(name, f"is not an array of numbers: {error}", "give numbers, in rows of equal length"))
            continue
        if not np.isfinite(arrays[-1]).all():
            at = tuple(int(index) for index in np.argwhere(~np.isfinite(arrays[-1]))[0])
            place = f" at {list(at)}" if at else ""
            faults.append(Fault(name, f"{arrays[-1][at]}{place}", "give a finite number there, or leave it out"))
    if faults:
        raise ArgumentError(function, tuple(faults))
    return tuple(arrays)


@contextmanager
def within_floats(function: str) -> Iterator[None]:
    """Raise ArgumentError where numbers grow beyond what floats hold, instead of going on with infinity or NaN.

    A function is decorated with it, or a block put in it.
    """
    try:
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            yield
    except FloatingPointError as error:
        what = f"are so large, or so small, that results are beyond what floats hold ({error})"
        fault = Fault("numbers", what, "give them in other units, and rates as fractions")
        raise ArgumentError(function, (fault,)) from None
