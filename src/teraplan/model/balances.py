"""What several equations share: balances over the year and in slices, and firm capacity against a load."""

import polars as pl

from teraplan.case.case import Case
from teraplan.model.algebra import Expression, Rows, Sense, added, data, keys, negative, no_rows, placed, scaled
from teraplan.model.quantities import (
    HERE,
    HERE_SLICED,
    SITE,
    arriving,
    asked_for,
    built_with,
    demanded,
    made,
    missed,
    opening_stock,
    put_in_stock,
    received,
    released,
    running_use,
    sent,
    sliced_use,
    usable,
    used,
    weights,
)
from teraplan.model.remembered import once, with_fields
from teraplan.model.variables import Variables

FLOWS = ("outputs", "inputs", "build_inputs", "ship_routes", "sliced_ship_routes")
"""Fields of a case in which goods move, one row for each good."""
NO_SHAPE = 1e-12
"""A share of demand this close to the weight of its slice is no shape of its own [1]."""


def balance(case: Case, v: Variables, balanced: pl.DataFrame, sense: Sense) -> Rows:
    """Return the balance of these commodities over the year, for COMMODITY, PLACE, PERIOD [commodity / year]."""
    if balanced.is_empty():
        return no_rows(sense, *HERE)
    supply, needs, left = once(case, _sides, v, balanced)
    asked = asked_for(case)
    where = _balanced_rows(needs, supply, asked, sense).join(balanced, on="commodity", how="semi")
    right = added([asked, negative(opening_stock(case)), negative(case.existing_releases)], *HERE)
    return Rows(left.where(where), sense, placed(right, where), where)


def _sides(case: Case, v: Variables, balanced: pl.DataFrame) -> tuple[Expression, Expression, Expression]:
    """What is supplied and what is needed of these goods over the year, and the difference."""
    case = _with_flows_of(case, balanced)
    supply = made(case, v) + received(case, v) + missed(v) + released(case, v)
    needs = used(case, v) + built_with(case, v) + sent(v) + put_in_stock(case, v)
    return supply, needs, supply - needs


def sliced_balance(case: Case, v: Variables, balanced: pl.DataFrame, sense: Sense) -> Rows:
    """Return the balance of these commodities in each slice, but where carried storage takes the difference."""
    if balanced.is_empty():
        return no_rows(sense, *HERE_SLICED)
    supply, needs, left = once(case, _sliced_sides, v, balanced)
    spread = weights(case)
    asked = added([scaled(demanded(case), case.load_shape), scaled(case.existing_build, spread)], *HERE_SLICED)
    free = negative(scaled(case.existing_releases, spread))
    stored = case.stores.select("commodity", place="region")
    where = _balanced_rows(needs, supply, asked, sense).join(balanced, on="commodity", how="semi")
    where = where.join(stored, on=["commodity", "place"], how="anti")
    right = added([asked, free], *HERE_SLICED)
    return Rows(left.where(where), sense, placed(right, where), where)


def _sliced_sides(case: Case, v: Variables, balanced: pl.DataFrame) -> tuple[Expression, Expression, Expression]:
    """What is supplied and what is needed of these goods in each slice, and the difference."""
    case = _with_flows_of(case, balanced)
    made_now = (v.sliced_activity * case.outputs).by(*HERE_SLICED)
    arriving_now = (v.sliced_ship * arriving(case.sliced_ship_routes)).rename(destination="place").by(*HERE_SLICED)
    sent_now = v.sliced_ship.rename(origin="place").by(*HERE_SLICED)
    spread = weights(case)
    supply_of_year = (v.activity * case.outputs).by(*HERE) + released(case, v)
    needs_of_year = running_use(case, v) + built_with(case, v)
    over_year = (supply_of_year * spread).by(*HERE_SLICED)
    supply = made_now + arriving_now + over_year + (missed(v) * case.load_shape).by(*HERE_SLICED)
    needs = sliced_use(case, v.sliced_activity) + sent_now + (needs_of_year * spread).by(*HERE_SLICED)
    return supply, needs, supply - needs


def _with_flows_of(case: Case, balanced: pl.DataFrame) -> Case:
    """The case with the flows of these goods alone, so that nothing is added up that no row takes."""
    flows = {name: getattr(case, name).join(balanced, on="commodity", how="semi") for name in FLOWS}
    return with_fields(case, **flows)


def _balanced_rows(needs: Expression, supply: Expression, asked: pl.DataFrame, sense: Sense) -> pl.DataFrame:
    """A balance exists where something is needed; a good that may not be thrown away also where it is only made."""
    frames = [needs.terms, asked] if sense == ">=" else [needs.terms, asked, supply.terms]
    return keys(frames, *needs.labels)


def reserve(case: Case, v: Variables, margin: pl.DataFrame, load: Expression, needed_by_demand: pl.DataFrame) -> Rows:
    """Return firm capacity against (1 + margin) x load, on the labels of `margin` [commodity / year]."""
    labels = [label for label in margin.columns if label != "value"]
    if margin.is_empty():
        return no_rows(">=", *labels)
    factor = margin.with_columns(value=1.0 + pl.col("value"))
    firm, able = once(case, _firm, v, margin)
    there = data(scaled(case.usable_existing, firm), *labels)
    asked = data(scaled(needed_by_demand, factor), *labels)
    needed = (load * factor).by(*labels)
    where = keys([needed.terms, asked], *labels)
    return Rows(able.where(where) - needed, ">=", placed(added([asked, negative(there)], *labels), where), where)


def _firm(case: Case, v: Variables, margin: pl.DataFrame) -> tuple[pl.DataFrame, Expression]:
    """The firm share of each process that gives what the margin is asked for, and the firm capacity ordered."""
    labels = [label for label in margin.columns if label != "value"]
    here = case.outputs.select("process", "region", "commodity", "place", "period").unique()
    firm = here.join(case.firm_share, on=[*SITE, "period"]).join(margin.select(labels), on=list(HERE))
    return firm, (usable(case, v) * firm).by(*labels)


def margins(case: Case) -> pl.DataFrame:
    """Return reserve margins by commodity, place, period [1]."""
    return case.reserve_margin.rename({"region": "place"})


def sliced_users(case: Case) -> pl.DataFrame:
    """Where users on the sliced clock other than storage draw a good, or its demand has a shape: commodity, place."""
    sliced = case.processes.filter(pl.col("clock") == "sliced").join(
        case.storage.select("process"), on="process", how="anti"
    )
    drawn = case.inputs.join(sliced.select("process"), on="process", how="semi").select("commodity", "place")
    flat = case.load_shape.join(case.slices.select("slice", "weight"), on="slice")
    shaped = flat.filter((pl.col("value") - pl.col("weight")).abs() > NO_SHAPE).select("commodity", "place")
    return pl.concat([drawn, shaped]).unique()
