"""What knowing a fact is worth: two plans whose difference in cost is normal have it in closed form."""

import numpy as np
import pytest
from scipy.stats import norm

from teraplan.errors import ArgumentError
from teraplan.uncertainty.samples.draws import Design, quantiles
from teraplan.uncertainty.samples.value_of_information import value_of_information


def unit_loss(mean: float, deviation: float) -> float:
    """E[max(0, -D)] of a normal D: deviation phi(mean / deviation) - mean Phi(-mean / deviation)."""
    return float(deviation * norm.pdf(mean / deviation) - mean * norm.cdf(-mean / deviation))


def test_two_plans_with_a_normal_difference_have_the_value_of_the_closed_form() -> None:
    """c1 - c0 = 0.5 + 2 x + 3 z: knowing x saves E[max(0, -(0.5 + 2 x))], knowing both that of deviation sqrt(13)."""
    x, z, rest = norm.ppf(np.clip(quantiles(8192, 3, Design("sobol", 4)), 1e-9, 1 - 1e-9)).T
    first = 10.0 + 4.0 * z
    found = value_of_information(
        np.stack([first, first + 0.5 + 2.0 * x + 3.0 * z], axis=1), np.stack([x, z, rest], axis=1)
    )
    assert found.plan == 0 and found.cost == pytest.approx(10.0, abs=0.01)
    assert found.fact[0] == pytest.approx(unit_loss(0.5, 2.0), rel=0.01)
    assert found.fact[1] == pytest.approx(unit_loss(0.5, 3.0), rel=0.01)
    assert found.perfect == pytest.approx(unit_loss(0.5, np.sqrt(13.0)), rel=0.01)
    assert found.fact[2] <= 2 * found.chance < 0.01


def test_a_fact_is_never_worth_more_than_all_and_nothing_where_one_plan_is_always_best() -> None:
    rng = np.random.default_rng(2)
    costs, facts = rng.normal(size=(100, 3)), rng.random((100, 4))
    found = value_of_information(costs, facts)
    assert (found.fact >= 0).all() and (found.fact <= found.perfect).all()
    sure = value_of_information(np.stack([costs[:, 0], costs[:, 0] + 1.0], axis=1), facts[:, 0])
    assert sure.perfect == 0.0 and sure.fact == pytest.approx([0.0], abs=1e-12)


def test_of_many_facts_that_say_nothing_the_best_seldom_stands_above_chance() -> None:
    """One sample in twenty is what the bar allows; a bar for each fact alone would be passed in nearly every one."""
    passed = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        costs, facts = rng.normal(size=(40, 3)), rng.random((40, 50))
        found = value_of_information(costs, facts, seed)
        passed += int((found.fact > found.chance).any())
    assert passed <= 4


def test_what_cannot_be_judged_is_a_fault() -> None:
    with pytest.raises(ArgumentError) as raised:
        value_of_information(np.full((5, 1), np.nan), np.zeros(5))
    assert [fault.where for fault in raised.value.faults] == ["costs", "costs, facts", "costs"]
    with pytest.raises(ArgumentError, match="do not fit"):
        value_of_information(np.zeros((20, 2)), np.zeros(19))
