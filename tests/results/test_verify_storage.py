"""The audit walks carried storage through and names what does not hold: in a changed plan, and of a wrong model."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from model.small_cases import demand, existing, goods, plant, process, small_case
from model.week_case import week_case
from results.breaking import Break, allowed, scaled, without_rows
from teraplan.case.case import Case
from teraplan.errors import AuditFailed
from teraplan.model.equations import EQUATIONS
from teraplan.plan import plan
from teraplan.results.results import Results
from teraplan.results.verify import audit


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Results]:
    case = week_case(tmp_path_factory.mktemp("week"))
    return case, plan(case)


def without_moments(case: Case, *names: str) -> Case:
    """The case of a model that does not look at a level at these moments."""
    kept = ~pl.col("moment").is_in(names)
    return replace(case, level_moments=case.level_moments.filter(kept), level_inflow=case.level_inflow.filter(kept))


@pytest.mark.parametrize(
    ("breaking", "named"),
    [
        (scaled("season_level", 1.5, period="2027", season="2"), "level_carried_over [dam, USA, 2027, 2]"),
        (scaled("season_level", 1.5, period="2025", season="1"), "level_carried_over [dam, USA, 2025, 1]"),
        (allowed("stores", 0.3, column="size"), "carried_level_at_most [dam, USA, "),
        (allowed("store_limits", 0.9, item="least_share"), "carried_level_at_least [dam, USA, "),
        (allowed("store_limits", 0.1, item="charge_max"), "charge_at_most [dam, USA, "),
        (allowed("store_limits", 0.1, item="discharge_max"), "discharge_at_most [dam, USA, "),
        (scaled("sliced_activity", 1.5, process="pump", mode="up"), "level_carried_over [dam, USA, "),
    ],
)
def test_what_carried_storage_cannot_do_is_named(planned: tuple[Case, Results], breaking: Break, named: str) -> None:
    case, results = breaking(*planned)
    said = audit(case, results)
    worst = said["worst"]
    assert isinstance(worst, dict) and said["passed"] is False
    assert named in worst["limits"]


@pytest.mark.parametrize(
    "equation",
    ["level_carried_over", "carried_level_at_most", "carried_level_at_least", "charge_at_most", "discharge_at_most"],
)
def test_a_model_that_lacks_an_equation_makes_plans_that_fail(
    planned: tuple[Case, Results], monkeypatch: pytest.MonkeyPatch, equation: str
) -> None:
    rest = tuple(without_rows(one) if one.__name__ == equation else one for one in EQUATIONS)
    assert rest != EQUATIONS
    monkeypatch.setattr("teraplan.model.build.EQUATIONS", rest)
    with pytest.raises(AuditFailed) as caught:
        plan(planned[0])
    assert f"{equation} [dam, USA, " in str(caught.value)


@pytest.mark.parametrize("moment", ["first_week_last_day", "last_week_first_day", "last_week_last_day"])
def test_a_model_that_overlooks_a_moment_makes_plans_that_fail(planned: tuple[Case, Results], moment: str) -> None:
    with pytest.raises(AuditFailed, match="carried_level_at_"):
        plan(without_moments(planned[0], moment))


def test_a_level_is_walked_through_every_year_of_a_period(tmp_path: Path) -> None:
    """Rain of 1 a year into a dam of 1, periods of two years: a model that only looks at the first lets 2 come in."""
    case = small_case(
        tmp_path,
        goods("power", "water", clock="sliced"),
        {"slices": [{"slice": "year", "day_type": "any", "order": 1, "weight": 1}]},
        plant("rain", {"water": 1}, clock="sliced"),
        existing("rain", 1),
        plant("dam", {}, clock="sliced"),
        existing("dam", 1),
        {"storage": [{"process": "dam", "commodity": "water", "kind": "carried"}]},
        plant("turbine", {"power": 1}, {"water": 1}, clock="sliced"),
        existing("turbine", 9),
        process("gas", {"power": 1}, clock="sliced"),
        {"sites": [{"process": "gas", "region": "USA"}]},
        {"costs": [{"process": "gas", "item": "variable", "value": 1, "year": 2026}]},
        {"costs": [{"process": "gas", "item": "variable", "value": 3, "year": 2027}]},
        demand("power", 2),
        period=[(2025, 2029, 2)],
    )
    assert plan(case).run["objective"] == pytest.approx(2 * 1.5 * 1 + 2 * 0.5 * 3)
    later = [f"{moment}_of_last_year" for moment in ("first_week_first_day", "last_week_last_day")]
    with pytest.raises(AuditFailed, match=r"carried_level_at_least \[dam, USA, 2027-2028"):
        plan(without_moments(case, *later))
