"""Reserve margin and renewable target of an OSeMOSYS model: what they count becomes commodities that are counted."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from teraplan.convert.osemosys_labels import free_label
from teraplan.convert.osemosys_parameters import EMISSION, FUEL, MODE, REGION, VALUE, YEAR
from teraplan.convert.osemosys_plants import PLACE, RUN, Plants, steady, year_split
from teraplan.convert.osemosys_read import Model
from teraplan.errors import Fault


@dataclass(frozen=True)
class Targets:
    """Rows of recipes (what is counted), reserve and shares."""

    recipes: pl.DataFrame
    reserve: pl.DataFrame
    shares: pl.DataFrame


def targets_of(model: Model, plants: Plants) -> Targets:
    """Return the rows that say reserve margin and renewable target; none where nothing is asked for.

    Reserve (RM1 to RM3): sum of tag x capacity x CapacityToActivityUnit >= ReserveMargin x tagged output, in every
    slice. Target (RE2 to RE4): all output of tagged technologies >= REMinProductionTarget x output of tagged fuels.
    """
    taken = {*model.sets[FUEL], *model.sets[EMISSION], plants.idle}
    load, renewable, whole = (free_label(name, taken) for name in ("reserve_load", "renewable_output", "target_output"))
    margin = model.where_not("ReserveMargin", 0.0).filter(pl.col(VALUE) > 0)
    wanted = model.where_not("REMinProductionTarget", 0.0).filter(pl.col(VALUE) > 0)
    flows = _outputs(model, plants)
    parts = [
        _counted(model, flows.join(margin, on=REGION, how="semi"), "ReserveMarginTagFuel", load),
        _counted(model, flows.join(wanted, on=REGION, how="semi"), "RETagTechnology", renewable),
        _counted(model, flows.join(wanted, on=REGION, how="semi"), "RETagFuel", whole),
    ]
    loaded = margin.join(parts[0].select(pl.col("region").alias(REGION)).unique(), on=REGION, how="semi")
    counted = wanted.join(parts[2].select(pl.col("region").alias(REGION)).unique(), on=REGION, how="semi")
    rows = pl.concat([_cover(model, loaded, load), _firm(model, plants, loaded)], how="diagonal")
    firm = rows.filter(pl.col("item") == "firm_share")["value"]
    # A firm share is at most 1: both sides are divided by the largest.
    reserve = rows.with_columns(pl.col("value") / max([1.0, *firm]))
    return Targets(pl.concat(parts), reserve, _shares(model, counted, (renewable, whole)))


def reserve_of_changing_slices(model: Model) -> Iterator[Fault]:
    """A reserve margin where slices change by year: a case holds a rate of output against the slices of one year."""
    asked = model.where_not("ReserveMargin", 0.0).filter(pl.col(VALUE) > 0)
    tagged = asked.join(model.where_not("ReserveMarginTagFuel", 0.0), on=[REGION, YEAR], how="semi")
    ratio = year_split(model).group_by(YEAR).agg(least=pl.col("share").min(), most=pl.col("share").max())
    if tagged.join(ratio.filter(pl.col("most") > pl.col("least") * (1 + 1e-9)), on=YEAR, how="semi").height:
        what = "slices change by year, and there is a reserve margin, which is held in every slice"
        yield Fault("YearSplit.csv", what, "give every year the same YearSplit, or take the reserve margin out")


def _outputs(model: Model, plants: Plants) -> pl.DataFrame:
    """Output ratios of every year: RUN, FUEL, YEAR, process, ratio."""
    named = plants.modes.join(plants.places.select(*PLACE, "process"), on=PLACE)
    makes = model.where_not("OutputActivityRatio", 0.0).select(*RUN, FUEL).unique(maintain_order=True)
    cells = makes.join(named, on=list(RUN)).join(model.members(YEAR), how="cross")
    return model.at("OutputActivityRatio", cells).select(*RUN, FUEL, YEAR, "process", ratio=VALUE)


def _counted(model: Model, flows: pl.DataFrame, tag: str, good: str) -> pl.DataFrame:
    """What a unit of activity counts: the sum of its output ratios times their tags; only where it is not 0."""
    tagged = model.at(tag, flows).with_columns(value=pl.col("ratio") * pl.col(VALUE))
    sums = tagged.group_by("process", *RUN, YEAR, maintain_order=True).agg(pl.col("value").sum())
    used = sums.filter((pl.col("value") != 0).any().over(RUN))
    rows = used.select(
        "process",
        mode=MODE,
        flow=pl.lit("out"),
        commodity=pl.lit(good),
        year=pl.col(YEAR).cast(pl.Int32),
        region=REGION,
        value="value",
    )
    return steady(rows, len(model.years))


def _cover(model: Model, margin: pl.DataFrame, load: str) -> pl.DataFrame:
    """The rows of kind cover: the reserve margin itself, 0 in years without one."""
    cells = margin.select(REGION).unique(maintain_order=True).join(model.members(YEAR), how="cross")
    # A case counts a rate of output per weight of a slice, OSeMOSYS per YearSplit; all slices have one ratio of them.
    share = year_split(model).group_by(YEAR).agg(pl.col("share").first())
    rows = (
        model.at("ReserveMargin", cells)
        .join(share, on=YEAR, maintain_order="left")
        .select(
            item=pl.lit("cover"),
            commodity=pl.lit(load),
            process=pl.lit(None, pl.String),
            region=REGION,
            year=pl.col(YEAR).cast(pl.Int32),
            value=pl.col(VALUE).clip(lower_bound=0.0) / pl.col("share"),
        )
    )
    return steady(rows, len(model.years))


def _firm(model: Model, plants: Plants, margin: pl.DataFrame) -> pl.DataFrame:
    """The rows of kind firm_share: the tag of each technology, for capacity in units of activity."""
    tagged = model.where_not("ReserveMarginTagTechnology", 0.0).select(PLACE).unique()
    asked = tagged.join(margin.select(REGION).unique(), on=REGION)
    places = plants.places.join(asked, on=PLACE, how="semi").select(*PLACE, "process", "scale")
    rows = model.at("ReserveMarginTagTechnology", places.join(model.members(YEAR), how="cross")).select(
        item=pl.lit("firm_share"),
        commodity=pl.lit(None, pl.String),
        process="process",
        region=REGION,
        year=pl.col(YEAR).cast(pl.Int32),
        value=pl.col(VALUE) / pl.col("scale"),
    )
    return steady(rows, len(model.years))


def _shares(model: Model, wanted: pl.DataFrame, goods: tuple[str, str]) -> pl.DataFrame:
    cells = wanted.select(REGION).unique(maintain_order=True).join(model.members(YEAR), how="cross")
    rows = model.at("REMinProductionTarget", cells).select(
        share=pl.lit("REMinProductionTarget"),
        numerator_group=pl.lit("*"),
        denominator_group=pl.lit("*"),
        numerator_regions=REGION,
        denominator_regions=REGION,
        of=pl.lit(f"out:{goods[0]} over out:{goods[1]}"),
        sense=pl.lit("at_least"),
        year=pl.col(YEAR).cast(pl.Int32),
        value=pl.col(VALUE).clip(lower_bound=0.0),
    )
    return steady(rows, len(model.years))
