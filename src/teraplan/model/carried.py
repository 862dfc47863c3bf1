"""What carried storage takes in, gives out and holds: sums of columns that its equations are written in."""

import polars as pl

from teraplan.case.case import Case
from teraplan.model.algebra import Expression, Rows, data, scaled
from teraplan.model.quantities import HERE_SLICED, SITE, sliced_use, usable
from teraplan.model.remembered import with_fields
from teraplan.model.variables import Variables

STORE_SLICED = (*SITE, "period", "slice")
MOMENT = (*STORE_SLICED, "moment")
SEASON = (*SITE, "period", "season")


def charged(case: Case, v: Variables) -> Expression:
    """What processes put into carried storage: process, region, period, slice [commodity / year]."""
    return _of_stores(case, (v.sliced_activity * _stored(case, case.outputs)).by(*HERE_SLICED))


def discharged(case: Case, v: Variables) -> Expression:
    """What processes take out of carried storage: process, region, period, slice [commodity / year]."""
    return _of_stores(case, sliced_use(with_fields(case, inputs=_stored(case, case.inputs)), v.sliced_activity))


def net_charge(case: Case, v: Variables) -> Expression:
    """What goes into carried storage less what comes out: process, region, period, slice [commodity / year]."""
    return charged(case, v) - discharged(case, v)


def level_at(case: Case, v: Variables) -> Expression:
    """What carried storage holds at the moments that its limits are asked at: MOMENT [commodity]."""
    start = v.season_level * case.level_moments.with_columns(value=pl.lit(1.0))
    since = net_charge(case, v).rename(slice="from_slice") * case.level_inflow
    return start.by(*MOMENT) + since.by(*MOMENT)


def room(case: Case, v: Variables) -> tuple[Expression, pl.DataFrame]:
    """What carried storage could hold at its moments, ordered capacity and what existed: MOMENT [commodity]."""
    size = case.stores.select(*SITE, value="size").join(case.level_moments.drop("season"), how="cross")
    return (usable(case, v) * size).by(*MOMENT), data(scaled(case.usable_existing, size), *MOMENT)


def moments(case: Case) -> pl.DataFrame:
    """Every moment of every carried storage: MOMENT."""
    return case.stores.select(SITE).join(case.level_moments.drop("season"), how="cross").select(MOMENT)


def held_before(case: Case, v: Variables) -> Expression:
    """What a season starts with: the level at the start of the one before, and what came in since: SEASON."""
    earlier = v.season_level.rename(period="before_period", season="before_season")
    held = earlier * case.season_steps.with_columns(value=pl.lit(1.0))
    since = net_charge(case, v).rename(period="before_period") * case.season_inflow
    return held.by(*SEASON) + since.by(*SEASON)


def opening(case: Case) -> pl.DataFrame:
    """The level at the start of the first season, null where it is free: SEASON, value [commodity]."""
    first = case.season_places.join(case.season_steps, on=["period", "season"], how="anti")
    return first.join(case.stores, on=list(SITE)).select(*SEASON, value="opening")


def flow_at_most(case: Case, item: str, flow: Expression) -> Rows:
    """Rows of: the flow in a slice is at most its share of the year times a limit of carried storage."""
    most = case.store_limits.filter(pl.col("item") == item).drop("item")
    share = scaled(most, case.slices.select("slice", value="weight")).select(*STORE_SLICED, "value")
    where = share.join(flow.terms, on=list(STORE_SLICED), how="semi")
    return Rows(flow.where(where), "<=", where, where.select(STORE_SLICED))


def _stored(case: Case, flows: pl.DataFrame) -> pl.DataFrame:
    """The flows of goods that carried storage holds where they flow."""
    return flows.join(case.stores.select("commodity", place="region"), on=["commodity", "place"], how="semi")


def _of_stores(case: Case, flow: Expression) -> Expression:
    """A flow of commodities as one of the stores that hold them."""
    held = case.stores.select("process", "region", "commodity", place="region", value=pl.lit(1.0))
    return (flow * held).by(*STORE_SLICED)
