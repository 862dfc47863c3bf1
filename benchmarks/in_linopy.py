"""The network's linear program in plain linopy, as its documentation writes such models: arrays over named axes."""

import highspy
import linopy
import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.network import BATTERY, DAYS, HOURS, LINE_COST, LINE_LOSS, Network


def stated(made: Network) -> linopy.Model:
    """Return the model of a network."""
    plants, regions, years, slices = made.shape
    axes = {"region": regions, "year": years, "slice": slices}
    index = {name: pd.RangeIndex(size, name=name) for name, size in {"plant": plants, **axes}.items()}
    place, weight = [index["region"], index["year"]], 1.0 / slices
    flat = [*place, index["slice"]]
    weather = xr.DataArray(made.weather, dims=["plant", "region", "slice"])
    alive = xr.DataArray(made.alive.astype(float), dims=["plant", "year", "order_year"])
    factor = xr.DataArray(made.factors, dims=["year"])
    line = weight * xr.DataArray(made.line, dims=["region"]).expand_dims(year=years, slice=slices)
    line = line.transpose("region", "year", "slice").assign_coords({one.name: one for one in flat})

    m = linopy.Model()
    order = m.add_variables(0, coords=[index["plant"], *place], name="order")
    stores = m.add_variables(0, coords=place, name="stores")
    run = m.add_variables(0, coords=[index["plant"], *flat], name="run")
    charge, discharge, level = (m.add_variables(0, coords=flat, name=n) for n in ("charge", "discharge", "level"))
    ahead, behind = (m.add_variables(0, line, name=name) for name in ("ahead", "behind"))

    installed = (order.rename(year="order_year") * alive[:plants]).sum("order_year")
    batteries = (stores.rename(year="order_year") * alive[plants]).sum("order_year")
    m.add_constraints(run - weight * weather * installed <= 0, name="runs_within")
    m.add_constraints(charge - weight * batteries <= 0, name="charges_within")
    m.add_constraints(discharge - weight * batteries <= 0, name="discharges_within")
    flow = (BATTERY["efficiency"] * charge - discharge) / DAYS
    m.add_constraints(level - level.roll(slice=1) - flow == 0, name="held")
    m.add_constraints(level - BATTERY["hours"] / HOURS * batteries <= 0, name="within_hours")
    kept = 1.0 - LINE_LOSS
    lines = kept * ahead.roll(region=1) - ahead + kept * behind - behind.roll(region=1)
    load = weight * xr.DataArray(made.load, dims=["region", "year"])
    m.add_constraints(run.sum("plant") + discharge - charge + lines >= load, name="balance")

    payments = xr.DataArray(made.payments[:, None], dims=["plant", "one", "year"]).squeeze("one")
    running = xr.DataArray(made.running, dims=["plant", "region"])
    m.add_objective(
        (order * payments[:plants]).sum()
        + (stores * payments[plants]).sum()
        + (run * (running * factor)).sum()
        + ((ahead + behind) * (LINE_COST * factor)).sum()
    )
    return m


def passed(model: linopy.Model) -> highspy.Highs:
    """Return a HiGHS that holds the model."""
    return model.to_highspy()


def columns(model: linopy.Model) -> int:
    """Return how many columns it has."""
    return int(np.sum([variable.size for variable in model.variables.data.values()]))
