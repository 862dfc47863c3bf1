"""Limits, shares and rules of a plan, recomputed: every kind of limit row, shares of a whole, licences and bans."""

import polars as pl

from teraplan.case.case import Case
from teraplan.results.recompute import RUN, SITE, Gap, Plan, at_least, at_most, beside, period_after, summed

LIMIT = ("limit", "group", "place")
SHARE = ("share", "group", "place", "sense")
RULE = ("rule", "group", "place")


def norm_gaps(case: Case, plan: Plan) -> list[Gap]:
    """Return the worst row of every kind of limit, share and rule, relative to the limit or to what it counts."""
    order, capacity, activity = plan.order, plan.in_service, _by_site(plan)
    per_year = _over_years(case, order)
    return [
        at_most("orders at most", _counted(case, "order_max", per_year), [*LIMIT, "period"]),
        at_least("orders at least", _counted(case, "order_min", per_year), [*LIMIT, "period"]),
        at_most("orders together at most", _cumulative(case, order), [*LIMIT, "period"]),
        at_most("capacity at most", _counted(case, "capacity_max", capacity), [*LIMIT, "period"]),
        at_least("capacity at least", _counted(case, "capacity_min", capacity), [*LIMIT, "period"]),
        at_most("activity at most", _counted(case, "activity_max", activity), [*LIMIT, "period"]),
        at_least("activity at least", _counted(case, "activity_min", activity), [*LIMIT, "period"]),
        at_most("activity together at most", _run_so_far(case, plan, "activity_cumulative_max"), [*LIMIT, "period"]),
        at_least("activity together at least", _run_so_far(case, plan, "activity_cumulative_min"), [*LIMIT, "period"]),
        at_most("emissions at most", _emitted(case, plan), [*LIMIT, "period"]),
        at_most("emissions together at most", _emitted_so_far(case, plan), [*LIMIT, "period"]),
        _growth(case, plan, per_year),
        _orders_fall(case, per_year),
        _activity_falls(case, activity),
        *_shares(case, plan),
        _rules(case, plan),
    ]


def _of_kind(case: Case, kind: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of a kind of limit, and the processes and regions that each counts."""
    mine = pl.col("kind") == kind
    return case.limits.filter(mine).drop("kind"), case.limit_members.filter(mine).drop("kind").unique()


def _counted(case: Case, kind: str, amounts: pl.DataFrame) -> pl.DataFrame:
    """Each limit of a kind (right) beside what it counts (left)."""
    rows, members = _of_kind(case, kind)
    counted = members.join(amounts, on=list(SITE))
    return beside(rows.rename({"value": "right"}), counted, [*LIMIT, "period"], "left")


def _cumulative(case: Case, order: pl.DataFrame) -> pl.DataFrame:
    """All orders up to the end of a period, beside the limit that holds there."""
    rows, members = _of_kind(case, "order_cumulative_max")
    return _reached(case, rows, members.join(order, on=list(SITE)))


def _run_so_far(case: Case, plan: Plan, kind: str) -> pl.DataFrame:
    """All activity up to the end of a period, flow x years, beside the limit that holds there [activity]."""
    rows, members = _of_kind(case, kind)
    return _reached(case, rows, _as_amounts(case, members.join(_by_site(plan), on=list(SITE))))


def _emitted_so_far(case: Case, plan: Plan) -> pl.DataFrame:
    """All emissions up to the end of a period, flow x years, beside the limit that holds there [emission]."""
    rows = case.limits.filter(pl.col("kind") == "emission_cumulative_max").drop("kind")
    return _reached(case, rows, _as_amounts(case, _put_out(case, plan, "emission_cumulative_max")))


def _as_amounts(case: Case, flows: pl.DataFrame) -> pl.DataFrame:
    years = case.periods.select("period", "years")
    return flows.join(years, on="period").with_columns(pl.col("value") * pl.col("years")).drop("years")


def _reached(case: Case, rows: pl.DataFrame, amounts: pl.DataFrame) -> pl.DataFrame:
    """Limits (right) beside what amounts have added up to when their period ends (left)."""
    index = case.periods.select("period", "index")
    dated = amounts.join(index, on="period").select(*LIMIT, "index", amount="value")
    reached = (
        rows.join(index.rename({"index": "until"}), on="period")
        .join(dated, on=list(LIMIT))
        .filter(pl.col("index") <= pl.col("until"))
        .select(*LIMIT, "period", value="amount")
    )
    return beside(rows.rename({"value": "right"}), reached, [*LIMIT, "period"], "left")


def _emitted(case: Case, plan: Plan) -> pl.DataFrame:
    rows = case.limits.filter(pl.col("kind") == "emission_max")
    return beside(rows.rename({"value": "right"}), _put_out(case, plan, "emission_max"), [*LIMIT, "period"], "left")


def _put_out(case: Case, plan: Plan, kind: str) -> pl.DataFrame:
    """What a limit counts of emissions in each period [emission / year]."""
    run = plan.run.rename({"value": "amount"})
    mine = case.emission_outputs.filter(pl.col("kind") == kind)
    return mine.join(run, on=list(RUN)).with_columns(value=pl.col("value") * pl.col("amount"))


def _growth(case: Case, plan: Plan, per_year: pl.DataFrame) -> Gap:
    """Orders a year are at most seed + growth x usable of the period before, or of the start [capacity / year]."""
    rows, members = _of_kind(case, "growth")
    seeds = case.limits.filter(pl.col("kind") == "seed")
    first = case.periods.sort("index")["period"][0]
    later = plan.usable.rename({"period": "before"}).join(period_after(case), on="before")
    before = pl.concat(
        [
            case.usable_at_start.select(*SITE, pl.lit(first).alias("period"), "value"),
            later.select(*SITE, "period", "value"),
        ]
    )
    labels = [*LIMIT, "period"]
    rows = beside(rows.rename({"value": "growth"}), members.join(per_year, on=list(SITE)), labels, "left")
    rows = beside(beside(rows, members.join(before, on=list(SITE)), labels, "before"), seeds, labels, "seed")
    return at_most(
        "orders_grow_no_faster", rows.with_columns(right=pl.col("seed") + pl.col("growth") * pl.col("before")), labels
    )


def _orders_fall(case: Case, per_year: pl.DataFrame) -> Gap:
    """Orders a year are at least a share of those of the period before [capacity / year].

    What may no longer be ordered is not asked for.
    """
    rows, members = _of_kind(case, "order_fall")
    labels = [*LIMIT, "period"]
    counted = members.join(per_year, on=list(SITE))
    earlier = counted.rename({"period": "before"}).join(period_after(case), on="before")
    earlier = earlier.join(case.order_sites, on=[*SITE, "period"], how="semi")
    rows = rows.join(period_after(case), on="period", how="semi").rename({"value": "share"})
    rows = beside(beside(rows, counted, labels, "left"), earlier, labels, "before")
    return at_least("orders_fall_no_faster", rows.with_columns(right=pl.col("share") * pl.col("before")), labels)


def _activity_falls(case: Case, activity: pl.DataFrame) -> Gap:
    """Activity is at least a share of the members' of the period before, each lowered by its loss of availability.

    A member that is no longer there has no availability, so nothing is asked of it. On the sliced clock availability is
    the mean over the year, and no more than that of the year as a whole. [activity / year]
    """
    rows, members = _of_kind(case, "activity_fall")
    labels = [*LIMIT, "period"]
    there = _yearly_availability(case)
    held = there.rename({"period": "before", "value": "was"}).join(period_after(case), on="before")
    ratio = there.join(held, on=[*SITE, "period"]).select(
        *SITE, "period", ratio=pl.when(pl.col("was") > 0).then(pl.col("value") / pl.col("was")).clip(0.0, 1.0)
    )
    earlier = (
        members.join(activity.rename({"period": "before"}), on=list(SITE))
        .join(period_after(case), on="before")
        .join(ratio, on=[*SITE, "period"], how="left")
        .with_columns(value=pl.col("value") * pl.col("ratio").fill_null(0.0))
    )
    rows = rows.join(period_after(case), on="period", how="semi").rename({"value": "share"})
    rows = beside(rows, members.join(activity, on=list(SITE)), labels, "left")
    rows = beside(rows, earlier, labels, "before")
    return at_least("activity_falls_no_faster", rows.with_columns(right=pl.col("share") * pl.col("before")), labels)


def _yearly_availability(case: Case) -> pl.DataFrame:
    weights = case.slices.select("slice", "weight")
    mean = case.sliced_availability.join(weights, on="slice").with_columns(value=pl.col("value") * pl.col("weight"))
    labels = [*SITE, "period"]
    most = case.yearly_availability.select(*labels, most="value")
    sliced = summed(mean, labels).join(most, on=labels, how="left")
    capped = sliced.select(*labels, value=pl.min_horizontal("value", "most"))
    return pl.concat([case.availability.select(*labels, "value"), capped])


def _shares(case: Case, plan: Plan) -> list[Gap]:
    """The part is at most, or at least, its share of the whole, both in the unit of what is measured."""
    measures = case.share_measures.rename({"value": "weight"})
    simple = {"order": plan.order, "capacity": plan.in_service, "activity": _by_site(plan)}
    whole = pl.col("mode").is_null()
    parts = [
        measures.filter(whole & (pl.col("measure") == name)).drop("period").join(amounts, on=list(SITE))
        for name, amounts in simple.items()
    ]
    by_mode = summed(plan.run, RUN)
    parts.append(measures.filter(~whole).join(by_mode, on=list(RUN)))
    columns = [*SHARE, "side", "period"]
    counted = pl.concat([part.select(*columns, value=pl.col("weight") * pl.col("value")) for part in parts])
    labels = [*SHARE, "period"]
    rows = case.shares.rename({"value": "fraction"})
    rows = beside(rows, counted.filter(pl.col("side") == "numerator"), labels, "left")
    rows = beside(rows, counted.filter(pl.col("side") == "denominator"), labels, "whole")
    rows = rows.with_columns(right=pl.col("fraction") * pl.col("whole"))
    return [
        at_most("share at most", rows.filter(pl.col("sense") == "at_most"), labels),
        at_least("share at least", rows.filter(pl.col("sense") == "at_least"), labels),
    ]


def _rules(case: Case, plan: Plan) -> Gap:
    """What a rule counts (use by activity and by building, arrivals) is at most what is licensed [commodity / year]."""
    labels = [*RULE, "period"]
    run, orders = plan.run.rename({"value": "amount"}), plan.order.rename({"value": "amount"})
    amount = pl.col("value") * pl.col("amount")
    arrived = plan.ship.select("commodity", "origin", "destination", "period", amount="arrived")
    parts = [
        case.rule_activity.join(run, on=list(RUN)).with_columns(period="use_period"),
        case.rule_builds.join(orders, on=[*SITE, "period"]).with_columns(period="use_period"),
        case.rule_arrivals.join(arrived, on=["commodity", "origin", "destination"]),
    ]
    counted = pl.concat([part.select(*labels, value=amount) for part in parts])
    return at_most("licence", beside(case.rules.rename({"value": "right"}), counted, labels, "left"), labels)


def _by_site(plan: Plan) -> pl.DataFrame:
    """Activity over the year, summed over modes and slices: process, region, period, value [activity / year]."""
    return summed(plan.run, [*SITE, "period"])


def _over_years(case: Case, order: pl.DataFrame) -> pl.DataFrame:
    years = case.periods.select("period", "years")
    return order.join(years, on="period").select(*SITE, "period", value=pl.col("value") / pl.col("years"))
