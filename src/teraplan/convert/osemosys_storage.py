"""Storage of an OSeMOSYS model: stores that others fill and empty, seasons, day types and blocks of the day.

OSeMOSYS counts on two clocks: YearSplit between seasons, DaySplit and DaysInDayType inside a day. The engine's carried
storage does the same; the level at the start of the first year is StorageLevelStart, and nothing must be left.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from teraplan.case.faults import lines
from teraplan.convert.osemosys_costs import MONEY, WEIGHED
from teraplan.convert.osemosys_discounting import differs, order_weight, store_rates
from teraplan.convert.osemosys_labels import free_label
from teraplan.convert.osemosys_parameters import (
    BRACKET,
    DAYTYPE,
    EMISSION,
    FUEL,
    MODE,
    OF_STORAGE,
    REGION,
    SEASON,
    SLICE,
    STORAGE,
    TECHNOLOGY,
    VALUE,
    YEAR,
)
from teraplan.convert.osemosys_plants import PLACE, RUN, Plants, steady, stretches, year_split
from teraplan.convert.osemosys_read import LINE, Model
from teraplan.errors import Fault

WAYS = (
    ("TechnologyToStorage", "StorageMaxChargeRate", "out"),
    ("TechnologyFromStorage", "StorageMaxDischargeRate", "in"),
)
CLOCKS = (("Conversionls", SEASON), ("Conversionld", DAYTYPE), ("Conversionlh", BRACKET))
HOURS, IN_ORDER = 8760.0, 1000
EXACT = 1e-9


@dataclass(frozen=True)
class Stores:
    """The stores that something fills or empties.

    places: REGION, STORAGE, process, commodity, life. links: RUN, STORAGE, flow, VALUE: who fills (out), empties (in).
    """

    places: pl.DataFrame
    links: pl.DataFrame


def dead_modes(model: Model) -> pl.DataFrame:
    """Modes that a store lets never run: its largest rate is 0, or it is empty and nothing fills it. RUN."""
    parts = []
    for links, rate, _ in WAYS:
        joined = model.where_not(links, 0.0).filter(pl.col(VALUE) > 0).drop(VALUE, LINE)
        parts.append(model.at(rate, joined).filter(pl.col(VALUE) == 0.0).select(RUN))
    stopped = pl.concat(parts).unique()
    fills, empties = (model.where_not(links, 0.0).filter(pl.col(VALUE) > 0).drop(VALUE, LINE) for links, _, _ in WAYS)
    filled = fills.join(stopped, on=list(RUN), how="anti").select(OF_STORAGE).unique()
    dry = model.at("StorageLevelStart", empties.join(filled, on=list(OF_STORAGE), how="anti"))
    return pl.concat([stopped, dry.filter(pl.col(VALUE) == 0.0).select(RUN)]).unique()


def stores_of(model: Model) -> Stores:
    """Return the stores of a model that can do anything."""
    dead = dead_modes(model)
    links = [
        model.where_not(name, 0.0)
        .filter(pl.col(VALUE) > 0)
        .select(*RUN, STORAGE, VALUE)
        .with_columns(flow=pl.lit(flow))
        for name, _, flow in WAYS
    ]
    live = pl.concat(links).join(dead, on=list(RUN), how="anti")
    there = live.select(OF_STORAGE).unique().sort(OF_STORAGE)
    held = model.at("OperationalLifeStorage", there).select(*OF_STORAGE, life=VALUE)
    several = (pl.col("life").n_unique() > 1).over(STORAGE)
    names = {s: free_label(s, set(model.sets[TECHNOLOGY])) for s in model.sets[STORAGE]}
    goods = {s: free_label(s, {*model.sets[FUEL], *model.sets[EMISSION]}) for s in model.sets[STORAGE]}
    process = pl.col(STORAGE).replace(names)
    places = held.with_columns(
        process=pl.when(several).then(pl.concat_str(process, REGION, separator="__")).otherwise(process),
        commodity=pl.col(STORAGE).replace(goods),
    )
    return Stores(places, live)


def what_stores_lack(model: Model) -> Iterator[Fault]:
    """What of a model with storage a case cannot say."""
    stores, weights = stores_of(model), year_split(model)
    if not stores.places.height:
        return
    residual = model.where_not("ResidualStorageCapacity", 0.0).select(OF_STORAGE).unique()
    for row in (
        stores.places.filter(pl.col("life") <= 0).join(residual, on=OF_STORAGE, how="anti").iter_rows(named=True)
    ):
        what = f"storage {row[STORAGE]} in {row[REGION]} has neither a life nor residual capacity: it can hold nothing"
        yield Fault("OperationalLifeStorage.csv", what, "give it its years in service, or take its technologies off it")
    share = weights.filter((pl.col("share") - pl.col("share").first()).abs() > EXACT)
    if share.height:
        what = "slices have other lengths in other years, and there is storage: a case has one length for each slice"
        yield Fault("YearSplit.csv", what, "give every year the same YearSplit, or take the storage out")
    for name, index in CLOCKS:
        yield from _unplaced(model, name, index)
    for name, keys in (("DaySplit", [BRACKET]), ("DaysInDayType", [SEASON, DAYTYPE])):
        rows = model.everywhere(name)
        changing = rows.filter(pl.col(VALUE).n_unique().over(keys) > 1)
        if changing.height:
            what = "changes from year to year, and a case has one day for all years"
            yield Fault(f"{name}.csv {_lines(changing)}", what, "give every year the same, or take the storage out")
    clock = _clock(model)
    for row in clock.filter(pl.struct(SEASON, DAYTYPE, BRACKET).is_duplicated()).iter_rows(named=True):
        what = f"slice {row[SLICE]} shares season {row[SEASON]}, day type {row[DAYTYPE]}, block {row[BRACKET]}"
        yield Fault("Conversionlh.csv", what, "give every slice a season, day type and block of its own")
    for index in (SEASON, DAYTYPE, BRACKET):
        labels = model.sets[index]
        numbers = sorted(int(label) for label in labels if label.isdecimal())
        if len(numbers) < len(labels) or not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            what = "is no run of whole numbers, and there is storage"
            yield Fault(f"{index}.csv", what, "number its members 1, 2, 3, ... in their order")


def slices(model: Model, stores: Stores, weights: pl.DataFrame) -> pl.DataFrame:
    """The table slices: with storage its seasons, day types and hours, without the slices in their order."""
    once = weights.unique(SLICE, keep="first", maintain_order=True)
    plain = once.select(slice=SLICE, day_type=pl.lit("year"), order=pl.int_range(pl.len()), weight="weight")
    if not stores.places.height:
        return plain
    year = pl.lit(str(model.years[0])).alias(YEAR)
    dated = _clock(model).with_columns(year)
    split = model.at("DaySplit", dated).select(SLICE, day=VALUE)
    days = model.at("DaysInDayType", dated).select(SLICE, days=VALUE)
    whole = once.join(dated, on=SLICE, maintain_order="left").join(split, on=SLICE).join(days, on=SLICE)
    season, day, block = (pl.col(name).cast(pl.Int32) for name in (SEASON, DAYTYPE, BRACKET))
    return whole.select(
        slice=SLICE,
        season=season - season.min() + 1,
        day_type=pl.concat_str(SEASON, DAYTYPE, separator="_"),
        order=day * IN_ORDER + block,
        days="days",
        hours=pl.col("day") * HOURS / pl.col("share"),
        weight="weight",
    )


def store_tables(model: Model, stores: Stores, plants: Plants, weights: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The rows that stores add to the tables of a case, and the tables storage and store_limits."""
    places, years = stores.places, len(model.years)
    once = places.unique("process", keep="first", maintain_order=True)
    process = once.select(
        "process",
        stage=pl.lit("storage"),
        clock=pl.lit("sliced"),
        capacity_unit=pl.lit("1"),
        activity_unit=pl.lit("1"),
        rate=pl.lit(1.0),
        life=pl.max_horizontal("life", pl.lit(1.0)),
    )
    flows = stores.links.join(plants.modes, on=list(RUN), how="semi").join(
        plants.places.select(*PLACE, "process"), on=PLACE
    )
    recipe = flows.join(places.select(*OF_STORAGE, "commodity"), on=OF_STORAGE).select(
        "process", "flow", "commodity", mode=MODE, region=REGION, value=VALUE, unit=pl.lit("1")
    )
    goods = places.select("commodity").unique(maintain_order=True)
    residual = model.at(
        "ResidualStorageCapacity", places.select(*OF_STORAGE, "process").join(model.members(YEAR), how="cross")
    )
    return {
        "processes": process,
        "commodities": goods.with_columns(kind=pl.lit("good"), clock=pl.lit("sliced"), unit=pl.lit("1")),
        "sites": places.filter(pl.col("life") > 0).select("process", region=REGION),
        "recipes": recipe,
        "costs": steady(_costs(model, places), years),
        "capacity": stretches(residual.filter(pl.col(VALUE) != 0.0)),
        "storage": once.select("process", "commodity", kind=pl.lit("carried"), opening=pl.lit("given")),
        "store_limits": steady(_limits(model, places, weights), years),
    }


def _costs(model: Model, places: pl.DataFrame) -> pl.DataFrame:
    """Overnight cost of stores, as it weighs when discounted at the rate of the case."""
    built = places.filter(pl.col("life") > 0).join(store_rates(model), on=OF_STORAGE, maintain_order="left")
    rows = model.at("CapitalCostStorage", built.join(model.members(YEAR), how="cross"))
    return rows.select(
        "process",
        mode=pl.lit("*"),
        region=REGION,
        item=pl.lit("capex"),
        year=pl.col(YEAR).cast(pl.Int32),
        value=pl.when(differs(model)).then(pl.col(VALUE) * order_weight(model)).otherwise(VALUE),
        unit=pl.lit(MONEY),
        note=pl.when(differs(model)).then(pl.lit(WEIGHED)),
    )


def _limits(model: Model, places: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """Opening, least charge, and the largest rates; the case's slices sum to 1, those of the model to `whole`."""
    whole = float(weights["share"][0])
    key = places.select(*OF_STORAGE, "process")
    parts = []
    for name, item, factor, unit in (
        ("StorageLevelStart", "opening", 1.0, "1"),
        ("StorageMaxChargeRate", "charge_max", whole, "1/year"),
        ("StorageMaxDischargeRate", "discharge_max", whole, "1/year"),
        ("MinStorageCharge", "least_share", 1.0, "1"),
    ):
        rows = model.at(name, key.join(model.members(YEAR), how="cross"))
        parts.append(
            rows.select(
                "process",
                region=REGION,
                item=pl.lit(item),
                year=pl.col(YEAR).cast(pl.Int32),
                value=pl.col(VALUE) * factor,
                unit=pl.lit(unit),
            )
        )
    return pl.concat(parts)


def _clock(model: Model) -> pl.DataFrame:
    """Season, day type and block of each slice."""
    frame = model.members(SLICE)
    for name, index in CLOCKS:
        placed = model.where_not(name, 0.0).select(SLICE, index)
        frame = frame.join(placed, on=SLICE, maintain_order="left")
    return frame


def _unplaced(model: Model, name: str, index: str) -> Iterator[Fault]:
    """Slices that belong to no season, day type or block, or to several, or in part."""
    rows = model.where_not(name, 0.0)
    for row in rows.filter(pl.col(VALUE) != 1.0).iter_rows(named=True):
        what = f"slice {row[SLICE]} belongs to {index} {row[index]} by {row[VALUE]:g}"
        yield Fault(f"{name}.csv {_lines(rows.filter(pl.col(VALUE) != 1.0))}", what, "write 1 or 0")
    counts = model.members(SLICE).join(rows, on=SLICE, how="left").group_by(SLICE, maintain_order=True)
    for label, homes in counts.agg(pl.col(index).count()).filter(pl.col(index) != 1).iter_rows():
        what = f"slice {label} belongs to {homes or 'no'} {index}, and there is storage"
        yield Fault(f"{name}.csv", what, f"give it one {index} with the value 1")


def _lines(rows: pl.DataFrame) -> str:
    numbers = rows[LINE].drop_nulls().to_list()
    return lines(numbers) if numbers else ""
