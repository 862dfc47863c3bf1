"""Every constraint of the model, in reading order. The function's name is the name of its rows and of their duals.

Names in capitals in a docstring are the labels of the row. Sums run over every label that the row does not have.
"""

from collections.abc import Callable

import polars as pl

from teraplan.case.case import Case
from teraplan.model import carried
from teraplan.model.algebra import (
    Expression,
    Rows,
    added,
    data,
    keys,
    negative,
    no_data,
    no_rows,
    no_terms,
    placed,
    scaled,
)
from teraplan.model.balances import balance, margins, reserve, sliced_balance, sliced_users
from teraplan.model.coded import kind
from teraplan.model.grouped import LIMIT, after_first, emitted, limited, limited_capacity, limits, members, shared
from teraplan.model.objective import cost_terms, target_terms
from teraplan.model.quantities import (
    HERE,
    HERE_SLICED,
    SITE,
    arriving,
    asked_for,
    bounded_by_row,
    built_with,
    demanded,
    force_majeure,
    goods,
    lengths,
    missed,
    one_later,
    per_year,
    received,
    ring,
    run,
    running_use,
    side_of_storage,
    sliced_use,
    so_far,
    usable,
    usable_before,
    weights,
)
from teraplan.model.variables import Variables

DAYS = 365.0
HOURS = 8760.0


# --- activity ---------------------------------------------------------------------------------------------------------


def activity_within_usable(case: Case, v: Variables) -> Rows:
    """A process runs no harder than the capacity in service.

        sum over modes of activity[mode] / rate <= availability x usable

    for PROCESS, REGION, PERIOD where decisions change capacity or there are several modes; else a bound on the column.
    Rows: [capacity]. Dual: what one more unit of usable capacity would be worth.
    """
    where = keys([bounded_by_row(case, v.activity)], *SITE, "period")
    running = (v.activity / case.rate).by(*SITE, "period")
    ordered = (usable(case, v) * case.availability).by(*SITE, "period")
    existing = scaled(case.usable_existing, case.availability)
    return Rows((running - ordered).where(where), "<=", placed(existing, where), where)


def sliced_activity_within_usable(case: Case, v: Variables) -> Rows:
    """In each slice of the year a process runs no harder than the capacity in service.

        sum over modes of sliced_activity[mode] / rate <= weight x availability x usable

    for PROCESS, REGION, PERIOD, SLICE; storage has one row for each of its modes, charge and discharge.
    Rows: [capacity]. Dual: what one more unit of capacity in that slice would be worth.
    """
    labels = (*SITE, "mode", "period", "slice")
    side = side_of_storage(case)
    running = v.sliced_activity / case.rate
    running = Expression(running.labels, running.terms.with_columns(mode=side))
    where = keys([bounded_by_row(case, v.sliced_activity).with_columns(mode=side)], *labels)
    share = scaled(where.with_columns(value=1.0), scaled(case.sliced_availability, weights(case)))
    left = running.by(*labels).where(where) - (usable(case, v) * share).by(*labels)
    return Rows(left, "<=", placed(scaled(case.usable_existing, share), where), where)


def yearly_sum_within_availability(case: Case, v: Variables) -> Rows:
    """Over the year a process on the sliced clock yields no more than its yearly availability.

        sum over modes, slices of sliced_activity / rate <= availability[slice empty] x usable

    for PROCESS, REGION, PERIOD where the availability table has a row with an empty slice. Rows: [capacity].
    """
    share = case.yearly_availability
    running = (v.sliced_activity.where(share) / case.rate).by(*SITE, "period")
    where = keys([running.terms], *SITE, "period")
    left = running - (usable(case, v) * share).by(*SITE, "period").where(where)
    return Rows(left, "<=", placed(scaled(case.usable_existing, share), where), where)


# --- balances ---------------------------------------------------------------------------------------------------------


def commodity_balance(case: Case, v: Variables) -> Rows:
    """What is made, received, missed and released covers what is used, built with, sent, put in stock and asked for.

        made + received + missed + released - used - built_with - sent - put_in_stock >= demand

    for COMMODITY, PLACE, PERIOD on the yearly clock with free disposal. Rows: [commodity / year].
    Dual: price x discount factor x years.
    """
    return balance(case, v, goods(case, "yearly", "free"), ">=")


def commodity_balance_without_disposal(case: Case, v: Variables) -> Rows:
    """The same balance as an equality, for goods of which nothing may be thrown away.

    made + received + missed + released - used - built_with - sent - put_in_stock == demand
    """
    return balance(case, v, goods(case, "yearly", "none"), "==")


def sliced_commodity_balance(case: Case, v: Variables) -> Rows:
    """In each slice what is made, received and missed covers what is used, sent and asked for.

        made + received - used - sent + weight x (made, released - used, built_with over the year)
            + load_shape x missed >= load_shape x demand

    for COMMODITY, PLACE, PERIOD, SLICE. Yearly processes and building spread over the slices by their weights, demand
    by its load shape.
    Rows: [commodity / year]. Dual: price x discount factor x years.
    """
    return sliced_balance(case, v, goods(case, "sliced", "free"), ">=")


def sliced_commodity_balance_without_disposal(case: Case, v: Variables) -> Rows:
    """The same balance in each slice as an equality, for goods of which nothing may be thrown away.

    made + received - used - sent + weight x (made, released - used, built_with over the year)
        + load_shape x missed == load_shape x demand
    """
    return sliced_balance(case, v, goods(case, "sliced", "none"), "==")


def early_use_within_pipeline(case: Case, v: Variables) -> Rows:
    """What the first periods' output needed before the horizon came from the stock in the pipeline.

        sum of input before the first period x activity <= opening stock

    for COMMODITY with a stock of kind pipeline; without one such inputs count as delivered. Rows: [commodity].
    """
    left = (run(v) * case.prehorizon_inputs).by("commodity").where(case.pipeline)
    where = keys([left.terms], "commodity")
    return Rows(left, "<=", placed(case.pipeline, where), where)


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


# --- blocks -----------------------------------------------------------------------------------------------------------


def orders_in_whole_blocks(case: Case, v: Variables) -> Rows:
    """What is lumpy is ordered in whole blocks.

        order - size x blocks == 0

    for PROCESS, REGION, PERIOD of a process with a block. Rows: [capacity].
    """
    labels = (*SITE, "period")
    left = v.order.where(case.block_sites) - (v.blocks * case.block_sites).by(*labels)
    return Rows(left, "==", no_data(*labels), case.block_sites.select(labels))


# --- retirement -------------------------------------------------------------------------------------------------------


def retired_at_most_there(case: Case, v: Variables) -> Rows:
    """What is retired early was ordered or existed, and is retired once.

        sum of retire over periods - order[order period] <= existing

    for PROCESS, REGION, ORDER_PERIOD of a process that may be retired early. Rows: [capacity].
    """
    labels = (*SITE, "order_period")
    where = v.retire.terms.select(labels).unique()
    ordered = v.order.rename(period="order_period").by(*labels).where(where)
    return Rows(v.retire.by(*labels) - ordered, "<=", placed(case.vintages, where), where)


# --- speed ------------------------------------------------------------------------------------------------------------


def orders_grow_no_faster(case: Case, v: Variables) -> Rows:
    """Orders of a year cannot outrun what is in use by more than the growth limit.

        order / years - growth x usable[period before] <= seed + growth x existing[period before]

    for LIMIT, GROUP, PLACE, PERIOD with a growth; before the first period stands what existed at its start.
    Rows: [capacity / year]. Dual: the rent of the limit.
    """
    growth, counted = limits(case, "growth"), members(case, "growth")
    ordered = (v.order * per_year(case) * counted).by(*LIMIT)
    before = (one_later(case, usable(case, v)) * counted * growth).by(*LIMIT)
    existing = data(scaled(scaled(usable_before(case), counted), growth), *LIMIT)
    right = placed(added([limits(case, "seed"), existing], *LIMIT), growth)
    return Rows((ordered - before).where(growth), "<=", right, growth.select(LIMIT))


def orders_fall_no_faster(case: Case, v: Variables) -> Rows:
    """Builders are kept busy: orders of a year are at least a share of the year before.

        order / years - share x order[period before] / years[period before] >= 0

    for LIMIT, GROUP, PLACE, PERIOD with an order_fall, from the second period on. What may no longer be ordered,
    because its window is closed or it would start after the horizon, counts no longer. Rows: [capacity / year].
    """
    share, counted = limits(case, "order_fall"), members(case, "order_fall")
    yearly = (v.order * per_year(case)).by(*SITE, "period")
    earlier = one_later(case, yearly).where(case.order_sites)
    where = after_first(case, share)
    left = (yearly * counted).by(*LIMIT) - (earlier * counted * share).by(*LIMIT)
    return Rows(left.where(where), ">=", no_data(*LIMIT), where)


def activity_falls_no_faster(case: Case, v: Variables) -> Rows:
    """Take-or-pay: activity is at least a share of the period before, lowered where availability is lost.

        activity - share x sum of activity[period before] x min(1, availability / availability[period before]) >= 0

    for LIMIT, GROUP, PLACE, PERIOD with an activity_fall, from the second period on. What has no capacity any more
    counts no longer. Rows: [activity / year].
    """
    share, counted = limits(case, "activity_fall"), members(case, "activity_fall")
    if share.is_empty():
        return no_rows(">=", *LIMIT)
    yearly = run(v).where(counted).by(*SITE, "period")
    earlier = (one_later(case, yearly) * force_majeure(case)).by(*SITE, "period")
    where = after_first(case, share)
    left = (yearly * counted).by(*LIMIT) - (earlier * counted * share).by(*LIMIT)
    return Rows(left.where(where), ">=", no_data(*LIMIT), where)


# --- limits -----------------------------------------------------------------------------------------------------------


def orders_at_most(case: Case, v: Variables) -> Rows:
    """Orders of a group stay within what its builders and sites allow in a year.

        order / years <= order_max

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [capacity / year]. Dual: the rent of the limit.
    """
    return limited(case, "order_max", (v.order * per_year(case) * members(case, "order_max")).by(*LIMIT), "<=")


def orders_at_least(case: Case, v: Variables) -> Rows:
    """Orders of a group reach what is committed for a year.

        order / years >= order_min

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [capacity / year].
    """
    return limited(case, "order_min", (v.order * per_year(case) * members(case, "order_min")).by(*LIMIT), ">=")


def cumulative_orders_at_most(case: Case, v: Variables) -> Rows:
    """All orders up to a period stay within a total, such as the sites that exist.

        sum of order up to PERIOD <= order_cumulative_max

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [capacity].
    """
    ordered = so_far(case, v.order * members(case, "order_cumulative_max"))
    return limited(case, "order_cumulative_max", ordered.by(*LIMIT), "<=")


def capacity_at_most(case: Case, v: Variables) -> Rows:
    """Capacity in service of a group stays within its limit.

        capacity <= capacity_max - existing

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [capacity].
    """
    return limited_capacity(case, v, "capacity_max", "<=")


def capacity_at_least(case: Case, v: Variables) -> Rows:
    """Capacity in service of a group reaches what is asked for.

        capacity >= capacity_min - existing

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [capacity].
    """
    return limited_capacity(case, v, "capacity_min", ">=")


def activity_at_most(case: Case, v: Variables) -> Rows:
    """Activity of a group stays within its limit.

        activity <= activity_max

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [activity / year].
    """
    return limited(case, "activity_max", (run(v) * members(case, "activity_max")).by(*LIMIT), "<=")


def activity_at_least(case: Case, v: Variables) -> Rows:
    """Activity of a group reaches what is asked for.

        activity >= activity_min

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [activity / year].
    """
    return limited(case, "activity_min", (run(v) * members(case, "activity_min")).by(*LIMIT), ">=")


def cumulative_activity_at_most(case: Case, v: Variables) -> Rows:
    """All activity up to a period stays within a total, such as what a deposit holds.

        sum of years x activity up to PERIOD <= activity_cumulative_max

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [activity].
    """
    run_so_far = so_far(case, run(v) * lengths(case) * members(case, "activity_cumulative_max"))
    return limited(case, "activity_cumulative_max", run_so_far.by(*LIMIT), "<=")


def cumulative_activity_at_least(case: Case, v: Variables) -> Rows:
    """All activity up to a period reaches what is asked for.

        sum of years x activity up to PERIOD >= activity_cumulative_min

    for LIMIT, GROUP, PLACE, PERIOD. Rows: [activity].
    """
    run_so_far = so_far(case, run(v) * lengths(case) * members(case, "activity_cumulative_min"))
    return limited(case, "activity_cumulative_min", run_so_far.by(*LIMIT), ">=")


def emissions_at_most(case: Case, v: Variables) -> Rows:
    """What is put out of an emission in a group of regions stays within its limit.

        sum of output x activity <= emission_max

    for LIMIT, GROUP (the emission), PLACE, PERIOD. Rows: [emission / year].
    """
    return limited(case, "emission_max", (run(v) * emitted(case, "emission_max")).by(*LIMIT), "<=")


def cumulative_emissions_at_most(case: Case, v: Variables) -> Rows:
    """What is put out of an emission up to a period stays within a budget.

        sum of years x output x activity up to PERIOD <= emission_cumulative_max

    for LIMIT, GROUP (the emission), PLACE, PERIOD. Rows: [emission].
    """
    put_out = so_far(case, run(v) * lengths(case) * emitted(case, "emission_cumulative_max"))
    return limited(case, "emission_cumulative_max", put_out.by(*LIMIT), "<=")


# --- shares and rules -------------------------------------------------------------------------------------------------


def share_at_most(case: Case, v: Variables) -> Rows:
    """A part is at most a share of a whole.

        numerator - share x denominator <= 0, with what existed on the right

    for SHARE, GROUP, PLACE, SENSE, PERIOD. Rows: the unit of what is compared.
    """
    return shared(case, v, "at_most", "<=")


def share_at_least(case: Case, v: Variables) -> Rows:
    """A part is at least a share of a whole.

        numerator - share x denominator >= 0, with what existed on the right

    for SHARE, GROUP, PLACE, SENSE, PERIOD. Rows: the unit of what is compared.
    """
    return shared(case, v, "at_least", ">=")


def served_at_home(case: Case, v: Variables) -> Rows:
    """At least a share of what a region is served is made there: it receives no more than the rest.

        received + (1 - local_share) x missed <= (1 - local_share) x demand

    for COMMODITY, PLACE, PERIOD with a local share and a route that ends there. Rows: [commodity / year].
    """
    away = case.local_share.select("commodity", "period", place="region", value=1.0 - pl.col("value"))
    arrived = received(case, v).where(away)
    where = keys([arrived.terms], *HERE)
    left = arrived + (missed(v) * away).by(*HERE).where(where)
    return Rows(left, "<=", placed(scaled(case.demand.rename({"region": "place"}), away), where), where)


def use_within_licence(case: Case, v: Variables) -> Rows:
    """What a group of regions uses, or receives, of a group of goods stays within the licence; 0 is a ban.

        sum of use in running and in building, or of arrivals after losses <= licensed amount

    for RULE, GROUP, PLACE, PERIOD. Rows: [unit of the rule / year]. Dual: the rent of the licence.
    """
    labels = ("rule", "group", "place", "period")
    used_in = ("rule", "group", "place", "use_period")
    uses = (run(v) * case.rule_activity).by(*used_in) + (v.order * case.rule_builds).by(*used_in)
    shipped = (v.ship * arriving(case.ship_routes) * case.rule_arrivals).by(*labels)
    sliced = (v.sliced_ship * arriving(case.sliced_ship_routes) * case.rule_arrivals).by(*labels)
    licence = case.rules.select(*labels, "value")
    left = uses.rename(use_period="period") + shipped + sliced
    return Rows(left.where(licence), "<=", licence, licence.select(labels))


# --- storage and reserve ----------------------------------------------------------------------------------------------


def storage_level(case: Case, v: Variables) -> Rows:
    """A store holds what it held in the slice before, and what a day's charging adds and discharging takes.

        level - (1 - loss) x level[slice before] - (efficiency x charge - discharge) / (365 x weight of day type) == 0

    for PROCESS, REGION, PERIOD, SLICE; the slices of a day type follow each other in a ring.
    Rows: [commodity in one day].
    """
    labels = (*SITE, "period", "slice")
    stored = case.storage.select("process", "efficiency", kept=1.0 - pl.col("loss"))
    held = v.level * stored.select("process", value="kept") * ring(case)
    days = case.slices.select("slice", days=pl.col("weight").sum().over("day_type") * DAYS)
    a_day = stored.join(days, how="cross").with_columns(charge=pl.col("efficiency"), discharge=pl.lit(-1.0))
    signed = a_day.unpivot(["charge", "discharge"], index=["process", "slice", "days"], variable_name="mode")
    signed = signed.with_columns(pl.col("mode").cast(kind(case)), value=pl.col("value") / pl.col("days")).drop("days")
    flow = v.sliced_activity * signed
    left = v.level.by(*labels) - held.by(*SITE, "period", "after").rename(after="slice") - flow.by(*labels)
    return Rows(left, "==", no_data(*labels), v.level.terms.select(labels))


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


def level_carried_over(case: Case, v: Variables) -> Rows:
    """Carried storage starts a season with what it held at the start of the one before and what came in since.

        season_level - season_level[before] - sum of inflow x (charged - discharged)[season before] == 0

    for PROCESS, REGION, PERIOD, SEASON, over the years too; == opening for the very first, unless it is free.
    Rows: [commodity]. Dual: less what one more unit in store would be worth.
    """
    opening = carried.opening(case)
    free = opening.filter(pl.col("value").is_null())
    where = case.season_places.join(free, on=list(carried.SEASON), how="anti").select(carried.SEASON)
    return Rows((v.season_level - carried.held_before(case, v)).where(where), "==", opening.drop_nulls(), where)


def carried_level_at_most(case: Case, v: Variables) -> Rows:
    """Carried storage never holds more than its capacity.

        season_level + sum of inflow until MOMENT x (charged - discharged) - size x usable <= size x existing

    for PROCESS, REGION, PERIOD, SLICE, MOMENT: starts and ends of blocks in the first and last week of each season.
    Rows: [commodity].
    """
    ordered, existing = carried.room(case, v)
    return Rows(carried.level_at(case, v) - ordered, "<=", existing, carried.moments(case))


def carried_level_at_least(case: Case, v: Variables) -> Rows:
    """Carried storage never holds less than the least share of its capacity.

        season_level + sum of inflow until MOMENT x (charged - discharged) - least_share x size x usable
            >= least_share x size x existing

    for PROCESS, REGION, PERIOD, SLICE, MOMENT. Rows: [commodity].
    """
    share = case.store_limits.filter(pl.col("item") == "least_share").drop("item")
    ordered, existing = carried.room(case, v)
    right = scaled(existing, share).select(*carried.MOMENT, "value")
    return Rows(carried.level_at(case, v) - ordered * share, ">=", right, carried.moments(case))


def charge_at_most(case: Case, v: Variables) -> Rows:
    """Carried storage takes in no faster than it can.

        charged <= weight x charge_max

    for PROCESS, REGION, PERIOD, SLICE with a charge_max. Rows: [commodity / year].
    """
    return carried.flow_at_most(case, "charge_max", carried.charged(case, v))


def discharge_at_most(case: Case, v: Variables) -> Rows:
    """Carried storage gives out no faster than it can.

        discharged <= weight x discharge_max

    for PROCESS, REGION, PERIOD, SLICE with a discharge_max. Rows: [commodity / year].
    """
    return carried.flow_at_most(case, "discharge_max", carried.discharged(case, v))


def reserve_margin(case: Case, v: Variables) -> Rows:
    """Firm capacity covers the load and a margin, where the load is the same in every slice.

        sum of firm_share x usable - (1 + margin) x (used + built_with - missed) >= (1 + margin) x demand

    for COMMODITY, PLACE, PERIOD with a margin, no load shape, and no user on the sliced clock but storage.
    Rows: [commodity / year].
    """
    margin = margins(case).join(sliced_users(case), on=["commodity", "place"], how="anti")
    load = running_use(case, v) + built_with(case, v) - missed(v)
    return reserve(case, v, margin, load, asked_for(case))


def sliced_reserve_margin(case: Case, v: Variables) -> Rows:
    """Firm capacity covers the load and a margin in every slice.

        sum of firm_share x usable
            - (1 + margin) x (used / weight + used over the year + built_with - load_shape / weight x missed)
            >= (1 + margin) x load_shape / weight x demand

    for COMMODITY, PLACE, PERIOD, SLICE with a margin and users on the sliced clock, or a load shape; charging of
    storage is no load. Rows: [commodity / year].
    """
    margin = margins(case).join(sliced_users(case), on=["commodity", "place"], how="semi")
    margin = margin.join(case.slices.select("slice"), how="cross")
    every = case.slices.select("slice", value=1.0)
    peak = case.slices.select("slice", value=1.0 / pl.col("weight"))
    without_storage = v.sliced_activity.only(~pl.col("process").is_in(case.storage["process"].implode()))
    drawn = (sliced_use(case, without_storage) * peak).by(*HERE_SLICED)
    flat = ((running_use(case, v) + built_with(case, v)) * every).by(*HERE_SLICED)
    shape = scaled(case.load_shape, peak)
    asked = added([scaled(demanded(case), shape), scaled(case.existing_build, every)], *HERE_SLICED)
    return reserve(case, v, margin, drawn + flat - (missed(v) * shape).by(*HERE_SLICED), asked)


def output_within_cover(case: Case, v: Variables) -> Rows:
    """In every slice firm capacity covers a multiple of what is put out of a commodity.

        sum of firm_share x rate x usable - cover x (sliced output / weight + output over the year) >= 0

    for COMMODITY, PLACE, PERIOD, SLICE with a cover; all processes of the region with a firm share count, whatever they
    put out. What existed is on the right. Rows: [commodity / year].
    """
    cover = case.reserve_cover.rename({"region": "place"})
    peak = case.slices.select("slice", value=1.0 / pl.col("weight"))
    every = case.slices.select("slice", value=1.0)
    covered = scaled(case.outputs, cover)
    now = (v.sliced_activity * covered * peak).by(*HERE_SLICED)
    over_year = (v.activity * covered * every).by(*HERE_SLICED)
    put_out = now + over_year
    where = keys([put_out.terms], *HERE_SLICED)
    firm = scaled(scaled(case.firm_share, case.rate).rename({"region": "place"}), where.with_columns(value=1.0))
    there = data(scaled(case.usable_existing.rename({"region": "place"}), firm), *HERE_SLICED)
    left = (usable(case, v).rename(region="place") * firm).by(*HERE_SLICED) - put_out
    return Rows(left, ">=", negative(there), where)


# --- programme --------------------------------------------------------------------------------------------------------


def programme_within_budget(case: Case, v: Variables) -> Rows:
    """Outside money of a programme on top of the kept plan stays within its budget.

        sum over orders from..until of payments x (order - kept order)
        + sum over periods from..until of running money - running money of the baseline <= budget

    one row, if there is a programme. Payments count whenever they fall; running money is years x (fixed cost of what
    was ordered, cost of activity, freight, carrying). Undiscounted, at prices paid: transfers are in. Rows: [money].
    Dual: what one more unit of money adds to the objective.
    """
    plan = case.programme
    if plan is None:
        return Rows(no_terms("programme"), "<=", no_data("programme"), no_data("programme").select("programme"))
    inside = case.periods.filter(pl.col("start").is_between(plan.first, plan.last)).select("period")
    lines = cost_terms(case, v).filter(pl.col("column").is_not_null()).join(inside, on="period", how="semi")
    terms = lines.select(programme=pl.lit("programme"), column="column", coefficient="paid")
    prices = case.payments.select(*SITE, "period", value="paid").join(inside, on="period", how="semi")
    kept = float(scaled(prices, plan.kept_orders)["value"].sum())
    right = pl.DataFrame({"programme": ["programme"], "value": [plan.budget + plan.running_baseline + kept]})
    return Rows(Expression(("programme",), terms), "<=", right, right.select("programme"))


def target_reached(case: Case, v: Variables) -> Rows:
    """The second step of most_compute reaches what the first one found; free until then.

        sum of weight x (demand - missed) >= (1 - 1e-6) x the first step's amount

    one row, if the objective is most_compute. Rows: [weighted target].
    """
    if case.tables.settings.objective != "most_compute":
        return Rows(no_terms("target"), ">=", no_data("target"), no_data("target").select("target"))
    terms = target_terms(case, v).select(target=pl.lit("target"), column="column", coefficient="weight")
    right = pl.DataFrame({"target": ["target"], "value": [-float("inf")]})
    return Rows(Expression(("target",), terms), ">=", right, right.select("target"))


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
    orders_in_whole_blocks,
    retired_at_most_there,
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
    cumulative_activity_at_most,
    cumulative_activity_at_least,
    emissions_at_most,
    cumulative_emissions_at_most,
    share_at_most,
    share_at_least,
    served_at_home,
    use_within_licence,
    storage_level,
    level_within_hours,
    level_carried_over,
    carried_level_at_most,
    carried_level_at_least,
    charge_at_most,
    discharge_at_most,
    reserve_margin,
    sliced_reserve_margin,
    output_within_cover,
    programme_within_budget,
    target_reached,
)
