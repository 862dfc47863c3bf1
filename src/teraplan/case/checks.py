"""Rules between tables: one function a rule, named as the sentence that must be true, yielding faults with their lines."""

from collections.abc import Callable, Iterator, Mapping

import polars as pl

from teraplan.case.patterns import matching
from teraplan.case.resolve import EACH, Tables
from teraplan.case.tables import TABLES, WORLD
from teraplan.errors import Fault, did_you_mean

Typed = Mapping[str, pl.DataFrame]
IN_USE = ("in", "build")


def every_label_is_declared(typed: Typed) -> Iterator[Fault]:
    """A process, region, commodity, partner or source that is named must be declared in its table."""
    for table in TABLES.values():
        for column in table.columns:
            if not column.refers or not typed[table.name].height:
                continue
            home = {
                "processes": "process",
                "regions": "region",
                "commodities": "commodity",
                "partners": "partner",
                "sources": "source",
            }[column.refers]
            known = typed[column.refers][home].drop_nulls().to_list()
            named = (
                typed[table.name]
                .select(pl.col(column.name).alias("_named"), "line")
                .filter(pl.col("_named").is_not_null() & (pl.col("_named") != ""))
            )
            for row in named.unique("_named", keep="first", maintain_order=True).iter_rows(named=True):
                if column.kind == "pattern" and "*" in row["_named"]:
                    if not matching(row["_named"], known):
                        yield _fault(
                            table.name,
                            row["line"],
                            column.name,
                            f"pattern {row['_named']!r} matches no {home}",
                            did_you_mean(row["_named"].replace("*", ""), known),
                        )
                elif row["_named"] not in known:
                    yield _fault(
                        table.name,
                        row["line"],
                        column.name,
                        f"{home} {row['_named']!r} is not declared in {column.refers}.csv",
                        did_you_mean(row["_named"], known),
                    )


def every_number_has_a_source(typed: Typed) -> Iterator[Fault]:
    """Only an assumption may be without a source, and then its note says why; a source must be listed."""
    known = typed["sources"]["source"].to_list()
    for table in TABLES.values():
        if not table.sourced:
            continue
        rows = typed[table.name]
        bare = rows.filter(pl.col("source").is_null())
        for row in bare.filter((pl.col("grade") != "assumption") & pl.col("grade").is_not_null()).iter_rows(named=True):
            yield _fault(
                table.name,
                row["line"],
                "source",
                f"a number graded {row['grade']} has no source",
                "name a source, or call it an assumption and say why in its note",
            )
        for row in bare.filter((pl.col("grade") == "assumption") & pl.col("note").is_null()).iter_rows(named=True):
            yield _fault(
                table.name,
                row["line"],
                "note",
                "an assumption without source does not say why",
                "say in its note what it rests on",
            )
        for row in (
            rows.filter(pl.col("source").is_not_null() & ~pl.col("source").is_in(known))
            .unique("source", maintain_order=True)
            .iter_rows(named=True)
        ):
            yield _fault(
                table.name,
                row["line"],
                "source",
                f"source {row['source']!r} is not in sources.csv",
                did_you_mean(row["source"], known),
            )


def ranges_hold_their_value(typed: Typed) -> Iterator[Fault]:
    """low <= value <= high wherever they are given."""
    for table in TABLES.values():
        if table.long:
            rows = typed[table.name].filter(
                (pl.col("low") > pl.col("value"))
                | (pl.col("high") < pl.col("value"))
                | (pl.col("low") > pl.col("high"))
            )
            for row in rows.iter_rows(named=True):
                yield _fault(
                    table.name,
                    row["line"],
                    "value",
                    f"low {row['low']}, value {row['value']}, high {row['high']} are out of order",
                    "put low <= value <= high",
                )


def keys_stand_once(typed: Typed) -> Iterator[Fault]:
    """Two rows with the same key may not disagree; two that agree are one too many."""
    for table in TABLES.values():
        if not table.key:
            continue
        rows = typed[table.name]
        key = list(table.key)
        twice = rows.filter(pl.struct(key).is_duplicated()).group_by(key, maintain_order=True).agg(pl.col("line"))
        for row in twice.iter_rows(named=True):
            named = ", ".join(str(row[column]) for column in key if row[column] is not None)
            yield Fault(
                f"{table.name}.csv lines {' and '.join(str(line) for line in row['line'])}",
                f"say the same thing twice: {named}",
                "keep one row for each key",
            )


def quantities_say_their_year_or_hold_always(typed: Typed) -> Iterator[Fault]:
    """A row without year holds in every year, so the same key may not also have rows with years."""
    for table in TABLES.values():
        if "year" not in table.key or table.name == "calibration":
            continue
        key = [column for column in table.key if column != "year"]
        mixed = (
            typed[table.name]
            .group_by(key, maintain_order=True)
            .agg(pl.col("line"), pl.col("year").null_count().alias("_always"), pl.len().alias("_all"))
        )
        for row in mixed.filter((pl.col("_always") > 0) & (pl.col("_always") < pl.col("_all"))).iter_rows(named=True):
            named = ", ".join(str(row[column]) for column in key if row[column] is not None)
            yield Fault(
                f"{table.name}.csv lines {', '.join(str(line) for line in row['line'][:6])}",
                f"{named} has rows with and without a year",
                "give every row a year, or none",
            )


def capacity_can_age(typed: Typed) -> Iterator[Fault]:
    """A process with a capacity unit needs a life; one that can be ordered needs a capital cost."""
    sized = typed["processes"].filter(pl.col("capacity_unit").is_not_null())
    for row in sized.filter(pl.col("life").is_null() | (pl.col("life") <= 0)).iter_rows(named=True):
        yield _fault(
            "processes",
            row["line"],
            "life",
            f"process {row['process']!r} has a capacity and no life",
            "give its years in service",
        )
    priced = typed["costs"].filter(pl.col("item") == "capex")["process"].unique().to_list()
    ordered = sized.join(typed["sites"], on="process", how="semi")
    for row in ordered.iter_rows(named=True):
        if not any(matching(pattern, [row["process"]]) for pattern in priced):
            yield _fault(
                "processes",
                row["line"],
                "process",
                f"process {row['process']!r} can be ordered and has no capex",
                "add a capex row to costs.csv (0 if it is free)",
            )


def shares_of_time_sum_to_one(typed: Typed) -> Iterator[Fault]:
    """Weights of slices sum to 1; so do the shares of a spend profile."""
    slices = typed["slices"]
    if slices.height and abs(float(slices["weight"].sum()) - 1.0) > 1e-3:
        yield Fault("slices.csv, column weight", f"weights sum to {slices['weight'].sum():.6g}", "make them sum to 1")
    spend = typed["lead_times"]["spend_profile"].drop_nulls().unique()
    profiles = typed["profiles"]["profile"].unique().to_list()
    for column in ("spend_profile", "ramp"):
        for row in (
            typed["lead_times"]
            .filter(pl.col(column).is_not_null())
            .unique(column, maintain_order=True)
            .iter_rows(named=True)
        ):
            if row[column] not in profiles:
                yield _fault(
                    "lead_times",
                    row["line"],
                    column,
                    f"profile {row[column]!r} is not in profiles.csv",
                    did_you_mean(row[column], profiles),
                )
    for name in spend:
        total = float(typed["profiles"].filter(pl.col("profile") == name)["value"].sum())
        if name in profiles and abs(total - 1.0) > 1e-6:
            yield Fault(
                "profiles.csv, column value", f"spend profile {name!r} sums to {total:.6g}", "make its shares sum to 1"
            )


def sliced_things_have_slices(typed: Typed) -> Iterator[Fault]:
    """A process or commodity on the sliced clock needs slices.csv."""
    for table, label in (("processes", "process"), ("commodities", "commodity")):
        sliced = typed[table].filter(pl.col("clock") == "sliced")
        if sliced.height and not typed["slices"].height:
            yield _fault(
                table,
                sliced["line"][0],
                "clock",
                f"{label} {sliced[label][0]!r} is sliced and there are no slices",
                "add slices.csv, or use the yearly clock",
            )


def processes_give_something(typed: Typed) -> Iterator[Fault]:
    """A process without output, storage apart, can only cost."""
    giving = typed["recipes"].filter(pl.col("flow") == "out")["process"].unique().to_list()
    stores = typed["storage"]["process"].to_list()
    for row in typed["processes"].iter_rows(named=True):
        if row["process"] not in stores and not any(matching(pattern, [row["process"]]) for pattern in giving):
            yield _fault(
                "processes",
                row["line"],
                "process",
                f"process {row['process']!r} puts out nothing",
                "add a recipe row with flow out",
            )


def storage_has_no_recipe(typed: Typed) -> Iterator[Fault]:
    """Storage charges and discharges its commodity; a recipe would count it twice."""
    stores = typed["storage"]["process"].to_list()
    for row in (
        typed["recipes"]
        .filter(pl.col("process").is_in(stores) & pl.col("flow").is_in(["in", "out"]))
        .unique("process")
        .iter_rows(named=True)
    ):
        yield _fault(
            "recipes",
            row["line"],
            "process",
            f"storage process {row['process']!r} has a recipe",
            "take it out: storage.csv says what it stores",
        )


def names_of_sets_are_known(typed: Typed) -> Iterator[Fault]:
    """A limit, share or rule counts something: its group is a group, a pattern or a label that matches."""
    words = {
        kind: typed[table][kind].to_list()
        for kind, table in (("process", "processes"), ("region", "regions"), ("commodity", "commodities"))
    }
    groups = typed["groups"]
    for table, column, kinds in (
        ("limits", "group", ("process", "maker", "commodity")), ("limits", "region_group", ("region",)),
        ("shares", "numerator_group", ("process", "maker")), ("shares", "denominator_group", ("process", "maker")),
        ("shares", "numerator_regions", ("region",)), ("shares", "denominator_regions", ("region",)),
        ("rules", "commodity_group", ("commodity",)), ("rules", "destination_group", ("region",)), ("rules", "origin_group", ("region",)),
    ):  # fmt: skip
        known = [
            *groups.filter(pl.col("kind").is_in(kinds))["group"].unique().to_list(),
            *(label for kind in kinds for label in words.get(kind, ())),
        ]
        for row in (
            typed[table].filter(pl.col(column).is_not_null()).unique(column, maintain_order=True).iter_rows(named=True)
        ):
            if row[column] not in ("*", EACH) and not matching(row[column], known):
                yield _fault(
                    table,
                    row["line"],
                    column,
                    f"{row[column]!r} is no group, label or pattern that matches a {kinds[0]}",
                    did_you_mean(row[column], known),
                )


def goods_of_the_world_have_a_pool(typed: Typed) -> Iterator[Fault]:
    """Goods of world scope are balanced in the region WLD."""
    wide = typed["commodities"].filter(pl.col("scope") == "world")
    if wide.height and WORLD not in typed["regions"]["region"].to_list():
        yield _fault(
            "commodities",
            wide["line"][0],
            "scope",
            f"commodity {wide['commodity'][0]!r} has world scope and there is no region {WORLD}",
            f"add {WORLD} to regions.csv",
        )


def what_is_used_can_be_had(tables: Tables) -> Iterator[Fault]:
    """Whatever a process uses or a demand asks for must be made, shipped or in stock where it is wanted."""
    had, recipes = _obtainable(tables), tables.frames["recipes"]
    wide = tables.frames["commodities"].filter(pl.col("scope") == "world")["commodity"]
    counted = tables.frames["commodities"].filter(pl.col("kind").is_in(["count", "emission"])).select("commodity")
    used = recipes.filter(pl.col("flow").is_in(IN_USE)).join(counted, on="commodity", how="anti")
    placed = used.with_columns(
        place=pl.when(pl.col("commodity").is_in(wide.implode())).then(pl.lit(WORLD)).otherwise(pl.col("region"))
    )
    made = recipes.filter(pl.col("flow") == "out")["commodity"].unique().to_list()
    lost = placed.join(had, on=["commodity", "place"], how="anti").unique(["process", "commodity"], maintain_order=True)
    for row in lost.filter(~pl.col("commodity").is_in(made)).iter_rows(named=True):
        yield _fault(
            "recipes",
            row["line"],
            "commodity",
            f"process {row['process']!r} uses {row['commodity']!r}, which nothing makes, ships or stores",
            "add a process, a route or a stock that gives it",
        )
    asked = (
        tables.frames["demand_quantity"]
        .filter(pl.col("value") > 0)
        .select("commodity", "line", place="region")
        .unique(["commodity", "place"], maintain_order=True)
    )
    for row in asked.join(had, on=["commodity", "place"], how="anti").iter_rows(named=True):
        yield _fault(
            "demand",
            row["line"],
            "commodity",
            f"demand for {row['commodity']!r} in {row['place']} is out of reach: nothing can make it there or ship it",
            _chain(tables, row["commodity"]),
        )


def orders_can_start(tables: Tables) -> Iterator[Fault]:
    """A site whose lead time reaches beyond the horizon, with nothing there already, can never be used."""
    settings = tables.settings
    last = settings.periods[-1].start + settings.periods[-1].years
    first = max(settings.periods[0].start, settings.decide_from)
    lead = tables.frames["lead_times"].select("process", "region", lead=pl.col("value") / 12, line="line")
    late = (
        tables.frames["sites"].drop("line").join(lead, on=["process", "region"]).filter(first + pl.col("lead") >= last)
    )
    for row in late.join(tables.frames["capacity"], on=["process", "region"], how="anti").iter_rows(named=True):
        yield _fault(
            "lead_times",
            row["line"],
            "value",
            f"{row['process']} in {row['region']} takes {row['lead'] * 12:g} months: longer than the plan lasts",
            "shorten it, plan longer, or take the site out",
        )


TABLE_CHECKS: tuple[Callable[[Typed], Iterator[Fault]], ...] = (
    every_label_is_declared,
    every_number_has_a_source,
    ranges_hold_their_value,
    keys_stand_once,
    quantities_say_their_year_or_hold_always,
    capacity_can_age,
    shares_of_time_sum_to_one,
    sliced_things_have_slices,
    processes_give_something,
    storage_has_no_recipe,
    names_of_sets_are_known,
    goods_of_the_world_have_a_pool,
)
CASE_CHECKS: tuple[Callable[[Tables], Iterator[Fault]], ...] = (what_is_used_can_be_had, orders_can_start)


def _obtainable(tables: Tables) -> pl.DataFrame:
    """Every (commodity, place) that can be had: made by a process that can get all it needs, shipped, or stored."""
    frames = tables.frames
    wide = frames["commodities"].filter(pl.col("scope") == "world")["commodity"].implode()
    place = pl.when(pl.col("commodity").is_in(wide)).then(pl.lit(WORLD)).otherwise(pl.col("region"))
    key = ["process", "mode", "region"]
    recipes = frames["recipes"].select(*key, "flow", "commodity").unique()
    placed = recipes.with_columns(place=place)
    free = frames["commodities"].filter(pl.col("kind").is_in(["count", "emission"])).select("commodity")
    needs = placed.filter(pl.col("flow") == "in").join(free, on="commodity", how="anti")
    gives = placed.filter(pl.col("flow") == "out")
    had = frames["stocks"].select("commodity", place="region").unique()
    routes = frames["routes"].select("commodity", "origin", "destination")
    while True:
        stuck = needs.join(had, on=["commodity", "place"], how="anti").select(key).unique()
        made = gives.join(stuck, on=key, how="anti").select("commodity", "place")
        sent = routes.join(had, left_on=["commodity", "origin"], right_on=["commodity", "place"]).select(
            "commodity", place="destination"
        )
        more = pl.concat([had, made, sent]).unique()
        if more.height == had.height:
            return had
        had = more


def _chain(tables: Tables, commodity: str) -> str:
    """Say which processes would make a commodity and what they lack."""
    recipes = tables.frames["recipes"]
    makers = (
        recipes.filter((pl.col("flow") == "out") & (pl.col("commodity") == commodity))["process"]
        .unique(maintain_order=True)
        .to_list()
    )
    if not makers:
        return f"add a process that makes {commodity!r}, with a site or capacity there"
    needs = (
        recipes.filter(pl.col("process").is_in(makers) & (pl.col("flow") == "in"))["commodity"]
        .unique(maintain_order=True)
        .to_list()
    )
    return f"{', '.join(makers[:4])} make it and use {', '.join(needs[:6]) or 'nothing'}: give one of them a site there and what it uses, or add a route"


def _fault(table: str, line: int, column: str, what: str, fix: str) -> Fault:
    return Fault(f"{table}.csv line {line}, column {column}", what, fix)
