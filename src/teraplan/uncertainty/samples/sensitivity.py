"""Sobol indices and Morris screening, laid out and estimated by SALib, over factors that are independent of each other.

Inputs that are correlated belong to one factor: its inputs are swapped together, so that their correlation holds in
every draw. SALib is an extra: pip install 'teraplan[sensitivity]'.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import polars as pl

from teraplan.errors import ArgumentError, Fault
from teraplan.uncertainty.samples.draws import HIGH, LOW, Design, Floats, count_of

LEVELS = 4
"""Levels of a Morris design: low, high, and two between them."""


@dataclass(frozen=True)
class Layout:
    """A design over factors: quantiles of the inputs, shape (draws, inputs), between 0 and 1, and what made it.

    factor_of: the number of each input's factor. A Morris design runs from the 5th to the 95th percentile, for beyond
    them some numbers have no end.
    """

    design: Design
    n: int
    factor_of: tuple[int, ...]
    quantiles: Floats


def layout(n: int, factor_of: Sequence[int], design: Design) -> Layout:
    """Return a design for Sobol indices (saltelli) or Morris screening (morris) over factors of inputs.

    n: base points (made a power of two) or trajectories; there are n (factors + 2), or n (factors + 1) draws. Raises
    ArgumentError without SALib, for less than two factors and for other methods.
    """
    count = count_of(n, design.method)
    factors = len(set(factor_of))
    faults = []
    if design.method not in ("saltelli", "morris"):
        faults.append(Fault("method", f"{design.method} is not laid out by factors", "use saltelli or morris"))
    if factors < 2:
        faults.append(Fault("factor_of", f"{factors} factors have nothing to compare", "give two or more"))
    if faults:
        raise ArgumentError("layout", tuple(faults))
    problem = _problem(factor_of)
    if design.method == "saltelli":
        spread = _salib().sample.sobol.sample(problem, count, calc_second_order=False, seed=design.seed)
    else:
        levels = _salib().sample.morris.sample(problem, count, num_levels=LEVELS, seed=design.seed)
        spread = LOW + (HIGH - LOW) * levels
    return Layout(design, count, tuple(factor_of), np.asarray(spread, dtype=np.float64))


def indices(asked: Layout, outcome: Floats) -> pl.DataFrame:
    """Return the indices of each factor for an outcome, shape (draws,): factor, and by the method

    saltelli: first (Var(E[y | factor]) / Var(y)), total (1 - Var(E[y | all others]) / Var(y)), and half the width of
    their 95 % bootstrap intervals, first_interval and total_interval. morris: mean (of the absolute elementary effects,
    mu*), spread (their standard deviation, sigma) and mean_interval, in the unit of the outcome.
    A base point or trajectory of which one draw has no outcome (not a number) is left out as a whole. Raises
    ArgumentError where that leaves less than two.
    """
    factors = len(set(asked.factor_of))
    size = factors + (2 if asked.design.method == "saltelli" else 1)
    whole = np.asarray(np.isfinite(outcome.reshape(-1, size)).all(axis=1))
    if whole.sum() < 2:
        what = f"{int(whole.sum())} of {len(whole)} base points have an outcome in every draw"
        raise ArgumentError("indices", (Fault("outcome", what, "give more base points"),))
    kept = outcome.reshape(-1, size)[whole].ravel()
    spread = asked.quantiles.reshape(-1, size, asked.quantiles.shape[1])[whole].reshape(len(kept), -1)
    problem, seed = _problem(asked.factor_of), asked.design.seed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if asked.design.method == "saltelli":
            found = _salib().analyze.sobol.analyze(problem, kept, calc_second_order=False, seed=seed)
            names = {"first": "S1", "total": "ST", "first_interval": "S1_conf", "total_interval": "ST_conf"}
        else:
            levels = (spread - LOW) / (HIGH - LOW)
            found = _salib().analyze.morris.analyze(problem, levels, kept, num_levels=LEVELS, seed=seed)
            names = {"mean": "mu_star", "spread": "sigma", "mean_interval": "mu_star_conf"}
    told = {name: pl.Series(np.asarray(found[key], dtype=np.float64)) for name, key in names.items()}
    return pl.DataFrame({"factor": range(factors), **told})


def _problem(factor_of: Sequence[int]) -> dict[str, object]:
    """What SALib calls a problem: inputs between 0 and 1, in groups where factors have several."""
    inputs = len(factor_of)
    problem: dict[str, object] = {
        "num_vars": inputs,
        "names": [f"x{at}" for at in range(inputs)],
        "bounds": [[0.0, 1.0]] * inputs,
    }
    grouped = len(set(factor_of)) < inputs
    return {**problem, "groups": [f"f{factor}" for factor in factor_of]} if grouped else problem


def _salib() -> ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import SALib
            import SALib.analyze.morris
            import SALib.analyze.sobol
            import SALib.sample.morris
            import SALib.sample.sobol
    except ImportError:
        fix = "pip install 'teraplan[sensitivity]'"
        raise ArgumentError("sensitivity", (Fault("SALib", "is not installed", fix),)) from None
    return SALib  # type: ignore[no-any-return]
