"""What accelerators are worth to a lender as they age."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from teraplan.errors import ArgumentError, Fault

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ResaleCurve:
    """Resale value as a share of the price when new [1], at ages that rise from 0 [year]."""

    ages: tuple[float, ...]
    shares: tuple[float, ...]


H100_PCIE = ResaleCurve((0.0, 2.0, 4.0), (1.0, 0.60, 0.35))
"""Anchors of the SpotWire valuator for the NVIDIA H100 PCIe, 4 June 2026: an estimate, not fitted to sales."""


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
    new, old = np.asarray(price, dtype=float), np.asarray(age, dtype=float)
    _refuse(new, old, curve, {"haircut": haircut, "failures": failures})
    ages, logs = np.array(curve.ages), np.log(curve.shares)
    slope = (logs[-1] - logs[-2]) / (ages[-1] - ages[-2])
    share = np.exp(np.interp(old, ages, logs) + slope * np.maximum(old - ages[-1], 0.0))
    value: Floats = new * share * (1.0 - failures) ** old * (1.0 - haircut)
    return value


def loan_to_value(balance: ArrayLike, collateral: ArrayLike) -> Floats:
    """Return debt over collateral by year [1]: 0 without debt, infinite for debt without collateral.

    balance, collateral: (years) or (scenarios, years) at the same dates [currency].
    """
    owed, value = np.broadcast_arrays(np.asarray(balance, dtype=float), np.asarray(collateral, dtype=float))
    safe = np.where(value > 0.0, value, 1.0)
    return np.where(owed <= 0.0, 0.0, np.where(value > 0.0, owed / safe, np.inf))


def _refuse(price: Floats, age: Floats, curve: ResaleCurve, shares: dict[str, float]) -> None:
    faults = []
    for name, array in (("price", price), ("age", age)):
        if not np.isfinite(array).all() or (array < 0.0).any():
            faults.append(Fault(name, "is negative or not finite somewhere", "give finite numbers, not negative"))
    for name, share in shares.items():
        if not 0.0 <= share < 1.0:
            faults.append(Fault(name, f"is {share:g}", "give a share from 0 to less than 1"))
    rising = all(after > before for before, after in zip(curve.ages, curve.ages[1:], strict=False))
    if len(curve.ages) < 2 or len(curve.ages) != len(curve.shares) or curve.ages[0] != 0.0 or not rising:
        faults.append(
            Fault("curve.ages", f"are {curve.ages}", "give rising ages from 0, as many as shares, at least 2")
        )
    if not all(share > 0.0 for share in curve.shares):
        faults.append(Fault("curve.shares", f"are {curve.shares}", "give shares above 0"))
    if faults:
        raise ArgumentError("finance.collateral_value", tuple(faults))
