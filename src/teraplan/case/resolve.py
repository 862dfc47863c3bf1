"""Typed tables -> resolved tables: exact labels, calendar years, canonical units, money of the base year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from teraplan.case.amounts import MONEY_TABLES, canonical, converted, deflated, exchanged, limit_unit
from teraplan.case.faults import FAULTS_TOLD
from teraplan.case.patterns import by_year, expanded, group_members, matching
from teraplan.case.settings import Settings
from teraplan.case.tables import COST_ITEMS, TABLES, WORLD
from teraplan.errors import Fault
from teraplan.units import UnitError, factor

SITE = ("process", "region")
BUYER = ("commodity", "region", "buyer")
SHARE = (
    "share",
    "numerator_group",
    "denominator_group",
    "numerator_regions",
    "denominator_regions",
    "of",
    "sense",
)
RULE = ("rule", "commodity_group", "origin_group", "destination_group", "of")
LIMIT = ("limit", "kind", "group", "region_group")
MEASURES = ("low", "high", "distribution", "grade", "source", "line")
EVERYWHERE, EACH = "*", "each"
RUNNING_ITEMS = tuple(name for name, item in COST_ITEMS.items() if item.per == "activity")
AS_THEY_ARE = (
    "regions", "commodities", "processes", "sites", "storage", "sources", "partners", "stocks", "routes", "calibration",
)  # fmt: skip
WITHOUT_YEARS = ("profiles", "capacity", "commitments", "shocks", "tree", "uncertainties")
SLOWDOWNS = {
    **dict.fromkeys(SITE, pl.String),
    **dict.fromkeys(("start", "duration", "recovery", "pace"), pl.Float64),
    "source": pl.String,
    "line": pl.Int32,
}
"""Where, from when, for how long and how much building is slowed down, and by what: made by shocks alone."""


@dataclass(frozen=True)
class Tables:
    """A case as tables: exact labels, canonical units, calendar years. What edits work on and `assemble` reads.

    frames: one per table (demand and reserve split by item), values with low, high, distribution, grade, source and
    file line.
    """

    settings: Settings
    frames: Mapping[str, pl.DataFrame]
    fingerprint: str = ""
    edits: tuple[str, ...] = ()
    scenario: str | None = None


def resolve(settings: Settings, typed: Mapping[str, pl.DataFrame], fingerprint: str, faults: list[Fault]) -> Tables:
    """Return the resolved tables of a case; what cannot be resolved is added to `faults`."""
    resolver = _Resolver(settings, typed, faults)
    frames = {name: typed[name] for name in AS_THEY_ARE}
    frames |= {name: resolver.in_units(name, typed[name]) for name in WITHOUT_YEARS}
    weight = pl.col("weight")
    frames["slices"] = typed["slices"].with_columns(weight / weight.sum())
    frames["groups"] = resolver.groups
    frames["exchange"], frames["deflators"] = resolver.rates, resolver.levels
    frames["recipes"] = resolver.yearly("recipes", SITE, ("mode", "flow", "commodity", "offset_month"))
    frames["costs"] = resolver.costs(frames["recipes"])
    frames["lead_times"] = resolver.lead_times()
    frames["availability"] = resolver.availability()
    frames["store_limits"] = resolver.store_limits()
    frames["load_shapes"] = resolver.yearly("load_shapes", ("region",), ("commodity", "slice"), places=typed["regions"])
    frames["limits"] = resolver.limits()
    frames["shares"] = resolver.shares()
    frames["rules"] = resolver.rules()
    frames |= resolver.demand()
    frames |= resolver.reserve()
    frames["taxes"] = resolver.taxes()
    frames["slowdowns"] = pl.DataFrame(schema=SLOWDOWNS)
    frames["written"] = as_written(typed)
    return Tables(settings, frames, fingerprint)


def as_written(typed: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return every row with a grade as it stands in its file: table, line, what, value, unit, low, high, grade, ....

    what: the labels of its key; value, unit, low and high are null in tables that hold several numbers a row.
    """
    empty = {"value": pl.Float64, "unit": pl.String, "low": pl.Float64, "high": pl.Float64}
    words = dict.fromkeys(("grade", "source", "note"), pl.String)
    parts = [pl.DataFrame(schema={"table": pl.String, "line": pl.Int32, "what": pl.String, **empty, **words})]
    for table in TABLES.values():
        if not table.sourced or not typed[table.name].height:
            continue
        what = pl.concat_str([pl.col(key).cast(pl.String) for key in table.key], separator=" ", ignore_nulls=True)
        numbers = [pl.col(name) if table.long else pl.lit(None, dtype).alias(name) for name, dtype in empty.items()]
        shown = typed[table.name].select(
            pl.lit(table.name).alias("table"), "line", what.alias("what"), *numbers, "grade", "source", "note"
        )
        parts.append(shown)
    return pl.concat(parts)


def money_factor(settings: Settings) -> float:
    """Return by what an amount in the case's currency is multiplied to be in its money unit (7e12 USD = 7000 GUSD)."""
    try:
        return factor(settings.currency, settings.money_unit)
    except UnitError as error:
        raise ValueError(str(error)) from error


class _Resolver:
    """The tables of one case on their way; one method a kind of table."""

    def __init__(self, settings: Settings, typed: Mapping[str, pl.DataFrame], faults: list[Fault]) -> None:
        self.typed, self.faults, self.settings = typed, faults, settings
        periods = settings.periods
        self.years = range(int(periods[0].start), int(-(-(periods[-1].start + periods[-1].years) // 1)))
        self.pairs = pl.concat([typed["sites"].select(SITE), typed["capacity"].select(SITE)]).unique().sort(SITE)
        tables = {"process": "processes", "region": "regions", "commodity": "commodities", "partner": "partners"}
        self.labels = {kind: typed[table][kind].to_list() for kind, table in tables.items()}
        makers = typed["processes"]["maker"].drop_nulls().unique(maintain_order=True).to_list()
        self.groups = group_members(typed["groups"], {**self.labels, "maker": makers})
        self.rates, self.levels = (
            converted(name, canonical(name, typed[name], typed, settings), faults).drop("canonical")
            for name in ("exchange", "deflators")
        )

    def in_units(self, name: str, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with exact labels in canonical units, money in that of the base year."""
        if not rows.height:
            return rows
        united = canonical(name, rows, self.typed, self.settings)
        if name not in MONEY_TABLES:
            return converted(name, united, self.faults).drop("canonical")
        own = exchanged(name, united, self.rates, self.settings, self.faults)
        money = converted(name, own, self.faults)
        return deflated(name, money, self.levels, self.settings, self.faults).drop("canonical")

    def yearly(
        self,
        name: str,
        patterns: Sequence[str],
        keys: Sequence[str],
        rows: pl.DataFrame | None = None,
        places: pl.DataFrame | None = None,
    ) -> pl.DataFrame:
        """A table with patterns and years, on the (process, region) pairs that exist or on other places."""
        given = self.typed[name] if rows is None else rows
        exact = expanded(name, given, self.pairs if places is None else places, patterns, keys, self.faults)
        return self._by_year(name, self.in_units(name, exact), (*patterns, *keys))

    def costs(self, recipes: pl.DataFrame) -> pl.DataFrame:
        """Costs: mode null where they hang on capacity, by mode where they are paid per activity."""
        rows = self.typed["costs"]
        running = pl.col("item").is_in(RUNNING_ITEMS)
        of_capacity = self.yearly("costs", SITE, ("item",), rows.filter(~running))
        cycled = self.typed["storage"].filter(pl.col("kind") == "cycled").select("process")
        stores = cycled.join(pl.DataFrame({"mode": ["charge", "discharge"]}), how="cross")
        stored = self.pairs.join(stores, on="process").select(*SITE, "mode")
        places = pl.concat([recipes.select(*SITE, "mode"), stored]).unique(maintain_order=True)
        of_activity = self.yearly("costs", (*SITE, "mode"), ("item",), rows.filter(running), places)
        columns = [*SITE, "mode", "item", "year", "value", *MEASURES]
        return pl.concat(
            [of_capacity.with_columns(mode=pl.lit(None, pl.String)).select(columns), of_activity.select(columns)]
        )

    def lead_times(self) -> pl.DataFrame:
        """Lead times on the pairs that exist, and of which orders they hold: of all."""
        exact = expanded("lead_times", self.typed["lead_times"], self.pairs, SITE, (), self.faults)
        always = {"ordered_from": pl.lit(-np.inf), "ordered_until": pl.lit(np.inf)}
        rows = self.in_units("lead_times", exact)
        return rows.select(*SITE, "value", "spend_profile", "ramp", *MEASURES, **always)

    def availability(self) -> pl.DataFrame:
        """Availability: by slice for processes on the sliced clock; slice null for the sum over the year."""
        rows, clock = self.typed["availability"], self.typed["processes"].select("process", "clock")
        timed = self.pairs.join(clock, on="process", how="inner")
        sliced, flat = timed.filter(pl.col("clock") == "sliced"), timed.filter(pl.col("clock") == "yearly")
        summed, named = rows.filter(pl.col("slice").is_null()), rows.filter(pl.col("slice").is_not_null())
        every = named.filter(pl.col("slice") == EVERYWHERE).join(summed, on=SITE, how="anti")
        cells = sliced.join(self.typed["slices"].select("slice"), how="cross")
        parts = [
            self.yearly("availability", (*SITE, "slice"), (), named, cells),
            self.yearly("availability", SITE, (), summed, sliced),
            self.yearly("availability", SITE, (), pl.concat([summed, every]), flat),
        ]
        yearly = pl.lit(None, pl.String).alias("slice")
        columns = [*SITE, "slice", "year", "value", *MEASURES]
        return pl.concat(
            [(part if "slice" in part.columns else part.with_columns(yearly)).select(columns) for part in parts]
        )

    def store_limits(self) -> pl.DataFrame:
        """Limits of carried storage on the pairs that exist, in the unit of what it stores."""
        carried = self.typed["storage"].filter(pl.col("kind") == "carried").select("process", "commodity")
        rows, places = self.typed["store_limits"], self.pairs.join(carried, on="process")
        exact = expanded("store_limits", rows, places.select(SITE), SITE, ("item",), self.faults)
        stored = exact.join(carried, on="process", how="left", maintain_order="left")
        return self._by_year("store_limits", self.in_units("store_limits", stored), (*SITE, "item"))

    def limits(self) -> pl.DataFrame:
        """Limits, nothing before the first year given; units are those of what a group counts."""
        rows, typed = self.typed["limits"], self.typed
        first = {group: next(iter(self._processes(group)), None) for group in rows["group"].unique(maintain_order=True)}
        stood = rows.with_columns(process=pl.col("group").replace_strict(first, default=None, return_dtype=pl.String))
        units = typed["processes"].select("process", _capacity_unit="capacity_unit", _activity_unit="activity_unit")
        goods = typed["commodities"].select(group="commodity", _unit="unit")
        words = stood.join(units, on="process", how="left", maintain_order="left")
        united = words.join(goods, on="group", how="left", maintain_order="left").with_columns(canonical=limit_unit())
        return self._by_year("limits", converted("limits", united, self.faults), LIMIT)

    def shares(self) -> pl.DataFrame:
        """Shares, nothing before the first year given; an empty value ends them."""
        united = self.typed["shares"].with_columns(canonical=pl.lit("1"))
        return self._by_year("shares", converted("shares", united, self.faults), SHARE)

    def rules(self) -> pl.DataFrame:
        """Rules in steps, in the unit of the goods that they count a year."""
        rows = self.typed["rules"]
        goods = dict(self.typed["commodities"].select("commodity", "unit").iter_rows())
        units = [
            (of, group, goods.get(of.removeprefix("use:")) or goods.get(next(iter(self._commodities(group)), "")))
            for of, group in rows.select("of", "commodity_group").unique(maintain_order=True).iter_rows()
        ]
        schema = {"of": pl.String, "commodity_group": pl.String, "_unit": pl.String}
        counted = rows.join(pl.DataFrame(units, schema=schema, orient="row"), on=["of", "commodity_group"], how="left")
        united = counted.with_columns(canonical="(" + pl.col("_unit") + ")/year")
        return self._by_year("rules", converted("rules", united, self.faults), RULE)

    def demand(self) -> dict[str, pl.DataFrame]:
        """Demand by item: quantity, anchor price, steps with width and price, least share served at home."""
        rows = self.typed["demand"]
        item = {name: rows.filter(pl.col("item") == name) for name in rows["item"].unique(maintain_order=True)}
        none = rows.clear()
        everywhere = self.typed["regions"].select("region")
        quantities = self.yearly(
            "demand", ("region",), ("commodity", "buyer"), item.get("quantity", none), everywhere
        ).select(*BUYER, "year", "value", *MEASURES)
        places = quantities.select(BUYER).unique(maintain_order=True)
        anchor, width, price, home = (
            self._of_buyers(item.get(name, none), places)
            for name in ("anchor_price", "step_width", "step_price", "local_share_min")
        )
        return {
            "demand_quantity": quantities,
            "demand_anchor": anchor.drop("step", "multiple"),
            "demand_steps": self._steps(width, price, anchor),
            "local_share": home.drop("step", "multiple"),
        }

    def reserve(self) -> dict[str, pl.DataFrame]:
        """Margins and covers by commodity and region, firm shares by process and region."""
        rows = self.typed["reserve"]
        margin, cover, firm = (rows.filter(pl.col("item") == item) for item in ("margin", "cover", "firm_share"))
        regions = self.typed["regions"].filter(pl.col("region") != WORLD).select("region")
        return {
            "reserve_margin": self.yearly("reserve", ("region",), ("commodity",), margin, regions),
            "reserve_cover": self.yearly("reserve", ("region",), ("commodity",), cover, regions),
            "firm_share": self.yearly("reserve", SITE, (), firm),
        }

    def taxes(self) -> pl.DataFrame:
        """Taxes on the pairs that exist, in steps; a price on an emission is money per unit of it."""
        keys = ("tax", "kind", "of")
        exact = expanded("taxes", self.typed["taxes"], self.pairs, SITE, keys, self.faults)
        priced = self.in_units("taxes", exact.with_columns(commodity="of"))
        return self._by_year("taxes", priced, (*keys, *SITE))

    def _by_year(self, name: str, rows: pl.DataFrame, labels: Sequence[str]) -> pl.DataFrame:
        """Values by calendar year; norms hold from their first year on, rules and taxes in steps."""
        norm, stepwise = name in ("limits", "shares", "rules", "taxes"), name in ("rules", "taxes")
        dated = rows.select(*labels, "year", "value", *MEASURES)
        return by_year(dated, labels, self.years, before=not norm, stepwise=stepwise)

    def _of_buyers(self, rows: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
        """An item of demand on the buyers that exist, by step; `multiple`: it has no unit of its own."""
        regions = places.select("region").unique(maintain_order=True)
        exact = expanded("demand", rows, regions, ("region",), ("commodity", "buyer", "step"), self.faults)
        kept = exact.join(places, on=list(BUYER), how="semi")
        marked = kept.with_columns(multiple=pl.col("unit").is_in(["1", "dimensionless"]))
        return self._by_year("demand", self.in_units("demand", marked), (*BUYER, "step", "multiple"))

    def _steps(self, width: pl.DataFrame, price: pl.DataFrame, anchor: pl.DataFrame) -> pl.DataFrame:
        """Steps of demand curves: width [1] and price; `multiple` where the price is one of the anchor price."""
        step = [*BUYER, "step", "year"]
        anchored = price.join(anchor.select(*BUYER, "year", anchor="value"), on=[*BUYER, "year"], how="left")
        value = pl.when("multiple").then(pl.col("value") * pl.col("anchor")).otherwise(pl.col("value"))
        priced = anchored.select(*step, "multiple", "line", price=value, price_grade="grade", price_source="source")
        mixed = priced.filter(pl.struct(step).is_duplicated())
        for row in mixed.unique("line", maintain_order=True).head(FAULTS_TOLD).iter_rows(named=True):
            what = f"step {row['step']} of {row['commodity']} in {row['region']} has prices and multiples of the anchor"
            self.faults.append(
                Fault(f"demand.csv line {row['line']}, column unit", what, "give it in one kind of unit")
            )
        one = priced.drop("line").unique(step, maintain_order=True)
        steps = width.drop("multiple").rename({"value": "width"}).join(one, on=step, how="left")
        bare = steps.filter(pl.col("price").is_null()).unique("line", maintain_order=True)
        for row in bare.head(FAULTS_TOLD).iter_rows(named=True):
            what = f"step {row['step']} of {row['commodity']} in {row['region']} has a width and no price"
            fix = "add its step_price, and an anchor_price if it is a multiple"
            self.faults.append(Fault(f"demand.csv line {row['line']}", what, fix))
        return steps.filter(pl.col("price").is_not_null())

    def _processes(self, name: str) -> Sequence[str]:
        """What a group, maker's group, pattern or label means."""
        groups = self.groups.filter(pl.col("group") == name)
        own = groups.filter(pl.col("kind") == "process")["member"].to_list()
        makers = groups.filter(pl.col("kind") == "maker")["member"]
        made = self.typed["processes"].filter(pl.col("maker").is_in(makers.implode()))["process"].to_list()
        return own or made or matching(name, self.labels["process"])

    def _commodities(self, name: str) -> Sequence[str]:
        own = self.groups.filter((pl.col("group") == name) & (pl.col("kind") == "commodity"))["member"].to_list()
        return own or matching(name, self.labels["commodity"])
