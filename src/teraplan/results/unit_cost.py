"""What each good costs to make in a plan, real resources and transfers apart, whatever the duals say.

The cost of a good is what its makers pay over what they make: running and fixed cost, a level charge for the capital of
what was ordered, and what they use and are built from at the cost of those goods. Rents and mark-ups are no resource
cost; the capital of what existed before is sunk. Goods, places and periods depend on each other, so the costs are the
solution of one linear system. Outputs of one process share its cost evenly. Carried storage adds its own cost to what
it stores; what it gives out of earlier periods, beyond what is put in, has no cost but that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse
from scipy.sparse.linalg import splu

from teraplan.case.case import Case
from teraplan.case.money import year_factors
from teraplan.case.orders import service
from teraplan.results.sums import grouped

NEGLIGIBLE = 1e-9
SITE = ("process", "region")
HERE = ("process", "region", "period")
NODE = ("commodity", "place", "period")
MONEY = ("real", "transfers")


@dataclass(frozen=True)
class Spending:
    """What processes pay in a year, and what they use for it.

    own: process, region, period, real, transfers [money / year]. uses: process, region, period, commodity, place,
    use_period, amount [commodity / year], brought to the period of the process by the discount factor.
    """

    own: pl.DataFrame
    uses: pl.DataFrame


def unit_costs(case: Case, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the cost of each good where it is made or arrives: commodity, place, period, real, transfers [money/good].

    frames: `order`, `activity`, `sliced_activity`, `ship`, `sliced_ship` and `capacity` of a plan.
    """
    run = run_of(frames)
    made = _made(case, run)
    made = pl.concat([made, _drawn(case, run, made).select(made.columns)])
    spending = spending_of(case, frames, run, frames["capacity"].select(*HERE, held="in_service"))
    sent = _sent(case, frames)
    nodes = _supplied(made, sent).with_row_index("node")
    share = made.select(*HERE, *NODE[:2], share=1.0 / pl.len().over(HERE)).join(nodes, on=NODE)
    own = spending.own.join(share, on=HERE).select("node", *(pl.col(name) * pl.col("share") for name in MONEY))
    inputs = nodes.select("commodity", "place", source="node", use_period="period")
    uses = spending.uses.join(inputs, on=["commodity", "place", "use_period"]).join(
        share.drop("commodity", "place"), on=HERE
    )
    arriving = sent.join(nodes, left_on=["commodity", "destination", "period"], right_on=NODE)
    leaving = arriving.join(
        inputs, left_on=["commodity", "origin", "period"], right_on=["commodity", "place", "use_period"]
    )
    entries = pl.concat(
        [
            uses.select("node", "source", amount=pl.col("amount") * pl.col("share")),
            leaving.select("node", "source", amount="sent"),
        ]
    )
    freight = arriving.select("node", real=pl.col("sent") * pl.col("cost"), transfers=pl.lit(0.0))
    return nodes.select(NODE).hstack(_solved(nodes["supply"], entries, pl.concat([own, freight])))


def spending_of(case: Case, frames: Mapping[str, pl.DataFrame], run: pl.DataFrame, held: pl.DataFrame) -> Spending:
    """Return what processes pay and use for what they run and hold.

    run: process, mode, region, period, run [activity / year]; held: process, region, period, held [capacity].
    """
    items = case.cost_items.select("item", "transfer")
    charged = _charges(case, frames["order"])
    running = case.running_costs.join(run, on=[*SITE, "mode", "period"]).with_columns(
        paid=pl.col("value") * pl.col("run")
    )
    fixed = case.fixed_costs.join(held, on=HERE).with_columns(paid=pl.col("value") * pl.col("held"))
    capital = (
        _present(case).join(charged, on=[*SITE, "order_period"]).with_columns(paid=pl.col("present") * pl.col("charge"))
    )
    lines = pl.concat([part.select(*HERE, "item", "paid") for part in (running, fixed, capital)]).join(items, on="item")
    own = (
        lines.sort(*HERE, "item", "paid")
        .group_by(HERE, maintain_order=True)
        .agg(
            real=pl.col("paid").filter(~pl.col("transfer")).sum(),
            transfers=pl.col("paid").filter(pl.col("transfer")).sum(),
        )
    )
    weight = case.periods.select("period", weight=pl.col("years") * pl.col("running_factor"))
    then = weight.rename({"period": "use_period", "weight": "use_weight"})
    used = case.inputs.join(run, on=[*SITE, "mode", "period"]).join(weight, on="period").join(then, on="use_period")
    built = (
        case.build_inputs.rename({"period": "order_period"})
        .join(charged, on=[*SITE, "order_period"])
        .join(then, on="use_period")
    )
    parts = [
        used.with_columns(amount=pl.col("value") * pl.col("run") * pl.col("use_weight") / pl.col("weight")),
        built.with_columns(amount=pl.col("value") * pl.col("use_weight") * pl.col("charge")),
    ]
    labels = [*HERE, "commodity", "place", "use_period"]
    uses = _summed(pl.concat([part.select(*labels, "amount") for part in parts]), labels, "amount")
    return Spending(own, uses)


def run_of(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return activity over the year, whatever the clock: process, mode, region, period, run [activity / year]."""
    labels = ["process", "mode", "region", "period"]
    both = pl.concat([frames[name].select(*labels, "value") for name in ("activity", "sliced_activity")])
    return _summed(both.rename({"value": "run"}), labels, "run").filter(pl.col("run") > NEGLIGIBLE)


def _summed(frame: pl.DataFrame, labels: list[str], amount: str) -> pl.DataFrame:
    """Amounts summed by labels."""
    return frame.select(*labels, amount).pipe(grouped, *labels).agg(pl.col(amount).sum())


def placed(orders: pl.DataFrame) -> pl.DataFrame:
    """Return the orders of a plan that are more than nothing: process, region, period, ordered [capacity]."""
    return orders.filter(pl.col("value") > NEGLIGIBLE).select(*HERE, ordered="value")


def _charges(case: Case, orders: pl.DataFrame) -> pl.DataFrame:
    """What share of its present value each order is charged a year: process, region, order_period, period, charge.

    charge x present value, discounted over the years of service of the whole life, is the present value again.
    """
    lived = _discounted_service(case, placed(orders))
    yearly = placed(orders).join(lived, on=HERE).rename({"period": "order_period"})
    held = case.in_service.join(yearly, on=[*SITE, "order_period"])
    return held.select(*SITE, "order_period", "period", charge=pl.col("value") * pl.col("ordered") / pl.col("lived"))


def _present(case: Case) -> pl.DataFrame:
    """Present value of the payments of one unit ordered: process, region, order_period, item, present [money]."""
    whole = pl.col("charged") + pl.col("beyond")
    paid = case.payments.with_columns(present=whole, order_period="period")
    return _summed(paid, [*SITE, "item", "order_period"], "present")


def _discounted_service(case: Case, orders: pl.DataFrame) -> pl.DataFrame:
    """Years of service of one unit ordered, over its whole life, discounted: process, region, period, lived [year]."""
    sites = case.order_sites.join(orders, on=HERE, how="semi")
    if not sites.height:
        return pl.DataFrame(schema={**dict.fromkeys(HERE, pl.String), "lived": pl.Float64})
    last = sites.select((pl.col("b") + pl.col("lead") + pl.col("life")).max()).item()
    years = np.arange(int(np.floor(case.periods["start"].min())), int(np.ceil(last)) + 1)  # type: ignore[arg-type]
    factors = year_factors(case.tables, "running", years)
    windows = factors.select("year", "factor", t0=pl.col("year").cast(pl.Float64), t1=pl.col("year") + 1.0)
    lived = service(sites, windows, case.tables, ramped=False)
    return _summed(lived.with_columns(lived=pl.col("value") * pl.col("factor")), list(HERE), "lived")


def _made(case: Case, run: pl.DataFrame) -> pl.DataFrame:
    """What processes make of goods and services: process, region, period, commodity, place, made."""
    goods = case.commodities.filter(pl.col("kind").is_in(["good", "service"])).select("commodity")
    out = case.outputs.join(goods, on="commodity", how="semi").join(run, on=[*SITE, "mode", "period"])
    amounts = _summed(out.with_columns(made=pl.col("value") * pl.col("run")), [*HERE, "commodity", "place"], "made")
    return amounts.filter(pl.col("made") > NEGLIGIBLE)


def _drawn(case: Case, run: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """What carried storage gives out beyond what is put in, as if it made it: the columns of _made."""
    used = case.inputs.join(run, on=[*SITE, "mode", "period"]).with_columns(used=pl.col("value") * pl.col("run"))
    given = _summed(used.drop("period").rename({"use_period": "period"}), list(NODE), "used")
    put_in = _summed(made, list(NODE), "made").rename({"made": "put_in"})
    stores = case.stores.with_columns(place="region").join(case.periods.select("period"), how="cross")
    both = stores.join(given, on=NODE, how="left").join(put_in, on=NODE, how="left")
    beyond = pl.col("used").fill_null(0.0) - pl.col("put_in").fill_null(0.0)
    return both.with_columns(made=beyond.clip(lower_bound=0.0))


def _sent(case: Case, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """What is sent on routes, with its cost and loss: commodity, origin, destination, period, sent, cost, loss."""
    way = ["commodity", "origin", "destination", "period"]
    moved = pl.concat([frames[name].select(*way, "value") for name in ("ship", "sliced_ship")])
    summed = _summed(moved.rename({"value": "sent"}), way, "sent").filter(pl.col("sent") > NEGLIGIBLE)
    routes = [table.select(*way, "cost", "loss").unique(way) for table in (case.ship_routes, case.sliced_ship_routes)]
    return summed.join(pl.concat(routes), on=way)


def _supplied(made: pl.DataFrame, sent: pl.DataFrame) -> pl.DataFrame:
    """Where goods are made or arrive: commodity, place, period, supply [commodity / year]."""
    arrived = sent.select("commodity", "period", place="destination", supply=pl.col("sent") * (1.0 - pl.col("loss")))
    whole = pl.concat([made.select(*NODE, supply="made"), arrived.select(*NODE, "supply")])
    return _summed(whole, list(NODE), "supply").filter(pl.col("supply") > NEGLIGIBLE)


def _solved(supply: pl.Series, entries: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Costs for which supply x cost = own money + what is used x its cost, at every node: real, transfers."""
    size = supply.len()
    entries, own = entries.sort("node", "source", "amount"), own.sort("node", *MONEY)
    uses = (entries["amount"].to_numpy(), (entries["node"].to_numpy(), entries["source"].to_numpy()))
    matrix = sparse.diags(supply.to_numpy()) - sparse.coo_matrix(uses, shape=(size, size))
    paid = np.zeros((size, len(MONEY)))
    for at, name in enumerate(MONEY):
        np.add.at(paid[:, at], own["node"].to_numpy(), own[name].to_numpy())
    cost = splu(sparse.csc_matrix(matrix)).solve(paid) if size else paid
    return pl.DataFrame({name: cost[:, at] for at, name in enumerate(MONEY)})
