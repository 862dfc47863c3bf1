"""What accelerators are worth to a lender as they age."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from teraplan.errors import ArgumentError, Fault
from teraplan.floats import finite_floats, within_floats

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ResaleCurve:
    """Resale value as a share of the price when new [1], at ages that rise from 0 [year]."""

    ages: tuple[float, ...]
    shares: tuple[float, ...]


H100_PCIE = ResaleCurve((0.0, 2.0, 4.0), (1.0, 0.60, 0.35))
"""Anchors of the SpotWire valuator for the NVIDIA H100 PCIe, 4 June 2026: an estimate, not fitted to sales."""


@within_floats("finance.collateral_value")
def collateral_value(
    price: ArrayLike, age: ArrayLike, curve: ResaleCurve = H100_PCIE, haircut: float = 0.0, failures: float = 0.0
) -> Floats:
    """Return what units of an age would bring a lender who has to sell them [currency].

        price x share(age) x (1 - failures)^age x (1 - haircut)

    Between two ages of the curve the value falls by the same share every year; beyond the last it goes on falling as
    between the last two. price: of the units when new [currency]; age [year]; both broadcast against each other.
    haircut: cost and discount of a forced sale [1]; failures: share of units lost for good a year [1 / year].
    Raises ArgumentError with everything that is wrong.
    """
    here = "finance.collateral_value"
    if not isinstance(curve, ResaleCurve):
        raise ArgumentError(here, (Fault("curve", f"is {curve!r}", "give finance.ResaleCurve(ages, shares)"),))
    given = {"price": price, "age": age, "haircut": haircut, "failures": failures}
    new, old, cut, lost, ages, shares = finite_floats(
        here, {**given, "curve.ages": curve.ages, "curve.shares": curve.shares}
    )
    _refuse(here, {"price": new, "age": old}, {"haircut": cut, "failures": lost}, (ages, shares))
    logs = np.log(shares)
    slope = (logs[-1] - logs[-2]) / (ages[-1] - ages[-2])
    share = np.exp(np.interp(old, ages, logs) + slope * np.maximum(old - ages[-1], 0.0))
    value: Floats = new * share * (1.0 - lost) ** old * (1.0 - cut)
    return value


@within_floats("finance.loan_to_value")
def loan_to_value(balance: ArrayLike, collateral: ArrayLike) -> Floats:
    """Return debt over collateral by year [1]: 0 without debt, infinite for debt without collateral.

    balance, collateral: (years) or (scenarios, years) at the same dates, finite [currency]. Raises ArgumentError.
    """
    owed, value = finite_floats("finance.loan_to_value", {"balance": balance, "collateral": collateral})
    if faults := _apart({"balance": owed, "collateral": value}):
        raise ArgumentError("finance.loan_to_value", tuple(faults))
    owed, value = np.broadcast_arrays(owed, value)
    safe = np.where(value > 0.0, value, 1.0)
    return np.where(owed <= 0.0, 0.0, np.where(value > 0.0, owed / safe, np.inf))


def _apart(arrays: dict[str, Floats]) -> list[Fault]:
    """A fault if the shapes do not broadcast against each other."""
    try:
        np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        return [Fault(" and ".join(arrays), f"have shapes that do not go together: {shapes}", "give one shape")]
    return []


def _refuse(function: str, amounts: dict[str, Floats], shares: dict[str, Floats], curve: tuple[Floats, Floats]) -> None:
    faults = _apart(amounts)
    for name, array in amounts.items():
        if (array < 0.0).any():
            faults.append(Fault(name, "is negative somewhere", "give numbers that are not negative"))
    for name, share in shares.items():
        if share.ndim or not 0.0 <= share < 1.0:
            faults.append(Fault(name, f"is {share}", "give a share from 0 to less than 1"))
    ages, values = curve
    rising = ages.ndim == 1 and len(ages) > 1 and ages[0] == 0.0 and bool((np.diff(ages) > 0.0).all())
    if not rising or values.shape != ages.shape:
        what = f"are {ages.tolist()}, of {values.size} shares"
        faults.append(Fault("curve.ages", what, "give rising ages from 0, as many as shares, at least 2"))
    if not (values > 0.0).all():
        faults.append(Fault("curve.shares", f"are {values.tolist()}", "give shares above 0"))
    if faults:
        raise ArgumentError(function, tuple(faults))
