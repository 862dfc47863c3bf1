"""Rules of processes, time, storage, stocks and demand between tables: one function a rule, named as what is true."""

from collections.abc import Iterator

import polars as pl

from teraplan.case.amounts import CURRENCIES, readable
from teraplan.case.check_rows import Typed, fault_at, lines
from teraplan.case.patterns import matching
from teraplan.case.tables import COST_ITEMS, WORLD
from teraplan.errors import Fault, did_you_mean

BALANCED = ("good", "service")


def units_can_be_read(typed: Typed) -> Iterator[Fault]:
    """Units of commodities, processes and records are units."""
    for table, columns in (
        ("commodities", ("unit",)),
        ("processes", ("capacity_unit", "activity_unit")),
        ("calibration", ("unit",)),
    ):
        for column in columns:
            units = typed[table].filter(pl.col(column).is_not_null()).group_by(column, maintain_order=True).agg("line")
            for row in units.iter_rows(named=True):
                if not readable(row[column]):
                    what, fix = f"unit {row[column][:60]!r} cannot be read", "write it as GW*year, kwafer/month or 1"
                    yield fault_at(table, row["line"][0], column, what, fix)


def currencies_are_known(typed: Typed) -> Iterator[Fault]:
    """A currency with a rate of exchange is one that units can name."""
    for row in typed["exchange"].filter(~pl.col("currency").is_in(CURRENCIES)).iter_rows(named=True):
        what = f"currency {row['currency']!r} is not known"
        yield fault_at("exchange", row["line"], "currency", what, did_you_mean(row["currency"], CURRENCIES))


def capacity_can_age(typed: Typed) -> Iterator[Fault]:
    """A process with a capacity unit has a life; one without has no capacity, lead time or money for capacity."""
    unsized = typed["processes"].filter(pl.col("capacity_unit").is_null())["process"].to_list()
    for row in (
        typed["processes"]
        .filter(pl.col("capacity_unit").is_not_null() & pl.col("life").is_null())
        .iter_rows(named=True)
    ):
        what = f"process {row['process']!r} has a capacity and no life"
        yield fault_at("processes", row["line"], "life", what, "give its years in service")
    of_capacity = [item for item, cost in COST_ITEMS.items() if cost.per != "activity"]
    for table, rows, word in (
        ("capacity", typed["capacity"], "capacity"),
        ("lead_times", typed["lead_times"], "a lead time"),
        ("costs", typed["costs"].filter(pl.col("item").is_in(of_capacity)), "money for capacity"),
        ("recipes", typed["recipes"].filter(pl.col("flow") == "build"), "build inputs"),
    ):
        for row in (
            rows.filter(pl.col("process").is_in(unsized)).unique("process", maintain_order=True).iter_rows(named=True)
        ):
            what = f"process {row['process']!r} has {word} and no capacity unit"
            yield fault_at(table, row["line"], "process", what, "give it a capacity_unit in processes.csv")


def times_run_forward(typed: Typed) -> Iterator[Fault]:
    """Sites close after they open, capacity ends after its start, commitments end after they begin."""
    for table, first, last in (
        ("sites", "first_year", "last_year"),
        ("capacity", "start", "end"),
        ("commitments", "first_year", "last_year"),
    ):
        early = pl.col(last) <= pl.col(first) if table == "capacity" else pl.col(last) < pl.col(first)
        for row in typed[table].filter(early).iter_rows(named=True):
            what = f"{last} {row[last]:g} is before {first} {row[first]:g}"
            yield fault_at(table, row["line"], last, what, "let it end after its start, or leave the end empty")


def profiles_are_whole(typed: Typed) -> Iterator[Fault]:
    """Positions of a profile count 1, 2, 3, ...; a spend profile sums to 1."""
    profiles = (
        typed["profiles"].sort("position").group_by("profile", maintain_order=True).agg("position", "value", "line")
    )
    spend = typed["lead_times"]["spend_profile"].drop_nulls().unique().to_list()
    for row in profiles.iter_rows(named=True):
        if row["position"] != list(range(1, len(row["position"]) + 1)):
            where = f"profiles.csv {lines(row['line'])}, column position"
            yield Fault(where, f"positions of {row['profile']!r} do not count 1, 2, 3, ...", "number them without gaps")
        total = sum(value or 0.0 for value in row["value"])
        if row["profile"] in spend and abs(total - 1.0) > 1e-6:
            where = f"profiles.csv {lines(row['line'])}, column value"
            yield Fault(where, f"spend profile {row['profile']!r} sums to {total:.6g}", "make its shares sum to 1")


def weights_of_slices_sum_to_one(typed: Typed) -> Iterator[Fault]:
    """Slices make up the year."""
    slices = typed["slices"]
    total = float(slices["weight"].sum())
    if slices.height and abs(total - 1.0) > 1e-3:
        yield Fault("slices.csv, column weight", f"weights sum to {total:.6g}", "make them sum to 1")


def sliced_things_have_slices(typed: Typed) -> Iterator[Fault]:
    """A process or commodity on the sliced clock needs slices.csv; a yearly process has no availability by slice."""
    for table, label in (("processes", "process"), ("commodities", "commodity")):
        sliced = typed[table].filter(pl.col("clock") == "sliced")
        if sliced.height and not typed["slices"].height:
            what = f"{label} {sliced[label][0]!r} is sliced and there are no slices"
            yield fault_at(table, sliced["line"][0], "clock", what, "add slices.csv, or use the yearly clock")
    yearly = typed["processes"].filter(pl.col("clock") == "yearly")["process"].to_list()
    named = typed["availability"].filter(pl.col("slice").is_not_null() & (pl.col("slice") != "*"))
    for row in named.filter(pl.col("process").is_in(yearly)).iter_rows(named=True):
        what = f"process {row['process']!r} runs by the year and has an availability in slice {row['slice']!r}"
        yield fault_at(
            "availability", row["line"], "slice", what, "leave the slice empty, or put the process on the sliced clock"
        )


def processes_give_something(typed: Typed) -> Iterator[Fault]:
    """A process without output, storage apart, can only cost; what it gives is worth something."""
    giving = typed["recipes"].filter(pl.col("flow") == "out")["process"].unique().to_list()
    stores = typed["storage"]["process"].to_list()
    for row in typed["processes"].filter(~pl.col("process").is_in(stores)).iter_rows(named=True):
        if not any(matching(pattern, [row["process"]]) for pattern in giving):
            what = f"process {row['process']!r} puts out nothing"
            yield fault_at("processes", row["line"], "process", what, "add a recipe row with flow out")


def processes_stand_somewhere(typed: Typed) -> Iterator[Fault]:
    """A process without site and without capacity can never run."""
    placed = [*typed["sites"]["process"], *typed["capacity"]["process"]]
    for row in typed["processes"].filter(~pl.col("process").is_in(placed)).iter_rows(named=True):
        what = f"process {row['process']!r} has neither a site nor capacity: it can never be built or run"
        yield fault_at(
            "processes", row["line"], "process", what, "add a row to sites.csv or capacity.csv, or take it out"
        )


def modes_are_of_recipes(typed: Typed) -> Iterator[Fault]:
    """A cost by mode is one paid per activity, and its mode is in the recipes."""
    known = [*typed["recipes"]["mode"].unique(), "charge", "discharge"]
    named = typed["costs"].filter(pl.col("mode") != "*")
    of_activity = [item for item, cost in COST_ITEMS.items() if cost.per == "activity"]
    for row in named.filter(~pl.col("item").is_in(of_activity)).iter_rows(named=True):
        what = f"{row['item']} is paid for capacity, which modes share"
        yield fault_at("costs", row["line"], "mode", what, "leave the mode empty")
    for row in named.unique("mode", maintain_order=True).iter_rows(named=True):
        if not matching(row["mode"], known):
            what = f"no recipe has mode {row['mode']!r}"
            yield fault_at("costs", row["line"], "mode", what, did_you_mean(row["mode"], known))


def storage_keeps_its_own_books(typed: Typed) -> Iterator[Fault]:
    """Storage has capacity, runs in slices, and has no recipe for what it charges and discharges."""
    stores = typed["storage"].join(typed["processes"].drop("line"), on="process", how="inner")
    for row in stores.filter((pl.col("clock") != "sliced") | pl.col("capacity_unit").is_null()).iter_rows(named=True):
        what = f"storage process {row['process']!r} needs a capacity unit and the sliced clock"
        yield fault_at("storage", row["line"], "process", what, "set both in processes.csv")
    flows = typed["recipes"].filter(pl.col("flow").is_in(["in", "out"]))
    for row in (
        flows.filter(pl.col("process").is_in(stores["process"].implode())).unique("process").iter_rows(named=True)
    ):
        what = f"storage process {row['process']!r} has a recipe"
        yield fault_at("recipes", row["line"], "process", what, "take it out: storage.csv says what it stores")


def goods_are_balanced(typed: Typed) -> Iterator[Fault]:
    """Only goods and services are demanded, kept, stored or sent; counts and emissions have no balance."""
    counted = typed["commodities"].filter(~pl.col("kind").is_in(BALANCED))["commodity"].to_list()
    for table in ("demand", "stocks", "routes", "storage"):
        rows = typed[table].filter(pl.col("commodity").is_in(counted)).unique("commodity", maintain_order=True)
        for row in rows.iter_rows(named=True):
            what = f"commodity {row['commodity']!r} is only counted, it has no balance"
            yield fault_at(table, row["line"], "commodity", what, "name a good or a service")


def goods_of_the_world_stand_in_its_pool(typed: Typed) -> Iterator[Fault]:
    """A good of world scope has one balance, in WLD: it is demanded and kept there alone, and on no route."""
    wide = typed["commodities"].filter(pl.col("scope") == "world")
    if wide.height and WORLD not in typed["regions"]["region"].to_list():
        what = f"commodity {wide['commodity'][0]!r} has world scope and there is no region {WORLD}"
        yield fault_at("commodities", wide["line"][0], "scope", what, f"add {WORLD} to regions.csv")
    of_world = pl.col("commodity").is_in(wide["commodity"].to_list())
    exact = ~pl.col("region").str.contains("*", literal=True)
    for table in ("demand", "stocks"):
        for row in typed[table].filter(of_world & exact & (pl.col("region") != WORLD)).iter_rows(named=True):
            what = f"commodity {row['commodity']!r} has one balance for the world, in {WORLD}"
            yield fault_at(table, row["line"], "region", what, f"put it in {WORLD}, or give the commodity scope region")
    for row in typed["routes"].filter(of_world).iter_rows(named=True):
        what = f"commodity {row['commodity']!r} has one balance for the world, nothing is shipped"
        yield fault_at("routes", row["line"], "commodity", what, "take the route out, or give it scope region")


def routes_lead_somewhere_else(typed: Typed) -> Iterator[Fault]:
    """A route has two ends."""
    for row in typed["routes"].filter(pl.col("origin") == pl.col("destination")).iter_rows(named=True):
        what = f"a route from {row['origin']} to itself"
        yield fault_at("routes", row["line"], "destination", what, "name another region, or take the route out")


def demand_names_its_region_and_steps(typed: Typed) -> Iterator[Fault]:
    """A quantity stands in a region, since patterns create nothing; prices and widths of steps say their step."""
    rows = typed["demand"]
    for row in rows.filter((pl.col("item") == "quantity") & pl.col("region").str.contains("*", literal=True)).iter_rows(
        named=True
    ):
        what = f"a quantity in {row['region']!r}: patterns fill values, they create no demand"
        yield fault_at("demand", row["line"], "region", what, "give a row for each region that asks for it")
    of_step = pl.col("item").is_in(["step_width", "step_price"])
    for row in rows.filter(of_step & pl.col("step").is_null()).iter_rows(named=True):
        yield fault_at(
            "demand", row["line"], "step", f"{row['item']} without its step", "number the steps 0, 1, 2, ..."
        )
    for row in rows.filter(~of_step & pl.col("step").is_not_null()).iter_rows(named=True):
        yield fault_at("demand", row["line"], "step", f"{row['item']} has no steps", "leave the step empty")


THING_CHECKS = (
    units_can_be_read,
    currencies_are_known,
    capacity_can_age,
    times_run_forward,
    profiles_are_whole,
    weights_of_slices_sum_to_one,
    sliced_things_have_slices,
    processes_give_something,
    processes_stand_somewhere,
    modes_are_of_recipes,
    storage_keeps_its_own_books,
    goods_are_balanced,
    goods_of_the_world_stand_in_its_pool,
    routes_lead_somewhere_else,
    demand_names_its_region_and_steps,
)
