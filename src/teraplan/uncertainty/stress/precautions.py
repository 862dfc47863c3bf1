"""Hedges against one shock: spare capacity, a second source, a stock; what each costs, and what it would have saved.

A candidate is foretold from duals: an order before the shock by its reduced cost in the plan (what one unit more
costs, net of what it earns) and in the shocked plan (what it would then have saved); a stock by the price of the good
before and during the shock. The cheapest candidate of a cell is confirmed: the case is planned again with it, what was
settled is taken from that plan, and the shock comes again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from teraplan.case.case import Case
from teraplan.errors import Infeasible
from teraplan.model.build import build_problem
from teraplan.model.variables import VARIABLES
from teraplan.results.derive import BALANCES
from teraplan.results.results import Results
from teraplan.solver import Options, Solution, solve
from teraplan.uncertainty.ensemble import Packed, unpacked
from teraplan.uncertainty.stress.cells import Item, changed
from teraplan.uncertainty.stress.losses import money_of, read
from teraplan.uncertainty.stress.nodes import Node, running_at
from teraplan.uncertainty.stress.settled import MOMENT, Base, Moments, base_of

PART = 0.1
"""How much of what a node makes in a year a hedge stands for [1]."""
WORTH_IT = 0.01
"""A hedge that is foretold to save less than this part of the loss is not looked at [1]."""
SITE = ("process", "region")
HERE = (*SITE, "period")
HEDGE = {
    "cell": pl.String, "hedge": pl.String, "what": pl.String, "place": pl.String, "period": pl.String,
    "used": pl.String, "size": pl.Float64, "unit": pl.String, "cost_foretold": pl.Float64,
    "saved_foretold": pl.Float64, "break_even": pl.Float64, "cost": pl.Float64, "saved": pl.Float64,
}  # fmt: skip
"""hedge: spare capacity, second source or stock; what: process or commodity; period: when it is ordered or laid in;
used: when a stock is drawn on; size: stands for a tenth of what the node makes in a year; break_even: the probability
of the shock from which on it pays, cost over saved as foretold; cost, saved: as confirmed; none where they are not
[money, discounted]."""


@dataclass(frozen=True)
class Precaution:
    """A hedge that is taken before a shock."""

    hedge: str
    what: str
    place: str
    period: str
    used: str | None
    size: float


def foretold(base: Base, node: Node, without: pl.DataFrame, cell: pl.DataFrame, until: float) -> pl.DataFrame:
    """Return the candidates of a cell as rows of HEDGE but for `cell`, by what they cost for what they save.

    without, cell: what was read without the shock and with it; until: when the outage ends [decimal year]. Only what
    can still be ordered, or laid in, before the shock and after the case's date.
    """
    before = _before(base)
    if before.is_empty() or base.plain.tables.settings.objective != "least_cost":
        return pl.DataFrame(schema=HEDGE).drop("cell")
    made = _made(base, node)
    loss = money_of(cell) - money_of(without)
    parts = [_orders(base, node, made, (without, cell), before), _stocks(base, made, (without, cell), (before, until))]
    found = pl.concat(parts).with_columns(pl.col("saved_foretold").clip(upper_bound=loss))
    paying = found.filter(pl.col("saved_foretold") > max(WORTH_IT * loss, 0.0))
    even = paying.with_columns(
        break_even=pl.col("cost_foretold") / pl.col("saved_foretold"),
        cost=pl.lit(None, pl.Float64), saved=pl.lit(None, pl.Float64),
    )  # fmt: skip
    return even.select([name for name in HEDGE if name != "cell"]).sort("break_even", "saved_foretold", "what", "place")


def confirmed(
    plain: Packed, moments: Moments, options: Options, asked: tuple[Precaution, Item, float, float]
) -> pl.DataFrame:
    """Return what a hedge costs and saves when everything is planned again: cost, saved; none where it cannot be.

    asked: the hedge, the cell, the objective of the plan, and the money that the cell loses without the hedge.
    """
    precaution, item, objective, loss = asked
    case = unpacked(plain)
    try:
        planned = solve(build_problem(_taken(case, precaution)), options)
        base = base_of(case, _as_results(planned), moments, options)
        still, hit = (
            read(one, solve(build_problem(one), options))
            for one in (
                _lying(base.case, precaution),
                _lying(changed(base.case, item, moments, base.prices), precaution),
            )
        )
    except Infeasible:
        return pl.DataFrame({"cost": [None], "saved": [None]}, schema={"cost": pl.Float64, "saved": pl.Float64})
    saved = loss - (money_of(hit) - money_of(still))
    return pl.DataFrame({"cost": [planned.objective - objective], "saved": [saved]})


# --- candidates -------------------------------------------------------------------------------------------------------


def _before(base: Base) -> pl.DataFrame:
    """The periods between the case's date and the shock, in which a hedge can be taken."""
    today = float(base.plain.tables.settings.as_of.year)
    ahead = (pl.col("end") > today + MOMENT) & (pl.col("end") <= base.moments.start + MOMENT)
    return base.plain.periods.filter(ahead).sort("start")


def _made(base: Base, node: Node) -> pl.DataFrame:
    """What the plants of a node make at the start of the shock: commodity, place, flow [commodity / year]."""
    running = running_at(base.plain, base.results, base.moments.start)
    plants = pl.DataFrame(node.plants, schema=dict.fromkeys(SITE, pl.String), orient="row")
    out = _outputs(base).join(running, on=list(SITE)).join(plants, on=list(SITE), how="semi")
    flows = out.group_by("commodity", "place").agg(flow=(pl.col("each") * pl.col("value")).sum())
    return flows.filter(pl.col("flow") > 0).sort("commodity", "place")


def _outputs(base: Base) -> pl.DataFrame:
    """What plants make of goods per unit of activity when the shock begins: process, region, commodity, place, each."""
    starting = base.plain.periods.filter(pl.col("end") > base.moments.start + MOMENT).sort("start")["period"][0]
    goods = base.plain.commodities.filter(~pl.col("kind").is_in(["count", "emission"])).select("commodity")
    mine = base.plain.outputs.filter(pl.col("period") == starting).join(goods, on="commodity", how="semi")
    return mine.group_by(*SITE, "commodity", "place").agg(each=pl.col("value").max())


def _orders(
    base: Base, node: Node, made: pl.DataFrame, rows: tuple[pl.DataFrame, pl.DataFrame], before: pl.DataFrame
) -> pl.DataFrame:
    """Orders elsewhere of what makes the same: spare capacity where the plan runs it already, else a second source."""
    without, cell = (
        frame.filter(pl.col("measure") == "order").select(
            process="what", region="place", period="period", value="value"
        )
        for frame in rows
    )
    plants = pl.DataFrame(node.plants, schema=dict.fromkeys(SITE, pl.String), orient="row")
    words = base.plain.processes.select("process", "rate", unit="capacity_unit")
    running = running_at(base.plain, base.results, base.moments.start).select(*SITE, runs=pl.lit(True))
    sites = base.plain.order_sites.select(HERE).join(before.select("period"), on="period", how="semi")
    placed = (
        sites.join(plants, on=list(SITE), how="anti")
        .join(_outputs(base), on=list(SITE))
        .join(made, on=["commodity", "place"])
        .join(words, on="process")
        .join(running, on=list(SITE), how="left")
        .join(without.rename({"value": "still"}), on=list(HERE), how="left")
        .join(cell.rename({"value": "hit"}), on=list(HERE), how="left")
        .join(base.results.frame("order").select(*HERE, "reduced_cost"), on=list(HERE), how="left")
    )
    size = PART * pl.col("flow") / (pl.col("rate") * pl.col("each"))
    return placed.select(
        pl.when("runs").then(pl.lit("spare capacity")).otherwise(pl.lit("second source")).alias("hedge"),
        pl.col("process").alias("what"),
        pl.col("region").alias("place"),
        "period",
        pl.lit(None, pl.String).alias("used"),
        size.alias("size"),
        "unit",
        (size * pl.col("reduced_cost").fill_null(0.0).clip(lower_bound=0.0)).alias("cost_foretold"),
        (size * (pl.col("still").fill_null(0.0) - pl.col("hit").fill_null(0.0))).alias("saved_foretold"),
    )


def _stocks(
    base: Base, made: pl.DataFrame, rows: tuple[pl.DataFrame, pl.DataFrame], times: tuple[pl.DataFrame, float]
) -> pl.DataFrame:
    """A stock of what the node makes, of goods of the world pool: bought before the shock at the plan's price, drawn on
    where it saves most while the outage lasts; what is not drawn on then is worth what it is worth without the shock.
    """
    before, until = times
    bought = before.tail(1).select(period="period", bought_years="years")
    during = base.plain.periods.filter(
        (pl.col("end") > base.moments.start + MOMENT) & (pl.col("start") < until - MOMENT)
    ).select("period", "years")
    still, hit = (
        frame.filter(pl.col("measure") == "balance").select(
            commodity="what", place="place", used="period", value="value"
        )
        for frame in rows
    )
    pooled = base.plain.commodities.filter((pl.col("scope") == "world") & (pl.col("clock") == "yearly"))
    drawn = (
        made.join(pooled.select("commodity", "unit"), on="commodity")
        .join(during.rename({"period": "used"}), how="cross")
        .join(still.rename({"value": "still"}), on=["commodity", "place", "used"], how="left")
        .join(hit.rename({"value": "hit"}), on=["commodity", "place", "used"], how="left")
        .with_columns(pl.col("still", "hit").fill_null(0.0) / pl.col("years"))
        .sort(pl.col("hit") - pl.col("still"), descending=True)
        .group_by("commodity", "place", maintain_order=True)
        .first()
    )
    priced = drawn.join(bought, how="cross").join(_plan_prices(base), on=["commodity", "place", "period"], how="left")
    price = pl.col("price").fill_null(0.0) / pl.col("bought_years")
    size = PART * pl.col("flow")
    return priced.select(
        pl.lit("stock").alias("hedge"),
        pl.col("commodity").alias("what"),
        "place",
        "period",
        "used",
        size.alias("size"),
        "unit",
        (size * (price - pl.col("still")).clip(lower_bound=0.0)).alias("cost_foretold"),
        (size * (pl.col("hit") - pl.col("still"))).alias("saved_foretold"),
    )


def _plan_prices(base: Base) -> pl.DataFrame:
    """Duals of the plan's balances over a period: commodity, place, period, price [money, discounted]."""
    rows = base.results.frame("rows").filter(pl.col("equation").is_in(BALANCES) & (pl.col("dual").abs() > 0))
    weighted = rows.join(base.plain.slices.select("slice", "weight"), on="slice", how="left")
    worth = pl.col("dual") * pl.col("weight").fill_null(1.0)
    return weighted.group_by("commodity", "place", "period").agg(price=worth.sum())


# --- confirming -------------------------------------------------------------------------------------------------------


def _taken(case: Case, precaution: Precaution) -> Case:
    """The case of the plan with a hedge that must be taken: so much more is ordered, or laid in and used later."""
    if precaution.hedge == "stock":
        return _lying(case, precaution)
    labels = {"process": precaution.what, "region": precaution.place, "period": precaution.period}
    floor = pl.DataFrame([{"variable": "order", **labels, "lower": precaution.size}])
    return replace(case, kept=pl.concat([case.kept, floor], how="diagonal"))


def _lying(case: Case, precaution: Precaution) -> Case:
    """The case in which a stock is laid in, in one period, and drawn on in another; as it is for other hedges."""
    if precaution.hedge != "stock":
        return case
    years = dict(case.periods.select("period", "years").iter_rows())
    flow = {"commodity": precaution.what, "place": precaution.place}
    built, released = (
        _with_flow(frame, {**flow, "period": period, "value": precaution.size / years[str(period)]})
        for frame, period in (
            (case.existing_build, precaution.period),
            (case.existing_releases, precaution.used),
        )
    )
    return replace(case, existing_build=built, existing_releases=released)


def _with_flow(frame: pl.DataFrame, row: Mapping[str, object]) -> pl.DataFrame:
    """A table of flows with one more: commodity, place, period, value."""
    whole = pl.concat([frame, pl.DataFrame([row]).select(frame.columns)])
    return whole.group_by("commodity", "place", "period", maintain_order=True).agg(pl.col("value").sum())


def _as_results(solution: Solution) -> Results:
    """The variables of a solution as a plan has them."""
    columns = solution.problem.columns.with_columns(value=pl.Series(solution.value))
    frames = {
        variable.name: columns.filter(pl.col("variable") == variable.name).select(*variable.labels, "value")
        for variable in VARIABLES
    }
    return Results(run={}, frames=frames)
