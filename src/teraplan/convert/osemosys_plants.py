"""Technologies -> processes: which stand where, which of their modes can run, their recipes, availability, capacity."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from teraplan.case.faults import lines
from teraplan.convert.osemosys_discounting import differs, own_rates
from teraplan.convert.osemosys_labels import free_label
from teraplan.convert.osemosys_parameters import (
    EMISSION,
    FUEL,
    MODE,
    OTHER_REGION,
    REGION,
    SLICE,
    TECHNOLOGY,
    VALUE,
    YEAR,
)
from teraplan.convert.osemosys_read import LINE, Model
from teraplan.errors import Fault

PLACE = (REGION, TECHNOLOGY)
RUN = (*PLACE, MODE)
RATIOS = (
    ("InputActivityRatio", "in", FUEL),
    ("OutputActivityRatio", "out", FUEL),
    ("EmissionActivityRatio", "out", EMISSION),
)
FORCED = (
    "TotalAnnualMinCapacity",
    "TotalAnnualMinCapacityInvestment",
    "TotalTechnologyAnnualActivityLowerLimit",
    "TotalTechnologyModelPeriodActivityLowerLimit",
    "ReserveMarginTagTechnology",
)
"""Parameters that make a technology matter which makes and uses nothing."""
FLOORS_OF_ACTIVITY = ("TotalTechnologyAnnualActivityLowerLimit", "TotalTechnologyModelPeriodActivityLowerLimit")
EXACT = 1e-12
OF_PROCESS = ("OperationalLife", "CapacityToActivityUnit")
"""What a process has once, for every region."""


@dataclass(frozen=True)
class Plants:
    """The technologies that matter, as processes.

    places: REGION, TECHNOLOGY, process, life, ratio (activity per capacity and year), hurdle_rate (null: the discount
    rate), block (size of one unit; null: any amount), own and method (how its money is discounted), asked (what its
    investor asks for, or null), scale (what the year's slices sum to, or more where a capacity
    factor is above 1: the rate takes it, so that availability stays within 1). modes: REGION, TECHNOLOGY, MODE: what
    can run. idle: the commodity that counts runs of what puts out nothing. left_out: technologies that can never run
    and cost nothing, with the FUEL that nobody makes.
    """

    places: pl.DataFrame
    modes: pl.DataFrame
    idle: str
    left_out: pl.DataFrame


def plants_of(model: Model, dead: pl.DataFrame) -> Plants:
    """Return the processes of a model; dead: modes (REGION, TECHNOLOGY, MODE) that storage does not let run."""
    modes = _modes(model).join(dead, on=RUN, how="anti")
    able, lacking = _able(model, modes)
    forced = [model.where_not(name, 0.0).filter(pl.col(VALUE) > 0).select(PLACE) for name in FORCED]
    paid = model.where_not("ResidualCapacity", 0.0).join(
        model.where_not("FixedCost", 0.0), on=[*PLACE, YEAR], how="semi"
    )
    there = pl.concat([able.select(PLACE), *forced, paid.select(PLACE)]).unique().sort(PLACE)
    asked = pl.concat([model.where_not(name, 0.0).select(PLACE) for name in FLOORS_OF_ACTIVITY]).unique()
    elsewhere = asked.join(modes.select(TECHNOLOGY, MODE).unique(), on=TECHNOLOGY).select(RUN)
    running = pl.concat([able, elsewhere.join(lacking.select(RUN), on=RUN, how="anti").join(dead, on=RUN, how="anti")])
    taken = {*model.sets[FUEL], *model.sets[EMISSION]}
    left_out = lacking.join(there, on=PLACE, how="anti").unique(PLACE, keep="first", maintain_order=True)
    return Plants(_named(model, there), running.unique().sort(RUN), free_label("runs", taken), left_out)


def blocks_that_change(model: Model) -> Iterator[Fault]:
    """Units whose size is not one number for all years in which the technology may be built."""
    name = "CapacityOfOneTechnologyUnit"
    sized = model.where_not(name, 0.0).select(PLACE).unique(maintain_order=True)
    rows = model.at(name, sized.join(model.members(YEAR), how="cross"))
    sizes = rows.group_by(PLACE, maintain_order=True).agg(pl.col(VALUE).unique().sort(), pl.col(LINE).drop_nulls())
    for region, technology, sized_at, at in sizes.filter(pl.col(VALUE).list.len() > 1).iter_rows():
        what = f"{technology} in {region} comes in units of {', '.join(f'{size:g}' for size in sized_at)}, by the year"
        fix = "give it one size for all years (0 in some years means any amount, which a case cannot mix with units)"
        yield Fault(f"{name}.csv {lines(at)}", what, fix)


def floors_without_a_mode(model: Model) -> Iterator[Fault]:
    """Least activity of technologies that have no mode: OSeMOSYS has no activity of them, or a meaningless one."""
    modes = _modes(model).select(TECHNOLOGY).unique()
    for name in FLOORS_OF_ACTIVITY:
        idle = model.where_not(name, 0.0).filter(pl.col(VALUE) > 0).join(modes, on=TECHNOLOGY, how="anti")
        for region, technology, at in idle.group_by(PLACE, maintain_order=True).agg(LINE).iter_rows():
            what = f"{technology} in {region} must run, and has neither input nor output nor emission"
            told = [line for line in at if line is not None]
            where = f"{name}.csv {lines(told)}" if told else f"default of {name}"
            yield Fault(where, what, "give it a ratio, or take the limit out")


def slices_without_a_share(model: Model) -> Iterator[Fault]:
    """Slices that have nothing of a year."""
    empty = model.everywhere("YearSplit").filter(pl.col(VALUE) <= 0)
    for name, years, at in empty.group_by(SLICE, maintain_order=True).agg(YEAR, LINE).iter_rows():
        what = f"{name} has no share of {', '.join(years[:3])}{', …' if len(years) > 3 else ''}"
        told = [line for line in at if line is not None]
        where = f"YearSplit.csv {lines(told)}" if told else "YearSplit.csv"
        yield Fault(where, what, "give every slice its share of every year, or take the slice out of TIMESLICE.csv")


def lives_that_end_within_a_year(model: Model) -> Iterator[Fault]:
    """Lives of no whole number that end before the last year: OSeMOSYS rounds them up for capacity, not for money."""
    rows = model.everywhere("OperationalLife")
    life = pl.col(VALUE)
    odd = rows.filter((life != life.floor()) & (life < len(model.years)))
    for row in odd.iter_rows(named=True):
        at = f"OperationalLife.csv line {row[LINE]}" if row[LINE] else "config.yaml, OperationalLife, default"
        what = f"the life of {row[TECHNOLOGY]} in {row[REGION]} is {row[VALUE]:g} years, which ends within a year"
        yield Fault(at, what, "give a whole number of years")


def processes(plants: Plants) -> pl.DataFrame:
    """The table processes: one a technology, or one a technology and region where these differ."""
    once = plants.places.unique("process", keep="first", maintain_order=True)
    return once.select(
        "process",
        stage=pl.lit("technology"),
        clock=pl.lit("sliced"),
        capacity_unit=pl.lit("1"),
        activity_unit=pl.lit("1"),
        rate=pl.col("ratio") * pl.col("scale"),
        life=pl.max_horizontal("life", pl.lit(1.0)),
        hurdle_rate="hurdle_rate",
        block="block",
        note=pl.lit("rate: CapacityToActivityUnit times what the year's slices sum to"),
    )


def sites(plants: Plants) -> pl.DataFrame:
    """The table sites: OSeMOSYS lets every technology be built wherever and whenever it has a life."""
    return plants.places.filter(pl.col("life") > 0).select("process", region=REGION)


def recipes(model: Model, plants: Plants) -> pl.DataFrame:
    """The table recipes: ratios of every year; what puts out nothing gets a count of its runs."""
    named = plants.modes.join(plants.places.select(*PLACE, "process"), on=PLACE)
    parts = []
    for name, flow, good in RATIOS:
        used = model.where_not(name, 0.0).select(*PLACE, good, MODE).unique(maintain_order=True)
        cells = named.join(used, on=list(RUN)).join(model.members(YEAR), how="cross")
        rows = model.at(name, cells)
        parts.append(
            rows.select(
                "process",
                pl.col(MODE).alias("mode"),
                pl.lit(flow).alias("flow"),
                pl.col(good).alias("commodity"),
                pl.col(YEAR).cast(pl.Int32).alias("year"),
                pl.col(REGION).alias("region"),
                value=VALUE,
            )
        )
    made = pl.concat(parts)
    run = named.select("process", mode=MODE, region=REGION)
    # A mode can run in every year, also in those in which its ratios are 0.
    giving = (
        made.filter((pl.col("flow") == "out") & (pl.col("value") != 0))
        .group_by("process", "mode", "region")
        .agg(years=pl.col("year").n_unique())
        .filter(pl.col("years") == len(model.years))
    )
    bare = plants.places.select("process", mode=pl.lit("1"), region=REGION).join(
        run, on=["process", "region"], how="anti"
    )
    silent = pl.concat([bare, run.join(giving, on=["process", "mode", "region"], how="anti")]).unique(
        maintain_order=True
    )
    counted = silent.with_columns(
        flow=pl.lit("out"), commodity=pl.lit(plants.idle), year=pl.lit(None, pl.Int32), value=1.0
    )
    return pl.concat([steady(made, len(model.years)), counted.select(made.columns)])


def availability(model: Model, plants: Plants, weights: pl.DataFrame) -> pl.DataFrame:
    """The table availability: capacity factors by slice and year, and the yearly sum where it is lower.

    weights: TIMESLICE, YEAR, split (its YearSplit), share (YearSplit over the weight of the slice).
    """
    cells = plants.places.select(*PLACE, "process", "scale").join(weights, how="cross")
    rows = model.at("CapacityFactor", cells)
    ratio = pl.col(VALUE) * (pl.col("share") / pl.col("scale"))
    by_slice = rows.with_columns(value=pl.when((ratio - 1.0).abs() < EXACT).then(1.0).otherwise(ratio))
    able = pl.col(VALUE) * (pl.col("split") / pl.col("scale"))
    sums = by_slice.group_by(*PLACE, "process", YEAR, maintain_order=True).agg(
        able=able.sum(), split=pl.col("split").sum()
    )
    mended = model.at("AvailabilityFactor", sums).with_columns(
        value=pl.col(VALUE).clip(upper_bound=1.0) * pl.min_horizontal("able", pl.lit(1.0))
    )
    short = mended.filter(pl.col(VALUE) < 1.0).select(PLACE).unique()
    names = {"region": REGION, "slice": SLICE}
    shaped = by_slice.select("process", pl.col(YEAR).cast(pl.Int32).alias("year"), "value", **names)
    yearly = mended.join(short, on=PLACE, how="semi").select(
        "process", pl.col(YEAR).cast(pl.Int32).alias("year"), "value", region=REGION, slice=pl.lit(None, pl.String)
    )
    years = len(model.years)
    return pl.concat([_plain(steady(shaped, years)), steady(yearly, years).select(shaped.columns)])


def capacity(model: Model, plants: Plants) -> pl.DataFrame:
    """The table capacity: residual capacity, whose money is long spent."""
    return stretches(model.where_not("ResidualCapacity", 0.0).join(plants.places.select(*PLACE, "process"), on=PLACE))


def stretches(rows: pl.DataFrame) -> pl.DataFrame:
    """Capacity by year as rows of the table capacity: one for each stretch of years in which it stays the same."""
    place = ["process", REGION]
    dated = rows.with_columns(pl.col(YEAR).cast(pl.Int32)).sort(*place, YEAR)
    same = (pl.col(VALUE) == pl.col(VALUE).shift(1)) & (pl.col(YEAR) == pl.col(YEAR).shift(1) + 1)
    runs = dated.with_columns(run=(~same.over(place).fill_null(False)).cum_sum().over(place))
    held = runs.group_by(*place, "run", maintain_order=True).agg(
        start=pl.col(YEAR).min(), end=pl.col(YEAR).max() + 1, value=pl.col(VALUE).first()
    )
    return held.select(
        "process",
        region=REGION,
        start="start",
        status=pl.lit("operating"),
        end="end",
        spent_share=pl.lit(1.0),
        value="value",
        unit=pl.lit("1"),
    )


def steady(rows: pl.DataFrame, years: int) -> pl.DataFrame:
    """Put series that are the same in every year into one row without a year."""
    keys = [column for column in rows.columns if column not in ("year", "value")]
    same = (pl.col("value").n_unique() == 1) & (pl.len() == years) & (pl.col("value").null_count() == 0)
    marked = rows.with_columns(same=same.over(keys))
    flat = marked.filter("same").unique(keys, keep="first", maintain_order=True)
    return pl.concat(
        [
            flat.with_columns(year=pl.lit(None, pl.Int32)).select(rows.columns),
            marked.filter(~pl.col("same")).select(rows.columns),
        ]
    )


def _modes(model: Model) -> pl.DataFrame:
    """Modes with a recipe or a store: REGION, TECHNOLOGY, MODE."""
    ratios = [model.where_not(name, 0.0).select(RUN) for name, _, _ in RATIOS]
    stores = [model.where_not(name, 0.0).select(RUN) for name in ("TechnologyToStorage", "TechnologyFromStorage")]
    return pl.concat([*ratios, *stores]).unique(maintain_order=True)


def _able(model: Model, modes: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Modes whose fuels somebody makes, and those that lack one: RUN, and FUEL."""
    uses = model.where_not("InputActivityRatio", 0.0).select(*RUN, FUEL).unique(maintain_order=True)
    makes = (
        model.where_not("OutputActivityRatio", 0.0).select(*RUN, FUEL).unique().join(modes, on=list(RUN), how="semi")
    )
    routes = model.where_not("TradeRoute", 0.0).select(REGION, OTHER_REGION, FUEL).unique()
    both = pl.concat(
        [routes, routes.select(pl.col(OTHER_REGION).alias(REGION), pl.col(REGION).alias(OTHER_REGION), FUEL)]
    )
    had = pl.DataFrame(schema={REGION: pl.String, FUEL: pl.String})
    while True:
        lacking = uses.join(had, on=[REGION, FUEL], how="anti")
        made = makes.join(lacking, on=list(RUN), how="anti").select(REGION, FUEL)
        sent = both.join(had, on=[REGION, FUEL]).select(pl.col(OTHER_REGION).alias(REGION), FUEL)
        more = pl.concat([had, made, sent]).unique()
        if more.height == had.height:
            stuck = lacking.join(modes, on=list(RUN), how="semi")
            return modes.join(stuck, on=list(RUN), how="anti"), stuck
        had = more


def _named(model: Model, there: pl.DataFrame) -> pl.DataFrame:
    """Places with what a process has once; a technology in which regions differ is a process in each of them."""
    held = there.join(own_rates(model), on=PLACE, maintain_order="left").with_columns(apart=differs(model))
    for name in (*OF_PROCESS, "DiscountRateIdv"):
        held = held.join(
            model.at(name, there).select(*PLACE, pl.col(VALUE).alias(name)), on=PLACE, maintain_order="left"
        )
    unit = model.at("CapacityOfOneTechnologyUnit", there.with_columns(pl.lit(str(model.years[0])).alias(YEAR)))
    held = held.with_columns(block=pl.when(unit[VALUE] > 0).then(unit[VALUE]))
    held = held.with_columns(pl.col("DiscountRateIdv").fill_nan(pl.col("own")))
    split = year_split(model)
    most = (
        model.at("CapacityFactor", there.join(split, how="cross"))
        .group_by(PLACE, maintain_order=True)
        .agg(scale=pl.max_horizontal((pl.col(VALUE) * pl.col("share")).max(), pl.lit(0.0)))
    )
    base = float(split["share"].min()) if split.height else 1.0  # type: ignore[arg-type]
    sized = held.join(most, on=PLACE, maintain_order="left").with_columns(
        scale=pl.max_horizontal(pl.col("scale").max().over(TECHNOLOGY), pl.lit(base)),
        asked=pl.when(pl.col("DiscountRateIdv") != pl.col("own")).then("DiscountRateIdv"),
    )
    sized = sized.with_columns(hurdle_rate=pl.when(~pl.col("apart")).then("asked"))
    several = pl.struct(*OF_PROCESS, "block", "hurdle_rate").n_unique().over(TECHNOLOGY) > 1
    apart = pl.concat_str(TECHNOLOGY, REGION, separator="__")
    return sized.with_columns(process=pl.when(several).then(apart).otherwise(TECHNOLOGY)).select(
        *PLACE,
        "process",
        "hurdle_rate",
        "block",
        "own",
        "method",
        "asked",
        "scale",
        life="OperationalLife",
        ratio="CapacityToActivityUnit",
    )


def year_split(model: Model) -> pl.DataFrame:
    """What slices have of a year: TIMESLICE, YEAR, split, weight (of the first year, summing to 1), share (of it)."""
    first = str(model.years[0])
    split = model.everywhere("YearSplit").select(SLICE, YEAR, split=VALUE)
    base = split.filter(pl.col(YEAR) == first).select(SLICE, weight=pl.col("split") / pl.col("split").sum())
    joined = split.join(base, on=SLICE, maintain_order="left")
    return joined.with_columns(share=pl.col("split") / pl.col("weight"))


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    """Series that are alike in every slice in one row for `*`; none where that is 1."""
    place = ["process", "region"]
    same = (pl.col("value").n_unique() == 1).over(place) & pl.col("year").is_null().all().over(place)
    marked = rows.with_columns(same=same)
    flat = marked.filter("same").unique(place, keep="first", maintain_order=True).with_columns(slice=pl.lit("*"))
    return pl.concat([flat.filter(pl.col("value") != 1.0), marked.filter(~pl.col("same"))]).select(rows.columns)
