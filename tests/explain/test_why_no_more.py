"""The deepest limits of a plan, each stretched and planned again: what the duals foretell is what comes."""

from pathlib import Path

import pytest

from results.test_bottlenecks import CASES, DEMAND_IN_B, limit
from results.tiny_case import tiny_case
from teraplan.explain.why_no_more import why_no_more
from teraplan.plan import plan

KINDS = (
    "capacity beside what exists",
    "growth on what exists",
    "share of output",
    "licence",
    "served at home where not all is served",
    "a route",
    "capacity that nobody can add to, with two modes",
    "capacity that cannot be added yet",
    "stock before the first period",
)
"""One case for each way in which a limit is stretched."""


@pytest.mark.parametrize("name", KINDS)
def test_a_limit_that_is_stretched_brings_what_was_foretold_or_less(tmp_path: Path, name: str) -> None:
    """Worth falls as a limit widens, so 1 % brings at most what its dual says, and next to nothing less here."""
    case = tiny_case(tmp_path, **CASES[name][1])
    told = why_no_more(case, plan(case), confirmed=9).sentences
    assert told
    for sentence in told:
        foretold, planned = sentence.numbers["foretold"], sentence.numbers["planned"]
        assert planned <= foretold * (1 + 1e-6)
        assert planned == pytest.approx(foretold, rel=0.02)


def test_a_limit_is_told_with_its_lines_its_years_and_both_numbers(tmp_path: Path) -> None:
    """A may order 6 Mchip a year and so may B, all four years; each Mchip more runs two years in place of none."""
    case = tiny_case(tmp_path, limits=limit("order_max", 6, "Mchip/year", place="A"), demand=DEMAND_IN_B)
    results = plan(case)
    found = why_no_more(case, results)
    first = found.sentences[0]
    whole = results.bottlenecks.join(results.frame("periods"), on="period")
    worth = float((whole["worth"] * whole["years"] * whole["running_factor"]).sum())
    assert first.numbers["foretold"] == pytest.approx(worth)
    assert [(line.table, line.line) for line in first.lines] == [("limits", 2)]
    assert first.text.startswith("Cluster: new orders in a year, A, 2025 to 202")
    assert "(limits.csv line 2): 1 % more is foretold to be worth " in first.text
    assert "and planned again it brings " in first.text


def test_only_the_deepest_are_planned_again(tmp_path: Path) -> None:
    limits = [*limit("order_max", 6, "Mchip/year", place="A"), *limit("order_max", 1, "Mchip/year", place="B")]
    case = tiny_case(tmp_path, limits=limits, demand=DEMAND_IN_B)
    told = why_no_more(case, plan(case), confirmed=1).sentences
    assert [set(sentence.numbers) for sentence in told] == [{"foretold", "planned"}, {"foretold"}]
    assert told[0].numbers["foretold"] > told[1].numbers["foretold"]


def test_of_the_most_compute_the_first_step_is_planned_again(tmp_path: Path) -> None:
    tables = {"limits": limit("order_max", 4, "Mchip/year"), "demand": DEMAND_IN_B}
    case = tiny_case(tmp_path, settings='objective = "most_compute"', **tables)
    told = why_no_more(case, plan(case)).sentences
    for sentence in told:
        assert sentence.numbers["planned"] == pytest.approx(sentence.numbers["foretold"], rel=0.02)


def test_where_nothing_binds_that_is_said(tmp_path: Path) -> None:
    case = tiny_case(tmp_path, limits=limit("order_max", 600, "Mchip/year"), demand=DEMAND_IN_B)
    found = why_no_more(case, plan(case))
    assert str(found) == "tiny: no limit binds; what is not built does not pay."
