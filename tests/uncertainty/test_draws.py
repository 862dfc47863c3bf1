"""Quantile functions and designs: the percentiles come out as they went in, and draws come again from their seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import ndtri

from teraplan.errors import ArgumentError
from teraplan.uncertainty.samples.draws import DISTRIBUTIONS, SPREAD, Design, count_of, quantile_values, quantiles

SPREADING = tuple(name for name in DISTRIBUTIONS if name != "fixed")


def values(at: list[float], value: float, low: float, high: float, name: str) -> np.ndarray:
    full = np.full(len(at), 1.0)
    return quantile_values(np.array(at), value * full, low * full, high * full, np.full(len(at), name))


@pytest.mark.parametrize("name", SPREADING)
@settings(max_examples=60, deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(0.0, 100.0), st.floats(0.0, 1.0))
def test_the_5th_and_95th_percentile_are_low_and_high_to_the_last_bit(
    name: str, low: float, spread: float, peak: float
) -> None:
    high = low * (1.0 + spread)
    value = min(max(low + peak * (high - low), low), high)
    assert_array_equal(values([0.05, 0.95], value, low, high, name), [low, high])
    # And the function does not jump there.
    assert_allclose(values([0.05 + 1e-12, 0.95 - 1e-12], value, low, high, name), [low, high], rtol=1e-6)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=20), st.floats(0.0, 1.0))
def test_a_higher_quantile_is_never_a_smaller_number(name: str, at: list[float], peak: float) -> None:
    found = values(sorted(at), 2.0 + 3.0 * peak, 2.0, 5.0, name)
    assert (np.diff(found) >= -1e-12).all() and np.isfinite(found).all()


def test_a_triangle_has_its_peak_at_the_value_and_the_area_that_it_says() -> None:
    """Half its draws below the value where low and high are equally far: a = v - d / (1 - sqrt(0.1)), b likewise."""
    width = 1.0 / (1.0 - np.sqrt(0.1))
    assert_allclose(values([0.0, 0.5, 1.0], 3.0, 2.0, 4.0, "triangular"), [3.0 - width, 3.0, 3.0 + width], atol=1e-4)
    # With its peak at low 5 % lie below the peak: t = 0.05.
    start, end = values([0.0, 1.0], 2.0, 2.0, 4.0, "triangular")
    assert (2.0 - start) / (end - start) == pytest.approx(0.05, abs=1e-4)


def test_the_other_distributions_are_what_their_formulas_say() -> None:
    assert_allclose(values([0.5, 0.275], 9.0, 2.0, 5.0, "uniform"), [3.5, 2.75])
    assert_allclose(values([0.5, 0.8], 9.0, 2.0, 5.0, "normal"), [3.5, 3.5 + 1.5 * ndtri(0.8) / ndtri(0.95)])
    assert_allclose(values([0.5], 9.0, 2.0, 8.0, "lognormal"), [4.0])
    assert_allclose(values([0.01, 0.99], 9.0, 2.0, 8.0, "fixed"), [9.0, 9.0])


def test_what_cannot_be_drawn_from_is_said_all_at_once() -> None:
    one = np.array([1.0, 1.0, 5.0, 1.0])
    low, high = np.array([2.0, 0.0, 1.0, 0.5]), np.array([1.0, 2.0, 3.0, 2.0])
    with pytest.raises(ArgumentError) as raised:
        quantile_values(np.full(4, 0.5), one, low, high, np.array(["normal", "lognormal", "triangular", "lognorml"]))
    said = [str(fault) for fault in raised.value.faults]
    assert "there is no distribution 'lognorml'" in said[0] and "did you mean 'lognormal'?" in said[0]
    assert "low 2 is above high 1" in said[1]
    assert "value 5, the peak of a triangle, is not between low 1 and high 3" in said[2]
    assert "low 0 of a lognormal number is not above 0" in said[3]


@pytest.mark.parametrize("method", SPREAD)
def test_the_same_seed_draws_the_same_and_another_one_others(method: str) -> None:
    design, other = Design(method, 3), Design(method, 4)  # type: ignore[arg-type]
    assert_array_equal(quantiles(16, 5, design), quantiles(16, 5, design))
    assert not np.array_equal(quantiles(16, 5, design), quantiles(16, 5, other))


@pytest.mark.parametrize("method", ["sobol", "monte-carlo"])
def test_the_first_draws_of_a_larger_design_are_the_smaller_one(method: str) -> None:
    design = Design(method)  # type: ignore[arg-type]
    assert_array_equal(quantiles(64, 7, design)[:16], quantiles(16, 7, design))


def test_a_latin_hypercube_meets_each_part_of_each_input_once() -> None:
    cells = np.floor(quantiles(20, 4, Design("latin")) * 20)
    assert_array_equal(np.sort(cells, axis=0), np.tile(np.arange(20.0)[:, None], 4))


def test_a_sobol_design_is_rounded_up_to_a_power_of_two() -> None:
    assert [count_of(n, "sobol") for n in (1, 2, 3, 1000)] == [1, 2, 4, 1024]
    assert len(quantiles(100, 3, Design("sobol"))) == 128
    assert count_of(1000, "latin") == 1000


@pytest.mark.parametrize(("n", "method", "seed"), [(0, "latin", 1), (-5, "sobol", 1)])
def test_no_draws_are_a_fault(n: int, method: str, seed: int) -> None:
    with pytest.raises(ArgumentError, match="draws are none"):
        quantiles(n, 2, Design(method, seed))  # type: ignore[arg-type]


def test_unknown_methods_and_seeds_below_zero_are_faults() -> None:
    with pytest.raises(ArgumentError) as raised:
        Design("latn", -1)  # type: ignore[arg-type]
    assert [fault.where for fault in raised.value.faults] == ["method", "seed"]
    assert "did you mean 'latin'?" in str(raised.value)
    with pytest.raises(ArgumentError, match="by factors"):
        quantiles(4, 2, Design("morris"))
