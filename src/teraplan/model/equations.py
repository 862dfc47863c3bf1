"""Every constraint of the model, in reading order. The function's name is the name of its rows and of their duals.

Names in capitals in a docstring are the labels of the row. Sums run over every label that the row does not have.
"""

from collections.abc import Callable

import polars as pl

from teraplan.case.case import Case
from teraplan.model.algebra import Expression, Rows, added, data, keys, scaled
from teraplan.model.objective import cost_terms, target_terms
from teraplan.model.quantities import (
    HERE,
    HERE_SLICED,
    RUN,
    SITE,
    arriving,
    asked_for,
    built_with,
    capacity,
    following,
    goods,
    made,
    missed,
    opening_stock,
    put_in_stock,
    received,
    run,
    running_use,
    sent,
    usable,
    used,
    weights,
    years,
)
from teraplan.model.variables import Variables

LIMIT = ("limit", "group", "place", "period")
SHARE = ("share", "group", "place", "sense", "period")
DAYS = 365.0
HOURS = 8760.0


# --- activity ---------------------------------------------------------------------------------------------------------


def activity_within_usable(case: Case, v: Variables) -> Rows:
    """A process runs no harder than the capacity in service.

        sum over modes of activity[mode] / rate <= availability x usable

    for PROCESS, REGION, PERIOD where orders can add capacity or there are several modes; else it is a bound on the column.
    Rows: [capacity]. Dual: what one more unit of usable capacity would be worth.
    """
    running = (v.activity / case.rate).by(*SITE, "period")
    ordered = (usable(case, v) * case.availability).by(*SITE, "period")
    where = _needs_row(case, v.activity).select(*SITE, "period").unique()
    return Rows(
        (running - ordered).where(where), "<=", _kept(scaled(case.usable_existing, case.availability), where), where
    )


def sliced_activity_within_usable(case: Case, v: Variables) -> Rows:
    """In each slice of the year a process runs no harder than the capacity in service.

        sum over modes of sliced_activity[mode] / rate <= weight x availability x usable

    for PROCESS, REGION, PERIOD, SLICE; storage has one row for each of its modes, charge and discharge.
    Rows: [capacity]. Dual: what one more unit of capacity in that slice would be worth.
    """
    share = scaled(case.sliced_availability, weights(case))
    stored = case.storage.select("process")
    running = (v.sliced_activity / case.rate).by(*RUN, "slice")
    merged = Expression(running.labels, running.terms.with_columns(mode=_side(stored)))
    sides = keys([merged.terms], *SITE, "mode", "period", "slice")
    limit = sides.join(share, on=[*SITE, "period", "slice"])
    where = (
        _needs_row(case, v.sliced_activity)
        .with_columns(mode=_side(stored))
        .select(*SITE, "mode", "period", "slice")
        .unique()
    )
    left = merged.by(*SITE, "mode", "period", "slice") - (usable(case, v) * limit).by(*SITE, "mode", "period", "slice")
    return Rows(left.where(where), "<=", _kept(scaled(case.usable_existing, limit), where), where)


def yearly_sum_within_availability(case: Case, v: Variables) -> Rows:
    """Over the year a process on the sliced clock yields no more than its yearly availability.

        sum over modes, slices of sliced_activity / rate <= availability[slice empty] x usable

    for PROCESS, REGION, PERIOD where the availability table has a row with an empty slice. Rows: [capacity].
    """
    share = case.yearly_availability
    left = (v.sliced_activity / case.rate).by(*SITE, "period").where(share) - (usable(case, v) * share).by(
        *SITE, "period"
    )
    where = keys([left.terms], *SITE, "period")
    return Rows(left, "<=", _kept(scaled(case.usable_existing, share), where), where)


# --- balances ---------------------------------------------------------------------------------------------------------


def commodity_balance(case: Case, v: Variables) -> Rows:
    """What is made, received and missed covers what is used, built with, sent, put in stock and asked for.

        made + received + missed - used - built_with - sent - put_in_stock >= demand

    for COMMODITY, PLACE, PERIOD on the yearly clock with free disposal. Rows: [commodity / year].
    Dual: price x discount factor x years.
    """
    return _balance(case, v, goods(case, "yearly", "free"), ">=")


def commodity_balance_without_disposal(case: Case, v: Variables) -> Rows:
    """The same balance as an equality, for goods of which nothing may be thrown away.

    made + received + missed - used - built_with - sent - put_in_stock == demand
    """
    return _balance(case, v, goods(case, "yearly", "none"), "==")


def sliced_commodity_balance(case: Case, v: Variables) -> Rows:
    """In each slice what is made, received and missed covers what is used, sent and asked for.

        made + received + missed - used - built_with - sent >= weight x demand

    for COMMODITY, PLACE, PERIOD, SLICE. Yearly processes, building and demand spread over the slices by their weights.
    Rows: [commodity / year]. Dual: price x discount factor x years.
    """
    return _sliced_balance(case, v, goods(case, "sliced", "free"), ">=")


def sliced_commodity_balance_without_disposal(case: Case, v: Variables) -> Rows:
    """The same balance in each slice as an equality, for goods of which nothing may be thrown away.

    made + received + missed - used - built_with - sent == weight x demand
    """
    return _sliced_balance(case, v, goods(case, "sliced", "none"), "==")


def early_use_within_pipeline(case: Case, v: Variables) -> Rows:
    """What the first periods' output needed before the horizon came from the stock in the pipeline.

        sum of input before the first period x activity <= opening stock

    for COMMODITY with a stock of kind pipeline; without one such inputs count as delivered. Rows: [commodity].
    """
    left = (run(v) * case.prehorizon_inputs).by("commodity").where(case.pipeline)
    where = keys([left.terms], "commodity")
    return Rows(left, "<=", _kept(case.pipeline, where), where)


def closing_stock_at_least_opening(case: Case, v: Variables) -> Rows:
    """A stock that must be handed on is at the end what it was at the beginning.

        stock[last period] >= opening

    for COMMODITY, PLACE where closing = opening. Rows: [commodity].
    """
    last = case.periods.sort("index").tail(1).select("period")
    handed = case.stock_places.filter(pl.col("closing") == "opening").join(last, on="period", how="semi")
    right = handed.select("commodity", place="region", value="opening")
    left = v.stock.where(handed.select("commodity", "region", "period")).rename(region="place").by("commodity", "place")
    return Rows(left, ">=", right, right.select("commodity", "place"))


# --- speed ------------------------------------------------------------------------------------------------------------


def orders_grow_no_faster(case: Case, v: Variables) -> Rows:
    """Orders of a year cannot outrun what is in use by more than the growth limit.

        order / years - growth x usable[period before] <= seed + growth x existing[period before]

    for LIMIT, GROUP, PLACE, PERIOD with a growth; before the first period stands what existed at its start.
    Rows: [capacity / year].
    """
    growth = _limits(case, "growth")
    counted = _members(case, "growth")
    before = usable(case, v) * following(case).select("period", "next").with_columns(value=1.0)
    ordered = (v.order * _per_year(case) * counted).by(*LIMIT)
    grown = (before.by(*SITE, "next").rename(next="period") * counted * growth).by(*LIMIT)
    right = added([_limits(case, "seed"), data(scaled(scaled(_usable_before(case), counted), growth), *LIMIT)], *LIMIT)
    return Rows((ordered - grown).where(growth), "<=", _kept(right, growth), growth.select(LIMIT))


def orders_fall_no_faster(case: Case, v: Variables) -> Rows:
    """Builders are kept busy: orders of a year are at least a share of the year before.

        order / years - share x order[period before] / years[period before] >= 0

    for LIMIT, GROUP, PLACE, PERIOD with an order_fall, from the second period on. Rows: [capacity / year].
    """
    share = _limits(case, "order_fall")
    yearly = (v.order * _per_year(case) * _members(case, "order_fall")).by(*LIMIT)
    earlier = (_one_later(case, yearly) * share).by(*LIMIT)
    where = _after_first(case, share)
    return Rows((yearly - earlier).where(where), ">=", _nothing(LIMIT), where)


def activity_falls_no_faster(case: Case, v: Variables) -> Rows:
    """Take-or-pay: activity is at least a share of the period before, lowered where availability is lost.

        activity - share x sum of activity[period before] x min(1, availability / availability[period before]) >= 0

    for LIMIT, GROUP, PLACE, PERIOD with an activity_fall, from the second period on. Rows: [activity / year].
    """
    share = _limits(case, "activity_fall")
    counted = _members(case, "activity_fall")
    now = (run(v) * counted).by(*LIMIT)
    held = _one_later(case, run(v).by(*SITE, "period")) * _force_majeure(case)
    earlier = (held.by(*SITE, "period") * counted * share).by(*LIMIT)
    where = _after_first(case, share)
    return Rows((now - earlier).where(where), ">=", _nothing(LIMIT), where)


# --- limits -----------------------------------------------------------------------------------------------------------


def orders_at_most(case: Case, v: Variables) -> Rows:
    """Orders of a group stay within what its builders and sites allow in a year.

        order / years <= order_max

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [capacity / year]. Dual: the rent of the limit.
    """
    return _limited(case, "order_max", (v.order * _per_year(case) * _members(case, "order_max")).by(*LIMIT), "<=")


def orders_at_least(case: Case, v: Variables) -> Rows:
    """Orders of a group reach what is committed for a year.

        order / years >= order_min

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [capacity / year].
    """
    return _limited(case, "order_min", (v.order * _per_year(case) * _members(case, "order_min")).by(*LIMIT), ">=")


def cumulative_orders_at_most(case: Case, v: Variables) -> Rows:
    """All orders up to a period stay within a total, such as the sites that exist.

        sum of order up to PERIOD <= order_cumulative_max

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [capacity].
    """
    ordered = case.periods.select("index", period="period")
    until = ordered.join(ordered.select(until="period", last="index"), how="cross").filter(
        pl.col("index") <= pl.col("last")
    )
    so_far = (
        (v.order * until.select("period", "until").with_columns(value=1.0)).by(*SITE, "until").rename(until="period")
    )
    return _limited(case, "order_cumulative_max", (so_far * _members(case, "order_cumulative_max")).by(*LIMIT), "<=")


def capacity_at_most(case: Case, v: Variables) -> Rows:
    """Capacity in service of a group stays within its limit.

        capacity <= capacity_max - existing

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [capacity].
    """
    return _limited_capacity(case, v, "capacity_max", "<=")


def capacity_at_least(case: Case, v: Variables) -> Rows:
    """Capacity in service of a group reaches what is asked for.

        capacity >= capacity_min - existing

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [capacity].
    """
    return _limited_capacity(case, v, "capacity_min", ">=")


def activity_at_most(case: Case, v: Variables) -> Rows:
    """Activity of a group stays within its limit.

        activity <= activity_max

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [activity / year].
    """
    return _limited(case, "activity_max", (run(v) * _members(case, "activity_max")).by(*LIMIT), "<=")


def activity_at_least(case: Case, v: Variables) -> Rows:
    """Activity of a group reaches what is asked for.

        activity >= activity_min

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [activity / year].
    """
    return _limited(case, "activity_min", (run(v) * _members(case, "activity_min")).by(*LIMIT), ">=")


def emissions_at_most(case: Case, v: Variables) -> Rows:
    """What is put out of an emission in a group of regions stays within its limit.

        sum of output x activity <= emission_max

    for LIMIT, GROUP (the emission), PLACE, PERIOD. Rows: [emission / year].
    """
    return _limited(case, "emission_max", (run(v) * case.emission_outputs.drop("kind")).by(*LIMIT), "<=")


# --- shares and rules -------------------------------------------------------------------------------------------------


def share_at_most(case: Case, v: Variables) -> Rows:
    """A part is at most a share of a whole.

        numerator - share x denominator <= 0

    for SHARE, GROUP, PLACE, PERIOD. Rows: the unit of what is compared.
    """
    return _shared(case, v, "at_most", "<=")


def share_at_least(case: Case, v: Variables) -> Rows:
    """A part is at least a share of a whole.

        numerator - share x denominator >= 0

    for SHARE, GROUP, PLACE, PERIOD. Rows: the unit of what is compared.
    """
    return _shared(case, v, "at_least", ">=")


def served_at_home(case: Case, v: Variables) -> Rows:
    """At least a share of what a region is served is made there: it receives no more than the rest.

        received - (1 - local_share) x (demand - missed) <= 0

    for COMMODITY, PLACE, PERIOD with a local share. Rows: [commodity / year].
    """
    away = case.local_share.select("commodity", "period", place="region", value=1.0 - pl.col("value"))
    left = received(case, v).where(away) + (missed(v) * away).by(*HERE)
    where = keys([received(case, v).where(away).terms], *HERE)
    right = scaled(case.demand.rename({"region": "place"}), away)
    return Rows(left.where(where), "<=", _kept(right, where), where)


def use_within_licence(case: Case, v: Variables) -> Rows:
    """What a group of regions uses, or receives, of a group of goods stays within the licence; 0 is a ban.

        sum of use in running and in building, or of arrivals <= licensed amount

    for RULE, GROUP, PLACE, PERIOD. Rows: [unit of the rule / year].
    """
    labels = ("rule", "group", "place", "period")
    dated = case.rules.select(*labels, "value")
    run_use = (run(v) * case.rule_activity).by("rule", "group", "place", "use_period").rename(use_period="period")
    build_use = (v.order * case.rule_builds).by("rule", "group", "place", "use_period").rename(use_period="period")
    arrivals = (v.ship * case.rule_arrivals).by(*labels) + (v.sliced_ship * case.rule_arrivals).by(*labels)
    left = (run_use.by(*labels) + build_use.by(*labels) + arrivals).where(dated)
    return Rows(left, "<=", dated, dated.select(labels))


# --- storage and reserve ----------------------------------------------------------------------------------------------


def storage_level(case: Case, v: Variables) -> Rows:
    """A store holds what it held in the slice before, and what a day's charging adds and discharging takes.

        level - (1 - loss) x level[slice before] - (efficiency x charge - discharge) / (365 x weight of the day type) == 0

    for PROCESS, REGION, PERIOD, SLICE; the slices of a day type follow each other in a ring. Rows: [commodity in one day].
    """
    labels = (*SITE, "period", "slice")
    ring = case.slices.sort("day_type", "order").select(
        "slice",
        "day_type",
        after=pl.col("slice").shift(-1).over("day_type").fill_null(pl.col("slice").first().over("day_type")),
    )
    days = case.slices.select("slice", day=pl.col("weight").sum().over("day_type") * DAYS)
    stored = case.storage.select("process", "efficiency", "loss")
    held = (
        v.level
        * stored.select("process", value=1.0 - pl.col("loss"))
        * ring.select("slice", "after").with_columns(value=1.0)
    )
    into = stored.join(days, how="cross").select(
        "process", "slice", mode=pl.lit("charge"), value=pl.col("efficiency") / pl.col("day")
    )
    out = stored.join(days, how="cross").select(
        "process", "slice", mode=pl.lit("discharge"), value=-1.0 / pl.col("day")
    )
    flow = (v.sliced_activity * pl.concat([into, out])).by(*labels)
    left = v.level.by(*labels) - held.by(*SITE, "period", "after").rename(after="slice").by(*labels) - flow
    return Rows(left, "==", _nothing(labels), v.level.terms.select(labels))


def level_within_hours(case: Case, v: Variables) -> Rows:
    """A store holds no more than its hours of discharge at full power.

        level <= hours / 8760 x usable

    for PROCESS, REGION, PERIOD, SLICE. Rows: [commodity in one day].
    """
    labels = (*SITE, "period", "slice")
    hours = case.storage.select("process", value=pl.col("hours") / HOURS)
    size = case.level_places.select(labels).join(hours, on="process")
    left = v.level.by(*labels) - (usable(case, v) * size).by(*labels)
    return Rows(left, "<=", data(scaled(case.usable_existing, size), *labels), v.level.terms.select(labels))


def reserve_margin(case: Case, v: Variables) -> Rows:
    """Firm capacity covers the load and a margin, where the load is the same in every slice.

        sum of firm_share x usable - (1 + margin) x use >= (1 + margin) x demand

    for COMMODITY, PLACE, PERIOD with a margin and no user on the sliced clock but storage. Rows: [commodity / year].
    """
    margin = _margin(case).join(_sliced_users(case), on=["commodity", "place"], how="anti")
    return _reserve(case, v, margin, running_use(case, v, margin.select("commodity").unique()), HERE)


def sliced_reserve_margin(case: Case, v: Variables) -> Rows:
    """Firm capacity covers the load and a margin in every slice.

        sum of firm_share x usable - (1 + margin) x use / weight >= (1 + margin) x demand

    for COMMODITY, PLACE, PERIOD, SLICE with a margin and users on the sliced clock. Rows: [commodity / year].
    """
    margin = _margin(case).join(_sliced_users(case), on=["commodity", "place"], how="semi")
    sliced_margin = margin.join(case.slices.select("slice"), how="cross")
    users = case.inputs.join(case.storage.select("process"), on="process", how="anti")
    peak = weights(case).with_columns(value=1.0 / pl.col("value"))
    sliced_use = (
        (v.sliced_activity * users * peak).by("commodity", "place", "use_period", "slice").rename(use_period="period")
    )
    flat = running_use(case, v, margin.select("commodity").unique()) * case.slices.select("slice").with_columns(
        value=1.0
    )
    return _reserve(case, v, sliced_margin, sliced_use.by(*HERE_SLICED) + flat.by(*HERE_SLICED), HERE_SLICED)


# --- programme --------------------------------------------------------------------------------------------------------


def programme_within_budget(case: Case, v: Variables) -> Rows:
    """Outside money of a programme on top of the kept plan stays within its budget.

        sum over orders from..until of payments x (order - kept order)
        + sum over periods from..until of running money - running money of the baseline <= budget

    one row, if there is a programme. Undiscounted, at prices paid: transfers are in. Rows: [money].
    Dual: what one more unit of money adds to the objective.
    """
    if case.programme is None:
        return Rows(
            Expression(("programme",), _no_terms("programme")),
            "<=",
            _nothing(("programme",)),
            pl.DataFrame(schema={"programme": pl.String}),
        )
    plan = case.programme
    inside = case.periods.filter((pl.col("start") >= plan.first) & (pl.col("start") <= plan.last)).select("period")
    lines = cost_terms(case, v).filter(pl.col("column").is_not_null()).join(inside, on="period", how="semi")
    terms = lines.select(programme=pl.lit("programme"), column="column", coefficient="paid")
    paid = case.payments.group_by(*SITE, "period").agg(value=pl.col("paid").sum()).join(inside, on="period", how="semi")
    kept = float(scaled(paid, plan.kept_orders)["value"].sum())
    right = pl.DataFrame({"programme": ["programme"], "value": [plan.budget + plan.running_baseline + kept]})
    return Rows(Expression(("programme",), terms), "<=", right, right.select("programme"))


def target_reached(case: Case, v: Variables) -> Rows:
    """The second step of most_compute reaches what the first one found; free until then.

        sum of weight x (demand - missed) >= (1 - 1e-6) x the first step's amount

    one row, if the objective is most_compute. Rows: [weighted target].
    """
    labels = ("target",)
    if case.tables.settings.objective != "most_compute":
        return Rows(
            Expression(labels, _no_terms("target")), ">=", _nothing(labels), pl.DataFrame(schema={"target": pl.String})
        )
    terms = target_terms(case, v).select(target=pl.lit("target"), column="column", coefficient="weight")
    right = pl.DataFrame({"target": ["target"], "value": [-float("inf")]})
    return Rows(Expression(labels, terms), ">=", right, right.select("target"))


EQUATIONS: tuple[Callable[[Case, Variables], Rows], ...] = (
    activity_within_usable,
    sliced_activity_within_usable,
    yearly_sum_within_availability,
    commodity_balance,
    commodity_balance_without_disposal,
    sliced_commodity_balance,
    sliced_commodity_balance_without_disposal,
    early_use_within_pipeline,
    closing_stock_at_least_opening,
    orders_grow_no_faster,
    orders_fall_no_faster,
    activity_falls_no_faster,
    orders_at_most,
    orders_at_least,
    cumulative_orders_at_most,
    capacity_at_most,
    capacity_at_least,
    activity_at_most,
    activity_at_least,
    emissions_at_most,
    share_at_most,
    share_at_least,
    served_at_home,
    use_within_licence,
    storage_level,
    level_within_hours,
    reserve_margin,
    sliced_reserve_margin,
    programme_within_budget,
    target_reached,
)


# --- what several equations share -------------------------------------------------------------------------------------


def _balance(case: Case, v: Variables, balanced: pl.DataFrame, sense: str) -> Rows:
    supply = made(case, v) + received(case, v) + missed(v)
    needs = used(case, v) + built_with(case, v) + sent(v) + put_in_stock(case, v)
    asked = asked_for(case).join(balanced, on="commodity", how="semi")
    where = _balanced_rows(needs, supply, asked, balanced, sense)
    right = added([asked, opening_stock(case).with_columns(-pl.col("value"))], *HERE)
    return Rows((supply - needs).where(where), sense, _kept(right, where), where)  # type: ignore[arg-type]


def _sliced_balance(case: Case, v: Variables, balanced: pl.DataFrame, sense: str) -> Rows:
    spread = weights(case)
    flat = (
        (v.activity * case.outputs).by(*HERE) + missed(v) - running_use(case, v, balanced) - built_with(case, v)
    ) * spread
    made_now = (v.sliced_activity * case.outputs).by(*HERE_SLICED)
    used_now = (
        (v.sliced_activity * case.inputs).by("commodity", "place", "use_period", "slice").rename(use_period="period")
    )
    moved_in = (v.sliced_ship * arriving(case.sliced_ship_routes)).rename(destination="place").by(*HERE_SLICED)
    moved_out = v.sliced_ship.rename(origin="place").by(*HERE_SLICED)
    left = flat.by(*HERE_SLICED) + made_now + moved_in - used_now.by(*HERE_SLICED) - moved_out
    asked = scaled(asked_for(case).join(balanced, on="commodity", how="semi"), spread)
    where = _balanced_rows(left.only(pl.col("coefficient") < 0), left, asked, balanced, sense)
    return Rows(left.where(where), sense, data(asked, *HERE_SLICED), where)  # type: ignore[arg-type]


def _balanced_rows(
    needs: Expression, supply: Expression, asked: pl.DataFrame, balanced: pl.DataFrame, sense: str
) -> pl.DataFrame:
    """A balance exists where something is needed; a good that may not be thrown away also where it is only made."""
    frames = [needs.terms, asked] if sense == ">=" else [needs.terms, asked, supply.terms]
    return keys(frames, *needs.labels).join(balanced, on="commodity", how="semi")


def _limited(case: Case, kind: str, left: Expression, sense: str) -> Rows:
    limit = _limits(case, kind)
    return Rows(left.where(limit), sense, limit, limit.select(LIMIT))  # type: ignore[arg-type]


def _limited_capacity(case: Case, v: Variables, kind: str, sense: str) -> Rows:
    limit, counted = _limits(case, kind), _members(case, kind)
    existing = data(scaled(case.capacity_existing, counted), *LIMIT).with_columns(-pl.col("value"))
    right = _kept(added([limit, existing], *LIMIT), limit)
    return Rows((capacity(case, v) * counted).by(*LIMIT).where(limit), sense, right, limit.select(LIMIT))  # type: ignore[arg-type]


def _shared(case: Case, v: Variables, which: str, sense: str) -> Rows:
    share = case.shares.filter(pl.col("sense") == which).select(*SHARE, "value")
    signed = {"numerator": share.with_columns(value=1.0), "denominator": share.with_columns(-pl.col("value"))}
    parts, constants = [], [_nothing(SHARE)]
    for side, factor in signed.items():
        mine = case.share_measures.filter((pl.col("side") == side) & (pl.col("sense") == which)).drop("side")
        at_site = {
            m: mine.filter((pl.col("measure") == m) & pl.col("mode").is_null()).drop("measure", "mode", "period")
            for m in ("order", "capacity", "activity")
        }
        flows = mine.filter(pl.col("mode").is_not_null()).drop("measure")
        parts += [
            (v.order * at_site["order"] * factor).by(*SHARE),
            (capacity(case, v) * at_site["capacity"] * factor).by(*SHARE),
            (run(v) * at_site["activity"] * factor).by(*SHARE),
            (run(v) * flows * factor).by(*SHARE),
        ]
        constants.append(data(scaled(scaled(case.capacity_existing, at_site["capacity"]), factor), *SHARE))
    left = parts[0]
    for part in parts[1:]:
        left = left + part
    right = added(constants, *SHARE).with_columns(-pl.col("value"))
    return Rows(left, sense, right, share.select(SHARE))  # type: ignore[arg-type]


def _reserve(case: Case, v: Variables, margin: pl.DataFrame, use: Expression, labels: tuple[str, ...]) -> Rows:
    factor = margin.with_columns(value=1.0 + pl.col("value"))
    served = scaled(
        case.firm_share.rename({"region": "place"}).rename({"value": "firm"}).with_columns(value=1.0),
        margin.with_columns(value=1.0),
    )
    firm = served.join(
        case.outputs.select("process", "commodity", "place").unique(), on=["process", "commodity", "place"], how="semi"
    )
    firm = firm.select("process", *labels, region="place", value="firm")
    there = data(scaled(case.usable_existing, firm), *labels)
    asked = data(scaled(asked_for(case), factor), *labels)
    left = (usable(case, v) * firm).by(*labels) - (use * factor).by(*labels)
    right = added([asked, there.with_columns(-pl.col("value"))], *labels)
    where = keys([use.where(margin).terms, asked], *labels)
    return Rows(left.where(where), ">=", _kept(right, where), where)


def _margin(case: Case) -> pl.DataFrame:
    return case.reserve_margin.rename({"region": "place"})


def _sliced_users(case: Case) -> pl.DataFrame:
    """Where users on the sliced clock other than storage draw a good: commodity, place."""
    sliced = case.processes.filter(pl.col("clock") == "sliced").join(
        case.storage.select("process"), on="process", how="anti"
    )
    return case.inputs.join(sliced.select("process"), on="process", how="semi").select("commodity", "place").unique()


def _needs_row(case: Case, activity: Expression) -> pl.DataFrame:
    """Activity with a capacity that orders can add to, or with several modes; the rest is a bound on its column."""
    sized = case.processes.filter(pl.col("capacity_unit").is_not_null()).select("process")
    places = activity.terms.drop("coefficient").join(sized, on="process", how="semi")
    ordered = places.join(case.service, on=[*SITE, "period"], how="semi")
    several = places.filter(pl.col("mode").n_unique().over(*SITE, "period") > 1)
    return pl.concat([ordered, several]).unique()


def _side(stored: pl.DataFrame) -> pl.Expr:
    """Storage keeps its modes apart; all other processes share their capacity between modes."""
    return pl.when(pl.col("process").is_in(stored["process"].implode())).then(pl.col("mode")).otherwise(pl.lit("all"))


def _force_majeure(case: Case) -> pl.DataFrame:
    """min(1, availability / availability of the period before): process, region, period, value."""
    now = case.availability
    before = now.join(following(case).select("period", "next"), on="period").select(
        *SITE, period="next", before="value"
    )
    ratio = pl.when(pl.col("before") > 0).then((pl.col("value") / pl.col("before")).clip(0.0, 1.0)).otherwise(0.0)
    return now.join(before, on=[*SITE, "period"], how="inner").select(*SITE, "period", value=ratio)


def _usable_before(case: Case) -> pl.DataFrame:
    """Existing usable capacity of the period before; before the first period what existed at its start."""
    first = case.periods.sort("index").head(1).select("period")
    later = case.usable_existing.join(following(case).select("period", "next"), on="period").select(
        *SITE, period="next", value="value"
    )
    return pl.concat([case.usable_at_start.join(first, how="cross").select(*SITE, "period", "value"), later])


def _one_later(case: Case, expression: Expression) -> Expression:
    """The expression of the period before, under the label of the period."""
    step = following(case).select("period", "next").with_columns(value=1.0)
    labels = [label for label in expression.labels if label != "period"]
    moved = expression * step
    return moved.by(*labels, "next").rename(next="period").by(*expression.labels)


def _after_first(case: Case, frame: pl.DataFrame) -> pl.DataFrame:
    first = case.periods.sort("index").head(1).select("period")
    return frame.join(first, on="period", how="anti").select(LIMIT)


def _limits(case: Case, kind: str) -> pl.DataFrame:
    return case.limits.filter(pl.col("kind") == kind).select(*LIMIT, "value")


def _members(case: Case, kind: str) -> pl.DataFrame:
    return (
        case.limit_members.filter(pl.col("kind") == kind)
        .drop("kind")
        .unique(maintain_order=True)
        .with_columns(value=1.0)
    )


def _per_year(case: Case) -> pl.DataFrame:
    return years(case).with_columns(value=1.0 / pl.col("value"))


def _kept(frame: pl.DataFrame, where: pl.DataFrame) -> pl.DataFrame:
    labels = [column for column in where.columns if column != "value"]
    return data(frame.join(where, on=labels, how="semi", nulls_equal=True), *labels)


def _nothing(labels: tuple[str, ...]) -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(labels, pl.String), "value": pl.Float64})


def _no_terms(label: str) -> pl.DataFrame:
    return pl.DataFrame(schema={label: pl.String, "column": pl.Int64, "coefficient": pl.Float64})
