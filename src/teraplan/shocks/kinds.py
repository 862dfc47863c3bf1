"""What may happen to a target: for each kind of shock the change of tables that it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from teraplan.case.norms import members
from teraplan.case.resolve import EVERYWHERE, RULE, SITE, Tables
from teraplan.case.tables import COST_ITEMS, SHOCKS
from teraplan.errors import Fault
from teraplan.shocks.caps import Flows, caps, over_periods
from teraplan.shocks.force_majeure import Loss, lifted, scaled
from teraplan.shocks.outages import added, without_plants
from teraplan.shocks.targets import EVERY, ROUTE, Hit, meant, nothing_there, plants, routes, strangers

Change = Callable[[Tables, Hit, Flows | None, list[Fault]], Tables]
TAXED = tuple(item for item, cost in COST_ITEMS.items() if cost.per in ("order", "activity"))
GIVE_FLOWS = "give flows, what a plan did, so that a share of it is an amount"


def changed_by(tables: Tables, hit: Hit, flows: Flows | None, faults: list[Fault]) -> Tables:
    """Return the tables after one target of a shock, with it in their history; what is wrong is added to `faults`."""
    kind = hit.target.kind
    wrong = strangers(tables, hit.where, hit.target)
    for label in hit.target.chosen:
        if label not in SHOCKS[kind].labels:
            fix = f"name {', '.join(SHOCKS[kind].labels)}"
            wrong.append(Fault(hit.where, f"{label} says nothing of {kind}", fix))
    if wrong:
        faults += wrong
        return tables
    changed = CHANGES[kind](tables, hit, flows, faults)
    if hit.target.factor == 1.0 or hit.target.duration + hit.target.recovery == 0.0:
        return tables
    return replace(changed, edits=(*changed.edits, hit.origin))


def _outage(tables: Tables, hit: Hit, flows: Flows | None, faults: list[Fault]) -> Tables:
    """Plants run no more, or at a part of what they could; nothing, or a part, is sent on routes."""
    if hit.target.origin != EVERY or hit.target.destination != EVERY:
        return _routes_cut(tables, hit, flows, faults)
    pairs = _plants(tables, hit, faults)
    carried = tables.frames["storage"].filter(pl.col("kind") == "carried")
    running = pairs.join(carried, on="process", how="anti", maintain_order="left")
    if pairs.height and not running.height:
        what = "hits stores alone, which have no activity to lose"
        faults.append(Fault(hit.where, what, "hit the processes that fill and empty them"))
    sized = tables.frames["processes"].filter(pl.col("capacity_unit").is_not_null())
    free = running.join(sized, on="process", how="anti", maintain_order="left")
    kept = caps(hit, over_periods(hit.case, free, None if flows is None else flows.ran))
    unknown = kept.filter(pl.col("value").is_null())["process"].unique(maintain_order=True).to_list()
    names = ", ".join([*unknown[:3], *(["others"] if unknown[3:] else [])])
    if unknown and free.height == running.height:
        faults.append(Fault(hit.where, f"takes a part of {names}, which has no capacity", GIVE_FLOWS))
    told = (f"{hit.name}: {names} has no capacity, and no flows are given: its commitments fall alone",)
    limits = _limits(hit, "activity_max", kept.drop_nulls("value"))
    rows = added(tables.frames["limits"], limits, hit.origin)
    edits = (*tables.edits, *(told if unknown else ()))
    capped = replace(tables, frames={**tables.frames, "limits": rows}, edits=edits)
    return without_plants(capped, Loss(running, hit.left, hit.origin))


def _routes_cut(tables: Tables, hit: Hit, flows: Flows | None, faults: list[Fault]) -> Tables:
    """Nothing, or a part, is sent on routes: of their capacity, or of what a plan sent where they have none."""
    found = routes(tables, hit.target)
    if not found.height:
        fix = "name a route of the case, or fewer labels"
        faults.append(Fault(hit.where, "hits nothing: no route has all of these labels", fix))
        return tables
    sent = over_periods(hit.case, found.select(ROUTE), None if flows is None else flows.arrived)
    sized = found.select(*ROUTE, most=pl.col("capacity") * (1.0 - pl.col("loss")))
    most = (
        sent.join(sized, on=ROUTE, maintain_order="left").with_columns(value=pl.coalesce("most", "value")).drop("most")
    )
    left = _known(hit, caps(hit, most), "what is sent on routes without capacity", faults)
    rows = left.select(
        rule=pl.lit(f"{hit.name}, ") + pl.col("origin"), commodity_group="commodity", origin_group="origin",
        destination_group="destination", of=pl.lit("arrivals"), year="year", value="value",
    )  # fmt: skip
    return _with(tables, "rules", added(tables.frames["rules"], rows, hit.origin))


def _ban(tables: Tables, hit: Hit, flows: Flows | None, faults: list[Fault]) -> Tables:
    """Use of goods in regions is forbidden, or licences for it are cut to a share."""
    if hit.target.origin != EVERY:
        return _routes_cut(tables, hit, flows, faults)
    goods = set(meant(tables, "commodity", hit.target.commodity))
    regions = set(meant(tables, "region", hit.target.destination))
    rules = tables.frames["rules"]
    inside = _rules_within(tables, goods, regions)
    cut = scaled(rules, inside.select(RULE).unique(), hit.left, hit.origin)
    ruled = inside.join(rules, on=list(RULE)).select("commodity", "region", "year").unique()
    users = tables.frames["recipes"].filter(pl.col("flow").is_in(["in", "build"]))
    places = users.select("commodity", "region").unique(maintain_order=True).filter(
        pl.col("commodity").is_in(list(goods)) & pl.col("region").is_in(list(regions))
    )  # fmt: skip
    if not places.height and not inside.height:
        faults.append(Fault(hit.where, "hits nothing: nobody uses these goods there", "name other goods or regions"))
    new = caps(hit, over_periods(hit.case, places, None if flows is None else flows.used))
    free = new.join(ruled, on=["commodity", "region", "year"], how="anti", maintain_order="left")
    left = _known(hit, free, "what is used without a licence", faults)
    rows = left.select(
        rule=pl.lit(hit.name), commodity_group="commodity", origin_group=pl.lit(EVERYWHERE),
        destination_group="region", of=pl.lit("use"), year="year", value="value",
    )  # fmt: skip
    return _with(tables, "rules", added(cut, rows, hit.origin))


def _rules_within(tables: Tables, goods: set[str], regions: set[str]) -> pl.DataFrame:
    """Licences of use that count nothing but these goods in these regions: RULE, commodity, region."""
    key = tables.frames["rules"].select(RULE).unique(maintain_order=True).filter(pl.col("of") != "arrivals")
    named = members(tables, "commodity", key["commodity_group"]).rename(
        {"name": "commodity_group", "member": "commodity"}
    )
    placed = members(tables, "region", key["destination_group"]).rename(
        {"name": "destination_group", "member": "region"}
    )
    counted = key.join(named, on="commodity_group").join(placed, on="destination_group")
    inside = pl.col("commodity").is_in(list(goods)) & pl.col("region").is_in(list(regions))
    return counted.filter(inside.all().over(RULE))


def _order(tables: Tables, hit: Hit, flows: Flows | None, faults: list[Fault]) -> Tables:
    """Orders are no longer placed, or a part of what a plan placed: who funds them stops."""
    sized = tables.frames["processes"].filter(pl.col("capacity_unit").is_not_null())
    pairs = _plants(tables, hit, faults).join(sized, on="process", how="semi", maintain_order="left")
    sites = pairs.join(tables.frames["sites"], on=SITE, how="semi", maintain_order="left")
    if pairs.height and not sites.height:
        faults.append(Fault(hit.where, "hits nothing: none of these plants can be ordered", "hit others"))
    left = caps(hit, over_periods(hit.case, sites, None if flows is None else flows.ordered))
    rows = _limits(hit, "order_max", _known(hit, left, "orders", faults))
    held = _with(tables, "limits", added(tables.frames["limits"], rows, hit.origin))
    return lifted(held, Loss(sites, hit.left, hit.origin), of=("order",))


def _delay(tables: Tables, hit: Hit, flows: Flows | None, faults: list[Fault]) -> Tables:
    """What is ordered is built at a part of its pace."""
    sized = tables.frames["processes"].filter(pl.col("capacity_unit").is_not_null())
    pairs = _plants(tables, hit, faults).join(sized, on="process", how="semi", maintain_order="left").select(SITE)
    rows = pairs.with_columns(
        start=pl.lit(hit.start), duration=pl.lit(hit.target.duration), recovery=pl.lit(hit.target.recovery),
        pace=pl.lit(hit.target.factor), source=pl.lit(hit.origin), line=pl.lit(0, pl.Int32),
    )  # fmt: skip
    slow = tables.frames["slowdowns"]
    return _with(tables, "slowdowns", pl.concat([slow, rows.select(slow.columns).cast(slow.schema)]))


def _demand(tables: Tables, hit: Hit, flows: Flows | None, faults: list[Fault]) -> Tables:
    """More, or less, is asked for."""
    frame = _fitting(tables, hit, "demand_quantity", ("commodity", "region"), faults)
    return _with(tables, "demand_quantity", frame)


def _cost(tables: Tables, hit: Hit, flows: Flows | None, faults: list[Fault]) -> Tables:
    """Items of cost are multiplied."""
    return _with(tables, "costs", _fitting(tables, hit, "costs", (*SITE, "item"), faults))


def _tariff(tables: Tables, hit: Hit, flows: Flows | None, faults: list[Fault]) -> Tables:
    """A duty on items of cost: what they are multiplied by, less 1, goes to a state."""
    during = hit.case.period_years.join(hit.depth, on="year").filter(pl.col("depth").max().over("period") > 0)
    rates = during.select("year", value=(hit.target.factor - 1.0) * pl.col("depth")).unique(maintain_order=True)
    costs = tables.frames["costs"].filter(pl.col("item").is_in(TAXED))
    paid = costs.filter(_fits(tables, hit, (*SITE, "item"))).select(*SITE, of="item").unique(maintain_order=True)
    if not paid.height:
        faults.append(Fault(hit.where, "hits nothing: no cost has all of these labels", "name fewer labels"))
    rows = paid.join(rates, how="cross").with_columns(tax=pl.lit(hit.name), kind=pl.lit("tariff"))
    return _with(tables, "taxes", added(tables.frames["taxes"], rows, hit.origin))


def _plants(tables: Tables, hit: Hit, faults: list[Fault]) -> pl.DataFrame:
    """The plants that are hit; a fault where there are none."""
    pairs = plants(tables, hit.target)
    if not pairs.height:
        faults.append(nothing_there(tables, hit.where, hit.target))
    return pairs


def _fitting(tables: Tables, hit: Hit, name: str, labels: Sequence[str], faults: list[Fault]) -> pl.DataFrame:
    """A table of calendar years in which the rows that fit a target are multiplied; a fault where none fits."""
    frame = tables.frames[name]
    fits = frame.filter(_fits(tables, hit, labels)).select(labels).unique(maintain_order=True)
    if not fits.height:
        what = f"hits nothing: no row of {name} has all of these labels"
        faults.append(Fault(hit.where, what, "name fewer labels, or others"))
    return scaled(frame, fits, hit.left, hit.origin)


def _fits(tables: Tables, hit: Hit, labels: Sequence[str]) -> pl.Expr:
    chosen = [name for name in labels if getattr(hit.target, name) != EVERY]
    wanted = [pl.col(name).is_in(meant(tables, name, getattr(hit.target, name))) for name in chosen]
    if "process" in labels:
        wanted.append(pl.struct("process", "region").is_in(plants(tables, hit.target).to_struct().implode()))
    return pl.all_horizontal([pl.lit(True), *wanted])


def _known(hit: Hit, left: pl.DataFrame, what: str, faults: list[Fault]) -> pl.DataFrame:
    """Caps of which every amount is known; a fault where one is not."""
    if left["value"].null_count():
        faults.append(Fault(hit.where, f"takes a part of {what}, and says no amount", GIVE_FLOWS))
    return left.drop_nulls("value")


def _limits(hit: Hit, kind: str, left: pl.DataFrame) -> pl.DataFrame:
    return left.select(
        "year", "value", limit=pl.lit(hit.name), kind=pl.lit(kind), group="process", region_group="region"
    )


def _with(tables: Tables, name: str, frame: pl.DataFrame) -> Tables:
    return replace(tables, frames={**tables.frames, name: frame})


CHANGES: Mapping[str, Change] = {
    "outage": _outage,
    "ban": _ban,
    "order": _order,
    "delay": _delay,
    "demand": _demand,
    "cost": _cost,
    "tariff": _tariff,
}
