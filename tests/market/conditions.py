"""Whether an answer is an equilibrium, by the conditions in their own units: code that did not find it."""

import numpy as np

from teraplan.market import Equilibrium


def worst_breach(found: Equilibrium, given: dict[str, np.ndarray]) -> float:
    """Return by how much the conditions are missed at most, as a share of the largest intercept less cost.

    given: intercept and slope by market, cost by firm and market, capacity, conduct, cost_slope and labels by firm.
    """
    q, rent = found.quantity, found.rent
    label = given["groups"]
    group = np.array([q[label == one].sum(axis=0) for one in label])
    price = given["intercept"] - given["slope"] * q.sum(axis=0)
    gain = (
        price
        - given["cost"]
        - given["conduct"][:, None] * given["slope"] * group
        - (given["cost_slope"] * q.sum(axis=1) + rent)[:, None]
    )
    unit = np.abs(given["intercept"] - given["cost"]).max()
    quantity = (unit / given["slope"]).max()
    spare = given["capacity"] - q.sum(axis=1)
    breaches = [
        gain.max(initial=0) / unit,
        np.abs(gain[q > 1e-9 * quantity]).max(initial=0) / unit,
        -q.min(initial=0) / quantity,
        -spare.min(initial=0) / quantity,
        -rent.min(initial=0) / unit,
        np.abs(rent[spare > 1e-9 * quantity]).max(initial=0) / unit,
        np.abs(price - found.price).max() / unit,
    ]
    return float(max(breaches))
