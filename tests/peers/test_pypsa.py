"""The same small expansion cases stated in PyPSA and in Teraplan: the same objective, the same capacities.

Money is in GUSD and power in one unit, here GW: energy is GW times a year in Teraplan, GW times an hour in PyPSA. What
the two mean differently is mapped exactly, once:

* **Load.** PyPSA gives a bus a load in every snapshot. Here demand is a sum over the year and `load_shapes` says which
  share of it falls in each slice.
* **Weights.** PyPSA counts the hours of a snapshot, once in costs and once in stores. A slice has a share of the year,
  so a running cost an hour is 8760 of them a year, and a day type stands for 365 days.
* **Money of orders.** PyPSA pays a yearly sum for each year in which an asset is there. Here the overnight cost is paid
  when it is due, and `horizon_end = "annuity"` charges the share of it that falls on the discounted service inside the
  horizon, which is the same sum if the yearly one is paid at the same point of each year.
* **Discounting.** PyPSA takes the weights of periods that it is given: sums of (1 + rate)^-year, the first year being
  0. That is the timing "start" here.
* **End of life.** PyPSA keeps an asset through every period at whose start it lives; here it leaves when its life ends.
  They agree where lives end with periods, and differ by a known factor where they do not (the last test).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pypsa
import pytest

from model.small_cases import Tables, cost, demand, existing, goods, plant, site, small_case, solved, values
from teraplan.solver import Solution

pypsa.options.api.legacy_string_dtype = False  # else it warns at its first text that its default will change
HOURS = 8760.0
RATE = 0.07
AT_THE_START = {"discount_rate": RATE, "horizon_end": "annuity", "timing": {"capex": "start", "running": "start"}}
EXACT = 1e-6
"""Relative difference that is let through between the two tools [1]."""

Technologies = Mapping[str, Mapping[str, float]]


def test_a_screening_curve(tmp_path: Path) -> None:
    """Base, middle and peak plants against a load duration curve, for one year, overnight costs in both.

    PyPSA turns an overnight cost into payments at the end of each year of its life. Here capex is due at the start of
    the year and running costs at its end, so that everything here is PyPSA's discounted by one year.
    """
    hours, shape = (60.0, 340.0, 1500.0, 2600.0, 2760.0, 1500.0), (1.0, 0.85, 0.7, 0.55, 0.45, 0.35)
    plants = {
        "base": {"overnight": 4.2, "fixed": 0.12, "running": 9e-6, "life": 40},
        "middle": {"overnight": 2.6, "fixed": 0.06, "running": 32e-6, "life": 30},
        "peak": {"overnight": 0.7, "fixed": 0.02, "running": 95e-6, "life": 20},
    }
    peer = network(pd.DataFrame({"power": 80 * np.array(shape)}), hours)
    for name, one in plants.items():
        peer.add(
            "Generator",
            name,
            bus="power",
            p_nom_extendable=True,
            overnight_cost=one["overnight"],
            discount_rate=RATE,
            lifetime=one["life"],
            fom_cost=one["fixed"],
            marginal_cost=one["running"],
        )
    weights = [of_year / HOURS for of_year in hours]
    case = small_case(
        tmp_path,
        goods("power", clock="sliced"),
        year_of(weights),
        *load("power", shape, weights, {2025: 80}),
        *(part for name, one in plants.items() for part in generator(name, one)),
        period=[(2025, 2026, 1)],
        **{**AT_THE_START, "timing": {"capex": "start", "running": "end"}},
    )
    solution = solved(case)
    assert solution.objective * (1 + RATE) == pytest.approx(optimum(peer), rel=EXACT)
    assert ordered(solution) == pytest.approx(peer.generators["p_nom_opt"].to_dict(), rel=EXACT)
    assert len(ordered(solution)) == 3


def test_periods_of_mixed_length_with_assets_that_retire(tmp_path: Path) -> None:
    """Five, ten and four years. Old coal leaves in 2030, gas of 2025 in 2040; wind becomes cheaper; the rest outlives.

    PyPSA's weight of a period is the sum of the discount factors of its years, and its yearly cost the payment at the
    start of each year of life that is worth the overnight cost.
    """
    lengths = {2025: 5, 2030: 10, 2040: 4}
    peaks = {2025: 60.0, 2030: 75.0, 2040: 90.0}
    weights, shape, wind = (0.2, 0.3, 0.5), (1.0, 0.8, 0.5), (0.2, 0.5, 0.35)
    factors = {year: sum((1 + RATE) ** -(year + k - 2025) for k in range(n)) for year, n in lengths.items()}
    plants = {
        "coal": {"running": 30e-6, "life": 25},
        "gas": {"overnight": 0.9, "running": 62e-6, "life": 15},
        "wind": {"overnight": 2.1, "running": 0.0, "life": 25},
        "bridge": {"overnight": 0.2, "running": 80e-6, "life": 5},
    }
    wind_costs = {2025: 2.1, 2030: 1.5, 2040: 1.1}

    snapshots = pd.MultiIndex.from_product([lengths, range(3)], names=["period", "timestep"])
    asked = pd.DataFrame({"power": [peaks[year] * share for year in lengths for share in shape]}, index=snapshots)
    peer = network(asked, [HOURS * weight for weight in weights] * 3)
    peer.investment_periods = list(lengths)
    peer.investment_period_weightings["years"] = pd.Series(lengths)
    peer.investment_period_weightings["objective"] = pd.Series(factors)
    peer.add("Generator", "coal", bus="power", p_nom=40, build_year=2005, lifetime=25, marginal_cost=30e-6)
    for name, year in [(n, y) for n in ("gas", "wind") for y in lengths] + [("bridge", 2025)]:
        one = plants[name]
        overnight = wind_costs[year] if name == "wind" else one["overnight"]
        peer.add(
            "Generator",
            f"{name} {year}",
            bus="power",
            p_nom_extendable=True,
            build_year=year,
            lifetime=one["life"],
            capital_cost=yearly_cost(overnight, int(one["life"])),
            marginal_cost=one["running"],
            p_max_pu=pd.Series(list(wind) * 3, index=snapshots) if name == "wind" else 1.0,
        )
    of_years = {
        year + k: {"peak": peaks[year], "wind": wind_costs[year]} for year, n in lengths.items() for k in range(n)
    }
    case = small_case(
        tmp_path,
        goods("power", clock="sliced"),
        year_of(weights),
        *load("power", shape, weights, {year: one["peak"] for year, one in of_years.items()}),
        plant("coal", {"power": 1}, clock="sliced", life=25),
        existing("coal", 40, start=2005),
        cost("coal", "variable", 30e-6 * HOURS),
        *generator("gas", plants["gas"]),
        *generator("wind", {name: number for name, number in plants["wind"].items() if name != "overnight"}),
        *(cost("wind", "capex", one["wind"], year=year) for year, one in of_years.items()),
        shape_of("wind", wind),
        *generator("bridge", plants["bridge"], last_year=2029),
        period=[(year, year + n, n) for year, n in lengths.items()],
        **AT_THE_START,
    )
    solution = solved(case)
    assert solution.objective == pytest.approx(optimum(peer, multi_investment_periods=True), rel=EXACT)
    theirs = peer.generators.query("p_nom_extendable")["p_nom_opt"]
    ours = {f"{name} {period[:4]}": amount for (name, _, period), amount in values(solution, "order").items()}
    assert ours == pytest.approx({name: amount for name, amount in theirs.items() if amount > 1e-6}, rel=EXACT)
    assert {name.split()[0] for name in ours} == {"gas", "wind", "bridge"}


def test_a_battery_with_a_fixed_number_of_hours(tmp_path: Path) -> None:
    """PyPSA's StorageUnit is a row of `storage`: capacity is power, all losses are on charge, the day is a ring."""
    hours, weights = 3.0, [1 / 8] * 8
    shape, sun = (0.5, 0.5, 0.7, 0.8, 0.7, 0.8, 1.0, 0.6), (0.0, 0.0, 0.3, 0.9, 0.8, 0.2, 0.0, 0.0)
    plants = {
        "solar": {"overnight": 0.6, "running": 0.0, "life": 25},
        "gas": {"overnight": 0.9, "running": 60e-6, "life": 30},
    }
    peer = network(pd.DataFrame({"power": 20 * np.array(shape)}), [365 * hours] * 8, [hours] * 8)
    add_generators(peer, plants, {"solar": sun})
    peer.add(
        "StorageUnit",
        "battery",
        bus="power",
        p_nom_extendable=True,
        capital_cost=yearly_cost(0.8, 15),
        max_hours=4,
        efficiency_store=0.9,
        cyclic_state_of_charge=True,
        standing_loss=0.01,
    )
    case = small_case(
        tmp_path,
        goods("power", clock="sliced"),
        year_of(weights),
        *load("power", shape, weights, {2025: 20}),
        *(part for name, one in plants.items() for part in generator(name, one)),
        shape_of("solar", sun),
        *store("battery", "power", 0.8, life=15, hours=4, efficiency=0.9, loss=1 - 0.99**hours),
        period=[(2025, 2026, 1)],
        **AT_THE_START,
    )
    solution = solved(case)
    assert solution.objective == pytest.approx(optimum(peer), rel=EXACT)
    theirs = {**peer.generators["p_nom_opt"], **peer.storage_units["p_nom_opt"]}
    assert ordered(solution) == pytest.approx(theirs, rel=EXACT)
    assert len(ordered(solution)) == 3


def test_storage_with_conversion(tmp_path: Path) -> None:
    """A hydrogen chain: electrolyser, cavern and fuel cell are sized apart, and hydrogen is asked for as well.

    PyPSA's Link is a process whose activity is its input. PyPSA's Store has a size in energy and no limit of power.
    Here it is a store of three hours, the length of a slice: it can be filled or emptied in one slice, so that its
    power is no limit either; its capacity is its energy over three hours.
    """
    hours, weights = 3.0, [1 / 8] * 8
    shape, wind = (0.6, 0.5, 0.7, 0.8, 0.9, 1.0, 1.0, 0.7), (0.9, 1.0, 0.8, 0.3, 0.05, 0.0, 0.1, 0.5)
    plants = {
        "wind": {"overnight": 1.2, "running": 0.0, "life": 25},
        "gas": {"overnight": 0.9, "running": 75e-6, "life": 30},
    }
    links = {
        "electrolyser": ("power", "hydrogen", 0.7, 0.5),
        "fuel_cell": ("hydrogen", "power", 0.6, 0.4),
    }
    per_energy = 0.006
    peer = network(pd.DataFrame({"power": 50 * np.array(shape)}), [365 * hours] * 8, [hours] * 8)
    add_generators(peer, plants, {"wind": wind})
    add_hydrogen(peer, links)
    peer.add("Load", "hydrogen", bus="hydrogen", p_set=4)
    peer.add(
        "Store",
        "cavern",
        bus="hydrogen",
        e_nom_extendable=True,
        e_cyclic=True,
        standing_loss=0.001,
        capital_cost=yearly_cost(per_energy, 40),
    )
    case = small_case(
        tmp_path,
        goods("power", "hydrogen", clock="sliced"),
        year_of(weights),
        *load("power", shape, weights, {2025: 50}),
        demand("hydrogen", 4),
        *(part for name, one in plants.items() for part in generator(name, one)),
        shape_of("wind", wind),
        *(part for name, link in links.items() for part in converter(name, *link, life=20)),
        *store("cavern", "hydrogen", hours * per_energy, life=40, hours=hours, efficiency=1, loss=1 - 0.999**hours),
        period=[(2025, 2026, 1)],
        **AT_THE_START,
    )
    solution = solved(case)
    assert solution.objective == pytest.approx(optimum(peer), rel=EXACT)
    theirs = {
        **peer.generators["p_nom_opt"],
        **peer.links["p_nom_opt"],
        "cavern": peer.stores["e_nom_opt"]["cavern"] / hours,
    }
    assert ordered(solution) == pytest.approx(theirs, rel=EXACT)
    assert len(ordered(solution)) == 5


def test_storage_from_season_to_season(tmp_path: Path) -> None:
    """Eight stretches of a year one after the other: sun of the summer is kept as hydrogen for the winter.

    PyPSA's Store without a ring starts empty and hands its level on from snapshot to snapshot. Carried storage does so
    from season to season; its capacity is an amount, so a size in GWh is one in GW and years times 8760.
    """
    weights = [0.1, 0.15, 0.1, 0.15, 0.1, 0.15, 0.1, 0.15]
    hours = [weight * HOURS for weight in weights]
    shape, sun = (0.7, 0.6, 0.5, 0.5, 0.6, 0.8, 1.0, 0.9), (0.1, 0.2, 0.3, 0.35, 0.3, 0.2, 0.08, 0.05)
    plants = {
        "solar": {"overnight": 0.5, "running": 0.0, "life": 25},
        "gas": {"overnight": 0.9, "running": 140e-6, "life": 30},
    }
    links = {"electrolyser": ("power", "hydrogen", 0.7, 0.4), "fuel_cell": ("hydrogen", "power", 0.6, 0.5)}
    per_energy = 0.0003
    peer = network(pd.DataFrame({"power": 10 * np.array(shape)}), hours)
    add_generators(peer, plants, {"solar": sun})
    add_hydrogen(peer, links)
    peer.add("Store", "cavern", bus="hydrogen", e_nom_extendable=True, capital_cost=yearly_cost(per_energy, 40))
    seasons = [
        {"slice": f"s{place}", "day_type": f"d{place}", "order": 1, "weight": weight, "season": place + 1}
        for place, weight in enumerate(weights)
    ]
    cavern = {"process": "cavern", "stage": "test", "activity_unit": "1", "capacity_unit": "1", "clock": "sliced"}
    case = small_case(
        tmp_path,
        goods("power", "hydrogen", clock="sliced"),
        {"slices": seasons},
        *load("power", shape, weights, {2025: 10}),
        *(part for name, one in plants.items() for part in generator(name, one)),
        shape_of("solar", sun),
        *(part for name, link in links.items() for part in converter(name, *link, life=20)),
        {
            "processes": [{**cavern, "life": 40}],
            "storage": [{"process": "cavern", "commodity": "hydrogen", "kind": "carried"}],
        },
        site("cavern"),
        cost("cavern", "capex", per_energy * HOURS),
        period=[(2025, 2026, 1)],
        **AT_THE_START,
    )
    solution = solved(case)
    assert solution.objective == pytest.approx(optimum(peer), rel=EXACT)
    theirs = {
        **peer.generators["p_nom_opt"],
        **peer.links["p_nom_opt"],
        "cavern": peer.stores["e_nom_opt"]["cavern"] / HOURS,
    }
    assert ordered(solution) == pytest.approx(theirs, rel=EXACT)
    assert len(ordered(solution)) == 5


def test_a_life_that_ends_inside_a_period(tmp_path: Path) -> None:
    """A period of ten years, a life of seven, a flat load of 7.

    PyPSA keeps what lives at the start of a period to its end and charges ten yearly payments: it builds 7. Here an
    order serves seven years out of ten, so a mean of 7 over the period needs an order of 10, each with the payments of
    seven years. With the life rounded up to the period, and an overnight cost of as many payments, both agree.
    """
    peer = network(pd.DataFrame({"power": [7.0]}, index=pd.MultiIndex.from_tuples([(2025, 0)])), [HOURS])
    peer.investment_periods = [2025]
    peer.investment_period_weightings["years"] = 10
    peer.investment_period_weightings["objective"] = worth(10)
    payment = yearly_cost(2.0, 7)
    peer.add("Generator", "p", bus="power", p_nom_extendable=True, capital_cost=payment, build_year=2025, lifetime=7)
    theirs = optimum(peer, multi_investment_periods=True)
    assert theirs == pytest.approx(7 * payment * worth(10), rel=EXACT)

    def ours(overnight: float, life: int) -> Solution:
        parts = [plant("p", {"power": 1}, life=life), site("p"), cost("p", "capex", overnight)]
        folder = tmp_path / str(life)
        period = [(2025, 2035, 10)]
        return solved(small_case(folder, goods("power"), *parts, demand("power", 7), period=period, **AT_THE_START))

    exact = ours(2.0, life=7)
    assert ordered(exact)["p"] == pytest.approx(10)
    assert exact.objective == pytest.approx(10 * payment * worth(7), rel=EXACT)
    rounded_up = ours(payment * worth(10), life=10)
    assert ordered(rounded_up)["p"] == pytest.approx(7)
    assert rounded_up.objective == pytest.approx(theirs, rel=EXACT)


# --- the same things in both tools ------------------------------------------------------------------------------------


def worth(years: int) -> float:
    """Return what one paid at the start of each of these years is worth at the start of the first [1]."""
    return float(np.sum((1 + RATE) ** -np.arange(years)))


def yearly_cost(overnight: float, life: int) -> float:
    """Return the payment at the start of each year of a life that is worth the overnight cost."""
    return overnight / worth(life)


def network(asked: pd.DataFrame, hours: Sequence[float], stores: Sequence[float] | None = None) -> pypsa.Network:
    """A PyPSA network with a bus and a load for each column, in snapshots of these hours; stores see other hours."""
    made = pypsa.Network(snapshots=asked.index)
    made.snapshot_weightings["objective"] = made.snapshot_weightings["generators"] = np.array(hours)
    made.snapshot_weightings["stores"] = np.array(hours if stores is None else stores)
    for bus in asked.columns:
        made.add("Bus", bus)
        made.add("Load", bus, bus=bus, p_set=asked[bus])
    return made


def add_generators(peer: pypsa.Network, plants: Technologies, shapes: Mapping[str, Sequence[float]]) -> None:
    """Add plants of one period with yearly costs at the start of each year."""
    for name, one in plants.items():
        peer.add(
            "Generator",
            name,
            bus="power",
            p_nom_extendable=True,
            capital_cost=yearly_cost(one["overnight"], int(one["life"])),
            marginal_cost=one["running"],
            p_max_pu=pd.Series(shapes[name], index=peer.snapshots) if name in shapes else 1.0,
        )


def add_hydrogen(peer: pypsa.Network, links: Mapping[str, tuple[str, str, float, float]]) -> None:
    """Add a bus of hydrogen and the links to and from it: from, to, efficiency, overnight cost; lives of 20 years."""
    peer.add("Bus", "hydrogen")
    for name, (used, made, efficiency, overnight) in links.items():
        peer.add(
            "Link",
            name,
            bus0=used,
            bus1=made,
            efficiency=efficiency,
            p_nom_extendable=True,
            capital_cost=yearly_cost(overnight, 20),
        )


def optimum(peer: pypsa.Network, multi_investment_periods: bool = False) -> float:
    """Solve a PyPSA network with HiGHS and return its objective."""
    status, condition = peer.optimize(
        solver_name="highs",
        multi_investment_periods=multi_investment_periods,
        include_objective_constant=False,
        log_to_console=False,
        output_flag=False,
    )
    assert (status, condition) == ("ok", "optimal")
    return float(peer.objective)


def year_of(weights: Sequence[float]) -> Tables:
    """Slices s0, s1, ... of one day type with these shares of the year."""
    return {
        "slices": [
            {"slice": f"s{place}", "day_type": "any", "order": place + 1, "weight": weight}
            for place, weight in enumerate(weights)
        ]
    }


def shape_of(name: str, shares: Sequence[float]) -> Tables:
    """What share of a process can run in each slice."""
    rows = [{"process": name, "slice": f"s{place}", "value": share} for place, share in enumerate(shares)]
    return {"availability": rows}


def load(good: str, shape: Sequence[float], weights: Sequence[float], peaks: Mapping[int, float]) -> list[Tables]:
    """A load that has this shape [1 of its peak] and in each year this peak."""
    energy = float(np.dot(shape, weights))
    shares = [share * weight / energy for share, weight in zip(shape, weights, strict=True)]
    rows = [{"commodity": good, "region": "USA", "slice": f"s{p}", "value": part} for p, part in enumerate(shares)]
    return [demand(good, {year: peak * energy for year, peak in peaks.items()}), {"load_shapes": rows}]


def generator(name: str, one: Mapping[str, float], **window: object) -> list[Tables]:
    """A plant on the sliced clock with its overnight, fixed and running cost [GUSD/GW, /GW/year, /GW/hour]."""
    items = {"overnight": ("capex", 1.0), "fixed": ("fixed", 1.0), "running": ("variable", HOURS)}
    costs = [cost(name, item, one[given] * times) for given, (item, times) in items.items() if given in one]
    return [plant(name, {"power": 1}, clock="sliced", life=one["life"]), site(name, **window), *costs]


def converter(name: str, used: str, made: str, efficiency: float, overnight: float, life: float) -> list[Tables]:
    """A process that is sized by what it takes in."""
    turned = plant(name, {made: efficiency}, {used: 1}, clock="sliced", life=life)
    return [turned, site(name), cost(name, "capex", overnight)]


def store(name: str, good: str, overnight: float, life: float, **row: float) -> list[Tables]:
    """A storage process with this row of `storage`."""
    kept = {"processes": [{"process": name, "stage": "test", "activity_unit": "1", "capacity_unit": "1"}]}
    kept["processes"][0] |= {"clock": "sliced", "life": life}
    return [
        kept,
        site(name),
        cost(name, "capex", overnight),
        {"storage": [{"process": name, "commodity": good, **row}]},
    ]


def ordered(solution: Solution) -> dict[str, float]:
    """What is ordered of each process, all periods together."""
    orders: dict[str, float] = {}
    for (name, *_), amount in values(solution, "order").items():
        orders[name] = orders.get(name, 0.0) + amount
    return orders
