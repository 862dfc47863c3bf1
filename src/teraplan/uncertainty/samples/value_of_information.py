"""What it would be worth to know a fact before deciding.

Several plans are judged in the same draws. Without knowing more the best of them is the one with the least mean cost.
Who knew a fact first would choose by the mean cost given the fact; what that saves on average is the fact's value.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from teraplan.errors import ArgumentError, Fault
from teraplan.uncertainty.samples.draws import Floats

DEGREE = 3
SHUFFLES = 200
CHANCE = 0.95


@dataclass(frozen=True)
class ValueOfInformation:
    """What knowing facts is worth, in the unit of the costs.

    plan: the best one without knowing more, and cost: its mean. perfect: what knowing everything would save (EVPI).
    fact: what knowing each fact alone would save (EVPPI), shape (facts,). chance: what the best of as many facts would
    seem to save in 19 of 20 samples of this size if none of them said anything; a value up to it says nothing.
    """

    plan: int
    cost: float
    perfect: float
    fact: Floats
    chance: float


def value_of_information(costs: Floats, facts: Floats, seed: int = 0) -> ValueOfInformation:
    """Return what knowing each fact is worth; costs: shape (draws, plans), facts: (draws,) or (draws, facts).

    EVPPI = min_p E[c_p] - E[ min_p E[c_p | fact] ]. The mean cost of a plan given a fact is a polynomial of the third
    degree in the fact's normal score, fitted to how far the plan is from the best one: the regression of Strong, Oakley
    and Brennan (Medical Decision Making 34, 2014), who fit splines. Raises ArgumentError for shapes
    that do not fit, numbers that are not finite, less than two plans, and less than 10 draws.
    """
    known = facts[:, None] if facts.ndim == 1 else facts
    _check(costs, known)
    draws = len(costs)
    means = costs.mean(axis=0)
    best = int(means.argmin())
    gain = costs[:, [best]] - costs
    perfect = float(gain.max(axis=1).mean())
    bases = _bases(known)
    # Knowing one fact is worth no more than knowing all: what a fit says beyond that is its error.
    found = np.clip(_saved(bases, gain), 0.0, perfect)
    rng = np.random.default_rng(seed)
    nothing = [_saved(bases, gain[rng.permutation(draws)]).max(initial=0.0) for _ in range(SHUFFLES)]
    chance = min(float(np.quantile(nothing, CHANCE)), perfect)
    return ValueOfInformation(best, float(means[best]), perfect, found, chance)


def _bases(known: Floats) -> Floats:
    """Orthonormal polynomials in the normal score of each fact, shape (facts, draws, DEGREE + 1)."""
    rank = np.argsort(np.argsort(known, axis=0, kind="stable"), axis=0, kind="stable")
    score = ndtri((rank.T + 0.5) / len(known))
    return np.asarray(np.linalg.qr(score[:, :, None] ** np.arange(DEGREE + 1))[0], dtype=np.float64)


def _saved(bases: Floats, gain: Floats) -> Floats:
    """Mean of the best expected gain over the plan that is best without knowing, given each fact, shape (facts,)."""
    fitted = bases @ (bases.transpose(0, 2, 1) @ gain)
    return np.asarray(np.maximum(fitted.max(axis=2), 0.0).mean(axis=1), dtype=np.float64)


def _check(costs: Floats, facts: Floats) -> None:
    faults = []
    if costs.ndim != 2 or facts.ndim != 2 or len(costs) != len(facts):
        what = f"shapes {costs.shape} and {facts.shape} do not fit"
        faults.append(Fault("costs, facts", what, "give (draws, plans) and (draws, facts)"))
    elif costs.shape[1] < 2:
        faults.append(Fault("costs", "one plan leaves nothing to choose", "give two or more"))
    if not (np.isfinite(costs).all() and np.isfinite(facts).all()):
        faults.append(Fault("costs, facts", "hold numbers that are not finite", "leave those draws out"))
    if len(costs) < 10:
        faults.append(Fault("costs", f"{len(costs)} draws show nothing", "give 10 or more"))
    if faults:
        raise ArgumentError("value_of_information", tuple(faults))
