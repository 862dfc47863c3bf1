"""The tables behind the figures are what the functions of derive give, and what can be added up by hand."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.small import PERIODS, frontier, small, with_evidence, with_frames, with_run
from teraplan.report import tables
from teraplan.report.evidence import assumptions, grade_shares, held_against_record, score, sources, weightiest
from teraplan.report.frontier import binding, bought, money_bought
from teraplan.report.ladder import first_to_bind, ladder, worth_most
from teraplan.report.words import names_of
from teraplan.results.derive import capacity_of, money, output, served
from teraplan.results.results import Results

OVER_TIME = [
    tables.target_served,
    tables.accelerators_by_maker,
    tables.sites_by_region,
    tables.power_by_technology,
    tables.money_by_year,
]


def values(table: pl.DataFrame, series: str) -> list[float]:
    return table.filter(pl.col("series") == series).sort("start")["value"].to_list()


def test_the_target_is_what_is_served_of_it_in_the_shown_periods() -> None:
    table = tables.target_served(small())
    assert table["value"].to_list() == served(small(), "compute")["value"].to_list() == [10.0, 20.0, 40.0]
    assert table["unit"].unique().to_list() == ["MH100e"]
    assert table["years"].to_list() == [1.0, 1.0, 3.0]


def test_accelerators_are_the_output_of_what_counts_their_performance() -> None:
    table = tables.accelerators_by_maker(small())
    made = output(small(), "h100e", by=("maker",)).filter(pl.col("maker") == "ada")
    assert values(table, "ADA") == made["value"].to_list() == [3.0, 6.0, 12.0]
    assert table["unit"].unique().to_list() == ["MH100e/year"]


def test_accelerators_of_a_case_that_counts_no_performance_are_units() -> None:
    flows = small().frame("flows").filter(pl.col("kind") != "count")
    table = tables.accelerators_by_maker(with_frames(small(), flows=flows))
    assert values(table, "ADA") == [9.0, 18.0, 36.0]
    assert table["unit"].unique().to_list() == ["kchip/year"]


def test_sites_are_the_capacity_of_their_stage_by_region() -> None:
    table = tables.sites_by_region(small())
    halls = capacity_of(small(), "hall", by=("region",)).filter(pl.col("region") == "NOR")
    assert values(table, "Norway") == halls["value"].to_list() == [2.0, 4.0, 6.0]
    assert table["unit"].unique().to_list() == ["GW"]


def test_what_only_stores_power_does_not_count_as_power() -> None:
    table = tables.power_by_technology(small())
    assert table["series"].unique().to_list() == ["Turbine"]
    assert values(table, "Turbine") == [4.0, 8.0, 16.0]


def test_money_by_year_and_by_item_sum_to_the_money_of_the_shown_years() -> None:
    lines = money(small(), ("year", "transfer")).filter(pl.col("year") < 2035)
    for transfer in (False, True):
        whole = lines.filter(pl.col("transfer") == transfer)["value"].sum()
        by_year = tables.money_by_year(small()).filter(pl.col("transfer") == transfer)
        by_item = tables.money_by_item(small()).filter(pl.col("transfer") == transfer)
        assert by_year["value"].sum() == pytest.approx(whole)
        assert by_item["value"].sum() == pytest.approx(whole)
    assert whole == pytest.approx(5 * 4.0)


def test_what_belongs_to_no_stage_is_told_by_its_item() -> None:
    assert "freight" in tables.money_by_item(small())["stage"].to_list()


def test_money_is_told_along_the_chain() -> None:
    assert tables.money_by_item(small())["stage"].unique(maintain_order=True).to_list() == [
        "accelerators",
        "sites",
        "freight",
    ]


def test_the_largest_difference_of_money_comes_first_whatever_its_sign() -> None:
    less = tables.money_difference(small(scale=0.5), small())
    assert less["stage"].to_list()[:2] == ["sites", "accelerators"]
    assert less["difference"].to_list()[:2] == [-25.0, -10.0]
    assert less["transfer"].to_list()[:2] == [False, True]


def test_a_difference_counts_what_one_of_the_plans_lacks_as_nothing() -> None:
    table = tables.sites_by_region(small())
    chile = table.filter(pl.col("series") == "Chile")
    missing = tables.difference(chile, table)
    assert values(missing, "Norway") == [-2.0, -4.0, -6.0]
    assert values(missing, "Chile") == [0.0, 0.0, 0.0]


@given(most=st.integers(1, 4), sizes=st.lists(st.floats(-10, 10), min_size=1, max_size=6))
def test_putting_small_series_together_loses_nothing(most: int, sizes: list[float]) -> None:
    rows = [("2030", 2030.0, 1.0, f"s{at}", size, "GW") for at, size in enumerate(sizes)]
    table = pl.DataFrame(rows, schema=tables.OVER_TIME, orient="row")
    together = tables.folded(table, most)
    assert together["value"].sum() == pytest.approx(sum(sizes))
    assert together["series"].n_unique() <= most


def test_the_path_of_the_target_keeps_its_amount() -> None:
    path = tables.path_of_target(small(), "2030")
    sums = {kind: value for kind, value in path.group_by("kind").agg(pl.col("value").sum()).iter_rows()}
    assert sums == pytest.approx({"maker": 10.0, "home": 7.0, "out": 3.0, "in": 3.0})
    assert path["unit"].unique().to_list() == ["MH100e"]


def test_small_hosts_and_users_are_put_together() -> None:
    path = tables.path_of_target(small(), "2030", most=1)
    assert set(path.filter(pl.col("kind") == "maker")["target"]) == {tables.OTHERS}


def test_hosted_and_used_are_the_outputs_and_what_is_served() -> None:
    table = tables.hosted_and_used(small(), "2030")
    assert table.select("region", "hosted", "used").rows() == [("Norway", 8.0, 5.0), ("Chile", 2.0, 5.0)]


def test_the_makers_of_the_target_are_those_of_the_machines() -> None:
    assert tables.makers_of_target(small(), "2030").rows() == [("ADA", 7.0), ("Borealis", 3.0)]


def test_the_cost_over_time_is_that_of_all_that_is_made() -> None:
    table = tables.cost_over_time(with_evidence(small()))
    [(period, real, marked_up, unit)] = table.select("period", "value", "marked_up", "unit").rows()
    assert (period, unit) == ("2030", "USD / H100e-hour")
    assert (real, marked_up) == pytest.approx((1.2, 1.2 * (1 + 1.6 / 2.0)))


def test_a_cost_without_the_whole_is_the_mean_weighted_by_what_is_made() -> None:
    results = with_evidence(small())
    regions = results.frame("cost_of_compute").filter(pl.col("region") != "WLD")
    table = tables.cost_over_time(with_frames(results, cost_of_compute=regions))
    assert table["value"].to_list() == pytest.approx([(8.0 * 1.0 + 2.0 * 2.0) / 10.0])
    assert table["marked_up"].to_list() == pytest.approx([(8.0 * 1.5 + 2.0 * 6.0) / 10.0])


def test_the_cost_of_the_target_is_shown_whatever_prices_are_counted_in() -> None:
    results = with_evidence(small())
    prices = results.frame("prices").with_columns(unit=pl.lit("target/(MH100e)"))
    shown = tables.cost_over_time(with_frames(results, prices=prices))
    assert shown.equals(tables.cost_over_time(results)) and shown.height


def test_what_is_in_service_has_a_column_for_each_period_and_plan() -> None:
    table = tables.in_service({"Base": small(), "Twice": small(scale=2)}, ["2030", "2031"])
    assert table.columns[3:] == ["2030, Base", "2030, Twice", "2031, Base", "2031, Twice"]
    hall = table.filter(pl.col("plant") == "Data hall").row(0)
    assert hall == ("sites", "Data hall", "GW", 3.0, 6.0, 6.0, 12.0)


@pytest.mark.parametrize("table", OVER_TIME)
def test_a_plan_without_a_table_has_an_empty_one_with_the_same_columns(table) -> None:  # type: ignore[no-untyped-def]
    bare = Results(run=small().run, frames={"periods": small().frame("periods")})
    assert table(bare).is_empty()
    assert table(bare).columns == table(small()).columns


# --- bottlenecks, evidence, frontier ----------------------------------------------------------------------------------


def test_the_ladder_sums_places_and_leaves_out_what_is_not_shown() -> None:
    table = ladder(small())
    halls = table.filter(pl.col("limit") == "Data hall: new orders in a year")
    assert halls.select("period", "worth", "places").rows() == [
        ("2030", 0.75, "Norway, Chile"),
        ("2031", 0.5, "Norway, Chile"),
    ]
    assert table["limit"][0] == "Turbine: what exists, too early for more"  # 0.125 x 1 year + 1 x 3 years
    assert set(table["period"]) == set(PERIODS)


def test_the_ladder_shows_no_more_limits_than_asked_for() -> None:
    assert ladder(small(), most=1)["limit"].n_unique() == 1


def test_the_first_to_bind_is_told_in_spans_of_periods() -> None:
    spans = first_to_bind(small(), "physical")
    assert [(span.limit, span.first, span.last, span.worth) for span in spans] == [
        ("Data hall: new orders in a year", "2030", "2031", 0.75),
    ]


def test_what_was_there_at_the_start_is_no_answer_to_what_stands_in_the_way() -> None:
    later = small().frame("bottlenecks").with_columns(equation=pl.lit("orders_at_most"))
    assert [span.limit for span in first_to_bind(with_frames(small(), bottlenecks=later), "physical")][-1] == (
        "Turbine: new orders in a year"
    )
    early = later.with_columns(equation=pl.lit("fixed supply path"))
    assert first_to_bind(with_frames(small(), bottlenecks=early), "physical") == []


def test_limits_are_told_from_the_year_of_the_case_on() -> None:
    late = with_run(small(), as_of="2031-06-30")
    assert set(ladder(late)["period"]) == {"2031", "2032-2034"}
    assert first_to_bind(late, "physical")[0].first == "2031"


def test_the_limits_worth_most_before_a_year_are_those_of_earlier_periods() -> None:
    rows = small().frame("bottlenecks").with_columns(equation=pl.lit("orders_at_most"))
    plan = with_frames(small(), bottlenecks=rows)
    assert worth_most(plan, "physical", 2031.0, most=3) == ["Data hall: new orders in a year"]
    assert worth_most(plan, "physical", 2035.0, most=1) == ["Turbine: new orders in a year"]


def test_the_weightiest_assumptions_are_told_without_numbers_of_other_grades() -> None:
    assert weightiest(with_evidence(small())) == [("limit of site limit, Data hall, Norway", 0.6, "no source found")]
    assert weightiest(small()) == []


def test_the_score_counts_only_records_that_count_and_can_be_read() -> None:
    assert score(with_evidence(small())) == (1, 2)
    assert score(small()) == (0, 0)


def test_records_come_worst_miss_first() -> None:
    assert held_against_record(with_evidence(small()), counted=True)["record"].to_list() == [
        "chips sold",
        "sites in use",
    ]


def test_numbers_come_by_what_part_of_the_target_they_carry() -> None:
    shares = assumptions(with_evidence(small()))["share"].to_list()
    assert shares == sorted(shares, reverse=True) and shares[0] > shares[-1]


def test_shares_by_grade_begin_with_the_firmest() -> None:
    shares = grade_shares(with_evidence(small()))
    assert list(shares["compute served"].items()) == [("reported", 0.25), ("assumption", 0.75)]


def test_shares_of_a_quantity_are_the_mean_of_its_periods() -> None:
    rows = [("a 2030", "a", "reported", 0.5), ("a 2030", "a", "assumption", 0.5), ("a 2034", "a", "assumption", 1.0)]
    table = pl.DataFrame(rows, schema=["headline", "quantity", "grade", "share"], orient="row")
    assert grade_shares(with_frames(small(), provenance=table)) == {"a": {"reported": 0.25, "assumption": 0.75}}


def test_sources_of_one_title_are_one_line_with_all_their_names() -> None:
    assert sources(small()).select("title", "ids", "rows").rows() == [
        ("A press release", "three", None),
        ("A yearbook", "one, two", None),
    ]


def test_sources_that_nothing_rests_on_are_left_out_where_the_plan_tells() -> None:
    citations = pl.DataFrame({"source": ["one", "two", "two", None], "rows": [4, 5, 1, 9]})
    assert sources(with_frames(small(), citations=citations)).select("title", "rows").rows() == [("A yearbook", 10)]


def test_what_binds_at_a_budget_is_told_by_nature_with_its_periods() -> None:
    plan = frontier()
    table = binding(plan, names_of(small()))
    assert table.row(0) == (10.0, "Data hall: new orders in a year (2031)")
    later = plan.frame("binds").with_columns(period=pl.lit("2032-2034"), nature=pl.lit("physical"))
    policy = plan.frame("binds").with_columns(nature=pl.lit("policy"), equation=pl.lit("capacity_at_most"))
    both = pl.concat([plan.frame("binds").with_columns(nature=pl.lit("physical")), later, policy])
    told = binding(with_frames(plan, binds=both), names_of(small()))
    assert told.columns == ["budget", "physical limits", "policy limits"]
    assert told["physical limits"][0] == "Data hall: new orders in a year (2031 to 2032–34)"
    assert told["policy limits"][0] == "Data hall: ceiling on capacity (2031)"


def test_what_a_budget_buys_is_its_difference_to_the_baseline() -> None:
    table = bought(frontier()).filter((pl.col("series") == "2031") & (pl.col("budget") == 20.0))
    assert table["value"].to_list() == [4.0]
    money_table = money_bought(frontier()).filter(pl.col("budget") == 20.0)
    assert money_table.select("series", "value").rows() == [("sites", 11.0), ("Transfers", 4.0)]
