"""Money of an OSeMOSYS model: costs of capacity and activity, prices of emissions."""

import polars as pl

from teraplan.convert.osemosys_discounting import annuity, differs, order_weight, running_weight
from teraplan.convert.osemosys_parameters import EMISSION, MODE, REGION, VALUE, YEAR
from teraplan.convert.osemosys_plants import PLACE, RUN, Plants, steady
from teraplan.convert.osemosys_read import Model

MONEY = "MUSD"
WEIGHED = "discounted at a rate of its own: the amount that weighs the same at the rate of the case"


def costs(model: Model, plants: Plants) -> pl.DataFrame:
    """The table costs: overnight, fixed and variable cost, of every year."""
    place = plants.places.select(*PLACE, "process", "own", "method", "asked", "life")
    run = plants.modes.join(place, on=PLACE)
    raised = pl.when(pl.col("asked").is_null()).then(1.0).otherwise(annuity(pl.col("own")) / annuity(pl.col("asked")))
    orders, running = order_weight(model) * raised, running_weight(model)
    parts = []
    for name, item, where, weight, unit in (
        ("CapitalCost", "capex", place.filter(pl.col("life") > 0), orders, MONEY),
        ("FixedCost", "fixed", place.join(_given(model, "FixedCost"), on=PLACE, how="semi"), running, f"{MONEY}/year"),
        ("VariableCost", "variable", run.join(_given(model, "VariableCost"), on=RUN, how="semi"), running, MONEY),
    ):
        rows = model.at(name, where.join(model.members(YEAR), how="cross"))
        parts.append(
            rows.select(
                "process",
                mode=pl.col(MODE) if MODE in rows.columns else pl.lit("*"),
                region=REGION,
                item=pl.lit(item),
                year=pl.col(YEAR).cast(pl.Int32),
                value=pl.when(differs(model)).then(pl.col(VALUE) * weight).otherwise(VALUE),
                unit=pl.lit(unit),
                note=pl.when(differs(model)).then(pl.lit(WEIGHED)),
            )
        )
    return steady(pl.concat(parts), len(model.years))


def taxes(model: Model, plants: Plants) -> pl.DataFrame:
    """The table taxes: penalties on emissions, a price that everybody in the region pays."""
    priced = model.where_not("EmissionsPenalty", 0.0).select(REGION, EMISSION).unique(maintain_order=True)
    every = priced.with_columns(process=pl.lit("*"), weight=pl.lit(1.0)).join(model.members(YEAR), how="cross")
    apart = plants.places.filter(differs(model)).select(REGION, "process", "own").join(priced, on=REGION)
    weighed = apart.join(model.members(YEAR), how="cross").with_columns(weight=running_weight(model))
    rows = model.at("EmissionsPenalty", pl.concat([every, weighed.select(every.columns)]))
    table = rows.select(
        tax=pl.lit("EmissionsPenalty"),
        kind=pl.lit("price"),
        process="process",
        region=REGION,
        of=EMISSION,
        year=pl.col(YEAR).cast(pl.Int32),
        value=pl.col(VALUE) * pl.col("weight"),
        unit=pl.lit(MONEY),
    )
    return steady(table, len(model.years))


def _given(model: Model, name: str) -> pl.DataFrame:
    return model.where_not(name, 0.0)
