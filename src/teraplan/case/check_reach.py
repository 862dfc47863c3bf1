"""What only resolved tables show of what can be had: sites that can be used, goods that are made, demand in reach."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import coo_array

from teraplan.case.faults import fault_at
from teraplan.case.orders import SITE, lead_and_life, order_sites
from teraplan.case.resolve import RUNNING_ITEMS, Tables
from teraplan.case.tables import COST_ITEMS, WORLD
from teraplan.errors import Fault, did_you_mean

RUN = ("process", "mode", "region")
PLACE = ("commodity", "place")
GIFT = 1e-9
TOLD = 6


@dataclass(frozen=True)
class _Reach:
    """Who makes and needs what where, and what can be had."""

    needs: pl.DataFrame
    """process, mode, region, commodity, place, line."""
    gives: pl.DataFrame
    """process, mode, region, commodity, place, line."""
    had: pl.DataFrame
    """commodity, place."""


def the_target_is_asked_for(tables: Tables) -> Iterator[Fault]:
    """The commodity that the plan is for is declared and has a demand."""
    target, goods = tables.settings.target.commodity, tables.frames["commodities"]["commodity"].to_list()
    where = "case.toml, target, commodity"
    if target not in goods:
        yield Fault(where, f"commodity {target!r} is not declared in commodities.csv", did_you_mean(target, goods))
    elif target not in tables.frames["demand_quantity"]["commodity"]:
        yield Fault(where, f"nobody asks for {target!r}", "add its quantity to demand.csv, or name another target")


def sites_can_be_used(tables: Tables) -> Iterator[Fault]:
    """Some order of a site starts inside its window and before the plan ends, unless something stands there already."""
    frames, settings = tables.frames, tables.settings
    last = settings.periods[-1].start + settings.periods[-1].years
    times = frames["lead_times"].select(*SITE, time="line")
    dead = frames["sites"].join(_usable(tables), on=SITE, how="anti").join(times, on=SITE, how="left")
    months = lead_and_life(tables, dead.select(SITE)).select(*SITE, months=pl.col("lead") * 12)
    for row in dead.join(months, on=SITE, how="left", maintain_order="left").iter_rows(named=True):
        there, lead = f"{row['process']} in {row['region']}", (row["months"] or 0.0) / 12
        if settings.decided_from + lead >= last:
            what = f"{there} takes {row['months']:g} months: longer than the plan lasts"
            yield fault_at("lead_times", row["time"], "value", what, "shorten it, plan longer, or take the site out")
        else:
            window = f"from {row['first_year'] or 'the start'} to {row['last_year'] or 'the end'}"
            what = f"{there} can serve {window}, and no order of the plan starts then"
            yield fault_at("sites", row["line"], "last_year", what, "move the window, or take the site out")


def lead_times_are_given_for_every_site_or_none(tables: Tables) -> Iterator[Fault]:
    """A process that has a lead time in one region has one in all: a site without it would start at once."""
    lacking = starting_at_once(tables).join(tables.frames["lead_times"].unique("process"), on="process", how="semi")
    for process, line, regions in lacking.group_by("process", maintain_order=True).agg("line", "region").iter_rows():
        named = ", ".join(regions[:TOLD]) + (", …" if len(regions) > TOLD else "")
        what = f"{process} in {named} has no lead time, and elsewhere it has one: its orders would start at once"
        yield fault_at("sites", line[0], "region", what, "give it a row in lead_times.csv, of 0 if that is meant")


def starting_at_once(tables: Tables) -> pl.DataFrame:
    """Return sites whose orders start at once because no row of lead_times says otherwise: process, region, line."""
    sized = tables.frames["processes"].filter(pl.col("capacity_unit").is_not_null()).select("process")
    ordered = tables.frames["sites"].join(sized, on="process", how="semi", maintain_order="left")
    return ordered.join(tables.frames["lead_times"], on=SITE, how="anti").select(*SITE, "line")


def what_is_wanted_can_be_had(tables: Tables) -> Iterator[Fault]:
    """Whatever a process uses can be made, shipped or stored somewhere; whatever is asked for, there."""
    reach = _reach(tables)
    yield from _unobtainable(tables, reach)
    asked = tables.frames["demand_quantity"].filter(pl.col("value") > 0).select("commodity", "line", place="region")
    lost = asked.join(reach.had, on=list(PLACE), how="anti").unique(PLACE, keep="first", maintain_order=True)
    told = lost.group_by("commodity", maintain_order=True).agg("place", pl.col("line").first())
    for row in told.iter_rows(named=True):
        places = ", ".join(row["place"][:TOLD]) + (", …" if len(row["place"]) > TOLD else "")
        chain, _ = _chain(tables, reach, (row["commodity"], row["place"][0]))
        what = f"demand for {row['commodity']!r} in {places} is out of reach: {chain}"
        fix = "give what makes it a site there and what it uses, or add a route"
        yield fault_at("demand", row["line"], "commodity", what, fix)


def recipes_give_nothing_for_nothing(tables: Tables) -> Iterator[Fault]:
    """No circle of recipes makes more of a good than it uses, without other inputs and without running cost.

    In each year: the largest sum of net outputs of levels in 0..1 of the processes that use something and cost nothing
    to run, where no balance may fall below zero. Only looked for where goods are made, in the end, of themselves.
    """
    flows = _circular(tables)
    if not flows.height:
        return
    from scipy.optimize import linprog  # takes a third of a second, and hardly any case needs it

    for (year,), part in flows.group_by("year", maintain_order=True):
        columns = part.select(RUN).unique(maintain_order=True).with_row_index("column")
        rows = part.select(PLACE).unique(maintain_order=True).with_row_index("row")
        placed = part.join(columns, on=list(RUN)).join(rows, on=list(PLACE))
        net = coo_array((placed["value"], (placed["row"], placed["column"])), (rows.height, columns.height)).tocsr()
        found = linprog(-net.sum(axis=0), A_ub=-net, b_ub=np.zeros(rows.height), bounds=(0, 1), method="highs")
        if found.success and -found.fun > GIFT:
            names = columns.filter(pl.Series(found.x > GIFT))["process"].unique(maintain_order=True).to_list()
            best = rows.row(int(np.argmax(net @ found.x)), named=True)
            line = part.filter(pl.col("process").is_in(names) & (pl.col("value") > 0))["line"][0]
            what = f"{', '.join(names[:TOLD])} make {best['commodity']!r} out of nothing in {year}, in a circle"
            fix = "make them use what it is really made of, or give one of them a running cost"
            yield fault_at("recipes", line, "value", what, fix)
            return


def _usable(tables: Tables) -> pl.DataFrame:
    """Places (process, region) that can run at some time of the plan."""
    frames, settings = tables.frames, tables.settings
    first, last = settings.periods[0].start, settings.periods[-1].start + settings.periods[-1].years
    periods = pl.DataFrame(
        [(period.label, period.start, period.start + period.years) for period in settings.periods],
        schema={"period": pl.String, "start": pl.Float64, "end": pl.Float64},
        orient="row",
    )
    sized = frames["processes"].filter(pl.col("capacity_unit").is_not_null()).select("process", "life")
    end = pl.coalesce(pl.col("end"), pl.col("start") + pl.col("life"))
    standing = frames["capacity"].join(sized, on="process").filter((end > first) & (pl.col("start") < last))
    opened = (pl.col("first_year").fill_null(0) < last) & (pl.col("last_year").fill_null(9999) + 1 > first)
    free = frames["sites"].join(sized, on="process", how="anti").filter(opened)
    return pl.concat([part.select(SITE) for part in (order_sites(tables, periods), standing, free)]).unique()


def _reach(tables: Tables) -> _Reach:
    """What can be had: made by a process that can get all it needs to run and to be built, shipped, or in stock."""
    frames = tables.frames
    counted = frames["commodities"].filter(pl.col("kind").is_in(["count", "emission"])).select("commodity")
    there = frames["capacity"].select(SITE).unique().with_columns(built=True)
    rows = _placed(tables, frames["recipes"].filter(pl.col("value") > 0)).join(_usable(tables), on=SITE, how="semi")
    once = rows.unique([*RUN, "flow", "commodity"], maintain_order=True).join(there, on=SITE, how="left")
    gives = once.filter(pl.col("flow").is_in(["out", "release"])).select(*RUN, *PLACE, "line")
    uses = once.join(counted, on="commodity", how="anti").filter(
        (pl.col("flow") == "in") | ((pl.col("flow") == "build") & pl.col("built").is_null())
    )
    modes = gives.select(RUN).unique()
    running = uses.filter(pl.col("flow") == "in").select(*RUN, *PLACE, "line")
    building = uses.filter(pl.col("flow") == "build").drop("mode").join(modes, on=SITE).select(*RUN, *PLACE, "line")
    needs = pl.concat([running, building]).unique(maintain_order=True)
    stocked = frames["stocks"].filter((pl.col("kind") == "carried") & (pl.col("opening") > 0))
    had = pl.concat([part.select("commodity", place="region") for part in (stocked, _filled(tables))]).unique()
    routes = frames["routes"].select("commodity", "destination", place="origin")
    while True:
        stuck = needs.join(had, on=list(PLACE), how="anti").select(RUN).unique()
        made = gives.join(stuck, on=list(RUN), how="anti").select(PLACE)
        sent = routes.join(had, on=list(PLACE)).select("commodity", place="destination")
        more = pl.concat([had, made, sent]).unique()
        if more.height == had.height:
            return _Reach(needs, gives, had)
        had = more


def _filled(tables: Tables) -> pl.DataFrame:
    """Where carried storage holds something from the start, or may: commodity, region."""
    frames = tables.frames
    carried = frames["storage"].filter(pl.col("kind") == "carried").select("process", "commodity", "opening")
    opened = frames["store_limits"].filter((pl.col("item") == "opening") & (pl.col("value") > 0))
    free = carried.filter(pl.col("opening") == "free")
    sites = pl.concat([frames[name].select(SITE) for name in ("sites", "capacity")])
    parts = (opened.select(SITE).join(carried, on="process"), sites.join(free, on="process"))
    return pl.concat([part.select("commodity", "region") for part in parts])


def _placed(tables: Tables, recipes: pl.DataFrame) -> pl.DataFrame:
    """Recipes with the place where each flow is balanced."""
    scope = tables.frames["commodities"].select("commodity", "scope")
    place = pl.when(pl.col("scope") == "world").then(pl.lit(WORLD)).otherwise("region")
    return recipes.join(scope, on="commodity", maintain_order="left").with_columns(place=place)


def _unobtainable(tables: Tables, reach: _Reach) -> Iterator[Fault]:
    """Goods that are used and can be had nowhere: of those that lack each other, the ones that it comes down to."""
    lacking = reach.needs.join(reach.had.select("commodity"), on="commodity", how="anti")
    told = set()
    for row in lacking.unique("commodity", keep="first", maintain_order=True).sort("line").iter_rows(named=True):
        _, root = _chain(tables, reach, (row["commodity"], row["place"]))
        if root not in told:
            told.add(root)
            users = reach.needs.filter((pl.col("commodity") == root[0]) & (pl.col("place") == root[1]))
            user = users.row(0, named=True) if users.height else row
            chain, _ = _chain(tables, reach, root)
            what = f"process {user['process']!r} uses {root[0]!r}, which nobody can obtain: {chain}"
            yield fault_at(
                "recipes", user["line"], "commodity", what, "add a process, a route or a stock that gives it"
            )


def _chain(tables: Tables, reach: _Reach, wanted: tuple[str, str]) -> tuple[str, tuple[str, str]]:
    """Say why a commodity cannot be had in a place, maker by maker, and name the pair that it comes down to."""
    had, seen = set(reach.had.iter_rows()), {wanted}
    words: list[str] = []
    while True:
        commodity, place = wanted
        here = reach.gives.filter((pl.col("commodity") == commodity) & (pl.col("place") == place))
        if here.height:
            maker = here.row(0, named=True)
            needs = reach.needs.filter(pl.all_horizontal(pl.col(label) == maker[label] for label in RUN))
            wanted = next(pair for pair in needs.select(PLACE).iter_rows() if pair not in had)
            words.append(f"{maker['process']} makes {commodity!r} and lacks {wanted[0]!r}")
        else:
            routes = tables.frames["routes"].filter(
                (pl.col("commodity") == commodity) & (pl.col("destination") == place)
            )
            if not routes.height:
                return " <- ".join([*words, _no_maker(tables, reach, commodity, place)]), wanted
            wanted = (commodity, routes["origin"][0])
            words.append(f"{commodity!r} would come from {wanted[1]}")
        if wanted in seen:
            return f"{' <- '.join(words)}, a circle that nothing starts", wanted
        seen.add(wanted)


def _no_maker(tables: Tables, reach: _Reach, commodity: str, place: str) -> str:
    names = reach.gives.filter(pl.col("commodity") == commodity)["process"].unique(maintain_order=True).to_list()
    if names:
        return f"{commodity!r} is made by {', '.join(names[:TOLD])}, not in {place}, and no route brings it there"
    makers = tables.frames["recipes"].filter((pl.col("flow") == "out") & (pl.col("commodity") == commodity))
    idle = makers["process"].unique(maintain_order=True).to_list()
    return (
        f"{commodity!r} is made by {', '.join(idle[:TOLD])}, which cannot run"
        if idle
        else f"nothing makes {commodity!r}"
    )


def _circular(tables: Tables) -> pl.DataFrame:
    """Net flows by year of processes that use something and cost nothing to run, if goods come back to themselves."""
    frames = tables.frames
    valued = frames["commodities"].filter(~pl.col("kind").is_in(["count", "emission"])).select("commodity")
    recipes = frames["recipes"].filter(pl.col("flow").is_in(["in", "out"]) & (pl.col("value") > 0))
    flows = _placed(tables, recipes).join(valued, on="commodity", how="semi")
    paid = [item for item in RUNNING_ITEMS if not COST_ITEMS[item].transfer]
    costly = frames["costs"].filter(pl.col("item").is_in(paid) & (pl.col("value") > 0)).select(*RUN, "year").unique()
    users = flows.filter(pl.col("flow") == "in").select(*RUN, "year").unique()
    loose = flows.join(users, on=[*RUN, "year"], how="semi").join(costly, on=[*RUN, "year"], how="anti")
    used = loose.filter(pl.col("flow") == "in").select("process", "mode", used="commodity").unique()
    made = loose.filter(pl.col("flow") == "out").select("process", "mode", made="commodity").unique()
    if not _has_circle(used.join(made, on=["process", "mode"])):
        return loose.clear()
    sign = pl.when(pl.col("flow") == "out").then(1.0).otherwise(-1.0)
    sent = frames["routes"].filter(pl.col("cost") <= 0).join(loose.select("year").unique(), how="cross")
    route = sent.select(
        "commodity", "line", "year", process="commodity", mode="origin", region="destination", loss="loss"
    )
    ends = [
        route.with_columns(place="mode", value=pl.lit(-1.0)),
        route.with_columns(place="region", value=1.0 - pl.col("loss")),
    ]
    columns = [*RUN, "year", *PLACE, "value", "line"]
    return pl.concat([part.select(columns) for part in (loose.with_columns(value=sign * pl.col("value")), *ends)])


def _has_circle(pairs: pl.DataFrame) -> bool:
    """Whether some good is, recipe by recipe, made of itself; pairs: used, made."""
    while pairs.height:
        inner = pairs.filter(pl.col("used").is_in(pairs["made"].implode()))
        if inner.height == pairs.height:
            return True
        pairs = inner
    return False


REACH_CHECKS = (
    the_target_is_asked_for,
    sites_can_be_used,
    lead_times_are_given_for_every_site_or_none,
    what_is_wanted_can_be_had,
    recipes_give_nothing_for_nothing,
)
