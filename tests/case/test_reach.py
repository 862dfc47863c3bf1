"""What can be had: chains of what is missing, circles that nothing starts or that give for nothing, odd numbers."""

from pathlib import Path

import pytest

from case.folders import FILES, added, changed, faults_of, says

STOCKS = "commodity,region,kind,opening,source,grade\n"
ROUTES = "commodity,origin,destination,cost,source,grade\n"
TWO_REGIONS = {"regions.csv": FILES["regions.csv"] + "TWN,Taiwan,24,121\n"}


def circle(there: str, back: str, *costs: str) -> dict[str, str]:
    """Two processes that turn chips into dust and dust into chips, `there` and `back` a unit."""
    recipes = [
        "grind,,in,chip,,,,1,1,,,book,reported,",
        f"grind,,out,dust,,,,{there},1,,,book,reported,",
        "press,,in,dust,,,,1,1,,,book,reported,",
        f"press,,out,chip,,,,{back},1,,,book,reported,",
    ]
    return {
        **added("commodities.csv", "dust,Dust,kchip,good,region"),
        **added("processes.csv", "grind,x,,kchip,1,,book,reported,", "press,x,,kchip,1,,book,reported,"),
        **added("sites.csv", "grind,USA,,,book,reported,", "press,USA,,,book,reported,"),
        **added("recipes.csv", *recipes),
        **added("costs.csv", *costs),
    }


def test_a_good_that_nobody_can_obtain_is_told_with_the_chain(tmp_path: Path) -> None:
    """Clusters need chips, chips need wafers, wafers need sand, and nothing makes sand."""
    changes = {
        **added("commodities.csv", "wafer,Wafers,kwafer,good,region", "sand,Sand,t,good,region"),
        **added("processes.csv", "grow,wafers,,kwafer,1,,book,reported,"),
        **added("sites.csv", "grow,USA,,,book,reported,"),
        **added(
            "recipes.csv",
            "fab,,in,wafer,,,,1,kwafer/kchip,,,book,reported,",
            "grow,,out,wafer,,,,1,1,,,book,reported,",
            "grow,,in,sand,,,,1,t/kwafer,,,book,reported,",
        ),
    }
    first, second = faults_of(tmp_path, changes)
    assert first.where == "recipes.csv line 7, column commodity"
    assert first.what == "process 'grow' uses 'sand', which nobody can obtain: nothing makes 'sand'"
    assert second.where == "demand.csv line 2, column commodity"
    assert second.what == (
        "demand for 'compute' in USA is out of reach: cluster makes 'compute' and lacks 'chip' <- fab makes 'chip' and "
        "lacks 'wafer' <- grow makes 'wafer' and lacks 'sand' <- nothing makes 'sand'"
    )


def test_demand_where_nothing_is_made_or_shipped_is_told_with_who_makes_it(tmp_path: Path) -> None:
    changes = {**TWO_REGIONS, **added("demand.csv", "compute,TWN,,2025,quantity,,1,MH100e*year/year,book,forecast,")}
    [fault] = faults_of(tmp_path, changes)
    assert fault.where == "demand.csv line 9, column commodity"
    assert fault.what == (
        "demand for 'compute' in TWN is out of reach: 'compute' is made by cluster, not in TWN, "
        "and no route brings it there"
    )


def test_the_chain_follows_routes(tmp_path: Path) -> None:
    """Taiwan would get its compute from the USA, which would get chips from Taiwan, where there is no sand."""
    changes = {
        **TWO_REGIONS,
        "sites.csv": "process,region,source,grade\nfab,TWN,book,reported\ncluster,USA,book,reported\n",
        "capacity.csv": None,
        **added("commodities.csv", "sand,Sand,t,good,region"),
        **added("recipes.csv", "fab,,in,sand,,,,1,t/kchip,,,book,reported,"),
        **added("demand.csv", "compute,TWN,,2025,quantity,,1,MH100e*year/year,book,forecast,"),
        "routes.csv": ROUTES + "compute,USA,TWN,0,book,reported\nchip,TWN,USA,0,book,reported\n",
    }
    root, demand = faults_of(tmp_path, changes)
    assert root.what == "process 'fab' uses 'sand', which nobody can obtain: nothing makes 'sand'"
    chain = (
        "cluster makes 'compute' and lacks 'chip' <- 'chip' would come from TWN <- fab makes 'chip' and lacks 'sand'"
    )
    assert demand.what == f"demand for 'compute' in USA, TWN is out of reach: {chain} <- nothing makes 'sand'"


def test_a_good_that_is_made_where_its_users_cannot_get_it_is_told(tmp_path: Path) -> None:
    """Chips are made in Taiwan for a fab's own clusters, the clusters of the USA have no route to them."""
    changes = {
        **TWO_REGIONS,
        "sites.csv": "process,region,source,grade\nfab,TWN,book,reported\ncluster,USA,book,reported\n",
        "capacity.csv": None,
    }
    [fault] = faults_of(tmp_path, changes)
    assert fault.what.endswith("lacks 'chip' <- 'chip' is made by fab, not in USA, and no route brings it there")


def test_a_route_brings_demand_within_reach(tmp_path: Path) -> None:
    changes = {
        **TWO_REGIONS,
        **added("demand.csv", "compute,TWN,,2025,quantity,,1,MH100e*year/year,book,forecast,"),
        "routes.csv": ROUTES + "compute,USA,TWN,0,book,reported\n",
    }
    assert faults_of(tmp_path, changes) == ()


def test_a_stock_brings_a_good_within_reach_only_if_there_is_something_in_it(tmp_path: Path) -> None:
    nothing_made = changed("recipes.csv", "fab,,out,chip,,,,1,1", "fab,,out,compute,,,,1,MH100e*year/kchip")
    full = {**nothing_made, "stocks.csv": STOCKS + "chip,USA,carried,5,book,reported\n"}
    empty = {**nothing_made, "stocks.csv": STOCKS + "chip,USA,carried,0,book,reported\n"}
    early = {**nothing_made, "stocks.csv": STOCKS + "chip,USA,pipeline,5,book,reported\n"}
    assert faults_of(tmp_path / "full", full) == ()
    for name, changes in (("empty", empty), ("early", early)):
        assert any("which nobody can obtain" in fault.what for fault in faults_of(tmp_path / name, changes))


def test_a_circle_that_nothing_starts_is_told(tmp_path: Path) -> None:
    """Chips need compute to be designed, compute needs chips, and there is neither."""
    faults = faults_of(tmp_path, added("recipes.csv", "fab,,in,compute,,,,0.1,MH100e*year/kchip,,,book,reported,"))
    assert "which nobody can obtain" in faults[0].what and "a circle that nothing starts" in faults[0].what


def test_what_building_needs_must_be_had_too(tmp_path: Path) -> None:
    changes = {
        **added("commodities.csv", "steel,Steel,Mt,good,region"),
        **added("recipes.csv", "cluster,,build,steel,,,,1,Mt/GW,,,book,reported,"),
    }
    assert says(faults_of(tmp_path, changes), "recipes.csv line 5, column commodity", "uses 'steel'", "add a process")


def test_what_stands_already_needs_nothing_to_be_built(tmp_path: Path) -> None:
    changes = {
        **added("commodities.csv", "steel,Steel,Mt,good,region"),
        **added("recipes.csv", "fab,,build,steel,,,,1,Mt/(kchip/year),,,book,reported,"),
    }
    assert faults_of(tmp_path, changes) == ()


@pytest.mark.parametrize("back", ["0.5", "0.4"])
def test_a_circle_that_gives_nothing_is_allowed(tmp_path: Path, back: str) -> None:
    assert faults_of(tmp_path, circle("2", back)) == ()


def test_a_circle_that_is_paid_for_is_allowed(tmp_path: Path) -> None:
    """A mine that uses a little power, and a plant that makes power of what it digs: the digging costs money."""
    assert faults_of(tmp_path, circle("2", "0.6", "press,,,fuel,,1,GUSD/kchip,,,,book,reported,")) == ()


def test_coefficients_that_span_too_many_powers_of_ten_are_told(tmp_path: Path) -> None:
    """Four recipes that turn two goods into two others: 1, 1, 1 and 1e-8 x 1e-8 cannot be scaled to one size."""
    goods, flows = ("a", "b", "c"), {"x": (1, 1, 1), "y": (1, 1e8, 1e-8), "z": (1, 1e-8, 1e8)}
    recipes = [
        f"{process},,out,{good},,,,{amount},1,,,book,reported,"
        for process, amounts in flows.items()
        for good, amount in zip(goods, amounts, strict=True)
    ]
    changes = {
        **added("commodities.csv", *(f"{good},Good,kchip,good,region" for good in goods)),
        **added("processes.csv", *(f"{process},x,,kchip,1,,book,reported," for process in flows)),
        **added("sites.csv", *(f"{process},USA,,,book,reported," for process in flows)),
        **added("recipes.csv", *recipes),
    }
    faults = faults_of(tmp_path, changes)
    assert "powers of ten after scaling" in faults[0].what
    assert "check the units of" in faults[0].fix


def test_units_may_be_chosen_freely(tmp_path: Path) -> None:
    """Chips counted one by one: every coefficient of chips is a thousand times larger, and none is told."""
    kept = {name: FILES[name].replace("kchip", "chip") for name in ("processes.csv", "recipes.csv", "costs.csv")}
    changes = {**kept, "commodities.csv": FILES["commodities.csv"].replace(",kchip,", ",chip,")}
    assert faults_of(tmp_path, {**changes, "capacity.csv": FILES["capacity.csv"].replace("kchip", "chip")}) == ()


def test_a_circle_of_recipes_that_gives_something_for_nothing_is_told(tmp_path: Path) -> None:
    """A chip makes two of dust, and 0.6 of a chip comes out of each: 1.2 chips."""
    what = "grind, press make '(chip|dust)' out of nothing in 2025, in a circle"
    assert says(faults_of(tmp_path, circle("2", "0.6")), "recipes.csv line 6, column value", what, "running cost")


def test_a_number_that_a_solver_takes_for_zero_is_told(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, circle("1", "1e-10"))
    what = "1e-10 of 'chip' is taken for zero by the solver"
    assert says(faults, "recipes.csv line 8, column value", what, "smaller unit")
