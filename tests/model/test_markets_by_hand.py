"""Plans small enough to be solved on paper: prices, shares, licences, trade, stocks, what has to be taken. GUSD
throughout.
"""

from pathlib import Path

import polars as pl
import pytest

from model.small_cases import (
    Tables,
    cost,
    curve,
    demand,
    duals,
    existing,
    goods,
    limit,
    plant,
    process,
    recipe,
    site,
    small_case,
    solved,
    under,
    values,
)
from teraplan.case.case import Case
from teraplan.errors import Infeasible
from teraplan.plan import edit

ONE = [(2025, 2026, 1)]
TWO = [(2025, 2027, 1)]


def maker(name: str, makes: str, price: float, *regions: str, uses: dict[str, float] | None = None) -> Tables:
    """A process without capacity that makes one unit of a good at a price, in the USA or in the regions given."""
    return {
        **process(name, {makes: 1}, uses),
        "sites": [{"process": name, "region": region} for region in regions or ("USA",)],
        **cost(name, "variable", price),
    }


def test_a_price_is_the_dual_over_discount_factor_and_years(tmp_path: Path) -> None:
    """One more a year through a period of two years costs 5 a year. 10 %, middle of the year: the dual is
    5 x (1.1^-0.5 + 1.1^-1.5), the factor the mean of both, and dual / (factor x 2 years) is 5."""
    case = small_case(
        tmp_path,
        goods("compute"),
        maker("fab", "compute", 5),
        demand("compute", 4),
        period=[(2025, 2027, 2)],
        discount_rate=0.1,
    )
    dual = duals(solved(case), "commodity_balance", "period")["2025-2026",]
    factor = (1.1**-0.5 + 1.1**-1.5) / 2
    assert case.periods["running_factor"].to_list() == [pytest.approx(factor)]
    assert dual == pytest.approx(5 * (1.1**-0.5 + 1.1**-1.5))
    assert dual / (factor * 2) == pytest.approx(5)


def test_a_demand_curve_is_served_down_to_what_the_next_unit_costs(tmp_path: Path) -> None:
    """Worth of 10: 5 at 9, 5 at 4, 2 at 2. Supply: 3 at 1, 5 at 3, more at 5. 8 are served, the price is 4: the third
    of the second step. Left out 2 at 4 and 2 at 2: cost 3 + 15 + 12 = 30. The surplus, 69 in all less 30, is 39: 5
    x 9 + 3 x 4 of worth less 18 of cost.
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        *(maker(name, "compute", price) for name, price in (("cheap", 1), ("middle", 3), ("dear", 5))),
        limit("activity_max", "cheap", 3),
        limit("activity_max", "middle", 5),
        demand("compute", 10),
        curve("compute", [(0.5, 9), (0.5, 4), (0.2, 2)]),
        period=ONE,
    )
    solution = solved(case)
    missed = {labels[-1]: value for labels, value in values(solution, "shortage").items()}
    assert missed == {"2": pytest.approx(2), "3": pytest.approx(2)}
    assert solution.objective == pytest.approx(30)
    assert duals(solution, "commodity_balance", "commodity") == {("compute",): pytest.approx(4)}
    assert duals(solution, "activity_at_most", "group") == {
        ("cheap",): pytest.approx(-3),
        ("middle",): pytest.approx(-1),
    }


def test_a_share_holds_the_cheaper_maker_back(tmp_path: Path) -> None:
    """Maker a at 1, b at 2, a at most 60 % of 10: 6 + 4 x 2 = 14. The next unit is 0.6 of a and 0.4 of b: 1.4."""
    case = small_case(
        tmp_path,
        goods("compute"),
        maker("a", "compute", 1),
        maker("b", "compute", 2),
        {"groups": [{"group": "all", "kind": "process", "member": name} for name in ("a", "b")]},
        {"shares": [_share("a", "all", 2020, 0.6)]},
        demand("compute", 10),
        period=ONE,
    )
    solution = solved(case)
    assert sorted(values(solution, "activity").values()) == pytest.approx([4, 6])
    assert solution.objective == pytest.approx(14)
    assert duals(solution, "commodity_balance", "period") == {("2025",): pytest.approx(1.4)}


def test_a_new_generation_is_launched_by_its_share_and_free_when_the_share_ends(tmp_path: Path) -> None:
    """The new one costs 1 against 2, comes in 2026 and is at most a fifth of the chips of that year; an empty value
    ends the rule in 2027. 10 a year: 20, then 8 x 2 + 2 x 1 = 18, then 10.
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        maker("old", "compute", 2),
        {**maker("new", "compute", 1), "sites": [{"process": "new", "region": "USA", "first_year": 2026}]},
        {"groups": [{"group": "all", "kind": "process", "member": name} for name in ("old", "new")]},
        {"shares": [_share("new", "all", 2026, 0.2), _share("new", "all", 2027, None)]},
        demand("compute", 10),
        period=[(2025, 2028, 1)],
    )
    solution = solved(case)
    assert values(solution, "activity") == {
        ("old", "main", "USA", "2025"): pytest.approx(10),
        ("old", "main", "USA", "2026"): pytest.approx(8),
        ("new", "main", "USA", "2026"): pytest.approx(2),
        ("new", "main", "USA", "2027"): pytest.approx(10),
    }
    assert solution.objective == pytest.approx(48)


def test_a_share_at_least_makes_room_for_the_dearer_one(tmp_path: Path) -> None:
    """At least a quarter of 8 from b, which costs 3 more: 6 x 1 + 2 x 4 = 14."""
    case = small_case(
        tmp_path,
        goods("compute"),
        maker("a", "compute", 1),
        maker("b", "compute", 4),
        {"groups": [{"group": "all", "kind": "process", "member": name} for name in ("a", "b")]},
        {"shares": [{**_share("b", "all", 2020, 0.25), "of": "activity", "sense": "at_least"}]},
        demand("compute", 8),
        period=ONE,
    )
    assert solved(case).objective == pytest.approx(14)


@pytest.mark.parametrize(("clock", "lost"), [("yearly", 3.5), ("sliced", 3.5)])
def test_what_is_ordered_ahead_is_taken_unless_its_plant_stands_still(tmp_path: Path, clock: str, lost: float) -> None:
    """10 are wanted in 2025 and 2 in 2026, but 70 % of the year before have to be taken: 7, at 1 each.

    If half of the plant's availability is lost in 2026 so is half of what has to be taken: 0.7 x 0.5 x 10 = 3.5. It is
    the same for a plant that runs by slices.
    """
    parts = (
        goods("compute", clock=clock),
        plant("fab", {"compute": 1}, clock=clock),
        {"slices": [{"slice": "all_year", "day_type": "any", "order": 1, "weight": 1}]},
        existing("fab", 20),
        cost("fab", "variable", 1),
        limit("activity_fall", "fab", 0.7),
        demand("compute", {2025: 10, 2026: 2}),
    )
    every = "*" if clock == "sliced" else None
    halved = {"availability": [_available(2025, 1, every), _available(2026, 0.5, every)]}
    calm = solved(small_case(tmp_path / "calm", *parts, period=TWO))
    broken = solved(small_case(tmp_path / "broken", *parts, halved, period=TWO))
    assert calm.objective == pytest.approx(17)
    assert broken.objective == pytest.approx(10 + lost)


def test_a_loss_over_the_year_lowers_what_has_to_be_taken_too(tmp_path: Path) -> None:
    """A plant that runs by slices and whose yearly sum falls from 0.8 to 0.2 of nameplate: 0.7 x 0.25 x 10 = 1.75."""
    case = small_case(
        tmp_path,
        goods("compute", clock="sliced"),
        plant("fab", {"compute": 1}, clock="sliced"),
        {"slices": [{"slice": "all_year", "day_type": "any", "order": 1, "weight": 1}]},
        {"availability": [_available(2025, 0.8), _available(2026, 0.2)]},
        existing("fab", 20),
        cost("fab", "variable", 1),
        limit("activity_fall", "fab", 0.7),
        demand("compute", {2025: 10, 2026: 0}),
        period=TWO,
    )
    assert solved(case).objective == pytest.approx(10 + 1.75)


def test_builders_are_kept_busy_while_there_is_something_to_order(tmp_path: Path) -> None:
    """8 wanted from 2026 on, a year to build, 5 each: ordered in 2025. Half of it has to be ordered again in 2026, a
    quarter in 2027; an order of 2028 would start after the horizon, so nothing is asked of 2028: 5 x (8 + 4 + 2) =
    70.
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        plant("fab", {"compute": 1}),
        site("fab", lead=12),
        cost("fab", "capex", 5),
        limit("order_fall", "fab", 0.5),
        demand("compute", {2025: 0, 2026: 8}),
        period=[(2025, 2029, 1)],
    )
    solution = solved(case)
    assert sorted(values(solution, "order").values()) == pytest.approx([2, 4, 8])
    assert solution.objective == pytest.approx(70)


def test_builders_of_what_may_no_longer_be_ordered_have_nothing_to_be_kept_busy_with(tmp_path: Path) -> None:
    """The window of the site closes with 2025: what is ordered then, 8 at 5 each, binds nobody in 2026."""
    case = small_case(
        tmp_path,
        goods("compute"),
        plant("fab", {"compute": 1}),
        site("fab", last_year=2025),
        cost("fab", "capex", 5),
        limit("order_fall", "fab", 0.5),
        demand("compute", 8),
        period=TWO,
    )
    assert solved(case).objective == pytest.approx(40)


@pytest.mark.parametrize("of", ["use", "arrivals"])
@pytest.mark.parametrize(("licensed", "served"), [(6, 3), (0, 0)])
def test_a_licence_caps_what_is_used_or_arrives_and_zero_is_a_ban(
    tmp_path: Path, of: str, licensed: float, served: float
) -> None:
    """10 compute are wanted in Taiwan at 20 each and take 2 chips each; of the chips sent from the USA half are lost.

    6 licensed chips, used or arriving (12 are sent), are 3 compute.
    """
    rule = {"rule": "licence", "commodity_group": "chip", "destination_group": "TWN", "of": of, "year": 2025}
    case = small_case(
        tmp_path,
        goods("compute", "chip"),
        maker("fab", "chip", 1),
        maker("cluster", "compute", 0, "TWN", uses={"chip": 2}),
        {"routes": [{"commodity": "chip", "origin": "USA", "destination": "TWN", "loss": 0.5}]},
        {"rules": [{**rule, "value": licensed}]},
        demand("compute", 10, "TWN"),
        curve("compute", [(1, 20)], "TWN"),
        period=ONE,
    )
    assert 10 - sum(values(solved(case), "shortage").values()) == pytest.approx(served)


def test_a_ban_is_not_evaded_by_transit(tmp_path: Path) -> None:
    """Chips may not be used in Taiwan, wherever they come from: through a third region they are as banned as
    directly.
    """
    rule = {"rule": "ban", "commodity_group": "chip", "destination_group": "TWN", "of": "use", "year": 2025, "value": 0}
    case = small_case(
        tmp_path,
        {"regions": [{"region": "JPN"}]},
        goods("compute", "chip"),
        maker("fab", "chip", 1),
        maker("cluster", "compute", 0, "TWN", uses={"chip": 1}),
        {"routes": [{"commodity": "chip", "origin": a, "destination": b} for a, b in (("USA", "JPN"), ("JPN", "TWN"))]},
        {"rules": [rule]},
        demand("compute", 10, "TWN"),
        curve("compute", [(1, 20)], "TWN"),
        period=ONE,
    )
    assert solved(case).objective == pytest.approx(200)


def test_a_share_may_measure_part_and_whole_by_different_goods(tmp_path: Path) -> None:
    """Of 10 a quarter at least is to be of the dear mode, counted apart: 2.5 x 3 + 7.5 x 1 = 15."""
    modes = [("cheap", {"compute": 1}), ("dear", {"compute": 1, "training": 1})]
    solution = solved(
        small_case(
            tmp_path,
            goods("compute"),
            goods("training", kind="count"),
            plant("cluster", {}),
            {"recipes": [recipe("cluster", "out", good, 1, mode=mode) for mode, made in modes for good in made]},
            existing("cluster", 20),
            cost("cluster", "variable", 1, mode="cheap"),
            cost("cluster", "variable", 3, mode="dear"),
            demand("compute", 10),
            {
                "shares": [
                    {**_share("cluster", "cluster", 2020, 0.25), "of": "out:training over out:compute"}
                    | {"sense": "at_least"}
                ]
            },
            period=ONE,
        )
    )
    assert solution.objective == pytest.approx(15)


def test_a_mode_is_there_only_while_it_makes_or_uses_something(tmp_path: Path) -> None:
    """The free mode ends after 2025: 10 at 0, then 10 at 3."""
    rows = [
        recipe("cluster", "out", "compute", 1, mode="dear"),
        recipe("cluster", "out", "compute", 1, mode="free", year=2025),
        recipe("cluster", "out", "compute", 0, mode="free", year=2026),
    ]
    parts = (goods("compute"), plant("cluster", {}), {"recipes": rows}, existing("cluster", 20))
    charge = cost("cluster", "variable", 3, mode="dear")
    case = small_case(tmp_path, *parts, charge, demand("compute", 10), period=[(2025, 2027, 1)])
    places = case.activity_sites.select("mode", "period").rows()
    assert places == [("dear", "2025"), ("dear", "2026"), ("free", "2025")]
    assert solved(case).objective == pytest.approx(30)


@pytest.mark.parametrize("clock", ["yearly", "sliced"])
def test_a_region_serves_its_share_at_home_or_goes_without(tmp_path: Path, clock: str) -> None:
    """10 wanted, 40 % of what is served from home. From Taiwan at 1, at home at 3 and no more than 3 a year; 2.5 for
    one that is missed. 3 at home allow 4.5 from Taiwan: 7.5 served. 9 + 4.5 + 2.5 x 2.5 = 19.75.
    """
    case = small_case(
        tmp_path,
        goods("compute", clock=clock),
        {"slices": [{"slice": "all_year", "day_type": "any", "order": 1, "weight": 1}]},
        maker("home", "compute", 3),
        maker("away", "compute", 1, "TWN"),
        limit("activity_max", "home", 3),
        {"routes": [{"commodity": "compute", "origin": "TWN", "destination": "USA"}]},
        demand("compute", 10),
        curve("compute", [(1, 2.5)]),
        {"demand": [{"commodity": "compute", "region": "USA", "item": "local_share_min", "value": 0.4}]},
        period=ONE,
    )
    solution = solved(case)
    moved = {**values(solution, "ship"), **values(solution, "sliced_ship")}
    assert list(moved.values()) == [pytest.approx(4.5)]
    assert solution.objective == pytest.approx(19.75)


def test_a_stock_loses_and_costs_what_it_says(tmp_path: Path) -> None:
    """9 a year are wanted in 2026-2027. In 2025 at most 4 can be made, at 1; later they cost 5. A stock keeps 90 % a
    year and costs 0.5 a year at its level of the end: 4 are put aside in 2025, 0.81 x 4 / 2 = 1.62 a year come
    out.

    4 + 0.5 x 4 + 2 years x (9 - 1.62) x 5 = 79.8
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        {**maker("early", "compute", 1), "sites": [{"process": "early", "region": "USA", "last_year": 2025}]},
        {**maker("late", "compute", 5), "sites": [{"process": "late", "region": "USA", "first_year": 2026}]},
        limit("activity_max", "early", 4),
        {"stocks": [{"commodity": "compute", "region": "USA", "kind": "carried", "keep": 0.9, "carrying_cost": 0.5}]},
        demand("compute", {2025: 0, 2026: 9}),
        period=[(2025, 2026, 1), (2026, 2028, 2)],
    )
    solution = solved(case)
    assert values(solution, "stock") == {("compute", "USA", "2025"): pytest.approx(4)}
    assert solution.objective == pytest.approx(79.8)


@pytest.mark.parametrize(("closing", "made"), [("free", 10), ("opening", 15)])
def test_an_opening_stock_is_used_up_or_handed_on(tmp_path: Path, closing: str, made: float) -> None:
    """15 wanted in 2025, 5 in stock: 10 are made at 1, or 15 where the stock has to be 5 again at the end."""
    stock = {"commodity": "compute", "region": "USA", "kind": "carried", "opening": 5, "closing": closing}
    case = small_case(
        tmp_path, goods("compute"), maker("fab", "compute", 1), {"stocks": [stock]}, demand("compute", 15), period=ONE
    )
    assert solved(case).objective == pytest.approx(made)


def test_the_world_has_one_pool_and_one_price(tmp_path: Path) -> None:
    """Tools of world scope: 6 for the fab of the USA, 2 for others. Taiwan makes 5 at 1, the USA any number at 4:
    5 + 3 x 4 = 17, and one more tool costs 4 wherever it is used."""
    case = small_case(
        tmp_path,
        goods("compute"),
        goods("tool", scope="world"),
        maker("toolworks", "tool", 0, "TWN", "USA"),
        cost("toolworks", "grid_fee", 1, region="TWN"),
        cost("toolworks", "grid_fee", 4, region="USA"),
        limit("activity_max", "toolworks", 5, "TWN"),
        maker("fab", "compute", 0, uses={"tool": 1}),
        demand("compute", 6),
        demand("tool", 2, "WLD"),
        period=ONE,
    )
    solution = solved(case)
    assert solution.objective == pytest.approx(17)
    assert duals(solution, "commodity_balance", "commodity", "place") == {
        ("compute", "USA"): pytest.approx(4),
        ("tool", "WLD"): pytest.approx(4),
    }


def test_freight_is_paid_on_what_is_sent_and_losses_are_sent_too(tmp_path: Path) -> None:
    """8 wanted in the USA, made in Taiwan at 1, a fifth lost on the way: 10 are made and sent at 0.5. 10 + 5 = 15."""
    case = small_case(
        tmp_path,
        goods("compute"),
        maker("fab", "compute", 1, "TWN"),
        {"routes": [{"commodity": "compute", "origin": "TWN", "destination": "USA", "loss": 0.2, "cost": 0.5}]},
        demand("compute", 8),
        period=ONE,
    )
    assert solved(case).objective == pytest.approx(15)


def test_a_route_carries_no_more_than_its_capacity(tmp_path: Path) -> None:
    """5 a year fit; the other 3 are made at home at 9 instead of 1: 5 + 27 = 32."""
    case = small_case(
        tmp_path,
        goods("compute"),
        maker("away", "compute", 1, "TWN"),
        maker("home", "compute", 9),
        {"routes": [{"commodity": "compute", "origin": "TWN", "destination": "USA", "capacity": 5}]},
        demand("compute", 8),
        period=ONE,
    )
    assert solved(case).objective == pytest.approx(32)


def test_waste_that_may_not_be_thrown_away_holds_its_maker_back(tmp_path: Path) -> None:
    """Every compute leaves half a unit of slag, and 2 a year can be taken: 4 are made, 6 are missed at 7 each."""
    case = small_case(
        tmp_path,
        goods("compute"),
        goods("slag", disposal="none"),
        {**process("fab", {"compute": 1, "slag": 0.5}), "sites": [{"process": "fab", "region": "USA"}]},
        {**process("dump", {"compute": 0}, {"slag": 1}), "sites": [{"process": "dump", "region": "USA"}]},
        limit("activity_max", "dump", 2),
        demand("compute", 10),
        curve("compute", [(1, 7)]),
        period=ONE,
    )
    assert solved(case).objective == pytest.approx(42)


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """3 wanted in 2025 and 2026, 10 for capacity of 1, 100 for one that is missed: 30. No limit binds."""
    loose = {"order_max": 99, "order_cumulative_max": 99, "capacity_max": 99, "activity_max": 99}
    kinds = {**loose, "order_min": 0, "capacity_min": 0, "activity_min": 0}
    return small_case(
        tmp_path_factory.mktemp("limited"),
        goods("compute"),
        plant("fab", {"compute": 1}),
        site("fab"),
        cost("fab", "capex", 10),
        cost("fab", "variable", 1e-3),
        *(limit(kind, "fab", value) for kind, value in kinds.items()),
        demand("compute", 3),
        curve("compute", [(1, 100)]),
        period=TWO,
    )


@pytest.mark.parametrize(
    ("kind", "value", "capacity", "made"),
    [
        ("order_max", 99, 3, 6),
        ("order_max", 2, 3, 5),
        ("order_cumulative_max", 2, 2, 4),
        ("order_min", 4, 8, 6),
        ("capacity_max", 1, 1, 2),
        ("capacity_min", 5, 5, 6),
        ("activity_max", 2, 2, 4),
        ("activity_min", 4, 4, 8),
    ],
)
def test_a_limit_counts_what_its_kind_says(
    limited: Case, kind: str, value: float, capacity: float, made: float
) -> None:
    """order_max 2 a year: 2, then 1 more; 1 is missed in 2025. Cumulative 2: 1 is missed in both years. order_min 4 a
    year: 8 are ordered. capacity_max 1: 2 are missed in both years. capacity_min 5: 5 are ordered. activity_max 2:
    2 are ordered, 1 is missed in both years. activity_min 4: 4 are ordered, 4 are made and 3 are wanted.
    """
    solution = solved(edit(limited, f"limits[kind={kind}] = {value}"))
    assert sum(values(solution, "order").values()) == pytest.approx(capacity)
    assert sum(values(solution, "activity").values()) == pytest.approx(made)


def test_an_emission_limit_counts_what_is_put_out(tmp_path: Path) -> None:
    """2 of gas for each compute, 6 a year allowed: 3 dirty ones at 1, the other 4 clean at 5. 3 + 20 = 23."""
    case = small_case(
        tmp_path,
        goods("compute"),
        goods("gas", kind="emission"),
        {**process("dirty", {"compute": 1, "gas": 2}), "sites": [{"process": "dirty", "region": "USA"}]},
        cost("dirty", "variable", 1),
        maker("clean", "compute", 5),
        limit("emission_max", "gas", 6),
        demand("compute", 7),
        period=ONE,
    )
    assert solved(case).objective == pytest.approx(23)


def test_capacity_without_orders_is_bounded_by_rate_availability_and_what_exists(tmp_path: Path) -> None:
    """4 exist, run at 0.75 and make 2 a year each: 6. One that has two recipes shares its capacity between them."""
    parts = (
        goods("compute"),
        plant("fab", {"compute": 1}, rate=2),
        {"availability": [{"process": "fab", "value": 0.75}]},
        existing("fab", 4),
        demand("compute", 10),
        curve("compute", [(1, 1)]),
    )
    second = {"recipes": [{"process": "fab", "mode": "other", "flow": "out", "commodity": "compute", "value": 1}]}
    one = solved(small_case(tmp_path / "one", *parts, period=ONE))
    two = solved(small_case(tmp_path / "two", *parts, second, period=ONE))
    assert one.objective == two.objective == pytest.approx(4)
    assert not (one.problem.rows["equation"] == "activity_within_usable").any()
    assert (two.problem.rows["equation"] == "activity_within_usable").sum() == 1


def test_capacity_that_stands_still_makes_nothing(tmp_path: Path) -> None:
    """Availability 0: a firm demand cannot be met, with capacity that is there or with any that is ordered."""
    parts = (
        goods("compute"),
        plant("fab", {"compute": 1}),
        {"availability": [{"process": "fab", "value": 0}]},
        existing("fab", 4),
        demand("compute", 1),
    )
    orders = (site("fab"), cost("fab", "capex", 1))
    for name, more in (("there", ()), ("ordered", orders)):
        with pytest.raises(Infeasible):
            solved(small_case(tmp_path / name, *parts, *more, period=ONE))


def test_a_transfer_costs_the_buyer_and_not_the_system(tmp_path: Path) -> None:
    """4 made at 1 with 0.5 for the seller on top: the system pays 4, the buyer 6. Both ledgers hold the seller's 2."""
    case = small_case(
        tmp_path,
        goods("compute"),
        maker("fab", "compute", 1),
        cost("fab", "margin", 0.5),
        demand("compute", 4),
        period=ONE,
    )
    for view, objective in (("system", 4), ("buyer", 6)):
        solution = solved(under(case, view=view))
        assert solution.objective == pytest.approx(objective)
        [margin] = solution.problem.cost_terms.filter(pl.col("item") == "margin").iter_rows(named=True)
        assert (margin["paid"], margin["transfer"], margin["in_view"]) == (0.5, True, view == "buyer")


def test_idle_machines_stay_idle(tmp_path: Path) -> None:
    """Nothing is wanted and running is free: without a charge on activity any level would do."""
    case = small_case(
        tmp_path,
        goods("compute"),
        plant("fab", {"compute": 1}),
        existing("fab", 4),
        demand("compute", 0),
        period=ONE,
        activity_cost_floor=1e-6,
    )
    solution = solved(case)
    assert values(solution, "activity") == {}
    assert float(solution.problem.program.cost.min()) == pytest.approx(1e-6)


def _share(part: str, whole: str, year: int, value: float | None) -> dict[str, object]:
    key = {"share": f"of_{part}", "numerator_group": part, "denominator_group": whole}
    return {**key, "of": "out:compute", "sense": "at_most", "year": year, "value": value}


def _available(year: int, value: float, slice_: str | None = None) -> dict[str, object]:
    return {"process": "fab", "slice": slice_, "year": year, "value": value}
