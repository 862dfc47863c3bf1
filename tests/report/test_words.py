"""How numbers, units and limits are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.small import small, with_run
from teraplan.report.words import (
    SPACE,
    Names,
    amount,
    as_given,
    hourly_cost_unit,
    limit_words,
    maker,
    names_of,
    number,
    number_words,
    per_year,
    percent,
    period_words,
    run_names,
    short,
    unit_words,
)

NAMES = Names(regions={"NOR": "Norway"}, things={"hall": "Data hall", "chip": "Chip"})


@pytest.mark.parametrize(
    ("value", "said"),
    [(1962.86, "1,960"), (0.012345, "0.0123"), (0.0, "0"), (-12.34, "−12.3"), (999.6, "1,000"), (0.09996, "0.100")],
)
def test_a_number_has_three_digits_and_thousands_apart(value: float, said: str) -> None:
    assert number(value) == said


@pytest.mark.parametrize(("value", "said"), [(0.07, "0.07"), (1300000.0, "1,300,000"), (100.0, "100"), (None, "–")])
def test_a_number_of_the_input_keeps_the_digits_it_was_given(value: float | None, said: str) -> None:
    assert as_given(value) == said


def test_what_is_not_a_number_is_a_dash() -> None:
    assert number(None) == number(float("nan")) == number(float("inf")) == "–"


@given(st.floats(min_value=1e-9, max_value=1e15))
def test_rounding_for_people_moves_a_number_by_less_than_half_a_percent(value: float) -> None:
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1962.9, "MH100e", "1.96 billion H100e"),
        (0.5, "GUSD", "500 million USD"),
        (999.9, "GUSD", "1.00 trillion USD"),
        (355.8, "GW", "356 GW"),
        (12.3, "kwafer/month", "12.3 thousand wafers / month"),
        (-0.02, "MH100e", "−20.0 thousand H100e"),
        (7.0, "", "7.00"),
    ],
)
def test_an_amount_is_said_in_a_size_that_suits_it(value: float, unit: str, said: str) -> None:
    assert amount(value, unit) == said


@pytest.mark.parametrize(
    ("unit", "said"),
    [("GUSD", "billion USD"), ("GW", "GW"), ("kchip/year", "thousand chips / year"), ("PB", "PB"), ("1", "")],
)
def test_a_unit_that_counts_is_said_in_words_and_one_of_physics_stays(unit: str, said: str) -> None:
    assert unit_words(unit) == said


def test_a_flow_of_a_unit_times_year_is_a_mean_of_the_unit() -> None:
    assert per_year("GW*year") == "GW"
    assert per_year("kchip") == "kchip/year"
    assert hourly_cost_unit("GUSD", "MH100e*year") == "USD / H100e-hour"


def test_a_share_is_a_percentage_and_a_tiny_one_says_so() -> None:
    assert percent(0.1303) == f"13{SPACE}%"
    assert percent(0.0004) == f"below 0.1{SPACE}%"


@pytest.mark.parametrize(
    ("period", "said"), [("2030", "2030"), ("2036-2037", "2036–37"), ("1999-2001", "1999–2001"), ("2027Q3", "2027Q3")]
)
def test_a_long_period_is_named_by_both_its_ends(period: str, said: str) -> None:
    assert period_words(period) == said


@pytest.mark.parametrize(
    ("equation", "what", "said"),
    [
        ("orders_at_most", "site_limit hall", "Data hall: new orders in a year"),
        ("share_at_most", "quota_nor hall", "Data hall: largest share allowed (quota Norway)"),
        ("share_at_most", "launch_chip asm", "Launch of Chip: share of its maker's sales allowed in the launch years"),
        ("share_at_most", "maker_cap_ada asm", "Share of ADA in performance made, at most"),
        ("share_at_least", "maker_floor_borealis asm", "Share of Borealis in performance made, at least"),
        ("share_at_most", "host_nor clusters", "Share of compute hosted in Norway, at most"),
        ("orders_grow_no_faster", "hall_growth hall", "Data hall: how fast it can grow"),
        ("use_within_licence", "licence_abroad some_group", "Licence abroad: most that may be used"),
        ("served_at_home", "chip", "Chip served from abroad: at most what the local share leaves"),
        ("a_new_equation", "hall", "Data hall: a new equation"),
    ],
)
def test_a_limit_is_said_with_the_name_of_what_it_limits(equation: str, what: str, said: str) -> None:
    assert limit_words(equation, what, NAMES) == said


def test_a_place_has_its_name_and_a_route_the_names_of_both_ends() -> None:
    assert NAMES.region("NOR") == "Norway"
    assert NAMES.region("NOR to XYZ") == "Norway to XYZ"
    assert NAMES.region("*") == NAMES.region(None) == "everywhere"


def test_short_makers_are_acronyms() -> None:
    assert (maker("ada"), maker("borealis"), maker(None)) == ("ADA", "Borealis", "No maker named")


def test_names_come_from_the_plan() -> None:
    assert names_of(small()).thing("hall") == "Data hall"
    assert names_of(small()).thing("not_there") == "not there"


def test_a_long_name_is_cut_where_a_figure_has_no_room() -> None:
    assert short("Norway") == "Norway"
    assert short("Norway; its islands are counted here too") == "Norway"
    assert short("Norway and all the other countries of the north") == "Norway and all the other …"


def test_a_number_is_said_by_the_names_of_what_it_holds_for() -> None:
    names = Names({"USA": "United States"}, {"fab_a": "Fab A", "fab_b": "Fab B", "fab_c": "Fab C", "hall": "Hall; big"})
    assert number_words("lead_times", "fab_* *", names) == "lead time of 3 things, Fab A to Fab C"
    assert number_words("availability", "h* *", names) == "availability of Hall"
    assert number_words("costs", "hall * USA capex", names) == "cost of Hall, United States, capex"
    assert number_words("recipes", "fab_a main out hall 2028 * 0.0", names) == "recipe of Fab A, out, Hall, 2028"
    assert number_words("reserve", "margin unknown_*", names) == "reserve of margin, unknown …"
    assert number_words("slices", "*", names) == "slices"


def test_runs_of_one_scenario_are_told_apart() -> None:
    assert run_names([small("base"), small("base"), small("seven_trillion")]) == [
        "Base (1)",
        "Base (2)",
        "Seven trillion",
    ]


def test_runs_of_one_scenario_say_what_they_keep_and_that_they_are_edited() -> None:
    scenario = {"scenario": "base", "edits": ["scenario base, edit 1: costs *= 2"], "keep": []}
    own = with_run(small(), **scenario)
    kept = with_run(own, keep=[{"run": "world-trend", "until": 2029.0}])
    edited = with_run(own, edits=[*scenario["edits"], "--set costs *= 3"])
    assert run_names([own, kept]) == ["Base", "Base, on world-trend until 2029"]
    assert run_names([own, edited]) == ["Base", "Base, edited"]
    assert run_names([with_run(own, name="one"), with_run(own, name="two")]) == ["Base, one", "Base, two"]
    assert run_names([kept]) == ["Base"]


def test_a_run_without_a_scenario_is_named_by_its_programme_or_its_title() -> None:
    programme = with_run(small(), scenario=None, programme={"budget": 7000.0})
    assert run_names([programme, with_run(small(), scenario=None)]) == [
        "Programme of 7.00 trillion USD",
        "A small plan",
    ]
