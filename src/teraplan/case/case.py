"""Case: one study, checked, in canonical units, per period. Everything to the right reads it and changes nothing.

Every field below `horizon_end` is a long table: label columns and `value` (or the columns named). Money is in the
case's money unit of its base year, time in years, flows per year. `place` is where a balance stands: the region, or WLD
for goods of world scope.
"""

from dataclasses import dataclass

import polars as pl

from teraplan.case.resolve import Tables

WORLD = "WLD"


@dataclass(frozen=True)
class Programme:
    """Outside money on top of a baseline: what may be spent, when it may order, and what the baseline already does."""

    budget: float
    """Undiscounted money at prices paid [money unit]."""
    first: float
    """Start of the first period in which it orders [decimal year]."""
    last: float
    """Start of the last period in which it orders [decimal year]."""
    kept_orders: pl.DataFrame
    """process, region, period, value: orders of the baseline [capacity]."""
    running_baseline: float
    """Running money of the baseline over the programme's periods, undiscounted [money unit]."""


@dataclass(frozen=True)
class Case:
    """A case ready to be planned; made by `assemble`, changed only by making another one from edited tables."""

    name: str
    """Name of the case."""
    tables: Tables
    """The resolved tables it was made from: exact labels, calendar years, sources and grades."""
    horizon_end: float
    """End of the last solved period [decimal year]."""

    periods: pl.DataFrame
    """period, index, start, end [decimal year], years, factor (discount factor of running money), shown (bool)."""
    period_years: pl.DataFrame
    """period, year, part: which part of a period falls in which calendar year."""
    slices: pl.DataFrame
    """slice, day_type, order, weight; season, days, hours."""
    processes: pl.DataFrame
    """process, stage, maker, clock, capacity_unit, activity_unit, rate [activity / capacity / year], life [year]."""
    commodities: pl.DataFrame
    """commodity, unit, kind, stage, clock, scope, maker, disposal."""

    order_sites: pl.DataFrame
    """process, region, period: where and when an order may be placed; lead [year]: from the last of its dates to its
    start, paid_over [year]: how long it is paid, life [year], a, b (its dates)."""
    block_sites: pl.DataFrame
    """process, region, period, value: where orders are whole numbers of blocks, and the size of one [capacity]."""
    activity_sites: pl.DataFrame
    """process, mode, region, period: where a process on the yearly clock may run."""
    sliced_activity_sites: pl.DataFrame
    """process, mode, region, period, slice: the same on the sliced clock."""
    ship_routes: pl.DataFrame
    """commodity, origin, destination, period, cost, loss, capacity: routes of yearly commodities."""
    sliced_ship_routes: pl.DataFrame
    """the same with slice, for sliced commodities."""
    stock_places: pl.DataFrame
    """commodity, region, period, opening, keep, carrying_cost, closing: where a stock may be carried."""
    level_places: pl.DataFrame
    """process, region, period, slice: storage."""
    storage: pl.DataFrame
    """process, commodity, hours, efficiency, loss: cycled storage."""

    stores: pl.DataFrame
    """process, region, commodity, size [commodity / capacity], opening [commodity; null: free]: carried storage."""
    store_limits: pl.DataFrame
    """process, region, item (least_share, charge_max, discharge_max), period, value."""
    season_places: pl.DataFrame
    """process, region, period, season: where carried storage has a level; seasons as text."""
    season_steps: pl.DataFrame
    """period, season, before_period, before_season: which season follows which, over the years too."""
    season_inflow: pl.DataFrame
    """period, season, before_period, slice, value: how often a slice's net charge of a year counts from the level of
    the season before to that of the season."""
    level_moments: pl.DataFrame
    """period, season, slice, moment: when the level of carried storage is held to its limits."""
    level_inflow: pl.DataFrame
    """period, slice, moment, from_slice, value: how often a slice's net charge of a year counts from the start of the
    season to the moment."""

    retire_sites: pl.DataFrame
    """process, region, order_period, period: which capacity may be taken out early, at the start of which period; what
    was ordered before has order periods of its own, named after its start and end."""
    vintages: pl.DataFrame
    """process, region, order_period, value: what was ordered before and may be taken out early [capacity]."""
    retired_service: pl.DataFrame
    """process, region, order_period, period, later, value: usable share lost in `later` per unit retired [1]."""
    retired_in_service: pl.DataFrame
    """the same before ramp."""

    service: pl.DataFrame
    """process, region, order_period, period, value: usable share of an order, after ramp [1]."""
    in_service: pl.DataFrame
    """process, region, order_period, period, value: share of an order in service, before ramp [1]."""
    usable_existing: pl.DataFrame
    """process, region, period, value: usable capacity that was there or announced [capacity]."""
    capacity_existing: pl.DataFrame
    """process, region, period, value: the same before ramp [capacity]."""
    usable_at_start: pl.DataFrame
    """process, region, value: usable when the first period begins [capacity]."""

    outputs: pl.DataFrame
    """process, mode, region, period, commodity, place, value: made per unit of activity."""
    inputs: pl.DataFrame
    """process, mode, region, period, commodity, place, use_period, value: used per unit of activity, in use_period."""
    prehorizon_inputs: pl.DataFrame
    """process, mode, region, period, commodity, value: used before the first period, amount per unit of activity."""
    pipeline: pl.DataFrame
    """commodity, value: stock from which these may be drawn."""
    build_inputs: pl.DataFrame
    """process, region, period (of the order), commodity, place, use_period, value: flow per unit ordered."""
    existing_build: pl.DataFrame
    """commodity, place, period, value: flow used to finish what was ordered before [commodity / year]."""
    releases: pl.DataFrame
    """process, region, period (of the order), commodity, place, use_period, value: flow that comes free in use_period,
    when lives end, per unit ordered."""
    retired_releases: pl.DataFrame
    """process, region, order_period, period, commodity, place, use_period, value: flow per unit retired in period; what
    would have come free at the end of life is taken away."""
    existing_releases: pl.DataFrame
    """commodity, place, period, value: flow that comes free when what was ordered before ends [commodity / year]."""
    rate: pl.DataFrame
    """process, value: activity per unit of capacity and year."""
    availability: pl.DataFrame
    """process, region, period, value: share of usable capacity (yearly clock)."""
    sliced_availability: pl.DataFrame
    """process, region, period, slice, value: share of usable capacity in a slice."""
    yearly_availability: pl.DataFrame
    """process, region, period, value: share over the year of a process on the sliced clock; only where given."""

    demand: pl.DataFrame
    """commodity, region, period, value: top of the demand curves of all buyers [commodity / year]."""
    load_shape: pl.DataFrame
    """commodity, place, period, slice, value: share of a year's demand in a slice, for sliced commodities [1]."""
    demand_steps: pl.DataFrame
    """commodity, region, buyer, period, step, width [commodity / year], price [money / commodity]."""
    local_share: pl.DataFrame
    """commodity, region, period, value: least share served from the same region [1]."""

    limits: pl.DataFrame
    """limit, kind, group, place, period, value."""
    limit_members: pl.DataFrame
    """limit, kind, group, place, process, region: what a limit counts."""
    emission_outputs: pl.DataFrame
    """limit, kind, group, place, process, mode, region, period, value: what an emission limit counts per activity."""
    shares: pl.DataFrame
    """share, group, place, sense, of, period, value."""
    share_measures: pl.DataFrame
    """share, group, place, side (numerator, denominator), measure (order, capacity, activity), process, mode, region,
    period, value."""
    rules: pl.DataFrame
    """rule, group, place, period, value: licensed amount [unit / year]."""
    rule_activity: pl.DataFrame
    """rule, group, place, process, mode, region, period, use_period, value: what a rule counts per unit of activity."""
    rule_builds: pl.DataFrame
    """rule, group, place, process, region, period, use_period, value: the same per unit of capacity ordered."""
    rule_arrivals: pl.DataFrame
    """rule, group, place, commodity, origin, destination, value."""
    reserve_margin: pl.DataFrame
    """commodity, region, period, value: firm capacity above the load [1]."""
    reserve_cover: pl.DataFrame
    """commodity, region, period, value: least firm capacity, as output a year, over output in a slice [1]."""
    firm_share: pl.DataFrame
    """process, region, period, value: share of usable capacity that counts as firm [1]."""

    payments: pl.DataFrame
    """process, region, period, item, year, paid, charged, beyond: money of one unit ordered, by payment year; charged
    is its discounted part in the objective, beyond what the horizon's end leaves out."""
    existing_payments: pl.DataFrame
    """process, region, item, year, paid, charged, beyond: money still to be paid for what was ordered before."""
    fixed_costs: pl.DataFrame
    """process, region, period, item, value: money per unit of capacity in service and year."""
    running_costs: pl.DataFrame
    """process, mode, region, period, item, value: money per unit of activity."""
    cost_items: pl.DataFrame
    """item, transfer (bool), in_view (bool): what the objective takes."""

    kept: pl.DataFrame
    """variable, its labels, lower, upper, run: what another plan fixes or floors, and its name; empty without one."""
    programme: Programme | None = None
    """The budget on top of the kept plan, if there is one."""
    seconds_read: float = 0.0
    """How long reading and assembling took [s]."""
