"""Money of a plan, recomputed from decisions and cost tables: the ledger, the objective, the budget of a programme."""

import polars as pl

from teraplan.case.case import Case
from teraplan.results.recompute import RUN, SITE, Gap, Plan, at_most, equal
from teraplan.results.results import Results

KEY = ("item", "process", "commodity", "region", "period")
LINE = (*KEY, "running", "paid", "charged", "beyond")
OFFSETS = {"start": 0.0, "middle": 0.5, "end": 1.0}


def ledger_gaps(case: Case, plan: Plan, results: Results) -> list[Gap]:
    """Return how far the ledger and the objective are from money recomputed.

    The objective: relative to itself. A line (item, process or commodity, region, period of the decision): relative to
    the line. What an order pays, discounted: relative to itself. All at least relative to one unit of money.
    """
    lines = recomputed_ledger(case, plan)
    return [_objective(case, lines, results), *_lines(lines, results), _discounted(case, plan)]


def recomputed_ledger(case: Case, plan: Plan) -> pl.DataFrame:
    """Return every line of money: KEY, running (bool), paid, charged, beyond [money].

    running: money that a programme's budget counts by the year rather than by the order.
    """
    parts = [_orders(case, plan), _existing(case), *_running(case, plan), _shortage(case, plan)]
    together = pl.concat([_as_lines(part) for part in parts])
    return together.group_by(*KEY, "running").agg(pl.col("paid", "charged", "beyond").sum())


def budget_gap(case: Case, plan: Plan) -> Gap:
    """Return by how much a programme spends more than its budget, undiscounted, at prices paid [money].

    All payments of its orders beyond those of the baseline, whenever they fall, and the running money of its periods
    less that of the baseline. Relative to the budget.
    """
    programme = case.programme
    if programme is None:
        return Gap("programme_within_budget", "no programme", 0.0)
    start = pl.col("start")
    inside = case.periods.filter((start >= programme.first - 1e-9) & (start <= programme.last + 1e-9)).select("period")
    price = case.payments.group_by(*SITE, "period").agg(price=pl.col("paid").sum())
    new = pl.concat([plan.order, programme.kept_orders.select(*SITE, "period", value=-pl.col("value"))])
    bought = new.join(inside, on="period").join(price, on=[*SITE, "period"])
    running = recomputed_ledger(case, plan).filter("running").join(inside, on="period")
    spent = bought.select((pl.col("value") * pl.col("price")).sum()).item() + running["paid"].sum()
    rows = pl.DataFrame(
        {"programme": [case.name], "left": [spent - programme.running_baseline], "right": [programme.budget]}
    )
    return at_most("programme_within_budget", rows, ["programme"])


def fixed_money(case: Case) -> float:
    """Return what the objective is charged whatever is decided [money].

    Payments for what was ordered before and fixed cost of what exists, in the case's view.
    """
    there = [_existing(case), _existing_fixed(case)]
    viewed = case.cost_items.filter("in_view").select("item")
    return float(pl.concat([_as_lines(part) for part in there]).join(viewed, on="item", how="semi")["charged"].sum())


def _orders(case: Case, plan: Plan) -> pl.DataFrame:
    joined = case.payments.join(plan.order, on=[*SITE, "period"])
    return joined.with_columns(pl.col("paid", "charged", "beyond") * pl.col("value"))


def _existing(case: Case) -> pl.DataFrame:
    return case.existing_payments.with_columns(period=pl.lit(None, pl.String))


def _running(case: Case, plan: Plan) -> list[pl.DataFrame]:
    """Fixed cost of capacity in service, cost of activity, freight, carrying, and the idle charge on what moves."""
    floor = case.tables.settings.activity_cost_floor
    fixed = case.fixed_costs.rename({"value": "price"})
    site, yes = [*SITE, "period"], pl.lit(True)
    sent = plan.ship.with_columns(region="origin")
    return [
        _timed(case, fixed.join(plan.ordered_in_service, on=site).with_columns(running=yes)),
        _existing_fixed(case),
        _timed(
            case, case.running_costs.rename({"value": "price"}).join(plan.run, on=list(RUN)).with_columns(running=yes)
        ),
        _timed(case, sent.with_columns(price="cost", item=pl.lit("freight"), running=yes)),
        _timed(
            case, plan.stock.with_columns(price="carrying_cost", item=pl.lit("carrying"), running=yes).drop("years")
        ),
        *(
            _timed(case, part.with_columns(price=pl.lit(floor), item=pl.lit("idle"))).with_columns(paid=pl.lit(0.0))
            for part in (plan.run, sent)
        ),
    ]


def _existing_fixed(case: Case) -> pl.DataFrame:
    return _timed(case, case.fixed_costs.rename({"value": "price"}).join(case.capacity_existing, on=[*SITE, "period"]))


def _timed(case: Case, frame: pl.DataFrame) -> pl.DataFrame:
    """Money that runs with time: price x value x years, charged at the mean discount factor of its period."""
    periods = case.periods.select("period", "years", "running_factor")
    paid = pl.col("price") * pl.col("value") * pl.col("years")
    return frame.join(periods, on="period").with_columns(paid=paid, charged=paid * pl.col("running_factor"))


def _shortage(case: Case, plan: Plan) -> pl.DataFrame:
    """What is not served is charged at its step's price and paid by nobody."""
    labels = ["commodity", "region", "buyer", "period", "step"]
    periods = case.periods.select("period", "years", "shortage_factor")
    missed = plan.shortage.join(case.demand_steps.select(*labels, "price"), on=labels).join(periods, on="period")
    charged = pl.col("price") * pl.col("value") * pl.col("years") * pl.col("shortage_factor")
    return missed.with_columns(item=pl.lit("shortage"), charged=charged)


def _as_lines(frame: pl.DataFrame) -> pl.DataFrame:
    texts = [name for name in KEY if name not in frame.columns]
    numbers = [name for name in ("paid", "charged", "beyond") if name not in frame.columns]
    flag = [pl.lit(False).alias("running")] if "running" not in frame.columns else []
    filled = frame.with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in texts),
        *(pl.lit(0.0).alias(name) for name in numbers),
        *flag,
    )
    return filled.select(LINE)


def _objective(case: Case, lines: pl.DataFrame, results: Results) -> Gap:
    """What is charged in the case's view, with the idle charge and the value of shortage, is the objective [money].

    In most_compute the target's own shortage has no price.
    """
    settings = case.tables.settings
    name = settings.objective
    viewed = pl.col("item").is_in(case.cost_items.filter("in_view")["item"].implode())
    free = (
        (pl.col("item") == "shortage") & (pl.col("commodity") == settings.target.commodity) & (name == "most_compute")
    )
    counted = (viewed | pl.col("item").is_in(["idle", "shortage"])) & ~free.fill_null(False)
    charged = lines.filter(counted)["charged"].sum()
    rows = pl.DataFrame({"of": [name], "left": [charged], "right": [results.run["objective"]]})
    return equal("objective", rows, ["of"])


def _lines(lines: pl.DataFrame, results: Results) -> list[Gap]:
    """The ledger's lines are those recomputed, in money paid and in money charged."""
    stored = results.ledger.group_by(KEY).agg(pl.col("paid", "charged").sum())
    mine = lines.group_by(KEY).agg(pl.col("paid", "charged").sum())
    both = mine.join(stored, on=list(KEY), how="full", coalesce=True, nulls_equal=True, suffix="_stored")
    both = both.with_columns(pl.col("paid", "charged", "paid_stored", "charged_stored").fill_null(0.0))
    return [
        equal(f"ledger, {name}", both.with_columns(left=f"{name}_stored", right=name), KEY)
        for name in ("paid", "charged")
    ]


def _discounted(case: Case, plan: Plan) -> Gap:
    """What each order pays, discounted, is what the objective is charged and what lies beyond the horizon [money]."""
    settings = case.tables.settings
    years = pl.col("year").cast(pl.Float64) + OFFSETS[settings.timing.capex] - settings.base_year
    present = pl.col("paid") * pl.lit(1.0 + settings.discount_rate).pow(-years)
    per = [*SITE, "period", "item"]
    rows = (
        pl.concat([_as_dated(_orders(case, plan)), _as_dated(_existing(case))])
        .group_by(per)
        .agg(left=present.sum(), right=(pl.col("charged") + pl.col("beyond")).sum())
    )
    return equal("discounted payments of an order", rows, per)


def _as_dated(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(*SITE, "period", "item", "year", "paid", "charged", "beyond")
