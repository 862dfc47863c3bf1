"""An OSeMOSYS model, as otoole writes it in a folder of CSV files, becomes a case folder with the same optimum.

The formulation is that of OSeMOSYS in GNU MathProg (https://github.com/OSeMOSYS/OSeMOSYS_GNU_MathProg). What a case
cannot say is a fault that names the parameter, its file and its lines; a parameter without effect is none.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from teraplan.case.faults import first_of
from teraplan.case.tables import TABLES
from teraplan.convert.osemosys_costs import costs, taxes
from teraplan.convert.osemosys_discounting import DEPRECIATION, case_money, unknown_methods
from teraplan.convert.osemosys_labels import cleaned
from teraplan.convert.osemosys_norms import Asked, asked_for, limits, odd_routes, trade
from teraplan.convert.osemosys_parameters import EMISSION, FUEL, REGION, TECHNOLOGY
from teraplan.convert.osemosys_plants import (
    Plants,
    availability,
    blocks_that_change,
    capacity,
    floors_without_a_mode,
    lives_that_end_within_a_year,
    plants_of,
    processes,
    recipes,
    sites,
    slices_without_a_share,
    year_split,
)
from teraplan.convert.osemosys_read import Model, read_model
from teraplan.convert.osemosys_storage import dead_modes, slices, store_tables, stores_of, what_stores_lack
from teraplan.convert.osemosys_targets import reserve_of_changing_slices, targets_of
from teraplan.errors import CaseError, Fault

SOURCE = "osemosys_model"
Frames = dict[str, pl.DataFrame]
RULES: tuple[Callable[[Model], Iterable[Fault]], ...] = (
    slices_without_a_share,
    unknown_methods,
    blocks_that_change,
    lives_that_end_within_a_year,
    floors_without_a_mode,
    odd_routes,
    what_stores_lack,
    reserve_of_changing_slices,
)
"""What a model may say that a case cannot."""


@dataclass(frozen=True)
class Converted:
    """What a conversion made: the case's folder, rows by table, and what of the model can have no effect."""

    folder: Path
    rows: Mapping[str, int]
    left_out: tuple[str, ...]


def convert_osemosys(source: Path, folder: Path) -> Converted:
    """Write the model in `source` as a case into `folder`, which must not exist; CaseError with every fault found."""
    if folder.exists():
        raise CaseError(str(folder), (Fault(str(folder), "is there already", "choose another name, or remove it"),))
    faults: list[Fault] = []
    model = cleaned(read_model(source), faults)
    faults += [fault for rule in RULES for fault in first_of(rule(model))]
    if faults:
        raise CaseError(str(source), tuple(faults))
    frames, settings, left_out = tables_of(model)
    _write(folder, frames, _case_toml(folder.resolve().name, source.resolve().name, settings))
    return Converted(folder, {name: frame.height for name, frame in frames.items()}, left_out)


def tables_of(model: Model) -> tuple[Frames, Mapping[str, object], tuple[str, ...]]:
    """Return the tables of the case, its settings, and what of the model has no effect, in words."""
    weights, stores = year_split(model), stores_of(model)
    plants = plants_of(model, dead_modes(model))
    asked, targets = asked_for(model, weights), targets_of(model, plants)
    frames = {
        "regions": model.members(REGION).select(region=REGION),
        "processes": processes(plants),
        "sites": sites(plants),
        "recipes": pl.concat([recipes(model, plants), targets.recipes]).with_columns(unit=pl.lit("1")),
        "costs": costs(model, plants),
        "slices": slices(model, stores, weights),
        "availability": availability(model, plants, weights).with_columns(unit=pl.lit("1")),
        "capacity": capacity(model, plants),
        "limits": limits(model, plants),
        "taxes": taxes(model, plants),
        "reserve": targets.reserve.with_columns(unit=pl.lit("1")),
        "shares": targets.shares.with_columns(unit=pl.lit("1")),
        "routes": trade(model),
        "demand": asked.demand,
        "load_shapes": asked.shapes,
        "sources": pl.DataFrame({"source": [SOURCE], "title": [f"OSeMOSYS model {model.folder.resolve().name}"]}),
    }
    frames["commodities"] = _commodities(model, frames, asked.yearly)
    stored = _with(frames, store_tables(model, stores, plants, weights))
    collected = _with(stored, _collecting(asked.collected))
    target = asked.demand["commodity"][0] if asked.demand.height else model.sets[FUEL][0]
    rate, method = case_money(model)
    settings = {
        "first": model.years[0],
        "end": model.years[-1] + 1,
        "target": target,
        "rate": rate,
        "depreciation": DEPRECIATION.get(method),
    }
    return collected, settings, _without_effect(plants, asked)


def _without_effect(plants: Plants, asked: Asked) -> tuple[str, ...]:
    """What OSeMOSYS reads and nothing comes of."""
    stuck = plants.left_out.select(REGION, TECHNOLOGY, FUEL).iter_rows()
    empty = asked.unshaped.iter_rows()
    return (
        *(f"{technology} in {region} can never run: nothing makes {fuel}" for region, technology, fuel in stuck),
        *(f"the demand for {fuel} in {region} has no profile: OSeMOSYS asks for nothing" for region, fuel in empty),
    )


def _commodities(model: Model, frames: Frames, yearly: frozenset[str]) -> pl.DataFrame:
    """Fuels, emissions, and what is only counted."""
    clock = pl.when(pl.col("commodity").is_in(list(yearly))).then(pl.lit("yearly")).otherwise(pl.lit("sliced"))
    fuels = model.members(FUEL).select(commodity=FUEL, kind=pl.lit("good")).with_columns(clock=clock)
    emissions = model.members(EMISSION).select(commodity=EMISSION, kind=pl.lit("emission"), clock=pl.lit("yearly"))
    known = pl.concat([fuels, emissions])
    named = frames["recipes"].select("commodity").unique(maintain_order=True).join(known, on="commodity", how="anti")
    counted = named.with_columns(kind=pl.lit("count"), clock=pl.lit("yearly"))
    return pl.concat([known, counted]).with_columns(unit=pl.lit("1"))


def _collecting(collected: pl.DataFrame) -> Frames:
    """What collects a fuel over the year where its yearly demand is beside that of the slices."""
    goods = collected.unique("good", maintain_order=True)
    flow = pl.concat(
        [
            collected.select(process="good", flow=pl.lit("in"), commodity=FUEL, region=REGION),
            collected.select(process="good", flow=pl.lit("out"), commodity="good", region=REGION),
        ]
    )
    unit = pl.lit("1")
    return {
        "commodities": goods.select(commodity="good", kind=pl.lit("good"), clock=pl.lit("yearly"), unit=unit),
        "processes": goods.select(process="good", stage=pl.lit("demand"), clock=pl.lit("sliced"), activity_unit=unit),
        "sites": collected.select(process="good", region=REGION),
        "recipes": flow.with_columns(mode=unit, value=pl.lit(1.0), unit=unit),
    }


def _with(frames: Frames, more: Frames) -> Frames:
    """Tables with further rows, and further tables."""
    empty = pl.DataFrame()
    both = {name: [frames.get(name, empty), more.get(name, empty)] for name in (*frames, *more)}
    return {name: pl.concat(parts, how="diagonal_relaxed") for name, parts in both.items()}


def _case_toml(name: str, title: str, settings: Mapping[str, object]) -> str:
    return f"""# Converted from an OSeMOSYS model. Amounts are in the units of that model, which names none, and
# money is taken to be in millions of dollars. Orders are paid at the start of their year, running
# costs in its middle; what is left of the orders is given back at the end of the last year.
name = {json.dumps(re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip("_.-") or "case")}
title = {json.dumps(f"OSeMOSYS model {title}")}
schema = 1
as_of = {settings["first"]}-01-01
base_year = {settings["first"]}
currency = "USD"
money_unit = "MUSD"
discount_rate = {settings["rate"]}
horizon_end = "salvage"
depreciation = "{settings["depreciation"]}"
order_timing = "start"
view = "buyer"
objective = "least_cost"
activity_cost_floor = 0.0

[timing]
capex = "start"
running = "middle"

[[period]]
start = {settings["first"]}
end = {settings["end"]}
step = 1

[target]
commodity = "{settings["target"]}"
"""


def _write(folder: Path, frames: Frames, toml: str) -> None:
    """Write the tables that have rows, and case.toml; nothing is left behind where that fails."""
    try:
        folder.mkdir(parents=True)
        for name, frame in frames.items():
            table = TABLES[name]
            if not (frame.height or table.required):
                continue
            sourced = frame.with_columns(source=pl.lit(SOURCE), grade=pl.lit("reported")) if table.sourced else frame
            columns = [column.name for column in table.all_columns if column.name in sourced.columns or column.required]
            full = sourced.with_columns(
                pl.lit(None, pl.String).alias(column) for column in columns if column not in sourced.columns
            )
            full.select(columns).write_csv(folder / f"{name}.csv")
        (folder / "case.toml").write_text(toml)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        what = f"cannot be written: {error.strerror or error}"
        raise CaseError(str(folder), (Fault(str(folder), what, "choose a folder that you may write to"),)) from error
