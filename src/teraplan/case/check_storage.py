"""Rules of storage: what each kind of it needs, what may flow into a store, and how its seasons follow each other."""

from collections.abc import Iterator

import polars as pl

from teraplan.case.amounts import readable
from teraplan.case.check_rows import Typed
from teraplan.case.faults import fault_at, in_rows
from teraplan.case.patterns import matching
from teraplan.case.resolve import RUNNING_ITEMS, SITE, Tables
from teraplan.errors import Fault
from teraplan.units import UnitError, factor

CARRIED = pl.col("kind") == "carried"


def storage_keeps_its_own_books(typed: Typed) -> Iterator[Fault]:
    """Storage has capacity, stores in slices what is balanced in slices, and has no recipe of its own for that."""
    stores = typed["storage"].join(typed["processes"].drop("line"), on="process", how="inner")
    unfit = stores.filter((pl.col("clock") != "sliced") | pl.col("capacity_unit").is_null())
    what = "storage process {process!r} needs a capacity unit and the sliced clock"
    yield from in_rows(("storage", "process"), unfit, what, "set both in processes.csv")
    sliced = typed["commodities"].filter(pl.col("clock") == "sliced")["commodity"].to_list()
    yearly = typed["storage"].filter(~pl.col("commodity").is_in(sliced))
    what = "{commodity!r} is balanced by the year: there is nothing to shift between slices"
    yield from in_rows(("storage", "commodity"), yearly, what, "store a good on the sliced clock")
    own = pl.col("process").is_in(typed["storage"]["process"].to_list()) & pl.col("flow").is_in(["in", "out"])
    twice = typed["recipes"].filter(own).unique("process", keep="first", maintain_order=True)
    what = "storage process {process!r} has a recipe"
    yield from in_rows(("recipes", "process"), twice, what, "take it out: storage.csv says what it stores")


def storage_says_what_its_kind_needs(typed: Typed) -> Iterator[Fault]:
    """Cycled storage has hours and an efficiency and comes round; carried storage has neither, no loss, an opening."""
    rows = typed["storage"]
    for column in ("hours", "efficiency"):
        bare = rows.filter(~CARRIED & pl.col(column).is_null())
        what = f"cycled storage {{process!r}} has no {column}"
        yield from in_rows(("storage", column), bare, what, "give it, or let the kind be carried")
        idle = rows.filter(CARRIED & pl.col(column).is_not_null())
        what = f"carried storage {{process!r}} has no {column}: the processes that fill and empty it have"
        yield from in_rows(("storage", column), idle, what, "leave it empty, and put losses in their recipes")
    leaking = rows.filter(CARRIED & (pl.col("loss") > 0))
    what = "carried storage {process!r} has a loss, which is not in this version"
    yield from in_rows(("storage", "loss"), leaking, what, "leave it empty, and put losses in the recipes")
    free = rows.filter(~CARRIED & (pl.col("opening") == "free"))
    what = "cycled storage {process!r} has no opening: it comes round with each day type"
    yield from in_rows(("storage", "opening"), free, what, "leave it empty, or let the kind be carried")


def carried_storage_is_as_large_as_what_it_holds(typed: Typed) -> Iterator[Fault]:
    """Capacity of carried storage is an amount of what it stores, a regional good; in a region it has one store."""
    stores = typed["storage"].filter(CARRIED)
    goods = typed["commodities"].select("commodity", "unit", "scope")
    sized = stores.join(typed["processes"].select("process", "capacity_unit"), on="process").join(goods, on="commodity")
    for row in sized.drop_nulls("capacity_unit").iter_rows(named=True):
        if readable(row["unit"]) and readable(row["capacity_unit"]):
            try:
                factor(row["capacity_unit"], row["unit"])
            except UnitError:
                what = f"capacity of {row['process']!r} in {row['capacity_unit']} is no amount of {row['commodity']!r}"
                yield fault_at("storage", row["line"], "commodity", what, f"give it in {row['unit']} or a multiple")
    wide = sized.filter(pl.col("scope") == "world")
    what = "carried storage {process!r} stands in a region and {commodity!r} has one balance for the world"
    yield from in_rows(("storage", "commodity"), wide, what, "give the commodity scope region")
    pairs = pl.concat([typed["sites"].select(SITE), typed["capacity"].select(SITE)]).unique(maintain_order=True)
    placed = stores.join(pairs, on="process", maintain_order="left")
    twice = placed.filter(
        pl.struct("commodity", "region").is_duplicated() & ~pl.struct("commodity", "region").is_first_distinct()
    )
    what = "{process!r} is a second store of {commodity!r} in {region}: nobody could say which of them is filled"
    yield from in_rows(
        ("storage", "commodity"), twice.unique("process", maintain_order=True), what, "store another good"
    )


def what_carried_storage_holds_only_flows_in_slices(typed: Typed) -> Iterator[Fault]:
    """What is stored is put in and taken out by processes on the sliced clock, and goes no other way."""
    held = typed["storage"].filter(CARRIED)["commodity"].to_list()
    stored = pl.col("commodity").is_in(held).fill_null(False)
    what = "{commodity!r} is what carried storage holds: only processes put it in and take it out"
    for table in ("demand", "routes", "reserve"):
        rows = typed[table].filter(stored).unique("commodity", keep="first", maintain_order=True)
        yield from in_rows((table, "commodity"), rows, what, "name the good that comes out of those processes")
    recipes = typed["recipes"].filter(stored)
    built = recipes.filter(~pl.col("flow").is_in(["in", "out"]))
    yield from in_rows(("recipes", "flow"), built, what, "let it flow in or out")
    late = recipes.filter(pl.col("offset_month") != 0)
    what = "{commodity!r} is taken out of storage with an offset of {offset_month:g} months"
    yield from in_rows(("recipes", "offset_month"), late, what, "leave the offset empty")
    yearly = typed["processes"].filter(pl.col("clock") == "yearly")["process"].to_list()
    for row in recipes.unique("process", keep="first", maintain_order=True).iter_rows(named=True):
        for process in matching(row["process"], yearly)[:1]:
            what = f"process {process!r} runs by the year, and {row['commodity']!r} is stored in slices"
            yield fault_at("recipes", row["line"], "process", what, "put it on the sliced clock in processes.csv")


def carried_storage_does_not_run(typed: Typed) -> Iterator[Fault]:
    """Carried storage has no activity: nothing is said of its availability, its running cost or its firm share."""
    mine = pl.col("process").is_in(typed["storage"].filter(CARRIED)["process"].to_list())
    for table, word, rows in (
        ("availability", "an availability", typed["availability"]),
        ("costs", "a running cost", typed["costs"].filter(pl.col("item").is_in(RUNNING_ITEMS))),
        ("reserve", "a firm share", typed["reserve"]),
    ):
        once = rows.filter(mine).unique("process", keep="first", maintain_order=True)
        what = f"carried storage {{process!r}} has {word} and does not run itself"
        yield from in_rows((table, "process"), once, what, "give it to the processes that fill and empty it")


def store_limits_are_of_carried_storage(typed: Typed) -> Iterator[Fault]:
    """Limits of stores are of carried storage; an opening that is free has no amount."""
    carried = typed["storage"].filter(CARRIED)
    names, free = carried["process"].to_list(), carried.filter(pl.col("opening") == "free")["process"].to_list()
    rows = typed["store_limits"]
    for row in rows.unique("process", keep="first", maintain_order=True).iter_rows(named=True):
        if not matching(row["process"], names):
            what = f"{row['process']!r} is no carried storage"
            yield fault_at("store_limits", row["line"], "process", what, "let its kind be carried in storage.csv")
    amounts = rows.filter((pl.col("item") == "opening") & pl.col("process").is_in(free))
    what = "the opening of {process!r} is free, and has an amount"
    yield from in_rows(("store_limits", "item"), amounts, what, "take the row out, or let the opening be given")


def seasons_follow_each_other(typed: Typed) -> Iterator[Fault]:
    """With carried storage a day type is of one season and occurs so many days, and day types follow each other."""
    if not typed["storage"].filter(CARRIED).height:
        return
    slices = typed["slices"].with_columns(
        seasons=pl.col("season").n_unique().over("day_type"), counts=pl.col("days").n_unique().over("day_type")
    )
    once = slices.unique("day_type", keep="first", maintain_order=True)
    what = "day type {day_type!r} stands in several seasons"
    yield from in_rows(("slices", "season"), once.filter(pl.col("seasons") > 1), what, "name it apart in each season")
    what = "day type {day_type!r} has slices of different days"
    yield from in_rows(("slices", "days"), once.filter(pl.col("counts") > 1), what, "give all its slices the same days")
    ordered = slices.filter(pl.col("seasons") == 1).sort("season", "order", maintain_order=True)
    runs = ordered.with_columns(run=pl.col("day_type").rle_id())
    broken = runs.filter(pl.col("run").n_unique().over("day_type") > 1)
    shared = runs.filter(pl.struct("season", "order").is_duplicated() & ~pl.struct("day_type", "order").is_duplicated())
    mixed = pl.concat([broken, shared]).unique("day_type", keep="first", maintain_order=True)
    what = "day type {day_type!r} and others of season {season} stand in no order"
    yield from in_rows(
        ("slices", "order"), mixed, what, "number the slices of a season day type by day type: 11, 12, 21"
    )


def carried_storage_has_whole_years(tables: Tables) -> Iterator[Fault]:
    """Where storage is carried through seasons every period is one or more whole years."""
    rows = tables.frames["storage"].filter(CARRIED).head(1)
    parts = [period.label for period in tables.settings.periods if abs(period.years - round(period.years)) > 1e-9]
    if parts:
        what = f"storage {{process!r}} is carried through seasons, and period {parts[0]} is not whole years"
        yield from in_rows(("storage", "kind"), rows, what, "let every period last one or more years")


STORAGE_CHECKS = (
    storage_keeps_its_own_books,
    storage_says_what_its_kind_needs,
    carried_storage_is_as_large_as_what_it_holds,
    what_carried_storage_holds_only_flows_in_slices,
    carried_storage_does_not_run,
    store_limits_are_of_carried_storage,
    seasons_follow_each_other,
)
