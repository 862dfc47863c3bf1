"""Sensitivity indices against published figures: the function of Ishigami and Homma, with a = 7 and b = 0.1."""

import sys

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from teraplan.errors import ArgumentError
from teraplan.uncertainty.samples.draws import Design, Floats, quantile_values, quantiles
from teraplan.uncertainty.samples.importance import importance
from teraplan.uncertainty.samples.sensitivity import indices, layout

FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)
"""Analytic: variance 13.8446."""
pytest.importorskip("SALib", reason="teraplan[sensitivity] is not installed")


def ishigami(x: Floats) -> Floats:
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def uniform(quantile: Floats, low: float) -> Floats:
    """Numbers that are uniform with their 5th percentile at `low` and their 95th at -low."""
    ends = np.full_like(quantile, low)
    return quantile_values(quantile, 0.0 * ends, ends, -ends, np.full(quantile.shape, "uniform"))


def test_ishigami_sobol_indices_are_those_of_salib_and_near_the_analytic_ones() -> None:
    """Uniform between -pi and pi: the percentiles are 0.9 of it. SALib 1.6 with 4096 base points and seed 1."""
    asked = layout(4096, (0, 1, 2), Design("saltelli", 1))
    assert asked.quantiles.shape == (4096 * 5, 3)
    found = indices(asked, ishigami(uniform(asked.quantiles, -0.9 * np.pi)))
    assert_allclose(found["first"], [0.3142, 0.4434, -0.0003], atol=5e-5)
    assert_allclose(found["total"], [0.5576, 0.4422, 0.2445], atol=5e-5)
    assert_allclose(found["first"], FIRST, atol=2e-3)
    assert_allclose(found["total"], TOTAL, atol=2e-3)


def test_ishigami_morris_screening_is_that_of_salib() -> None:
    """Levels from the 5th to the 95th percentile: here -pi and pi. 200 trajectories, 4 levels, seed 1."""
    asked = layout(200, (0, 1, 2), Design("morris", 1))
    assert asked.quantiles.shape == (200 * 4, 3)
    assert {round(level, 12) for level in np.unique(asked.quantiles)} == {0.05, 0.35, 0.65, 0.95}
    found = indices(asked, ishigami(uniform(asked.quantiles, -np.pi)))
    assert_allclose(found["mean"], [7.70, 7.87, 5.87], atol=6e-3)
    assert_allclose(found["spread"], [6.26, 7.84, 8.59], atol=6e-3)


def test_ishigami_variance_shares_are_read_off_a_plain_sample() -> None:
    spread = quantiles(8192, 3, Design("latin", 1))
    found = importance(spread, ishigami(uniform(spread, -0.9 * np.pi)))
    assert_allclose(found.share, FIRST, atol=0.02)
    assert found.noise < 0.01 < found.share[0]


def test_shares_of_noise_stay_below_what_chance_is_said_to_show() -> None:
    """One input of fifty moves the outcome; what the other 49 seem to do is told as chance."""
    spread = quantiles(200, 50, Design("latin", 5))
    noise = np.random.default_rng(1).normal(size=200)
    found = importance(spread, 4.0 * spread[:, 7] + noise)
    assert found.share.argmax() == 7 and found.share[7] > found.noise
    assert np.delete(found.share, 7).max() < 1.5 * found.noise
    assert found.low[7] < found.mean < found.high[7]


def test_inputs_of_one_factor_are_swapped_together() -> None:
    """y = x0 + x1 with both in one factor, and x2 alone that does nothing: all of the variance is the factor's."""
    asked = layout(256, (0, 0, 1), Design("saltelli", 2))
    assert len(asked.quantiles) == 256 * 4
    found = indices(asked, asked.quantiles[:, :2].sum(axis=1))
    assert_allclose(found["total"], [1.0, 0.0], atol=0.02)


def test_a_base_point_with_a_draw_that_has_no_plan_is_left_out_as_a_whole() -> None:
    asked = layout(64, (0, 1), Design("saltelli", 2))
    outcome = asked.quantiles.sum(axis=1)
    holed = outcome.copy()
    holed[5] = np.nan
    kept = layout(64, (0, 1), Design("saltelli", 2))
    rows = np.delete(np.arange(256), [4, 5, 6, 7])
    assert indices(asked, holed)["total"].is_finite().all()
    short = type(kept)(kept.design, 63, kept.factor_of, kept.quantiles[rows])
    assert_array_equal(indices(asked, holed)["first"], indices(short, outcome[rows])["first"])
    with pytest.raises(ArgumentError, match="0 of 64 base points"):
        indices(asked, np.full(256, np.nan))


def test_designs_that_cannot_be_are_faults() -> None:
    for work in (lambda: layout(8, (0, 0), Design("saltelli")), lambda: layout(8, (0, 1), Design("latin"))):
        with pytest.raises(ArgumentError):
            work()
    for inputs, outcome in (
        (np.zeros((20, 2)), np.zeros(19)),
        (np.zeros((20, 2)), np.full(20, np.nan)),
        (np.zeros((5, 2)), np.zeros(5)),
    ):
        with pytest.raises(ArgumentError):
            importance(inputs, outcome)


def test_without_salib_the_fault_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "SALib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(ArgumentError, match=r"pip install 'teraplan\[sensitivity\]'"):
        layout(8, (0, 1), Design("saltelli"))


def test_a_frame_of_indices_names_its_factors() -> None:
    asked = layout(4, (0, 1), Design("morris"))
    assert indices(asked, asked.quantiles[:, 0]).schema["factor"] == pl.Int64
