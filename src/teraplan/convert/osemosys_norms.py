"""Demand, limits, targets, reserve and trade of an OSeMOSYS model as tables of a case."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from teraplan.convert.osemosys_labels import free_label
from teraplan.convert.osemosys_parameters import (
    EMISSION,
    FUEL,
    NO_LIMIT,
    OTHER_REGION,
    REGION,
    SLICE,
    TECHNOLOGY,
    VALUE,
    YEAR,
)
from teraplan.convert.osemosys_plants import PLACE, Plants, steady
from teraplan.convert.osemosys_read import LINE, Model
from teraplan.errors import Fault

LIMITS = (
    ("TotalAnnualMaxCapacity", "capacity_max", "1"),
    ("TotalAnnualMaxCapacityInvestment", "order_max", "1/year"),
    ("TotalTechnologyAnnualActivityUpperLimit", "activity_max", "1/year"),
    ("TotalTechnologyModelPeriodActivityUpperLimit", "activity_cumulative_max", "1"),
)
FLOORS = (
    ("TotalAnnualMinCapacity", "capacity_min", "1"),
    ("TotalAnnualMinCapacityInvestment", "order_min", "1/year"),
    ("TotalTechnologyAnnualActivityLowerLimit", "activity_min", "1/year"),
    ("TotalTechnologyModelPeriodActivityLowerLimit", "activity_cumulative_min", "1"),
)
LIMIT = ("limit", "kind", "group", "region_group", "year", "value", "unit")
ALMOST = 1e-12


@dataclass(frozen=True)
class Asked:
    """What is asked for: demand and load_shapes as tables, and the fuels balanced by the year.

    collected: fuels with a year's demand beside that of slices: REGION, FUEL, good (what collects it over the year).
    unshaped: fuels with a demand that no profile puts into a slice: REGION, FUEL.
    """

    demand: pl.DataFrame
    shapes: pl.DataFrame
    yearly: frozenset[str]
    collected: pl.DataFrame
    unshaped: pl.DataFrame


def asked_for(model: Model, weights: pl.DataFrame) -> Asked:
    """Return the demand of a model.

    A fuel that is only asked for by the year, and that nobody uses or trades, is balanced by the year. Where it is
    balanced in slices, a process without capacity collects what is asked for by the year. OSeMOSYS holds both demands
    of one fuel against the same output, so only what the year asks for beyond the slices is collected. A case asks for
    something: a model that does not gets a demand of 0 for its first fuel.
    """
    year = model.members(YEAR)
    sliced = model.where_not("SpecifiedAnnualDemand", 0.0).select(REGION, FUEL).unique(maintain_order=True)
    cells = sliced.join(year, how="cross").join(weights.select(SLICE, YEAR, "weight"), on=YEAR)
    part = model.at("SpecifiedDemandProfile", cells).rename({VALUE: "part"}).drop(LINE)
    here = [REGION, FUEL, YEAR]
    amounts = model.at("SpecifiedAnnualDemand", part).with_columns(amount=pl.col(VALUE) * pl.col("part"))
    total = pl.col("part").sum().over(here)
    shaped = amounts.with_columns(shape=pl.when(total > 0).then(pl.col("part") / total).otherwise("weight"))
    sums = amounts.group_by(here, maintain_order=True).agg(value=pl.col("amount").sum())
    whole = model.where_not("AccumulatedAnnualDemand", 0.0).select(REGION, FUEL).unique(maintain_order=True)
    summed = model.at("AccumulatedAnnualDemand", whole.join(year, how="cross")).drop(LINE)
    rest = summed.join(sums, on=here, how="left", maintain_order="left").select(
        *here, value=(pl.col(VALUE) - pl.col("value").fill_null(0.0)).clip(lower_bound=0.0)
    )
    yearly = _yearly_fuels(model, sliced, whole)
    taken = {*model.sets[FUEL], *model.sets[EMISSION], *model.sets[TECHNOLOGY]}
    fuels = rest.filter(~pl.col(FUEL).is_in(list(yearly)))[FUEL].unique(maintain_order=True)
    names = {fuel: free_label(f"{fuel}_over_year", taken) for fuel in fuels}
    good = pl.col(FUEL).replace(names)
    nothing = year.with_columns(pl.lit(model.sets[REGION][0]).alias(REGION), pl.lit(model.sets[FUEL][0]).alias(FUEL))
    least = nothing.select(*here, value=pl.lit(0.0)) if not (sums.height or rest.height) else rest.clear()
    asked = pl.concat([part.with_columns(good=FUEL) for part in (sums, least)] + [rest.with_columns(good=good)])
    demand = asked.select(
        commodity="good",
        region=REGION,
        year=pl.col(YEAR).cast(pl.Int32),
        item=pl.lit("quantity"),
        value="value",
        unit=pl.lit("1/year"),
    )
    shapes = shaped.select(
        commodity=FUEL, region=REGION, slice=SLICE, year=pl.col(YEAR).cast(pl.Int32), value="shape", unit=pl.lit("1")
    )
    years = len(model.years)
    collected = whole.filter(~pl.col(FUEL).is_in(list(yearly))).with_columns(good=good)
    unshaped = sums.filter((pl.col("value") == 0).all().over(REGION, FUEL)).select(REGION, FUEL).unique()
    return Asked(steady(demand, years), steady(shapes, years), yearly, collected, unshaped.sort(REGION, FUEL))


def limits(model: Model, plants: Plants) -> pl.DataFrame:
    """The table limits: bounds of capacity, orders and activity, and of emissions."""
    places = plants.places.select(*PLACE, "process")
    parts = []
    for name, kind, unit in (*LIMITS, *FLOORS):
        upper = kind.endswith("max")
        none = NO_LIMIT[:1] if upper else (0.0,)
        if upper and model.defaults[name] in NO_LIMIT:
            rows = model.given[name].filter(~pl.col(VALUE).is_in(none))
        else:
            rows = model.where_not(name, *none)
        held = rows.join(places, on=PLACE).filter(pl.col(VALUE) > 0 if not upper else True)
        parts.append(_limit(model, held, (name, kind, unit), "process"))
    # What stands without a mode that can run has a mode in the case, which stays at rest.
    still = places.join(plants.modes, on=PLACE, how="anti").join(model.members(YEAR), how="cross")
    asleep = still.with_columns(pl.lit(0.0).alias(VALUE))
    parts.append(_limit(model, asleep, ("NoModeCanRun", "activity_max", "1/year"), "process"))
    parts += [_emission_limits(model), _emission_budgets(model)]
    return pl.concat(parts)


def trade(model: Model) -> pl.DataFrame:
    """The table routes: OSeMOSYS trades without cost or loss, both ways, where TradeRoute is 1."""
    given = model.where_not("TradeRoute", 0.0)
    pairs = given.select(commodity=FUEL, origin=REGION, destination=OTHER_REGION).unique(maintain_order=True)
    back = pairs.select("commodity", origin="destination", destination="origin")
    return pl.concat([pairs, back]).unique(maintain_order=True)


def odd_routes(model: Model) -> Iterator[Fault]:
    """Routes that OSeMOSYS itself has no sense for, or that come and go."""
    given = model.where_not("TradeRoute", 0.0)
    where = "TradeRoute.csv"
    for row in given.filter(pl.col(VALUE) != 1.0).iter_rows(named=True):
        what = f"{row[VALUE]:g} is neither 0 nor 1"
        yield Fault(f"{where} line {row[LINE]}, column VALUE", what, "write 1 where a fuel may be traded")
    for row in given.filter(pl.col(REGION) == pl.col(OTHER_REGION)).iter_rows(named=True):
        yield Fault(f"{where} line {row[LINE]}", f"{row[REGION]} trades with itself", "take the row out")
    key = [REGION, OTHER_REGION, FUEL]
    back = given.select(pl.col(OTHER_REGION).alias(REGION), pl.col(REGION).alias(OTHER_REGION), FUEL, YEAR)
    for row in given.join(back, on=[*key, YEAR], how="anti").unique(key, maintain_order=True).iter_rows(named=True):
        what = (
            f"{row[FUEL]} goes from {row[REGION]} to {row[OTHER_REGION]} and not back: "
            "OSeMOSYS would then count it in one of the two balances only"
        )
        yield Fault(f"{where} line {row[LINE]}", what, f"add the row from {row[OTHER_REGION]} to {row[REGION]}")
    counted = given.group_by(key, maintain_order=True).agg(pl.len().alias("years"), pl.col(LINE).first())
    for row in counted.filter(pl.col("years") != len(model.years)).iter_rows(named=True):
        what = f"{row[FUEL]} may be traded between {row[REGION]} and {row[OTHER_REGION]} in some years only"
        yield Fault(f"{where} line {row[LINE]}", what, "a route of a case is open in every year: give every year a 1")


def _yearly_fuels(model: Model, sliced: pl.DataFrame, whole: pl.DataFrame) -> frozenset[str]:
    used = model.where_not("InputActivityRatio", 0.0)[FUEL].to_list()
    sent = model.where_not("TradeRoute", 0.0)[FUEL].to_list()
    return frozenset(whole[FUEL].to_list()) - frozenset(sliced[FUEL].to_list()) - frozenset(used) - frozenset(sent)


def _limit(model: Model, held: pl.DataFrame, words: tuple[str, str, str], group: str) -> pl.DataFrame:
    """Limits of one kind, year by year; an empty value ends a limit in years that have none."""
    name, kind, unit = words
    last = model.years[-1]
    if YEAR in held.columns:
        keys = held.select(group, REGION).unique(maintain_order=True)
        cells = keys.join(model.members(YEAR), how="cross")
        dated = cells.join(
            held.select(group, REGION, YEAR, VALUE), on=[group, REGION, YEAR], how="left", maintain_order="left"
        )
    else:
        dated = held.with_columns(pl.lit(str(last)).alias(YEAR))
    rows = dated.select(
        limit=pl.lit(name),
        kind=pl.lit(kind),
        group=group,
        region_group=REGION,
        year=pl.col(YEAR).cast(pl.Int32),
        value=VALUE,
        unit=pl.lit(unit),
    )
    return steady(rows, len(model.years)) if YEAR in held.columns and len(model.years) > 1 else rows


def _emission_limits(model: Model) -> pl.DataFrame:
    """Limits of a year's emissions, less what is emitted outside the model."""
    name = "AnnualEmissionLimit"
    rows = _upper(model, name)
    net = model.at("AnnualExogenousEmission", rows.select(REGION, EMISSION, YEAR, limit=VALUE))
    held = net.with_columns((pl.col("limit") - pl.col(VALUE)).alias(VALUE))
    return _limit(model, held, (name, "emission_max", "1/year"), EMISSION)


def _emission_budgets(model: Model) -> pl.DataFrame:
    """Limits of all years' emissions, less what is emitted outside the model."""
    name = "ModelPeriodEmissionLimit"
    rows = _upper(model, name)
    net = model.at("ModelPeriodExogenousEmission", rows.select(REGION, EMISSION, limit=VALUE))
    held = net.with_columns((pl.col("limit") - pl.col(VALUE)).alias(VALUE))
    return _limit(model, held, (name, "emission_cumulative_max", "1"), EMISSION)


def _upper(model: Model, name: str) -> pl.DataFrame:
    if model.defaults[name] in NO_LIMIT:
        return model.given[name].filter(pl.col(VALUE) != NO_LIMIT[0])
    return model.where_not(name, NO_LIMIT[0])
