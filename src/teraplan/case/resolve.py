"""Typed tables -> resolved tables: exact labels, calendar years, canonical units, money of the base year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from teraplan.case.amounts import canonical, converted, deflated, limit_unit
from teraplan.case.patterns import by_year, expanded, group_members, matching
from teraplan.case.tables import Settings
from teraplan.errors import Fault
from teraplan.units import UnitError, factor

SITE = ("process", "region")
MEASURES = ("low", "high", "grade", "source", "line")
EVERYWHERE, EACH = "*", "each"
OF_ORDER = ("capex", "fixed", "subsidy")


@dataclass(frozen=True)
class Tables:
    """A case as tables: exact labels, canonical units, calendar years. What edits work on and `assemble` reads.

    frames: one per table (demand and reserve split by item), values with low, high, grade, source and file line.
    """

    settings: Settings
    frames: Mapping[str, pl.DataFrame]
    fingerprint: str = ""
    edits: tuple[str, ...] = ()
    scenario: str | None = None


def resolve(settings: Settings, typed: Mapping[str, pl.DataFrame], fingerprint: str, faults: list[Fault]) -> Tables:
    """Return the resolved tables of a case; what cannot be resolved is added to `faults`."""
    resolver = _Resolver(settings, typed, faults)
    frames = {
        name: typed[name] for name in ("regions", "commodities", "processes", "sites", "storage", "sources", "partners")
    }
    frames["slices"] = typed["slices"].with_columns(pl.col("weight") / pl.col("weight").sum())
    frames["groups"] = resolver.groups()
    frames["recipes"] = resolver.yearly("recipes", SITE, ("mode", "flow", "commodity", "offset_month"))
    frames |= resolver.costs()
    frames["lead_times"] = resolver.lead_times()
    frames["profiles"] = resolver.plain("profiles")
    frames["availability"] = resolver.availability()
    frames["capacity"] = resolver.plain("capacity")
    frames["stocks"] = typed["stocks"]
    frames["routes"] = typed["routes"]
    frames["limits"] = resolver.limits()
    for name, keys in (
        (
            "shares",
            (
                "share",
                "numerator_group",
                "denominator_group",
                "numerator_regions",
                "denominator_regions",
                "of",
                "sense",
            ),
        ),
        ("rules", ("rule", "commodity_group", "origin_group", "destination_group", "of")),
    ):
        frames[name] = resolver.normed(name, keys)
    frames |= resolver.demand()
    frames |= resolver.reserve()
    frames["taxes"] = resolver.taxes()
    for name in ("commitments", "shocks", "tree", "calibration", "deflators"):
        frames[name] = typed[name]
    return Tables(settings, frames, fingerprint)


class _Resolver:
    """The tables of one case on their way; one method a kind of table."""

    def __init__(self, settings: Settings, typed: Mapping[str, pl.DataFrame], faults: list[Fault]) -> None:
        self.typed, self.faults, self.settings = typed, faults, settings
        periods = settings.periods
        self.years = range(int(periods[0].start), int(-(-(periods[-1].start + periods[-1].years) // 1)))
        self.pairs = pl.concat([typed["sites"].select(SITE), typed["capacity"].select(SITE)]).unique().sort(SITE)

    def groups(self) -> pl.DataFrame:
        """Groups with exact members."""
        typed = self.typed
        labels = {
            kind: typed[table][kind].to_list()
            for kind, table in (
                ("process", "processes"),
                ("region", "regions"),
                ("commodity", "commodities"),
                ("partner", "partners"),
            )
        }
        labels["maker"] = typed["processes"]["maker"].drop_nulls().unique(maintain_order=True).to_list()
        return group_members(typed["groups"], labels)

    def plain(self, name: str) -> pl.DataFrame:
        """A table without years or patterns, in canonical units."""
        return self._in_units(name, self.typed[name])

    def yearly(
        self,
        name: str,
        patterns: Sequence[str],
        keys: Sequence[str],
        rows: pl.DataFrame | None = None,
        places: pl.DataFrame | None = None,
    ) -> pl.DataFrame:
        """A table with patterns and years, on the (process, region) pairs that exist."""
        given = self.typed[name] if rows is None else rows
        exact = expanded(name, given, self.pairs if places is None else places, patterns, keys, self.faults)
        measured = self._in_units(name, exact)
        labels = [*patterns, *keys]
        return by_year(
            measured.select(*labels, "year", "value", *MEASURES), labels, self.years, before=True, stepwise=False
        )

    def costs(self) -> dict[str, pl.DataFrame]:
        """Costs of processes (mode null where they hang on capacity) and of commodities."""
        rows = self.typed["costs"]
        of_process = rows.filter(pl.col("process") != "")
        modes = (
            pl.concat([self.typed["recipes"].select("mode"), pl.DataFrame({"mode": ["main", "charge", "discharge"]})])
            .unique()
            .sort("mode")
        )
        of_order = of_process.filter(pl.col("item").is_in(OF_ORDER)).with_columns(mode=pl.lit(None, pl.String))
        running = of_process.filter(~pl.col("item").is_in(OF_ORDER))
        every = running.filter(pl.col("mode") == EVERYWHERE).with_columns(mode=pl.lit(None, pl.String))
        named = running.filter(pl.col("mode") != EVERYWHERE)
        parts = [
            self.yearly("costs", SITE, ("mode", "item"), part)
            for part in (pl.concat([of_order, every]),)
            if part.height
        ]
        if named.height:
            places = self.pairs.join(modes, how="cross")
            parts.append(
                self.yearly("costs", (*SITE, "mode"), ("item",), named, places).select(
                    parts[0].columns if parts else pl.all()
                )
            )
        goods = rows.filter(pl.col("process") == "")
        everywhere = self.typed["regions"].select("region")
        of_goods = self.yearly("costs", ("region",), ("commodity", "item"), goods, everywhere)
        empty = self.yearly("costs", SITE, ("mode", "item"), of_process.clear())
        return {"costs": pl.concat([empty, *parts], how="diagonal_relaxed"), "commodity_costs": of_goods}

    def lead_times(self) -> pl.DataFrame:
        """Lead times on the pairs that exist."""
        exact = expanded("lead_times", self.typed["lead_times"], self.pairs, SITE, (), self.faults)
        return self._in_units("lead_times", exact).select(*SITE, "value", "spend_profile", "ramp", *MEASURES)

    def availability(self) -> pl.DataFrame:
        """Availability: slices named for processes on the sliced clock, the yearly sum where the slice is empty."""
        rows = self.typed["availability"]
        clock = self.typed["processes"].select("process", "clock")
        given = expanded("availability", rows, self.pairs, SITE, ("slice",), self.faults)
        labels = [*SITE, "slice"]
        measured = self._in_units("availability", given)
        yearly = by_year(
            measured.select(*labels, "year", "value", *MEASURES), labels, self.years, before=True, stepwise=False
        ).join(clock, on="process")
        flat = yearly.filter(
            (pl.col("clock") == "yearly") & (pl.col("slice").is_null() | (pl.col("slice") == EVERYWHERE))
        ).with_columns(slice=pl.lit(None, pl.String))
        sums = yearly.filter((pl.col("clock") == "sliced") & pl.col("slice").is_null())
        named = yearly.filter(
            (pl.col("clock") == "sliced") & pl.col("slice").is_not_null() & (pl.col("slice") != EVERYWHERE)
        )
        every = (
            yearly.filter((pl.col("clock") == "sliced") & (pl.col("slice") == EVERYWHERE))
            .drop("slice")
            .join(self.typed["slices"].select("slice"), how="cross")
        )
        rest = every.join(named, on=[*SITE, "slice", "year"], how="anti")
        return pl.concat(
            [part.select(*SITE, "slice", "year", "value", *MEASURES) for part in (flat, sums, named, rest)]
        ).unique([*SITE, "slice", "year"], keep="first", maintain_order=True)

    def limits(self) -> pl.DataFrame:
        """Limits, nothing before the first year given; units are those of what a group counts."""
        rows, typed = self.typed["limits"], self.typed
        processes, goods = typed["processes"], typed["commodities"]
        listed = self.groups()
        first = {}
        for group in rows["group"].unique():
            members = listed.filter((pl.col("group") == group) & (pl.col("kind") == "process"))["member"].to_list()
            found = members or matching(group, processes["process"].to_list()) or self._of_makers(listed, group)
            first[group] = found[0] if found else None
        stood = rows.with_columns(process=pl.col("group").replace_strict(first, default=None, return_dtype=pl.String))
        words = stood.join(
            processes.select("process", _capacity_unit="capacity_unit", _activity_unit="activity_unit"),
            on="process",
            how="left",
            maintain_order="left",
        )
        united = words.join(
            goods.select(group="commodity", _unit="unit"), on="group", how="left", maintain_order="left"
        ).with_columns(canonical=limit_unit(self.settings.money_unit))
        keys = ("limit", "kind", "group", "region_group")
        return self._normed("limits", converted("limits", united, self.faults), keys)

    def normed(self, name: str, keys: Sequence[str]) -> pl.DataFrame:
        """Shares and rules: nothing before the first year given, an empty value ends them; rules in steps."""
        rows = self.typed[name]
        united = rows.with_columns(canonical=pl.lit("1") if name == "shares" else pl.col("unit"))
        return self._normed(name, converted(name, united, self.faults), keys)

    def demand(self) -> dict[str, pl.DataFrame]:
        """Demand by item: quantity, steps with width and price, least share served at home."""
        rows = self.typed["demand"].with_columns(pl.col("step").cast(pl.Int32))
        buyer = ("commodity", "region", "buyer")
        quantity = rows.filter(pl.col("item") == "quantity")
        everywhere = (
            self.typed["regions"]
            .join(self.typed["commodities"].select("commodity"), how="cross")
            .select("commodity", "region")
        )
        quantities = self.yearly(
            "demand", ("region",), ("commodity", "buyer"), quantity, everywhere.select("region").unique()
        ).select(*buyer, "year", "value", *MEASURES)
        places = quantities.select(buyer).unique()
        items = {}
        for item in ("anchor_price", "step_width", "step_price", "local_share_min"):
            mine = rows.filter(pl.col("item") == item)
            exact = expanded(
                "demand",
                mine,
                places.select("region").unique(),
                ("region",),
                ("commodity", "buyer", "step", "unit"),
                self.faults,
            )
            kept = self._in_units("demand", exact.join(places, on=list(buyer), how="semi"))
            labels = [*buyer, "step", "unit"]
            items[item] = by_year(
                kept.select(*labels, "year", "value", *MEASURES), labels, self.years, before=True, stepwise=False
            )
        price = items["step_price"].join(
            items["anchor_price"].select(*buyer, "year", anchor="value"), on=[*buyer, "year"], how="left"
        )
        multiple = pl.col("unit").is_in(["1", "dimensionless"])
        priced = price.with_columns(
            price=pl.when(multiple).then(pl.col("value") * pl.col("anchor")).otherwise(pl.col("value"))
        )
        steps = (
            items["step_width"]
            .rename({"value": "width"})
            .join(
                priced.select(*buyer, "step", "year", "price", price_grade="grade", price_source="source"),
                on=[*buyer, "step", "year"],
                how="left",
            )
        )
        for row in steps.filter(pl.col("price").is_null()).unique("line", maintain_order=True).iter_rows(named=True):
            self.faults.append(
                Fault(
                    f"demand.csv line {row['line']}",
                    f"step {row['step']} of {row['commodity']} in {row['region']} has a width and no price",
                    "add its step_price, and an anchor_price if it is a multiple",
                )
            )
        return {
            "demand_quantity": quantities,
            "demand_anchor": items["anchor_price"].drop("step", "unit"),
            "demand_steps": steps.drop("unit").filter(pl.col("price").is_not_null()),
            "local_share": items["local_share_min"].drop("step", "unit"),
        }

    def reserve(self) -> dict[str, pl.DataFrame]:
        """Margins by commodity and region, firm shares by process and region."""
        rows = self.typed["reserve"]
        margin, firm = rows.filter(pl.col("item") == "margin"), rows.filter(pl.col("item") == "firm_share")
        regions = self.typed["regions"].filter(pl.col("region") != "WLD").select("region")
        return {
            "reserve_margin": self.yearly("reserve", ("region",), ("commodity",), margin, regions),
            "firm_share": self.yearly("reserve", SITE, (), firm),
        }

    def taxes(self) -> pl.DataFrame:
        """Taxes on the pairs that exist, in steps; a price on an emission is money per unit of it."""
        rows = self.typed["taxes"]
        keys = ("tax", "kind", "of")
        exact = expanded("taxes", rows, self.pairs, SITE, keys, self.faults)
        goods = self.typed["commodities"].select(of="commodity", _unit="unit")
        united = exact.join(goods, on="of", how="left", maintain_order="left").with_columns(
            canonical=pl.when(pl.col("_unit").is_null())
            .then(pl.lit("1"))
            .otherwise(self.settings.money_unit + pl.lit("/(") + pl.col("_unit") + ")")
        )
        labels = [*keys, *SITE]
        return by_year(
            converted("taxes", united, self.faults).select(*labels, "year", "value", *MEASURES),
            labels,
            self.years,
            before=False,
            stepwise=True,
        )

    def _normed(self, name: str, rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
        return by_year(
            rows.select(*keys, "year", "value", *MEASURES), keys, self.years, before=False, stepwise=name == "rules"
        )

    def _in_units(self, name: str, rows: pl.DataFrame) -> pl.DataFrame:
        united = converted(name, canonical(name, rows, self.typed, self.settings.money_unit), self.faults)
        money = name in ("costs", "demand", "commitments")
        return (
            deflated(united, self.typed["deflators"], self.settings.base_year, name, self.faults) if money else united
        )

    def _of_makers(self, listed: pl.DataFrame, group: str) -> list[str]:
        makers = listed.filter((pl.col("group") == group) & (pl.col("kind") == "maker"))["member"]
        return self.typed["processes"].filter(pl.col("maker").is_in(makers.implode()))["process"].to_list()


def money_factor(settings: Settings) -> float:
    """Return by what an amount in the case's currency is multiplied to be in its money unit (7e12 USD = 7000 GUSD)."""
    try:
        return factor(settings.currency, settings.money_unit)
    except UnitError as error:
        raise ValueError(str(error)) from error
