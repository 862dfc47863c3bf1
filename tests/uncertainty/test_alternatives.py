"""Near-optimal plans: examples worked by hand, then the laws that hold for any program, then what is refused."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from model.small_cases import cost, curve, demand, goods, limit, plant, site, small_case
from teraplan.case.case import Case
from teraplan.errors import ArgumentError, CaseError
from teraplan.model.problem import LinearProgram
from teraplan.plan import edit, plan, read_case
from teraplan.results.results import Results
from teraplan.results.store import load, save
from teraplan.uncertainty.alternatives import Cloud, Group, alternatives, groups_of, parse_group
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.near_optimal import NearOptimal, hop_skip_jump, ranges, sphere

WORKED = {
    0.02: {"wind": (39.0, 60.0), "sun": (39.5, 50.0), "gas": (0.0, 11.0)},
    0.05: {"wind": (22.5, 60.0), "sun": (31.25, 50.0), "gas": (0.0, 27.5)},
    0.10: {"wind": (0.0, 60.0), "sun": (17.5, 50.0), "gas": (0.0, 50.0)},
}
"""Min 60 w + 50 s + 70 g with w + s + g >= 100, w <= 60, s <= 50, g <= 50: 5500 at (50, 50, 0).

At 2 % there are 110 to spend. Gas for wind costs 10 more: wind 50 - 11, gas 11. Wind for sun costs 10 more, for 10 of
it, then gas for sun 20 more: sun 50 - 10 - 10 / 20. At 5 % there are 275, at 10 % 550, by the same steps.
"""


def supply(maximise: bool = False) -> LinearProgram:
    sign = -1.0 if maximise else 1.0
    return LinearProgram(
        cost=sign * np.array([60.0, 50.0, 70.0]),
        offset=0.0,
        matrix=sparse.csr_matrix(np.ones((1, 3))),
        row_lower=np.array([100.0]),
        row_upper=np.array([np.inf]),
        column_lower=np.zeros(3),
        column_upper=np.array([60.0, 50.0, 50.0]),
        maximise=maximise,
    )


def mixed(folder: Path) -> Case:
    """The same as a case: three plants that last for its one year."""
    parts = [
        part
        for name, capex, most in (("wind", 60, 60), ("sun", 50, 50), ("gas", 70, 50))
        for part in (
            plant(name, {"power": 1}, life=1),
            site(name),
            cost(name, "capex", capex),
            limit("order_cumulative_max", name, most),
        )
    ]
    return small_case(folder, goods("power"), *parts, demand("power", 100), period=[(2025, 2026, 1)])


@pytest.mark.parametrize("maximise", [False, True], ids=["a cost", "a loss that is maximised"])
def test_ranges_of_the_worked_example(maximise: bool) -> None:
    found = ranges(supply(maximise), np.eye(3), list(WORKED))
    for slack, told in WORKED.items():
        rows = found.filter(pl.col("slack") == slack).sort("measure")
        assert rows.select("least", "most").rows() == [pytest.approx(pair) for pair in told.values()]


def test_hop_skip_jump_of_the_worked_example() -> None:
    """Least of wind and sun within 5775: gas for wind as far as the 275 go."""
    found = hop_skip_jump(supply(), np.eye(3), 0.05)
    assert found["plan"].unique().to_list() == [0, 1]
    first, second = (found.filter(pl.col("plan") == at) for at in (0, 1))
    assert first["amount"].to_list() == pytest.approx([50.0, 50.0, 0.0])
    assert second["amount"].to_list() == pytest.approx([22.5, 50.0, 27.5])
    assert second["objective"][0] == pytest.approx(5775.0)


def test_the_worked_example_as_a_case_says_what_must_be_what_may_be_and_what_must_not(tmp_path: Path) -> None:
    found = alternatives(mixed(tmp_path), [0.0, *WORKED], groups_of(mixed(tmp_path), ("process",)), Cloud(hops=5))
    told = {(row["slack"], row["group"]): row for row in found.frame("ranges").iter_rows(named=True)}
    for slack, groups in WORKED.items():
        for name, pair in groups.items():
            assert (told[slack, name]["least"], told[slack, name]["most"]) == pytest.approx(pair, abs=1e-6)
    kinds = {slack: [told[slack, name]["kind"] for name in ("wind", "sun", "gas")] for slack in (0.0, 0.05, 0.10)}
    assert kinds[0.0] == ["must-have", "must-have", "must-avoid"]
    assert kinds[0.05] == ["must-have", "must-have", "choice"]
    assert kinds[0.10] == ["choice", "must-have", "choice"]
    assert told[0.05, "sun"]["freedom"] == pytest.approx(18.75 / 50)
    assert found.run["objective"] == pytest.approx(5500)
    assert found.run["money"] == pytest.approx(5500)


def test_of_most_compute_the_slack_is_on_the_largest_amount(tmp_path: Path) -> None:
    """At most 3 + 4 = 7 can be served; a tenth less is 6.3, so either plant may lack 0.7."""
    parts = [
        part
        for name, most in (("one", 3), ("two", 4))
        for part in (
            plant(name, {"power": 1}, life=1),
            site(name),
            cost(name, "capex", 1),
            limit("order_cumulative_max", name, most),
        )
    ]
    asked = (demand("power", 10), curve("power", [(1.0, 100.0)]))
    case = small_case(tmp_path, goods("power"), *parts, *asked, period=[(2025, 2026, 1)], objective="most_compute")
    found = alternatives(case, 0.1, groups_of(case, ("process",))).frame("ranges").sort("group")
    assert found["least"].to_list() == pytest.approx([2.3, 3.3])
    assert found["most"].to_list() == pytest.approx([3.0, 4.0])


def test_blocks_are_relaxed_or_held_as_asked(tmp_path: Path) -> None:
    """7 asked for; reactors in blocks of 4 at 2, engines at 3: two blocks cost 16. Within 17, in any amounts, reactors
    r with 2 r + 3 (7 - r) <= 17, so from 4 on, to 8.5; with two blocks held, engines up to 1 / 3."""
    case = small_case(
        tmp_path,
        goods("power"),
        plant("reactor", {"power": 1}, block=4, life=1),
        site("reactor"),
        cost("reactor", "capex", 2),
        plant("engine", {"power": 1}, life=1),
        site("engine"),
        cost("engine", "capex", 3),
        demand("power", 7),
        period=[(2025, 2026, 1)],
    )
    groups = groups_of(case, ("process",))
    relaxed, held = (alternatives(case, 1 / 16, groups, whole=whole) for whole in ("relaxed", "held"))
    assert relaxed.run["objective"] == held.run["objective"] == pytest.approx(16)
    assert _range(relaxed, "reactor") == pytest.approx((4.0, 8.5))
    assert _range(held, "reactor") == pytest.approx((8.0, 8.0))
    assert _range(held, "engine") == pytest.approx((0.0, 1 / 3))


def _range(results: Results, group: str) -> tuple[float, float]:
    row = results.frame("ranges").row(by_predicate=pl.col("group") == group, named=True)
    return row["least"], row["most"]


def test_what_can_grow_for_nothing_has_no_end() -> None:
    free = LinearProgram(
        cost=np.array([1.0, 0.0]),
        offset=2.0,
        matrix=sparse.csr_matrix(np.array([[1.0, 0.0]])),
        row_lower=np.array([4.0]),
        row_upper=np.array([np.inf]),
        column_lower=np.zeros(2),
        column_upper=np.full(2, np.inf),
    )
    found = ranges(free, np.eye(2), 0.5)
    assert found["least"].to_list() == pytest.approx([4.0, 0.0])
    assert found["most"].to_list() == pytest.approx([7.0, np.inf])


# --- laws -------------------------------------------------------------------------------------------------------------

SLACKS = (0.0, 0.01, 0.05)


@pytest.fixture(scope="module")
def starter() -> Case:
    return read_case("starter")


@pytest.fixture(scope="module")
def found(starter: Case) -> Results:
    return alternatives(starter, SLACKS, cloud=Cloud(directions=8, hops=3, seed=1))


def test_no_further_alternative_costs_more_than_the_slack_and_none_less_than_the_optimum(
    starter: Case, found: Results
) -> None:
    optimum = plan(starter).run["objective"]
    plans = found.frame("plans")
    assert found.run["objective"] == pytest.approx(optimum, rel=1e-9)
    assert (
        plans.height
        == len(SLACKS) * (1 + 2 * found.frame("groups").height + 8)
        + plans.filter(pl.col("aim") == "hop-skip-jump").height
    )
    assert (plans["excess"] <= plans["slack"] + 1e-7).all()
    assert (plans["excess"] >= -1e-7).all()


def test_ranges_hold_the_optimum_and_widen_with_the_slack(found: Results) -> None:
    told = found.frame("ranges").sort("group", "slack")
    size = 1e-6 * (1.0 + pl.col("most").abs())
    assert told.select((pl.col("least") <= pl.col("optimum") + size).all()).item()
    assert told.select((pl.col("most") >= pl.col("optimum") - size).all()).item()
    wider = told.select(
        (pl.col("least").diff().over("group") <= size).fill_null(True).all(),
        grows=(pl.col("most").diff().over("group") >= -size).fill_null(True).all(),
    )
    assert wider.row(0) == (True, True)


def test_every_plan_of_the_cloud_lies_within_the_ranges(found: Results) -> None:
    amounts = found.frame("amounts").join(found.frame("ranges"), on=["group", "slack"])
    size = 1e-6 * (1.0 + pl.col("most").abs())
    assert amounts.filter(~pl.col("amount").is_between(pl.col("least") - size, pl.col("most") + size)).is_empty()
    assert found.frame("plans").filter(pl.col("aim") == "random")["plan"].n_unique() == 8


def test_a_slack_of_nothing_leaves_the_plans_that_are_best(starter: Case, found: Results) -> None:
    none = found.frame("ranges").filter(pl.col("slack") == 0.0)
    dear = edit(starter, "costs[process=gas_turbine,item=capex] *= 1.1", "costs[process=cluster_gpu,item=capex] *= 1.1")
    clear = alternatives(dear, 0.0).frame("ranges")
    assert found.frame("plans").filter(pl.col("slack") == 0.0)["excess"].abs().max() <= 1e-7
    assert none.filter(pl.col("group") == "cluster_gpu").select("least").item() > 0
    assert clear.filter(pl.col("kind") == "must-avoid").height > 0


def test_a_search_from_the_basis_finds_what_a_cold_one_does() -> None:
    near = NearOptimal(supply())
    for weights in np.vstack([np.eye(3), -np.eye(3), np.array(sphere(4, 3, 0))]):
        for slack in WORKED:
            [warm] = near.most(weights, [slack])
            cold = near.most_anew(weights, slack)
            assert warm is not None
            assert cold is not None
            assert weights @ warm == pytest.approx(weights @ cold, rel=1e-9)


def test_neither_order_nor_workers_nor_what_was_asked_before_changes_a_bit(starter: Case) -> None:
    groups = groups_of(starter, ("stage",))[:2]
    one = alternatives(starter, SLACKS, groups)
    two = alternatives(starter, SLACKS, groups[::-1], means=Means(2))
    again = alternatives(starter, SLACKS, groups, means=Means(ThreadPoolExecutor(1)))
    key = ["group", "slack"]
    assert one.frame("ranges").sort(key).equals(two.frame("ranges").sort(key))
    assert one.frame("ranges").equals(again.frame("ranges"))


def test_directions_are_even_over_the_sphere_and_the_same_for_the_same_seed() -> None:
    drawn = np.array(sphere(4000, 3, 7))
    assert np.linalg.norm(drawn, axis=1) == pytest.approx(np.ones(4000))
    assert np.abs(drawn.mean(axis=0)).max() < 0.03
    assert (drawn**2).mean(axis=0) == pytest.approx(np.full(3, 1 / 3), abs=0.02)
    assert sphere(5, 3, 7) == sphere(4000, 3, 7)[:5] != sphere(5, 3, 8)


def test_a_study_is_stored_and_read_again(found: Results, tmp_path: Path) -> None:
    again = load(save(found, tmp_path / "study"))
    assert again.run["kind"] == "alternatives"
    assert again.frame("ranges").equals(found.frame("ranges"))


# --- groups and bad input ---------------------------------------------------------------------------------------------


def test_a_group_of_ones_own_is_the_sum_of_what_fits(starter: Case) -> None:
    asked = [
        parse_group("gas soon: process=gas_turbine,period=2026..2028"),
        parse_group("process=gas_turbine"),
        parse_group("runs: process=cluster_gpu,count=activity"),
    ]
    found = alternatives(starter, 0.05, asked).frame("ranges").sort("group")
    assert found["group"].to_list() == ["gas soon", "process=gas_turbine", "runs"]
    assert found["most"][0] <= found["most"][1] + 1e-9
    assert found["optimum"][2] > 0


@pytest.mark.parametrize("slack", [-0.1, float("nan"), float("inf"), [], [0.02, -1]])
def test_a_slack_that_is_no_share_is_refused(starter: Case, slack: float | Sequence[float]) -> None:
    with pytest.raises(ArgumentError, match="slack"):
        alternatives(starter, slack)


def test_every_group_that_is_nothing_is_named_at_once(starter: Case) -> None:
    wrong = [
        Group("typo", {"proces": "gas_turbine"}),
        Group("nobody", {"process": "gas_turbin"}),
        Group("both", {"region": "USA"}),
        Group("twice", {"process": "gas_turbine"}),
        Group("twice", {"process": "grid"}),
    ]
    with pytest.raises(CaseError) as caught:
        alternatives(starter, 0.02, wrong)
    told = {fault.where: fault for fault in caught.value.faults}
    assert len(told) == 4
    assert told["group 'typo'"].fix == "did you mean 'process'?"
    assert "did you mean 'gas_turbine'?" in told["group 'nobody'"].fix
    assert "adds up GW and kchip" in told["group 'both'"].what
    assert told["group 'twice'"].what == "is there twice"


@pytest.mark.parametrize("text", ["", "power", "a: =x", "a: region", "count=orders,process=grid"])
def test_a_group_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(CaseError, match="group"):
        parse_group(text)


def test_a_way_to_group_that_there_is_not_is_refused(starter: Case) -> None:
    with pytest.raises(CaseError, match="did you mean 'stage'"):
        groups_of(starter, ("stages",))


def test_measures_that_do_not_fit_the_program_are_refused() -> None:
    with pytest.raises(ArgumentError) as caught:
        ranges(supply(), np.array([[1.0, np.nan]]), 0.1)
    assert [fault.where for fault in caught.value.faults] == ["measures", "measures"]


def test_an_optimum_of_nothing_has_no_slack() -> None:
    free = LinearProgram(np.zeros(1), 0.0, sparse.csr_matrix((0, 1)), *[np.zeros(0)] * 2, np.zeros(1), np.ones(1))
    with pytest.raises(Exception, match="no share of it is a slack"):
        ranges(free, np.ones((1, 1)), 0.1)
