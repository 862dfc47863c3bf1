"""Money of an OSeMOSYS model: costs of capacity and activity, prices of emissions, and how all of it is discounted."""

from collections.abc import Mapping

import polars as pl

from teraplan.case.faults import lines
from teraplan.convert.osemosys_parameters import EMISSION, MODE, REGION, VALUE, YEAR
from teraplan.convert.osemosys_plants import PLACE, RUN, Plants, steady
from teraplan.convert.osemosys_read import LINE, Model
from teraplan.errors import Fault

MONEY = "MUSD"
DEPRECIATION = {1.0: "sinking_fund", 2.0: "straight_line"}


def costs(model: Model, plants: Plants) -> pl.DataFrame:
    """The table costs: overnight, fixed and variable cost, of every year."""
    place = plants.places.select(*PLACE, "process")
    run = plants.modes.join(place, on=PLACE)
    parts = []
    for name, item, where, unit in (
        ("CapitalCost", "capex", plants.places.filter(pl.col("life") > 0).select(*PLACE, "process"), MONEY),
        ("FixedCost", "fixed", place.join(model.where_not("FixedCost", 0.0), on=PLACE, how="semi"), f"{MONEY}/year"),
        ("VariableCost", "variable", run.join(model.where_not("VariableCost", 0.0), on=RUN, how="semi"), MONEY),
    ):
        rows = model.at(name, where.join(model.members(YEAR), how="cross"))
        mode = pl.col(MODE) if MODE in rows.columns else pl.lit("*")
        parts.append(
            rows.select(
                "process",
                mode=mode,
                region=REGION,
                item=pl.lit(item),
                year=pl.col(YEAR).cast(pl.Int32),
                value=VALUE,
                unit=pl.lit(unit),
            )
        )
    return steady(pl.concat(parts), len(model.years))


def taxes(model: Model) -> pl.DataFrame:
    """The table taxes: penalties on emissions, a price that everybody in the region pays."""
    priced = model.where_not("EmissionsPenalty", 0.0).select(REGION, EMISSION).unique(maintain_order=True)
    rows = model.at("EmissionsPenalty", priced.join(model.members(YEAR), how="cross"))
    table = rows.select(
        tax=pl.lit("EmissionsPenalty"),
        kind=pl.lit("price"),
        process=pl.lit("*"),
        region=REGION,
        of=EMISSION,
        year=pl.col(YEAR).cast(pl.Int32),
        value=VALUE,
        unit=pl.lit(MONEY),
    )
    return steady(table, len(model.years))


def discounting(model: Model, faults: list[Fault]) -> Mapping[str, object]:
    """Settings of money: one discount rate and one way of depreciation for all regions, or a fault."""
    rate = _one_for_all(model, "DiscountRate", faults)
    method = _one_for_all(model, "DepreciationMethod", faults)
    if method not in DEPRECIATION:
        what, fix = f"method {method:g} is not known", "use 1 (sinking fund) or 2 (straight line)"
        faults.append(Fault("DepreciationMethod.csv", what, fix))
    return {
        "base_year": model.years[0],
        "discount_rate": rate,
        "horizon_end": "salvage",
        "depreciation": DEPRECIATION.get(method, "straight_line"),
    }


def _one_for_all(model: Model, name: str, faults: list[Fault]) -> float:
    """The one value that a parameter has in every region."""
    rows = model.everywhere(name)
    values = rows[VALUE].unique(maintain_order=True).to_list()
    if len(values) > 1:
        told = ", ".join(f"{region} {value:g}" for region, value in rows.select(REGION, VALUE).iter_rows())
        at = lines(rows[LINE].drop_nulls().to_list()) if rows[LINE].count() else ""
        what = f"regions differ: {told}; a case has one {name} for all of them"
        faults.append(Fault(f"{name}.csv {at}".strip(), what, "give every region the same, or convert each alone"))
    return float(values[0])
