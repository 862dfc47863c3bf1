"""Rules of groups and of what limits, shares, rules and taxes count: one function a rule, named as what is true."""

from collections.abc import Iterator, Sequence

import polars as pl

from teraplan.case.check_rows import Typed
from teraplan.case.faults import fault_at, in_rows, lines
from teraplan.case.norms import members
from teraplan.case.patterns import matching
from teraplan.case.resolve import EACH, EVERYWHERE, LIMIT, Tables
from teraplan.case.tables import COST_ITEMS, EMISSION_KINDS, OVER
from teraplan.errors import Fault, did_you_mean
from teraplan.units import UnitError, factor

HOMES = {"process": "processes", "region": "regions", "commodity": "commodities", "partner": "partners"}
SETS = (
    ("limits", "group", ("process", "maker")), ("limits", "region_group", ("region",)),
    ("shares", "numerator_group", ("process", "maker")), ("shares", "denominator_group", ("process", "maker")),
    ("shares", "numerator_regions", ("region",)), ("shares", "denominator_regions", ("region",)),
    ("rules", "commodity_group", ("commodity",)), ("rules", "destination_group", ("region",)),
    ("rules", "origin_group", ("region",)),
)  # fmt: skip
"""Columns that name a set, and what its members are."""
TAXED = tuple(item for item, cost in COST_ITEMS.items() if cost.per in ("order", "activity"))
CAPACITY_KINDS = (
    "order_max",
    "order_min",
    "seed",
    "order_cumulative_max",
    "capacity_max",
    "capacity_min",
    "growth",
    "order_fall",
)


def groups_have_members(typed: Typed) -> Iterator[Fault]:
    """Every member of a group, label or pattern, stands for something of its kind."""
    makers = typed["processes"]["maker"].drop_nulls().unique().to_list()
    for row in typed["groups"].iter_rows(named=True):
        known = makers if row["kind"] == "maker" else typed[HOMES[row["kind"]]][row["kind"]].to_list()
        if not matching(row["member"], known):
            what = f"member {row['member']!r} of group {row['group']!r} matches no {row['kind']}"
            yield fault_at("groups", row["line"], "member", what, did_you_mean(row["member"].replace("*", ""), known))


def names_of_groups_mean_one_thing(typed: Typed) -> Iterator[Fault]:
    """A group is of one kind, and is not called like a label of that kind."""
    kinds = typed["groups"].group_by("group", maintain_order=True).agg(pl.col("kind").unique().sort(), "line")
    for row in kinds.filter(pl.col("kind").list.len() > 1).iter_rows(named=True):
        what = f"group {row['group']!r} has members of kind {' and '.join(row['kind'])}"
        yield Fault(f"groups.csv {lines(row['line'])}", what, "make a group of each kind")
    for kind, table in HOMES.items():
        mine = typed["groups"].filter((pl.col("kind") == kind) & pl.col("group").is_in(typed[table][kind].to_list()))
        for row in mine.unique("group", maintain_order=True).iter_rows(named=True):
            what = f"group {row['group']!r} is called like a {kind}"
            yield fault_at("groups", row["line"], "group", what, "give the group a name of its own")


def names_of_sets_are_known(typed: Typed) -> Iterator[Fault]:
    """A limit, share or rule counts something: its group is a group, a pattern or a label that matches."""
    of_emission = pl.col("kind").is_in(EMISSION_KINDS)
    for table, column, kinds in SETS:
        groups = typed["groups"].filter(pl.col("kind").is_in(kinds))["group"].unique().to_list()
        labels = [label for kind in kinds if kind in HOMES for label in typed[HOMES[kind]][kind]]
        allowed = [EACH] if (table, column) == ("limits", "region_group") else []
        rows = typed[table].filter(~of_emission) if column == "group" else typed[table]
        for row in rows.unique(column, maintain_order=True).iter_rows(named=True):
            word = row[column]
            if word not in (*allowed, *groups) and not matching(word, labels):
                what = f"{word!r} is no group, label or pattern that matches a {kinds[0]}"
                yield fault_at(table, row["line"], column, what, did_you_mean(word, [*groups, *labels]))
    goods = typed["commodities"]["commodity"].to_list()
    for row in typed["limits"].filter(of_emission & ~pl.col("group").is_in(goods)).iter_rows(named=True):
        what = f"{row['group']!r} is no commodity that is put out"
        yield fault_at("limits", row["line"], "group", what, did_you_mean(row["group"], goods))


def measures_are_known(typed: Typed) -> Iterator[Fault]:
    """What shares, rules and taxes are `of` is something that is measured: a word, or a word and a commodity."""
    goods = typed["commodities"]["commodity"].to_list()
    plain = {"shares": ("order", "capacity", "activity"), "rules": ("use", "arrivals"), "taxes": TAXED}
    prefix = {"shares": ("out:", "use:"), "rules": ("use:",), "taxes": ("",)}
    for table, words in plain.items():
        flows = [f"{before}{good}" for before in prefix[table] for good in goods]
        known, two = [*words, *flows], pl.col("of").str.split(OVER)
        pair = (pl.lit(table == "shares") & (two.list.len() == 2)) & two.list.eval(pl.element().is_in(flows)).list.all()
        wrong = typed[table].filter(~pl.col("of").is_in(known) & ~pair).unique("of", maintain_order=True)
        for row in wrong.iter_rows(named=True):
            what = f"{row['of']!r} is nothing that {table} can be of"
            yield fault_at(table, row["line"], "of", what, did_you_mean(row["of"], known))
    priced = typed["taxes"].filter((pl.col("kind") == "price") != pl.col("of").is_in(goods))
    for row in priced.filter(pl.col("of").is_in([*TAXED, *goods])).iter_rows(named=True):
        what = f"a {row['kind']} of {row['of']}: prices are on commodities, all others on items of the costs"
        yield fault_at("taxes", row["line"], "kind", what, "use price with a commodity, charge with an item")


def rules_on_arrivals_alone_have_an_origin(typed: Typed) -> Iterator[Fault]:
    """A rule on use counts goods from everywhere, so it can name no origin."""
    for row in (
        typed["rules"]
        .filter((pl.col("of") != "arrivals") & (pl.col("origin_group") != EVERYWHERE))
        .iter_rows(named=True)
    ):
        what = f"a rule on use names the origin {row['origin_group']!r}"
        yield fault_at("rules", row["line"], "origin_group", what, "leave it empty, or make it a rule of arrivals")


def names_of_norms_mean_one_thing(typed: Typed) -> Iterator[Fault]:
    """Rows of a share or rule with one name, part and place have one whole, one origin, and one measure."""
    for table, word, key, rest in (
        (
            "shares",
            "whole",
            ("share", "numerator_group", "numerator_regions", "sense"),
            ("denominator_group", "denominator_regions", "of"),
        ),
        ("rules", "origin", ("rule", "commodity_group", "destination_group"), ("origin_group", "of")),
    ):
        means = typed[table].group_by(key, maintain_order=True).agg(pl.struct(rest).n_unique().alias("means"), "line")
        for row in means.filter(pl.col("means") > 1).iter_rows(named=True):
            what = f"{table[:-1]} {row[key[0]]} of {row[key[1]]} has more than one {word} or measure"
            yield Fault(f"{table}.csv {lines(row['line'])}", what, "give each a name of its own")


def seeds_come_with_a_growth(typed: Typed) -> Iterator[Fault]:
    """A seed is what may be ordered beside growth: without a growth of the same limit it limits nothing."""
    rows, key = typed["limits"], ["limit", "group", "region_group"]
    alone = rows.filter(pl.col("kind") == "seed").join(rows.filter(pl.col("kind") == "growth"), on=key, how="anti")
    what = "a seed of limit {limit!r} for {group!r}, which has no growth"
    once = alone.unique(key, keep="first", maintain_order=True)
    yield from in_rows(("limits", "kind"), once, what, "add a row of kind growth, or make it an order_max")


def what_is_added_has_one_unit(tables: Tables) -> Iterator[Fault]:
    """A limit or share adds up capacities, or activities, of one unit."""
    units = tables.frames["processes"].select("process", "capacity_unit", "activity_unit")
    limits = tables.frames["limits"].select("line", "kind", what="group").filter(~pl.col("kind").is_in(EMISSION_KINDS))
    by_capacity = pl.col("kind").is_in([*CAPACITY_KINDS, "order", "capacity"])
    shares = tables.frames["shares"].filter(pl.col("of").is_in(["order", "capacity", "activity"]))
    sides = [shares.select("line", kind="of", what=f"{side}_group") for side in ("numerator", "denominator")]
    for table, rows in (("limits", limits), ("shares", pl.concat(sides))):
        named = members(tables, "process", rows["what"]).rename({"name": "what", "member": "process"})
        unit = pl.when(by_capacity).then("capacity_unit").otherwise("activity_unit")
        counted = rows.unique(["kind", "what"], maintain_order=True).join(named, on="what").join(units, on="process")
        summed = counted.with_columns(unit=unit).group_by("kind", "what", maintain_order=True)
        for row in summed.agg(
            pl.col("line").first(), pl.col("unit").unique().sort(), pl.col("process").first()
        ).iter_rows(named=True):
            if None in row["unit"]:
                what = f"{row['kind']} of {row['what']!r} counts a process without capacity"
                yield fault_at(table, row["line"], "kind", what, "limit its activity, or give it a capacity_unit")
            elif not _alike(row["unit"]):
                what = f"{row['kind']} of {row['what']!r} adds up {', '.join(row['unit'])}"
                yield fault_at(
                    table, row["line"], "kind", what, "make a group for each unit, or give its members one unit"
                )


def limits_count_something(tables: Tables) -> Iterator[Fault]:
    """A limit's group has a process that can stand in its regions."""
    rows = tables.frames["limits"].unique(LIMIT, maintain_order=True).filter(~pl.col("kind").is_in(EMISSION_KINDS))
    pairs = pl.concat([tables.frames[name].select("process", "region") for name in ("sites", "capacity")]).unique()
    processes = members(tables, "process", rows["group"]).rename({"name": "group", "member": "process"})
    regions = members(tables, "region", rows["region_group"]).rename({"name": "region_group", "member": "region"})
    each = tables.frames["regions"].select("region", region_group=pl.lit(EACH))
    placed = processes.join(pairs, on="process").join(pl.concat([regions, each.select(regions.columns)]), on="region")
    for row in rows.join(placed, on=["group", "region_group"], how="anti").iter_rows(named=True):
        what = f"counts nothing: no process of {row['group']!r} has a site or capacity in {row['region_group']!r}"
        yield fault_at("limits", row["line"], "region_group", what, "name other regions, or take the limit out")


def _alike(units: Sequence[str]) -> bool:
    try:
        return all(abs(factor(unit, units[0]) - 1.0) < 1e-9 for unit in units)
    except UnitError:
        return False


SET_CHECKS = (
    groups_have_members,
    names_of_groups_mean_one_thing,
    names_of_sets_are_known,
    measures_are_known,
    names_of_norms_mean_one_thing,
    seeds_come_with_a_growth,
    rules_on_arrivals_alone_have_an_origin,
)
COUNT_CHECKS = (what_is_added_has_one_unit, limits_count_something)
