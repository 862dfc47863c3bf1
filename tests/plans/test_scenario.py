"""Scenarios stand on other plans: which are made, which are taken as they are, and what is a mistake."""

import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from teraplan.case.edit import parse_set
from teraplan.errors import CaseError
from teraplan.plan import plan, read_case
from teraplan.results.derive import served
from teraplan.results.results import Results
from teraplan.scenario import Request, default_scenario, plan_scenario, programmes, stand_of

CASES = Path(__file__).parents[2] / "src" / "teraplan" / "cases"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    shutil.copytree(CASES / "starter", folder)
    return folder


@pytest.fixture(scope="module")
def known() -> dict[str, Results]:
    """The plan that the scenarios of the starter stand on."""
    return {"trend": plan(read_case("starter", "trend"))}


def scenario(folder: Path, name: str, text: str) -> None:
    (folder / "scenarios" / f"{name}.toml").write_text(text, encoding="utf-8")


def test_a_scenario_is_planned_after_the_plans_that_it_keeps() -> None:
    plans = plan_scenario(Request("starter", "half_trillion"))
    assert list(plans) == ["trend", "half_trillion"]


def test_a_plan_that_is_known_is_not_made_again(known: dict[str, Results]) -> None:
    plans = plan_scenario(Request("starter", "half_trillion"), known)
    assert plans["trend"] is known["trend"]


def test_without_a_name_the_default_scenario_is_planned() -> None:
    assert default_scenario("starter") == "trend"
    assert list(plan_scenario(Request("starter"))) == ["trend"]


def test_edits_hold_in_the_plan_that_a_programme_stands_on() -> None:
    edit = parse_set("costs[process=dc_shell,item=capex] *= 2")
    plans = plan_scenario(Request("starter", "half_trillion", edits=(edit,)))
    assert all(edit.origin in run.run["edits"] for run in plans.values())  # type: ignore[operator]


def test_a_programme_never_orders_less_than_its_baseline_and_spends_no_more_than_its_budget(
    known: dict[str, Results],
) -> None:
    plans = plan_scenario(Request("starter", "half_trillion"), known)
    key = ["process", "region", "period"]
    both = plans["trend"].frame("order").join(plans["half_trillion"].frame("order"), on=key, how="left", suffix="_more")
    assert both.filter(pl.col("value_more").fill_null(0.0) < pl.col("value") * (1 - 1e-5) - 1e-6).is_empty()
    programme = plans["half_trillion"].run["programme"]
    assert programme["spent"] <= programme["budget"] * (1 + 1e-6)  # type: ignore[index]


def test_a_budget_in_the_request_takes_the_place_of_the_scenarios(known: dict[str, Results]) -> None:
    plans = plan_scenario(Request("starter", "half_trillion", budget=1e11), known)
    assert plans["half_trillion"].run["programme"]["budget"] == pytest.approx(100.0)  # type: ignore[index]


def test_more_budget_never_buys_less(known: dict[str, Results]) -> None:
    values = []
    for budget in (0.0, 1e11, 5e11):
        plans = plan_scenario(Request("starter", "half_trillion", budget=budget), known)
        values.append(float(plans["half_trillion"].run["most_compute"]["value"]))  # type: ignore[index]
    assert values == sorted(values)
    assert values[0] < values[-1]


def test_an_outage_that_nobody_foresaw_costs_compute(known: dict[str, Results]) -> None:
    plans = plan_scenario(Request("starter", "taiwan_outage"), known)
    before, after = (dict(served(run, "compute").select("period", "value").iter_rows()) for run in plans.values())
    assert after["2026"] == pytest.approx(before["2026"], rel=1e-6)
    assert after["2027"] < before["2027"]


def test_scenarios_that_stand_on_each_other_are_a_fault_that_shows_the_circle(copy: Path) -> None:
    scenario(copy, "one", '[[keep]]\nrun = "two"\n')
    scenario(copy, "two", '[[keep]]\nrun = "one"\n')
    with pytest.raises(CaseError, match="one keeps two keeps one"):
        plan_scenario(Request(copy, "one"))


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (Request("starter", "tren"), "did you mean 'trend'"),
        (Request("starter", objective="cheap"), "is not an objective"),
        (Request("starter", "trend", budget=1e9), "has no programme"),
    ],
)
def test_a_request_that_cannot_be_met_is_a_fault_with_a_way_out(request_: Request, said: str) -> None:
    with pytest.raises(CaseError, match=said):
        stand_of(request_)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[keep]]\nrun = "trend"\nvariables = ["ordre"]\n', "did you mean 'order'"),
        ('[[keep]]\nrun = "trend"\nwhere = { slice = "day" }\n', "order has no label 'slice'"),
        (
            '[[keep]]\nrun = "trend"\nas = "floor"\n[programme]\nbudget = 1e12\ngroups = [{ proces = "fab_*" }]\n',
            "names 'proces', which orders do not have",
        ),
    ],
)
def test_what_a_plan_does_not_have_cannot_be_kept_or_funded(
    copy: Path, known: dict[str, Results], text: str, said: str
) -> None:
    scenario(copy, "wrong", text)
    with pytest.raises(CaseError, match=said):
        plan_scenario(Request(copy, "wrong"), known)


def test_programmes_without_groups_come_first(copy: Path) -> None:
    text = (copy / "scenarios" / "half_trillion.toml").read_text(encoding="utf-8")
    scenario(copy, "a_narrow_one", text + '\ngroups = [{ process = "dc_shell" }]\n')
    assert list(programmes(copy)) == ["half_trillion", "a_narrow_one"]


def test_a_request_is_a_value_that_can_be_changed_without_touching_the_old_one() -> None:
    first = Request("starter")
    assert replace(first, scenario="trend").scenario == "trend" and first.scenario is None
