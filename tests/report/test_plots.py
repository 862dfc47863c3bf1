"""Figures draw what their table holds, with a unit on every axis, and nothing that touches or means two things."""

import plotly.graph_objects as go
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.small import frontier, small
from teraplan.report import plots, tables
from teraplan.report.canvas import TRANSFERS, apart, shade_after, shades, stage_colours
from teraplan.report.frontier import bought
from teraplan.report.parts import data_over_time, heat_of, totalled

SITES = tables.sites_by_region(small())
COLOURS = shades("#0072B2", SITES["series"].unique().sort().to_list())
BARS = pl.DataFrame(
    {"label": ["a", "a", "b"], "part": ["x", "y", "x"], "value": [1.0, 2.0, -3.0], "transfer": [False, True, False]}
).with_columns(colour=pl.lit("#0072B2"))


def drawn(figure: go.Figure, name: str) -> list[float]:
    [trace] = [trace for trace in figure.data if trace.name == name]
    return list(trace.y)


def test_areas_hold_the_levels_of_their_table_at_the_middle_of_each_period() -> None:
    figure = plots.areas(SITES, COLOURS, "GW")
    assert drawn(figure, "Norway") == [2.0, 4.0, 6.0]
    assert list(figure.data[0].x) == [2030.5, 2031.5, 2033.5]


def test_a_period_without_a_value_is_no_gap_in_an_area() -> None:
    late = SITES.filter((pl.col("series") != "Chile") | (pl.col("period") == "2031"))
    assert drawn(plots.areas(late, COLOURS, "GW"), "Chile") == [0.0, 1.0 * 2, 0.0]


def test_the_axis_of_areas_reaches_above_their_sum() -> None:
    assert plots.areas(SITES, COLOURS, "GW").layout.yaxis.range[1] > 9.0


def test_bars_of_change_are_as_wide_as_their_periods() -> None:
    figure = plots.changes(tables.difference(tables.sites_by_region(small(scale=2)), SITES), COLOURS, "GW")
    assert list(figure.data[0].width) == pytest.approx([0.86, 0.86, 3 * 0.86])
    assert drawn(figure, "Norway") == [2.0, 4.0, 6.0]
    assert figure.layout.barmode == "relative"


def test_a_long_period_is_named_with_both_its_ends() -> None:
    assert list(plots.areas(SITES, COLOURS, "GW").layout.xaxis.ticktext) == ["2030", "2031", "2032–34"]


def test_the_last_period_is_named_however_many_there_are() -> None:
    rows = [(f"{year}", float(year), 1.0, "a", 1.0, "GW") for year in range(2024, 2034)]
    table = pl.DataFrame(rows, schema=tables.OVER_TIME, orient="row")
    assert list(plots.areas(table, {"a": "#0072B2"}, "GW").layout.xaxis.ticktext)[-2:] == ["2031", "2033"]


def test_lines_in_pairs_share_a_colour_and_the_second_is_dotted() -> None:
    names = ["a", "a, more", "b", "b, more"]
    table = tables.of_runs({name: tables.target_served(small()) for name in names})
    drawn_lines = [trace.line for trace in plots.lines(table, "GW", pairs=True).data]
    assert [line.dash for line in drawn_lines] == ["solid", "dot", "solid", "dot"]
    colours = [line.color for line in drawn_lines]
    assert colours[0] == colours[1] != colours[2] == colours[3]


def test_years_that_only_close_the_horizon_are_grey() -> None:
    figure = plots.areas(SITES, COLOURS, "GW")
    shade_after(figure, 2032.0)
    [shape] = figure.layout.shapes
    assert (shape.x0, shape.x1) == (2032.0, 2035.0)
    shade_after(figure, 2035.0)
    assert len(figure.layout.shapes) == 1


def test_every_figure_says_the_unit_of_its_axis() -> None:
    records = pl.DataFrame({"label": ["r"], "off": [0.1], "tolerance": [0.2], "passed": [True]})
    hosts = tables.hosted_and_used(small(), "2030")
    vertical = [
        plots.areas(SITES, COLOURS, "the unit"),
        plots.lines(tables.target_served(small()), "the unit"),
        plots.changes(SITES, COLOURS, "the unit"),
        plots.curves(bought(frontier()), "the unit", "budget"),
    ]
    flat = [
        plots.bars(BARS, "the unit"),
        plots.dots(records, "the unit"),
        plots.dumbbells(hosts, "#000000", "the unit"),
    ]
    assert [figure.layout.yaxis.title.text for figure in vertical] == ["the unit"] * 4
    assert [figure.layout.xaxis.title.text for figure in flat] == ["the unit"] * 3


def test_transfers_are_hatched_and_nothing_else() -> None:
    shapes = [trace.marker.pattern.shape for trace in plots.bars(BARS, "GUSD").data]
    assert shapes == [None, "/", None]
    money = pl.concat([SITES, SITES.with_columns(series=pl.lit(TRANSFERS))])
    areas = plots.areas(money, {**COLOURS, TRANSFERS: "#CCCCCC"}, "GUSD")
    assert {trace.name: trace.fillpattern.shape for trace in areas.data}[TRANSFERS] == "/"


def test_a_bar_is_told_with_its_sum_and_its_transfers_apart() -> None:
    assert totalled(BARS)["label"].unique(maintain_order=True).to_list() == ["a: 1.00 and 2.00 transfers", "b: −3.00"]
    assert totalled(BARS, difference=True)["label"][0] == "a: +1.00 and +2.00 transfers"


def test_a_miss_beyond_the_edge_stays_in_the_figure_as_a_triangle() -> None:
    records = pl.DataFrame({"label": ["r"], "off": [3.0], "tolerance": [0.2], "passed": [False]})
    [mark] = plots.dots(records, "share").data
    assert mark.marker.symbol == "triangle-right"
    assert list(mark.x) == [plots.EDGE]


def test_a_met_record_is_a_full_dot_and_a_missed_one_is_open() -> None:
    records = pl.DataFrame({"label": ["r", "s"], "off": [0.1, 0.3], "tolerance": [0.2, 0.2], "passed": [True, False]})
    full, hollow = plots.dots(records, "share").data
    assert full.marker.color != "white"
    assert hollow.marker.color == "white"


def test_the_path_has_each_node_once_a_column_and_one_unit() -> None:
    figure = plots.paths(tables.path_of_target(small(), "2030"), "#0072B2", "million H100e")
    [sankey] = figure.data
    assert sankey.valuesuffix == " million H100e"
    assert sorted(sankey.node.label) == [
        "ADA 7.00", "Borealis 3.00", "Chile 2.00", "Chile 5.00", "Norway 5.00", "Norway 8.00", "Shipped 3.00",
    ]  # fmt: skip
    assert sum(sankey.link.value) == pytest.approx(10.0 + 7.0 + 3.0 + 3.0)


def test_names_from_data_cannot_be_markup() -> None:
    wild = SITES.with_columns(series=pl.lit("<b>%{x}</b>"))
    figure = plots.areas(wild, {"<b>%{x}</b>": "#000000"}, "GW")
    assert "<b>" not in figure.data[0].name
    assert "%{x}" not in figure.data[0].name
    assert all("<b>" not in note.text for note in figure.layout.annotations)


# --- colours and labels -----------------------------------------------------------------------------------------------


def test_a_stage_keeps_its_colour_whatever_other_stages_there_are() -> None:
    assert stage_colours(["sites"])["sites"] == stage_colours(["a", "power", "sites", "b"])["sites"]


def test_no_two_stages_share_a_colour() -> None:
    colours = stage_colours([*tables.STAGES, "freight", "robots"])
    assert len(set(colours.values())) == len(colours)


def test_shades_of_a_stage_differ_and_the_rest_is_grey() -> None:
    made = shades("#0072B2", ["a", "b", "c", tables.OTHERS])
    assert len(set(made.values())) == 4


@given(st.lists(st.tuples(st.floats(-50, 450), st.floats(4, 25)), min_size=1, max_size=9))
def test_labels_never_touch(boxes: list[tuple[float, float]]) -> None:
    boxes = sorted(boxes)
    half = [size for _, size in boxes]
    placed = apart([position for position, _ in boxes], half, (0.0, 400.0))
    gaps = [b - a - (one + two) for a, b, one, two in zip(placed, placed[1:], half, half[1:], strict=False)]
    assert min(gaps, default=0.0) >= -1e-9
    assert placed[0] >= half[0] - 1e-9
    assert placed[-1] + half[-1] <= max(400.0, 2 * sum(half)) + 1e-9


def test_labels_with_room_stay_where_they_are() -> None:
    assert apart([50.0, 200.0], [8.0, 8.0], (0.0, 400.0)) == [50.0, 200.0]


def test_rounding_of_the_solver_is_shown_as_nothing() -> None:
    noisy = SITES.with_columns(value=pl.when(pl.col("series") == "Chile").then(-1e-13).otherwise("value"))
    grid = data_over_time(noisy, "caption")
    assert grid.columns == ("Period", "Chile", "Norway")
    assert grid.rows == (("2030", "0", "2.000"), ("2031", "0", "4.000"), ("2032–34", "0", "6.000"))


def test_the_darkest_cell_is_the_one_worth_most_and_worthless_ones_are_empty() -> None:
    table = pl.DataFrame({"limit": "l", "places": "", "period": ["2030", "2031"], "worth": [4.0, 1.0]})
    [(_, _, cells)] = heat_of(table, ["2030", "2031", "2032"], "caption", deepest=4.0).rows
    assert [cell.depth for cell in cells] == [1.0, 0.5, 0.0]
    assert [cell.text for cell in cells] == ["4.0", "1.0", ""]
