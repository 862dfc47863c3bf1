"""A scenario is a change of resolved cells: which cells an edit selects, what it makes of them, and what it refuses."""

from pathlib import Path

import polars as pl
import pytest

from case.folders import added, changed, faults_of, says, tables_of
from teraplan.case.edit import Edit, apply_edits, edit_of, matches, parse_set
from teraplan.case.resolve import Tables
from teraplan.case.settings import EditBlock
from teraplan.errors import CaseError
from teraplan.plan import edit, read_case

VARIABLE = {2025: 0.2, 2026: 0.175, 2027: 0.15, 2028: 0.125, 2029: 0.1}
"""Variable cost of the cluster in the small case [GUSD / (MH100e*year)]."""


def after(folder: Path, *expressions: str) -> Tables:
    """The small case's tables after edits."""
    return apply_edits(tables_of(folder), [parse_set(expression) for expression in expressions])


def variable(tables: Tables) -> dict[int, float]:
    """Variable cost of the cluster by year."""
    cells = tables.frames["costs"].filter((pl.col("process") == "cluster") & (pl.col("item") == "variable"))
    return dict(cells.select("year", "value").rows())


def capex(tables: Tables) -> dict[str, object]:
    """The cell of the cluster's capital cost in 2025."""
    cells = tables.frames["costs"].filter((pl.col("process") == "cluster") & (pl.col("item") == "capex"))
    return cells.filter(pl.col("year") == 2025).row(0, named=True)


def steps(tables: Tables, step: int) -> dict[str, object]:
    """One step of the demand for compute in 2025."""
    return tables.frames["demand_steps"].filter((pl.col("step") == step) & (pl.col("year") == 2025)).row(0, named=True)


def refused(folder: Path, expression: str) -> tuple[str, str, str]:
    """Where, what and how to mend it, of the one fault of an edit."""
    with pytest.raises(CaseError) as caught:
        after(folder, expression)
    [fault] = caught.value.faults
    return fault.where, fault.what, fault.fix


@pytest.mark.parametrize(
    ("expression", "operation", "amount"),
    [
        ("costs[process=fab] = 2", "set", 2),
        ("costs[process=fab]*=1.5", "multiply", 1.5),
        ("costs[process=fab] += 7e12", "add", 7e12),
        ("costs[process=fab] -= 0.5", "add", -0.5),
        ("  costs [ process = fab ]  *=  -2  ", "multiply", -2),
    ],
)
def test_set_reads_the_sign_and_the_number(expression: str, operation: str, amount: float) -> None:
    read = parse_set(expression)
    assert (read.table, read.where, read.operation, read.amount) == ("costs", {"process": "fab"}, operation, amount)


def test_set_reads_labels_and_a_column() -> None:
    read = parse_set("processes[process=fab_*|cluster,stage=not wafers].life = 12")
    assert read.where == {"process": "fab_*|cluster", "stage": "not wafers"}
    assert read.column == "life"


@pytest.mark.parametrize(
    "expression",
    ["", "costs", "costs[process=fab]", "costs[process=fab] = ", "costs = 2", "[a=b] = 2", "costs[process=fab] == 2"],
)
def test_set_refuses_what_is_no_edit(expression: str) -> None:
    with pytest.raises(CaseError) as caught:
        parse_set(expression)
    assert len(caught.value.faults) == 1
    assert "write it as table[key=value,...] = number" in str(caught.value) or "end it with a number" in str(
        caught.value
    )


@pytest.mark.parametrize("number", ["two", "nan", "inf", "1e999", "0x10"])
def test_set_refuses_what_is_no_finite_number(number: str) -> None:
    with pytest.raises(CaseError, match="is not a finite number"):
        parse_set(f"costs[process=fab] = {number}")


def test_set_tells_every_key_that_is_wrong() -> None:
    with pytest.raises(CaseError) as caught:
        parse_set("costs[process,item=,region=USA] = nan")
    assert [fault.what.split(" is ")[0] for fault in caught.value.faults] == ["'process'", "'item'", "'nan'"]


def test_a_set_edit_fills_exactly_the_cells_that_it_selects(tmp_path: Path) -> None:
    """2027 lies between two given years; its neighbours stay as they are."""
    tables = after(tmp_path, "costs[process=cluster,item=variable,year=2027] = 9")
    assert variable(tables) == pytest.approx({**VARIABLE, 2027: 9})


def test_an_edit_multiplies_adds_and_takes_away(tmp_path: Path) -> None:
    tables = tables_of(tmp_path)
    for expression, expected in (("*= 2", 0.4), ("+= 1", 1.2), ("-= 0.1", 0.1)):
        found = apply_edits(tables, [parse_set(f"costs[process=cluster,item=variable,year=2025] {expression}")])
        assert variable(found)[2025] == pytest.approx(expected)


def test_edits_compose_in_their_order(tmp_path: Path) -> None:
    twice = after(tmp_path, "costs[item=variable] *= 2", "costs[item=variable] += 1")
    other = after(tmp_path / "other", "costs[item=variable] += 1", "costs[item=variable] *= 2")
    assert (variable(twice)[2025], variable(other)[2025]) == pytest.approx((1.4, 2.4))


def test_the_range_scales_along(tmp_path: Path) -> None:
    """The cluster costs 10 (8 to 12): set to 5 it is half of that, doubled twice, one more one more."""
    for expression, expected in (("= 5", (4, 5, 6)), ("*= 2", (16, 20, 24)), ("+= 1", (9, 11, 13))):
        row = capex(after(tmp_path, f"costs[process=cluster,item=capex] {expression}"))
        assert (row["low"], row["value"], row["high"]) == pytest.approx(expected)


def test_a_range_that_is_not_given_stays_so(tmp_path: Path) -> None:
    rows = after(tmp_path, "costs[process=fab,item=capex] = 5").frames["costs"].filter(pl.col("process") == "fab")
    assert rows["low"].null_count() == rows.height


def test_a_range_stays_in_order_when_its_sign_changes(tmp_path: Path) -> None:
    edited = tables_of(tmp_path, added("costs.csv", "fab,,,margin,,2,GUSD/kchip,1,4,,book,reported,"))
    rows = (
        apply_edits(edited, [parse_set("costs[item=margin] *= -1")]).frames["costs"].filter(pl.col("item") == "margin")
    )
    assert rows.select("low", "value", "high").row(0) == (-4, -2, -1)


def test_the_source_of_a_cell_becomes_the_edit_and_its_grade_an_assumption(tmp_path: Path) -> None:
    tables = after(tmp_path, "costs[process=cluster,item=variable,year=2027] = 9")
    rows = tables.frames["costs"].filter(pl.col("item") == "variable").select("year", "source", "grade").rows()
    assert rows[2] == (2027, "--set costs[process=cluster,item=variable,year=2027] = 9", "assumption")
    assert rows[1] == (2026, "book", "reported")


def test_tables_remember_the_edits_that_made_them(tmp_path: Path) -> None:
    once = after(tmp_path, "costs[item=variable] *= 2")
    twice = apply_edits(once, [Edit("lead_times", {"process": "fab"}, "add", 1.0, origin="mine")])
    assert twice.edits == ("--set costs[item=variable] *= 2", "mine: lead_times[process=fab] += 1")
    assert variable(once) == variable(twice)


def test_the_tables_that_are_edited_stay_as_they_are(tmp_path: Path) -> None:
    tables = tables_of(tmp_path)
    apply_edits(tables, [parse_set("costs[item=variable] *= 2")])
    assert variable(tables) == pytest.approx(VARIABLE)
    assert tables.edits == ()


def test_a_case_is_edited_again_and_again(tmp_path: Path) -> None:
    tables_of(tmp_path)
    case = read_case(tmp_path)
    dear = edit(edit(case, "costs[item=variable] *= 2"), "costs[item=variable] *= 2", "costs[item=variable] *= 2")
    first = pl.col("period") == "2025"
    assert dear.running_costs.filter(first)["value"].to_list() == pytest.approx([1.6])
    assert case.running_costs.filter(first)["value"].to_list() == pytest.approx([0.2])
    assert len(dear.tables.edits) == 3


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ("fab", ["fab"]),
        ("fab*", ["fab", "fab_n5", "fab.2"]),
        ("fab.*", ["fab.2"]),
        ("not fab", ["fab_n5", "fab.2", "asm", None]),
        ("not fab*", ["asm", None]),
        ("fab|asm", ["fab", "asm"]),
        (["fab", "asm"], ["fab", "asm"]),
        ("not fab|asm", ["fab_n5", "fab.2", None]),
        (("asm", "not fab*"), ["asm", None]),
        ("*", ["fab", "fab_n5", "fab.2", "asm"]),
        ([], []),
        ("none", []),
    ],
)
def test_labels_are_chosen_by_name_pattern_list_and_not(wanted: object, fits: list[str | None]) -> None:
    frame = pl.DataFrame({"process": ["fab", "fab_n5", "fab.2", "asm", None]})
    assert frame.filter(matches(pl.col("process"), wanted))["process"].to_list() == fits


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (2027, [2027]),
        ("2027", [2027]),
        (2027.0, [2027]),
        ("2026..2028", [2026, 2027, 2028]),
        ("2028..", [2028, 2029]),
        ("..2026", [2025, 2026]),
        ("not 2026..2029", [2025]),
        ("2025|2028..2029", [2025, 2028, 2029]),
        ([2025, 2029], [2025, 2029]),
    ],
)
def test_years_are_chosen_by_number_range_and_list(wanted: object, fits: list[int]) -> None:
    frame = pl.DataFrame({"year": [2025, 2026, 2027, 2028, 2029]}, schema={"year": pl.Int32})
    assert frame.filter(matches(pl.col("year"), wanted))["year"].to_list() == fits


def test_years_choose_the_periods_that_begin_in_them() -> None:
    frame = pl.DataFrame({"period": ["2025", "2026Q3", "2027-2028", "2029-2032", "2033.500"]})
    assert frame.filter(matches(pl.col("period"), "2026..2028"))["period"].to_list() == ["2026Q3", "2027-2028"]
    assert frame.filter(matches(pl.col("period"), "2033.."))["period"].to_list() == ["2033.500"]


def test_numbers_and_flags_are_chosen_by_what_they_are() -> None:
    frame = pl.DataFrame({"offset_month": [0.0, 7.0], "inputs": [True, False]})
    assert frame.filter(matches(pl.col("offset_month"), 7)).height == 1
    assert frame.filter(matches(pl.col("offset_month"), "7")).height == 1
    for wanted in (True, "yes", "true"):
        assert frame.filter(matches(pl.col("inputs"), wanted))["offset_month"].to_list() == [0.0]


def test_an_edit_without_labels_is_of_every_cell(tmp_path: Path) -> None:
    tables = after(tmp_path, "lead_times[] *= 2")
    assert sorted(tables.frames["lead_times"]["value"]) == [6, 24]


def test_a_list_of_items_selects_each_of_them(tmp_path: Path) -> None:
    block = EditBlock(table="costs", where={"item": ["capex", "variable"]}, multiply=2)
    before = tables_of(tmp_path)
    doubled = apply_edits(before, [edit_of(block, "scenario dear, edit 1")]).frames["costs"]
    factor = 1.0 + pl.col("item").is_in(["capex", "variable"])
    assert doubled["value"].to_list() == before.frames["costs"].select(pl.col("value") * factor)["value"].to_list()
    block = EditBlock(table="demand", where={"item": ["quantity", "anchor_price"]}, multiply=2)
    with pytest.raises(CaseError, match="demand is edited item by item"):
        apply_edits(before, [edit_of(block, "scenario dear, edit 2")])


def test_demand_is_edited_item_by_item(tmp_path: Path) -> None:
    tables = tables_of(tmp_path)
    more = apply_edits(tables, [parse_set("demand[item=quantity,year=2025] *= 3")])
    assert more.frames["demand_quantity"].filter(pl.col("year") == 2025)["value"].to_list() == [6]
    wide = apply_edits(tables, [parse_set("demand[item=step_width,step=0] = 0.9")])
    assert (steps(wide, 0)["width"], steps(wide, 1)["width"]) == (0.9, 0.4)
    price = apply_edits(tables, [parse_set("demand[item=step_price,step=0] = 20")])
    assert (steps(price, 0)["price"], steps(price, 1)["price"]) == (20, 5)


@pytest.mark.parametrize("change", ["*= 2", "= 10", "+= 5"])
def test_prices_that_are_multiples_follow_the_anchor_price(tmp_path: Path, change: str) -> None:
    """The anchor is 5, the steps at 3 and 1 times that: at an anchor of 10 they are 30 and 10."""
    tables = after(tmp_path, f"demand[item=anchor_price] {change}")
    assert (steps(tables, 0)["price"], steps(tables, 1)["price"]) == (30, 10)
    assert steps(tables, 0)["price_source"] == f"--set demand[item=anchor_price] {change}"


def test_a_price_in_money_does_not_follow_the_anchor_price(tmp_path: Path) -> None:
    money = changed("demand.csv", "step_price,1,1,1", "step_price,1,4,GUSD/(MH100e*year)")
    tables = apply_edits(tables_of(tmp_path, money), [parse_set("demand[item=anchor_price] *= 2")])
    assert (steps(tables, 0)["price"], steps(tables, 1)["price"]) == (30, 4)


def test_a_price_that_was_edited_follows_the_anchor_price_from_there(tmp_path: Path) -> None:
    tables = after(tmp_path, "demand[item=step_price,step=0] = 20", "demand[item=anchor_price] *= 2")
    assert steps(tables, 0)["price"] == 40


def test_the_width_of_a_step_keeps_its_own_source_when_the_price_changes(tmp_path: Path) -> None:
    row = steps(after(tmp_path, "demand[item=step_price] *= 2"), 0)
    assert (row["source"], row["grade"]) == ("book", "forecast")
    assert (row["price_source"], row["price_grade"]) == ("--set demand[item=step_price] *= 2", "assumption")


def test_a_number_beside_the_values_is_edited_by_its_column(tmp_path: Path) -> None:
    tables = after(tmp_path, "processes[process=cluster].life = 7", "capacity[process=fab].start += 1.5")
    assert tables.frames["processes"]["life"].to_list() == [10, 7]
    assert tables.frames["capacity"]["start"].to_list() == [2025.5]
    assert tables.frames["capacity"]["source"].to_list() == ["book"]


def test_a_scenario_edits_the_case(tmp_path: Path) -> None:
    text = (
        '[[edit]]\ntable = "costs"\nwhere = { item = "variable", year = [2025, "2028.."] }\nmultiply = 2\n'
        '[[edit]]\ntable = "costs"\nwhere = { process = "not fab", item = "variable" }\nadd = 1\n'
    )
    tables = tables_of(tmp_path, {"scenarios/dear.toml": text}, "dear")
    assert variable(tables) == pytest.approx({2025: 1.4, 2026: 1.175, 2027: 1.15, 2028: 1.25, 2029: 1.2})
    assert tables.scenario == "dear"
    assert tables.edits == (
        "scenario dear, edit 1: costs[item=variable,year=2025|2028..] *= 2",
        "scenario dear, edit 2: costs[process=not fab,item=variable] += 1",
    )


def test_further_edits_come_after_those_of_the_scenario(tmp_path: Path) -> None:
    text = '[[edit]]\ntable = "costs"\nwhere = { item = "variable" }\nset = 1\n'
    more = (parse_set("costs[item=variable] *= 3"),)
    assert variable(tables_of(tmp_path, {"scenarios/dear.toml": text}, "dear", more))[2027] == 3


def test_a_block_of_a_scenario_and_an_expression_mean_the_same_edit() -> None:
    block = EditBlock(table="costs", where={"process": "fab"}, multiply=1.5)
    read = parse_set("costs[process=fab] *= 1.5")
    made = edit_of(block, "scenario dear, edit 1")
    assert (made.table, made.where, made.operation, made.amount) == (
        read.table,
        read.where,
        read.operation,
        read.amount,
    )


def test_an_edit_that_selects_nothing_is_refused_with_the_label_that_fits_nowhere(tmp_path: Path) -> None:
    where, what, fix = refused(tmp_path, "costs[process=fub,item=capex] = 1")
    assert where == "--set costs[process=fub,item=capex] = 1"
    assert what == "selects nothing: costs has no process 'fub'"
    assert fix == "did you mean 'fab'?"


def test_an_edit_whose_labels_never_meet_is_refused_with_all_of_them(tmp_path: Path) -> None:
    _, what, fix = refused(tmp_path, "costs[process=fab,item=variable] = 1")
    assert what == "selects nothing: no row of costs has all of process=fab,item=variable"
    assert fix == "take a label away to see which rows there are"


def test_an_edit_of_a_table_that_is_empty_is_refused(tmp_path: Path) -> None:
    assert "selects nothing" in refused(tmp_path, "limits[] = 1")[1]


@pytest.mark.parametrize(
    ("expression", "what", "fix"),
    [
        ("cost[process=fab] = 1", "there is no table 'cost' to edit", "did you mean 'costs'?"),
        ("costs[proces=fab] = 1", "costs has no column 'proces'", "did you mean 'process'?"),
        (
            "processes[process=fab].stage = 1",
            "column 'stage' of processes is not a number",
            "edits change numbers: rate, life",
        ),
        (
            "processes[process=fab] = 1",
            "column 'value' of processes does not exist",
            "edits change numbers: rate, life",
        ),
        ("costs[process=fab].year = 1", "column 'year' of costs is not a number", "edits change numbers: value"),
        (
            "demand[commodity=compute] = 1",
            "demand is edited item by item, and it names 'none'",
            "name one: item=quantity",
        ),
        ("demand[item=price] = 1", "demand is edited item by item, and it names 'price'", "name one: item=quantity"),
        (
            "reserve[process=fab] = 1",
            "reserve is edited item by item",
            "name one: item=margin, item=cover, item=firm_share",
        ),
        ("deflators[] = 1", "an edit of deflators would change nothing in a plan", "edit the numbers that plans read"),
        ("written[table=costs] = 1", "there is no table 'written' to edit", "did you mean"),
        ("sites[process=fab].first_year *= 2", "holds whole numbers", "set or add a whole number"),
        ("sites[process=fab].first_year = 2026.5", "holds whole numbers", "set or add a whole number"),
    ],
)
def test_an_edit_that_cannot_be_is_refused(tmp_path: Path, expression: str, what: str, fix: str) -> None:
    found = refused(tmp_path, expression)
    assert what in found[1]
    assert found[2].startswith(fix)


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("lead_times[process=fab] *= -1", "value -12 is not between 0 and 600"),
        ("recipes[process=cluster,flow=in] -= 1", "value -0.5 is not between 0 and"),
        ("demand[item=quantity] *= -1", "value -2 is not between 0 and"),
        ("demand[item=step_width] *= -1", "width -0.6 is not between 0 and"),
        ("demand[item=step_price] *= -1", "price -15 is not between 0 and"),
        ("costs[item=capex] *= 1e300", "is not between 0 and 1e+12"),
        ("processes[process=fab].rate = 0", "rate 0 is not between 1e-09 and"),
        ("processes[process=fab].life *= -1", "life -10 is not between 1e-09 and 10000"),
        ("capacity[process=fab].start = 1e9", "start 1e+09 is not between 1900 and 2300"),
    ],
)
def test_an_edit_out_of_all_range_is_refused(tmp_path: Path, expression: str, what: str) -> None:
    where, found, _ = refused(tmp_path, expression)
    assert what in found
    assert where.startswith((f"--set {expression}, ", "processes.csv", "capacity.csv"))


def test_an_edit_keeps_times_in_order_and_shares_whole(tmp_path: Path) -> None:
    changes = {
        **changed("sites.csv", "cluster,USA,,", "cluster,USA,2026,2028"),
        **changed("lead_times.csv", "fab,,,,12", "fab,,late,,12"),
        "profiles.csv": "profile,position,value,unit,source,grade\n"
        "late,1,0.3,1,book,reported\nlate,2,0.7,1,book,reported\n",
    }
    tables = tables_of(tmp_path, changes)
    with pytest.raises(CaseError, match="last_year 2028 is before first_year 2029"):
        apply_edits(tables, [parse_set("sites[process=cluster].first_year += 3")])
    with pytest.raises(CaseError, match="spend profile 'late' sums to 1.2"):
        apply_edits(tables, [parse_set("profiles[profile=late,position=1] = 0.5")])


def test_an_edit_that_puts_demand_out_of_reach_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="takes 72 months: longer than the plan lasts"):
        after(tmp_path, "lead_times[process=cluster] = 72")


def test_all_edits_that_are_wrong_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CaseError) as caught:
        after(tmp_path, "costs[process=fub] = 1", "limit[] = 2", "costs[process=fab] = -1")
    assert [fault.what.split(":")[0] for fault in caught.value.faults] == [
        "selects nothing",
        "there is no table 'limit' to edit",
        "value -1 is not between 0 and 1e+12",
    ]


def test_the_faults_of_a_scenarios_edits_are_told_with_those_of_the_tables(tmp_path: Path) -> None:
    changes = {
        "scenarios/dear.toml": '[[edit]]\ntable = "costs"\nwhere = { process = "fub" }\nset = 1\n',
        **changed("lead_times.csv", "12,month", "-12,month"),
    }
    faults = faults_of(tmp_path, changes, "dear")
    assert says(faults, "scenario dear, edit 1: costs[process=fub] = 1", "selects nothing", "did you mean 'fab'")
    assert faults[1].where == "lead_times.csv line 2, column value"
