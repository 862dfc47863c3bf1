"""An infeasible case is told in sentences: true numbers, the lines of its tables, what an edit changed first."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import polars as pl
import pytest

from explain.test_conflict import CASES, GADGET, YEARS, free_site
from model.golden_case import golden_case
from model.small_cases import demand, existing, goods, limit, plant, site, small_case
from teraplan.case.case import Case
from teraplan.explain.alike import Alike
from teraplan.explain.conflict import ROW, UPPER, Bound
from teraplan.explain.sentences import BOUNDS, SENTENCES, sentence
from teraplan.explain.why_not import condition_of, why_not
from teraplan.model.build import build_problem
from teraplan.model.equations import EQUATIONS
from teraplan.model.problem import Problem
from teraplan.model.variables import VARIABLES
from teraplan.plan import edit

TOLD = {
    "what was there is too little": """
gadget in USA in 2025 cannot be met: 8.00 / year is asked for and 5.00 / year can be had.
  8.00 / year of gadget is asked for in USA in 2025: it comes from works (demand.csv line 2); all else leaves
 5.00 / year for it.
  works can run in 2025 on what was there, 5.00 / year in USA; works cannot be ordered in USA: sites.csv has no row
 for it (capacity.csv line 2); all else would need 8.00 / year there.
""",
    "an order comes too late": """
gadget in USA in 2025 cannot be met: 8.00 / year is asked for and 5.00 / year can be had.
  8.00 / year of gadget is asked for in USA in 2025: it comes from works (demand.csv line 2); all else leaves
 5.00 / year for it.
  works can run in 2025 on what was there, 5.00 / year in USA; an order of works in USA takes 12 months: the first
 that can be placed, of 2025, is in service in 2026 (capacity.csv line 2; lead_times.csv line 2; sites.csv line 2);
 all else would need 8.00 / year there.
""",
    "the good that is used is banned": """
gadget in USA in 2025 cannot be met: 8.00 / year is asked for and nothing can be had.
  8.00 / year of gadget is asked for in USA in 2025: it comes from works (demand.csv line 2); all else leaves
 nothing for it.
  Rule ban bans ore in USA in 2025, and works would use it (rules.csv line 2); all else would need 16.0 / year.
""",
    "two steps down the chain": """
gadget in USA in 2025 cannot be met: 8.00 / year is asked for and 4.50 / year can be had.
  8.00 / year of gadget is asked for in USA in 2025: it comes from works (demand.csv line 2); all else leaves
 4.50 / year for it.
  What is used of ore in USA in 2025 must be had there: it comes from mine and goes to works; all else leaves it
 7.00 / year short.
  mine can run in 2025 on what was there, 9.00 / year in USA; mine cannot be ordered in USA: sites.csv has no row for
 it (capacity.csv line 2); all else would need 16.0 / year there.
""",
    "more is promised than may be ordered": """
promise in 2025 cannot be met: 4.00 / year is asked for and 3.00 / year can be had.
  Limit promise asks for at least 4.00 / year of new works everywhere in 2025 (limits.csv line 3); all else leaves
 3.00 / year for it.
  Limit of_works allows at most 3.00 / year of new works everywhere in 2025 (limits.csv line 2); all else would need
 4.00 / year.
""",
    "half from a works that cannot make half": """
gadget in USA in 2025 cannot be met: 8.00 / year is asked for and 6.00 / year can be had.
  8.00 / year of gadget is asked for in USA in 2025: it comes from old_works and works (demand.csv line 2); all else
 leaves 6.00 / year for it.
  Share half: activity of old_works everywhere in 2025 is at least 50 % of that of *works everywhere (shares.csv
 line 2); all else leaves it 1.00 / year short.
  old_works can run in 2025 on what was there, 3.00 / year in USA; old_works cannot be ordered in USA: sites.csv has
 no row for it (capacity.csv line 2); all else would need 4.00 / year there.
""",
    "the home share is more than can be made at home": """
gadget in USA in 2025 cannot be met: 8.00 / year is asked for and 7.00 / year can be had.
  8.00 / year of gadget is asked for in USA in 2025: it comes from TWN to USA and works (demand.csv line 2); all else
 leaves 7.00 / year for it.
  Of gadget in USA in 2025 at most 4.00 / year may come from elsewhere, less for what is not served (demand.csv lines
 2, 3); all else would need 5.00 / year.
  works can run in 2025 on what was there, 3.00 / year in USA; works cannot be ordered in USA: sites.csv has no row
 for it (capacity.csv line 2); all else would need 4.00 / year there.
""",
    "orders grow too slowly": """
gadget in USA in 2026 cannot be met: 8.00 / year is asked for and 6.00 / year can be had.
  8.00 / year of gadget is asked for in USA in 2026: it comes from works (demand.csv line 3); all else leaves
 6.00 / year for it.
  works can run in 2026 on orders of 2025 and 2026 in USA, which take 0 months (lead_times.csv line 2; sites.csv
 line 2); all else would need 2.00 there.
  Limit of_works lets new works everywhere in 2025 be at most 100 % of what orders have put in use the period before,
 and 2.00 / year (limits.csv lines 2, 3); all else would need 3.00 / year.
  Limit of_works lets new works everywhere in 2026 be at most 100 % of what orders have put in use the period before,
 and 2.00 / year (limits.csv lines 2, 3); all else would need 4.00 / year.
""",
}
"""What is told of each case of test_conflict; a line that begins with one space goes on from the one before."""


def plain(text: str) -> str:
    """A text without the no-break spaces that percentages are written with."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_told_from_what_is_asked_for_to_what_binds(tmp_path: Path, name: str) -> None:
    found = why_not(small_case(tmp_path, *CASES[name][0], period=YEARS))
    joined = TOLD[name].strip().replace("\n  ", "\0").replace("\n", "").replace("\0", "\n  ")
    assert plain(str(found)) == joined


def test_every_equation_has_a_sentence_and_so_has_every_variable() -> None:
    assert set(SENTENCES) == {equation.__name__ for equation in EQUATIONS}
    assert set(BOUNDS) == {variable.name for variable in VARIABLES}


def test_what_an_edit_changed_comes_first_and_is_named(tmp_path: Path) -> None:
    tables = (*GADGET, existing("works", 9))
    case = edit(small_case(tmp_path, *tables, period=YEARS), "capacity[process=works] *= 0.5")
    first = why_not(case).sentences[0]
    assert first.text.startswith("works can run in 2025 on what was there, 4.50 / year")
    assert "(capacity.csv line 2, changed by --set capacity[process=works] *= 0.5)" in first.text
    assert [line.edit for line in first.lines] == ["--set capacity[process=works] *= 0.5"]
    assert first.conditions[0].edited


def test_a_case_that_can_be_met_is_said_to_be(tmp_path: Path) -> None:
    found = why_not(small_case(tmp_path, *GADGET, existing("works", 9), period=YEARS))
    assert (found.kind, str(found)) == ("met", "small can be met: no condition stands against another.")


def test_a_commitment_that_no_order_can_meet_says_that_there_is_no_site(tmp_path: Path) -> None:
    """The works stands in Taiwan alone: a row for orders in the USA has no column at all."""
    parts = (
        *GADGET,
        existing("works", 9),
        {**free_site("works"), **site("works", region="TWN")},
        limit("order_min", "works", 1, region="USA"),
    )
    found = why_not(small_case(tmp_path, *parts, period=YEARS))
    [only] = found.sentences
    assert only.text == (
        "Limit of_works asks for at least 1.00 / year of new works in USA in 2025; nothing that it counts can be "
        "ordered then: works cannot be ordered in USA: sites.csv has no row for it (limits.csv line 2); all else "
        "leaves nothing for it."
    )


def test_a_plan_that_is_kept_is_named(tmp_path: Path) -> None:
    """The kept plan orders 5 in 2025 and the limit allows 3."""
    parts = (*GADGET, existing("works", 9), free_site("works"), limit("order_max", "works", 3))
    case = small_case(tmp_path, *parts, period=YEARS)
    kept = {"variable": "order", "process": "works", "region": "USA", "period": "2025", "lower": 5.0}
    kept |= {"upper": None, "run": "trend"}
    schema = {**case.kept.schema, "upper": pl.Float64}
    found = why_not(replace(case, kept=pl.DataFrame([kept], schema_overrides=schema)))
    assert [sentence.text for sentence in found.sentences] == [
        "The kept plan trend holds order of works in USA in 2025 at 5.00 or more; all else leaves 3.00 for it.",
        "Limit of_works allows at most 3.00 / year of new works everywhere in 2025 (limits.csv line 2); all else would "
        "need 5.00 / year.",
    ]


def test_a_number_far_from_its_neighbours_is_asked_about(tmp_path: Path) -> None:
    """8,000 instead of 8 in 2026: a thousand written for a unit."""
    parts = (*GADGET[:2], demand("gadget", {2025: 7, 2026: 8000, 2027: 9}), existing("works", 20))
    found = why_not(small_case(tmp_path, *parts, period=[(2025, 2028, 1)]))
    assert "demand.csv line 3 says 8,000 and the other years 7 to 9: is its unit right?" in str(found)


def test_an_explanation_is_data_first(tmp_path: Path) -> None:
    found = why_not(small_case(tmp_path, *CASES["what was there is too little"][0], period=YEARS))
    asked, there = found.conditions
    assert (asked.name, asked.labels["commodity"], asked.asked, asked.possible) == ("commodity_balance", "gadget", 8, 5)
    assert (there.name, there.kind, there.asked, there.possible) == ("activity", "upper", 5, pytest.approx(8))
    [line] = asked.lines
    assert (line.table, line.line, line.value, line.unit, line.grade) == ("demand", 2, 8, "1/year", "assumption")
    assert json.loads(json.dumps(asdict(found)))["sentences"][0]["lines"][0]["note"] == "made up for a test"


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Problem]:
    case = golden_case(tmp_path_factory.mktemp("golden"))
    return case, build_problem(case)


@pytest.mark.parametrize("name", [*SENTENCES, *sorted(BOUNDS.keys() - {"sliced_ship"})])
def test_a_real_row_or_column_has_a_sentence_a_unit_and_no_gap(golden: tuple[Case, Problem], name: str) -> None:
    case, problem = golden
    kind, frame, label = (ROW, problem.rows, "equation") if name in SENTENCES else (UPPER, problem.columns, "variable")
    at = frame[label].index_of(name)
    assert at is not None
    told = condition_of(case, problem, Bound(kind, at))
    text, lines = sentence(Alike(case, (replace(told, sense="<=", asked=3.0, possible=5.0),), ((),)))
    assert text.endswith(".") and "None" not in text and "  " not in text
    assert all(line.line > 1 for line in lines)
    without = ("target_reached", "programme_within_budget", "blocks", "orders_in_whole_blocks")
    assert told.unit or name in without


def test_whole_numbers_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    """Blocks of 5 with at most 4 ordered: half a block would do, none does."""
    works = plant("works", {"gadget": 1}, block=5)
    parts = (goods("gadget"), works, demand("gadget", 3), free_site("works"), limit("order_max", "works", 4))
    found = why_not(small_case(tmp_path, *parts, period=[(2025, 2026, 1)]))
    assert str(found) == (
        "small can be met: no condition stands against another, whole units apart, which this does not look at."
    )


def test_a_limit_of_several_years_is_told_once(tmp_path: Path) -> None:
    """An order takes a year. 8 are asked for in 2027, 2 were there, and 2025 and 2026 may order 1 each."""
    parts = (
        *GADGET[:2],
        demand("gadget", {2026: 0, 2027: 8}),
        existing("works", 2),
        free_site("works", lead=12),
        limit("order_max", "works", 1),
    )
    found = why_not(small_case(tmp_path, *parts, period=[(2025, 2028, 1)]))
    assert str(found).startswith(
        "gadget in USA in 2027 cannot be met: 8.00 / year is asked for and 4.00 / year can be had."
    )
    assert "on what was there, 2.00 in USA and orders of 2025 and 2026 in USA, which take 12 months" in str(found)
    assert "Limit of_works on new works allows at most 1.00 / year everywhere in 2025 and 2026 (limits" in str(found)
