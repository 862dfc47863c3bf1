"""The page opens without a network, takes no harm from what a case calls itself, is written whole or not at all."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from report.small import frontier, small, with_evidence, with_frames, with_run
from teraplan.errors import StoreError
from teraplan.report import page
from teraplan.report.answers import answers
from teraplan.report.costs import money_per_gigawatt
from teraplan.report.frontier import frontier as section
from teraplan.report.page import page_of, write_report
from teraplan.report.words import SPACE, names_of
from teraplan.results.results import Results

NAMES = names_of(small())
HARM = "<script>alert('harm')</script>"
LOADING = {"src", "srcset", "data", "action", "poster", "background", "xlink:href"}
SECTIONS = ["built", "money", "bottlenecks", "who", "frontier", "record", "assumptions"]


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, text: str) -> None:
        if self._inside in self.texts:
            self.texts[self._inside].append(text)


@cache
def full() -> str:
    return page_of([with_evidence(small("trend")), small("more", scale=1.5)], [frontier()])


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page without the plotting library, which takes long to read."""
    monkeypatch.setattr(page, "get_plotlyjs", lambda: "// plotly.js v0")


def sections(text: str) -> list[str]:
    return [name for name in re.findall(r'<section id="([a-z]+)">', text) if name in SECTIONS]


# --- no network -------------------------------------------------------------------------------------------------------


def test_nothing_is_loaded_from_elsewhere() -> None:
    elements = Elements(full())
    assert not [found for found in elements.found if LOADING & found[1].keys()]
    assert {tag for tag, attributes in elements.found if "href" in attributes} == {"a"}
    assert not re.search(r"url\(|@import", "".join(elements.texts["style"]))


def test_the_browser_is_told_to_refuse_the_network() -> None:
    metas = [attributes for tag, attributes in Elements(full()).found if tag == "meta"]
    [policy] = [str(meta["content"]) for meta in metas if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


def test_the_plotting_library_is_inside_once() -> None:
    assert len([text for text in Elements(full()).texts["script"] if "plotly.js v" in text[:200]]) == 1


# --- harm -------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("light")
def test_what_a_run_calls_itself_is_text() -> None:
    entries = ("title", "scenario", "case", "as_of", "case_hash", "view", "status", "horizon_end", "teraplan_version")
    wild = with_run(with_evidence(small()), **dict.fromkeys(entries, HARM))
    wild = with_run(wild, edits=[HARM])
    other = with_run(small("more", scale=2), case=HARM)
    text = page_of([wild, other], [with_run(frontier(), case=HARM, title=HARM, scenario=HARM)])
    assert harmless(text)
    assert "&lt;script&gt;alert" in text


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(
    ("frame", "columns"),
    [
        ("processes", ["name"]),
        ("regions", ["name"]),
        ("commodities", ["name"]),
        ("bottlenecks", ["what"]),
        ("ledger", ["stage", "item"]),
        ("sources", ["title", "licence", "source"]),
        ("calibration", ["record", "note", "reason"]),
        ("assumptions", ["table", "what", "source", "note"]),
        ("flows", ["maker"]),
        ("provenance", ["headline"]),
    ],
)
def test_what_tables_hold_is_text(frame: str, columns: list[str]) -> None:
    plan = with_evidence(small())
    wild = plan.frame(frame).with_columns(pl.lit(HARM).alias(column) for column in columns)
    assert harmless(page_of([with_frames(plan, **{frame: wild}), small("more", scale=2)]))


def harmless(text: str) -> bool:
    """Whether the page has its own three scripts, and none of them holds the harmful one."""
    scripts = [text for tag, text in re.findall(r"<(script)[^>]*>(.*?)</script>", text, re.S)]
    return len(scripts) == 3 and not any("<script>" in script for script in scripts)


def test_the_drawings_are_data_that_cannot_end_their_script() -> None:
    plan = small()
    wild = plan.frame("regions").with_columns(name=pl.lit("</script><b>"))
    [figures] = re.findall(
        r'<script type="application/json" id="figures">(.*?)</script>', page_of([with_frames(plan, regions=wild)]), re.S
    )
    assert "<" not in figures
    assert set(json.loads(figures)) == {f"figure-{at}" for at in range(1, len(json.loads(figures)) + 1)}


def test_only_web_addresses_become_links() -> None:
    plan = small()
    wild = plan.frame("sources").with_columns(url=pl.Series(["javascript:alert(1)", "https://example.org/a", None]))
    elements = Elements(page_of([with_frames(plan, sources=wild)]))
    links = [str(attributes["href"]) for tag, attributes in elements.found if tag == "a"]
    assert [link for link in links if not link.startswith("#")] == ["https://example.org/a"]


# --- what there is ----------------------------------------------------------------------------------------------------


def test_there_is_a_section_for_every_frame() -> None:
    assert sections(full()) == SECTIONS


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(
    ("frame", "section"),
    [
        ("calibration", "record"),
        ("bottlenecks", "bottlenecks"),
        ("ledger", "money"),
        ("ship", "who"),
    ],
)
def test_a_frame_that_is_absent_leaves_its_section_out(frame: str, section: str) -> None:
    plan = with_evidence(small())
    bare = Results(run=plan.run, frames={name: table for name, table in plan.frames.items() if name != frame})
    assert section in sections(page_of([plan]))
    assert section not in sections(page_of([bare]))


def test_empty_frames_make_a_page_without_sections() -> None:
    plan = with_evidence(small())
    empty = {name: table.clear() for name, table in plan.frames.items() if name != "periods"}
    text = page_of([Results(run=plan.run, frames={**empty, "periods": plan.frame("periods")})])
    assert sections(text) == []
    assert "Method and limits" in text


def test_one_plan_has_levels_and_no_differences() -> None:
    text = page_of([small("trend")])
    assert "Sites in service, by region, 2030–2034, Trend, GW" in text
    assert "minus" not in "".join(re.findall(r"<h3.*?</h3>", text))


def test_a_title_says_measure_plans_years_and_unit_of_a_difference() -> None:
    assert "Sites in service, by region: More minus Trend, 2030–2034, GW" in full()


@pytest.mark.usefixtures("light")
def test_the_years_that_close_the_horizon_are_named_where_there_are_any() -> None:
    longer = with_frames(small(), periods=small().frame("periods").with_columns(shown=pl.lit(value=True)))
    assert "The years from 2035 on, in grey, close the horizon." in page_of([longer])
    text = page_of([small()])
    assert "read sums over years" in text and "in grey" not in text


def test_every_figure_has_its_data_beside_it() -> None:
    text = full()
    assert text.count('class="plot"') == text.count("<summary>Data of this figure</summary>") > 10


def test_what_a_killed_writer_left_is_cleared_and_what_another_writes_stays(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, running = (tmp_path / f".plan.html.{process}.x1.part" for process in (dead.pid, os.getpid()))
    other = tmp_path / f".other.html.{dead.pid}.x1.part"
    for path in (left, running, other):
        path.write_text("half a page")
    write_report(tmp_path / "plan.html", [small()])
    assert sorted(tmp_path.iterdir()) == sorted([running, other, tmp_path / "plan.html"])


def test_no_place_of_the_page_has_the_name_of_another() -> None:
    names = [str(attributes["id"]) for _, attributes in Elements(full()).found if "id" in attributes]
    assert len(names) == len(set(names))


def test_links_inside_the_page_lead_somewhere() -> None:
    elements = Elements(full())
    names = {attributes.get("id") for _, attributes in elements.found}
    inside = [str(a["href"])[1:] for tag, a in elements.found if tag == "a" and str(a["href"]).startswith("#")]
    assert set(inside) <= names


def test_a_report_without_plans_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one plan"):
        page_of([])


def test_a_failed_audit_is_said_in_capitals() -> None:
    assert "AUDIT FAILED" in page_of([with_run(small(), audit={"passed": False})])


# --- answers ----------------------------------------------------------------------------------------------------------


def said(runs: dict[str, Results], question: str) -> dict[str, str]:
    [answer] = [answer for answer in answers(runs) if answer.question.startswith(question)]
    return dict(answer.sentences)


def test_a_difference_is_told_before_the_levels() -> None:
    told = said({"Trend": small(), "More": small(scale=1.5)}, "How much compute")
    assert list(told) == ["More", "Trend"]
    assert told["More"].startswith(f"+5.00 million H100e in 2030 (15.0 against 10.0 million H100e, +50{SPACE}%)")
    assert told["Trend"] == "10.0 million H100e in 2030 and 40.0 million H100e in 2032–34, as the mean of the period."


def test_no_change_is_said_as_such() -> None:
    assert said({"Trend": small(), "Same": small()}, "How much compute")["Same"].startswith("no change in 2030")


def test_money_is_told_with_its_transfers_apart() -> None:
    told = said({"Trend": small()}, "What does it cost")["Trend"]
    assert "57.5 billion USD in 2030–2034; transfers (mark-up) 20.0 billion USD on top" in told


def test_a_budget_that_is_not_spent_is_said_to_be_left_over() -> None:
    programme = {"budget": 7000.0, "spent": 5000.0, "from": 2027.0, "until": 2034.0}
    told = said({"Trend": small(), "More": with_run(small(), programme=programme)}, "What does a programme")
    assert "the other 2.00 trillion USD would add nothing" in told["More"]
    spent = with_run(small(), programme={**programme, "spent": 7000.0})
    assert "all of it is spent" in said({"More": spent}, "What does a programme")["More"]


def test_the_budget_from_which_money_is_left_over_is_named() -> None:
    assert "From a budget of 20.0 billion USD on, money is left over (15.0 billion USD of it is spent)" in full()


def test_the_limits_that_bind_are_told_in_their_order() -> None:
    told = said({"Trend": small()}, "What stands in the way")
    assert told["Trend, physical limits"] == ("data hall: new orders in a year from 2030 to 2031.")


def test_hosts_and_makers_are_told_with_their_shares() -> None:
    told = said({"Trend": small()}, "Who hosts")
    assert (
        told["Trend, 2032–34"].replace(SPACE, " ")
        == "hosted in Norway 80 %, Chile 20 %; machines by ADA 70 %, Borealis 30 %."
    )


def test_an_answer_says_how_much_of_it_rests_on_assumptions() -> None:
    assert "Rests to 75&nbsp;% on assumptions, 25&nbsp;% reported." in full()
    assert "Rests on assumptions and sources like the amount of compute." in full()


def test_what_the_grades_mean_is_said_once_with_the_weightiest_assumptions() -> None:
    text = full()
    assert text.count("numbers that do not bind weigh nothing") == 1
    assert f"Weightiest assumptions: limit of site limit, Data hall, Norway (60{SPACE}%; no source found)." in text
    assert text.count('<div class="grades"') == 1


def test_a_cost_is_told_with_and_without_mark_ups() -> None:
    told = said({"Trend": with_evidence(small())}, "What does an hour")["Trend"]
    assert told == "1.20 USD / H100e-hour of real resources, 2.16 with mark-ups, in 2030."
    text = full()
    assert "Cost of compute from new machines, 2030–2030, USD / H100e-hour" in text
    assert "full cost" not in text.lower()


def test_the_money_of_a_gigawatt_is_told_with_and_without_mark_ups() -> None:
    [grid] = money_per_gigawatt(with_evidence(small()), "Trend")
    assert grid.columns == ("Region", "Sites, 2030", "Sites, 2030, with mark-ups")
    assert grid.rows == (("All regions", "8.00", "12.0"), ("Norway", "9.00", "9.50"))


def test_the_worst_misses_of_the_record_are_named() -> None:
    told = said({"Trend": with_evidence(small())}, "Does the plan fit")[""]
    assert told.endswith(f"Worst: Chips sold 2030, +50{SPACE}%.")


def later(growth: float) -> Results:
    """The plan with the target 5 % above that of small in 2031, and by `growth` in the period after it."""
    factor = pl.col("period").replace_strict({"2031": 1.05, "2032-2034": 1 + growth}, default=1.0)
    demand = small().frame("demand").with_columns(pl.col("served") * factor)
    return with_frames(small("more"), demand=demand)


def test_a_difference_that_comes_later_is_told_with_its_beginning_and_what_stands_before_it() -> None:
    told = said({"Trend": small(), "More": later(0.5)}, "When does the difference")["More"]
    assert told.startswith(
        "no change in 2030; it adds more than 1 % from 2031 on (until then the physical limits that are worth most: "
        "data hall: new orders in a year); the largest difference is +20.0 million H100e in 2032–34"
    )
    less = said({"Trend": small(), "More": later(-0.5)}, "When does the difference")["More"]
    assert "the largest difference is −20.0 million H100e in 2032–34" in less


def test_a_difference_from_the_first_told_period_on_has_no_beginning() -> None:
    told = said({"Trend": small(), "More": small("more", scale=1.5)}, "When does the difference")["More"]
    assert told.startswith("the largest difference is +20.0 million H100e in 2032–34")
    assert said({"Trend": small(), "Same": small("same")}, "When does the difference") == {
        "Same": "no difference in any shown year."
    }


def test_the_budget_of_half_the_effect_and_the_last_step_are_told() -> None:
    [answer] = [one for one in answers({"Trend": small()}, frontier()) if one.question.startswith("When does")]
    [(name, told)] = answer.sentences
    assert name == "Budgets, More"
    assert told.startswith("about 6.7 billion USD buys half of the largest effect on compute in 2031 (+4.00 million")
    assert told.endswith(f"from 10.0 billion USD to 20.0 billion USD, adds 1.00 million H100e (25{SPACE}% of it).")


# --- budgets and edits ------------------------------------------------------------------------------------------------


def test_edits_of_a_plan_are_shown_without_those_of_its_scenario() -> None:
    edits = ["scenario more, edit 1: costs[] *= 2", "--set 'costs[item=capex] *= 1.5'", "dear.toml, edit 1: <b>"]
    text = page_of([small(), with_run(small("more"), edits=edits)])
    assert text.count("<b>Edited:</b>") == 1
    assert "<b>Edited:</b> --set &#39;costs[item=capex] *= 1.5&#39;; dear.toml, edit 1: &lt;b&gt;</dd>" in text


def test_plans_of_different_cases_are_refused() -> None:
    with pytest.raises(StoreError, match=r"Here \(case small\) and There \(case other\) are plans of different cases"):
        page_of([with_run(small(), name="Here"), with_run(small(), case="other", name="There")])
    with pytest.raises(StoreError, match="are plans of different cases"):
        page_of([small()], [with_run(frontier(), case="other")])


def test_a_budget_of_nothing_is_in_no_table_and_money_has_its_years() -> None:
    parts = {getattr(part, "title", None) or part.caption: part for part in section(frontier(), NAMES).parts}
    money = "Where the money of each budget goes, beyond the baseline, all payments of 2030–2035, billion USD"
    assert money in parts
    everything = parts["Everything that each budget adds to the baseline"]
    assert everything.columns == ("Quantity", "Unit", "Period", "10.0 billion USD", "20.0 billion USD")
    drawn = [part for part in parts.values() if part.kind == "picture"]
    assert {row[0] for part in drawn for row in part.data.rows} == {"10.00", "20.00"}


def test_curves_are_of_the_target_and_sites_and_of_things_not_of_money_or_rates() -> None:
    kinds = [
        ("power ordered", "GW/year"),
        ("tools made", "GUSD"),
        ("wafers ordered", "kwafer/month"),
        ("memory made", "PB"),
        ("sites in service", "GW"),
        ("compute served", "MH100e"),
        ("price of compute", "GUSD"),
    ]
    buys = pl.concat(
        frontier().frame("buys").with_columns(quantity=pl.lit(name), unit=pl.lit(unit)) for name, unit in kinds
    )
    parts = section(with_frames(frontier(), buys=buys), NAMES).parts
    drawn = [part.title.split(":")[0] for part in parts if part.kind == "picture" and "each budget adds" in part.title]
    assert drawn == ["Sites in service", "Compute served", "Memory made", "Wafers ordered"]


# --- writing ----------------------------------------------------------------------------------------------------------


def test_the_page_is_written_under_its_name_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = write_report(tmp_path / "deep" / "report.html", [small()])
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert path.stat().st_size < 10e6


@pytest.mark.parametrize("step", ["replace", "chmod"])
def test_a_page_that_cannot_be_finished_leaves_the_old_one(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    path.write_text("the old page")
    monkeypatch.setattr(page.os, step, _failing(OSError("the disk is full")))
    with pytest.raises(StoreError, match=r"cannot be written \(the disk is full\): name a file"):
        write_report(path, [small()])
    monkeypatch.undo()
    assert os.listdir(tmp_path) == ["report.html"]
    assert path.read_text() == "the old page"


def test_a_report_is_not_written_where_a_folder_stands_or_a_file_is_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder, a report is one file: name the file"):
        write_report(tmp_path, [small()])
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        write_report(tmp_path / "file" / "report.html", [small()])


def _failing(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail
