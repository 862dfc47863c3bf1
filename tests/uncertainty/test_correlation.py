"""Facts that move together: groups of the table uncertainties, and what they must not say."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from model.small_cases import cost, plant, site
from teraplan.errors import ArgumentError, CaseError
from teraplan.uncertainty.samples.correlation import Inputs, inputs_of, root_of
from teraplan.uncertainty.samples.draws import Design, quantiles
from teraplan.uncertainty.samples.facts import facts_of
from uncertainty.chance import CAPEX, groups, uncertain

NAMES = ("one", "two", "three")


def grouped(folder: Path, *rows: tuple[str, str, float]) -> Inputs:
    """The inputs of a case of four makers of uncertain capital, under these groups."""
    makers = [
        part
        for name in NAMES
        for part in (plant(name, {"compute": 1.0}), site(name), cost(name, "capex", 2.0, **CAPEX))
    ]
    case = uncertain(folder, *makers, groups(rows))
    return inputs_of(case.tables, facts_of(case.tables))


def test_without_groups_every_fact_is_an_input_and_a_factor_of_its_own(tmp_path: Path) -> None:
    found = grouped(tmp_path / "case")
    assert found.input_of == (0, 1, 2, 3) and found.factor_of == (0, 1, 2, 3) and found.root is None
    assert found.names == found.factors == ("costs 2", "costs 3", "costs 4", "costs 5")
    spread = quantiles(8, 4, Design())
    assert_array_equal(found.facts(spread), spread)


def test_a_group_of_value_one_moves_as_one(tmp_path: Path) -> None:
    found = grouped(tmp_path / "case", ("both", "costs[process=one|three]", 1.0))
    assert found.names == ("costs 2", "both", "costs 4")
    spread = found.facts(quantiles(8, 3, Design()))
    assert_array_equal(spread[:, 1], spread[:, 3])
    assert not np.array_equal(spread[:, 1], spread[:, 2])


def test_a_group_has_the_correlation_that_it_names_and_its_quantiles_stay_even(tmp_path: Path) -> None:
    """Of normal numbers with correlation r the ranks have 6 / pi arcsin(r / 2): 0.7 gives 0.683."""
    found = grouped(tmp_path / "case", ("some", "costs[process=one|two]", 0.7), ("some", "costs[process=three]", 0.7))
    assert found.factors == ("costs 2", "some") and found.factor_of == (0, 1, 1, 1)
    spread = found.facts(quantiles(4096, 4, Design("sobol")))
    ranks = np.corrcoef(spread.T)
    expected = 6.0 / np.pi * np.arcsin(0.7 / 2.0)
    assert_allclose(ranks[1:, 1:][np.triu_indices(3, 1)], expected, atol=0.01)
    assert_allclose(ranks[0, 1:], 0.0, atol=0.03)
    assert_allclose(np.quantile(spread, [0.05, 0.5, 0.95], axis=0), np.tile([[0.05], [0.5], [0.95]], 4), atol=5e-3)


def test_correlated_draws_of_a_larger_design_begin_with_those_of_a_smaller_one(tmp_path: Path) -> None:
    found = grouped(tmp_path / "case", ("some", "costs[process=one|two]", 0.7))
    spread = quantiles(64, 4, Design("monte-carlo"))
    assert_array_equal(found.facts(spread)[:16], found.facts(spread[:16]))


def test_everything_wrong_with_groups_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(CaseError) as raised:
        grouped(
            tmp_path / "case",
            ("odd", "costs[process=nobody]", 0.5),
            ("unread", "prices", 0.5),
            ("still", "sites[process=one].first_year", 0.5),
            ("two", "costs[process=one]", 0.5),
            ("two", "costs[process=two]", 0.6),
            ("bare", "demand[item=quantity]", 0.5),
        )
    said = [str(fault) for fault in raised.value.faults]
    assert "uncertainties.csv line 2, column cells" in said[0] and "costs has no process 'nobody'" in said[0]
    assert "write it as table[key=value,...]" in said[1]
    assert any("group 'two' has values 0.5, 0.6" in one for one in said)
    assert any("demand[item=quantity] selects no number with a range" in one for one in said)


def test_two_groups_that_disagree_about_a_pair_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="give costs 3 and costs 4 two correlations"):
        grouped(tmp_path / "case", ("a", "costs[process=one|two]", 0.5), ("b", "costs[process=one|two|three]", 0.6))


def test_correlations_that_cannot_all_hold_are_a_fault(tmp_path: Path) -> None:
    """Three numbers cannot each move against both of the others by more than half."""
    with pytest.raises(CaseError, match="not positive definite"):
        grouped(tmp_path / "case", ("against", "costs[process=one|two|three]", -0.6))
    with pytest.raises(ArgumentError, match="smallest eigenvalue is -0.2"):
        root_of(np.array([[1.0, -0.6, -0.6], [-0.6, 1.0, -0.6], [-0.6, -0.6, 1.0]]))
    with pytest.raises(ArgumentError, match="not symmetric"):
        root_of(np.array([[1.0, 0.5], [0.4, 1.0]]))
    matrix = np.array([[1.0, -0.4], [-0.4, 1.0]])
    assert_allclose(root_of(matrix) @ root_of(matrix).T, matrix)


def test_a_correlation_beyond_one_is_a_fault_of_the_table(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"1.5 is not between -1 and 1"):
        grouped(tmp_path / "case", ("too", "costs[process=one|two]", 1.5))


def test_the_groups_of_the_world_can_be_drawn_from() -> None:
    from teraplan.plan import read_case

    case = read_case("world-coarse")
    facts = facts_of(case.tables)
    found = inputs_of(case.tables, facts)
    assert found.root is not None and len(found.names) < facts.height
    cluster = [
        at for at, name in zip(found.input_of, facts["what"], strict=True) if name.startswith("cluster_hopper *")
    ]
    assert isinstance(facts, pl.DataFrame) and cluster
