"""Money that follows decisions: what an order pays and when, what of it the objective takes, what running costs."""

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from teraplan.case.calendar import discount_factor, share_worn
from teraplan.case.flows import RUN, by_period
from teraplan.case.orders import SITE, paid_by_year, service
from teraplan.case.resolve import Tables
from teraplan.case.tables import COST_ITEMS

ORDER_ITEMS = tuple(name for name, item in COST_ITEMS.items() if item.per == "order")
RUNNING_ITEMS = tuple(name for name, item in COST_ITEMS.items() if item.per == "activity")
REDUCES = ("credit", "grant")


def cost_items(tables: Tables) -> pl.DataFrame:
    """Return every cost item with `transfer` and `in_view`: the buyer's view takes transfers, the system's does not."""
    taxes = tables.frames["taxes"].select(item="kind").unique(maintain_order=True).with_columns(transfer=pl.lit(True))
    known = pl.DataFrame({"item": list(COST_ITEMS), "transfer": [item.transfer for item in COST_ITEMS.values()]})
    items = pl.concat([known, taxes.filter(~pl.col("item").is_in(known["item"].implode()))])
    buyer = tables.settings.view == "buyer"
    return items.with_columns(in_view=pl.lit(True) if buyer else ~pl.col("transfer")).sort("item")


def year_factors(tables: Tables, kind: str, years: NDArray[np.int64]) -> pl.DataFrame:
    """Return the discount factor of a kind of cost (capex, running, shortage) by calendar year: year, factor."""
    settings = tables.settings
    factor = discount_factor(
        years.astype(np.float64), settings.discount_rate, settings.base_year, settings.timing[kind]
    )
    return pl.DataFrame({"year": years.astype(np.int32), "factor": factor})


def overnight_cost(tables: Tables, period_years: pl.DataFrame) -> pl.DataFrame:
    """Return overnight cost per unit of capacity by order period: process, region, period, item, value.

    Credits and grants on capital are items of their own, below zero.
    """
    costs = tables.frames["costs"].filter(pl.col("item").is_in(ORDER_ITEMS))
    base = by_period(costs, period_years, *SITE, "item").filter(pl.col("value") != 0)
    taxes = _taxes(tables, period_years).filter(pl.col("of").is_in(ORDER_ITEMS))
    taxed = base.rename({"item": "of"}).join(taxes, on=[*SITE, "of", "period"])
    sign = pl.when(pl.col("kind").is_in(REDUCES)).then(-1.0).otherwise(1.0)
    extra = taxed.with_columns(value=sign * pl.col("share") * pl.col("value")).select(
        *SITE, "period", "value", item="kind"
    )
    return pl.concat([base, extra.select(base.columns)]).sort(*SITE, "period", "item")


def running_costs(
    tables: Tables, period_years: pl.DataFrame, places: pl.DataFrame, outputs: pl.DataFrame
) -> pl.DataFrame:
    """Return cost per unit of activity: process, mode, region, period, item, value.

    Charges and tariffs are shares of another item; a price on an emission is paid per unit put out. Both are transfers.
    """
    costs = tables.frames["costs"].filter(pl.col("item").is_in(RUNNING_ITEMS))
    yearly = by_period(costs, period_years, *RUN[:3], "item").filter(pl.col("value") != 0)
    base = yearly.join(places, on=RUN, how="semi").select(*RUN, "item", "value")
    taxes = _taxes(tables, period_years)
    sign = pl.when(pl.col("kind").is_in(REDUCES)).then(-1.0).otherwise(1.0)
    on_items = base.rename({"item": "of"}).join(taxes, on=[*SITE, "of", "period"])
    on_emissions = outputs.rename({"commodity": "of"}).join(taxes, on=[*SITE, "of", "period"])
    extra = pl.concat(
        [
            part.select(*RUN, item="kind", value=sign * pl.col("share") * pl.col("value"))
            for part in (on_items, on_emissions)
        ]
    )
    together = pl.concat([base, extra.select(base.columns)])
    return together.group_by(*RUN, "item", maintain_order=True).agg(pl.col("value").sum())


def fixed_costs(tables: Tables, period_years: pl.DataFrame) -> pl.DataFrame:
    """Return fixed cost per unit of capacity in service and year: process, region, period, item, value."""
    costs = tables.frames["costs"].filter(pl.col("item") == "fixed")
    return by_period(costs, period_years, *SITE, "item").filter(pl.col("value") != 0).sort(*SITE, "period")


def _taxes(tables: Tables, period_years: pl.DataFrame) -> pl.DataFrame:
    """Taxes of a kind on an item or emission, added up: process, region, kind, of, period, share."""
    each = by_period(tables.frames["taxes"], period_years, "tax", *SITE, "kind", "of")
    return each.group_by(*SITE, "kind", "of", "period", maintain_order=True).agg(share=pl.col("value").sum())


def order_payments(
    tables: Tables, sites: pl.DataFrame, overnight: pl.DataFrame, horizon: tuple[float, float]
) -> pl.DataFrame:
    """Return what one unit ordered pays by year: process, region, period, item, year, paid, charged, beyond."""
    years = _years_of(sites, horizon)
    shares = paid_by_year(sites, years.rename({"year": "pay_year"}), tables)
    lines = shares.select(*SITE, "period", year="pay_year", share="value").join(overnight, on=[*SITE, "period"])
    paid = lines.with_columns(paid=pl.col("share") * pl.col("value"))
    return _charged(tables, paid, sites, horizon, [*SITE, "period"])


def existing_payments(
    tables: Tables, blocks: pl.DataFrame, overnight: pl.DataFrame, horizon: tuple[float, float]
) -> pl.DataFrame:
    """Return what is still to be paid for earlier orders: block, process, region, item, year, paid, charged, beyond.

    Payments before `decide_from` are spent; a given `spent_share` spreads the rest over the dates that are left.
    """
    decided = tables.settings.decided_from
    years = _years_of(blocks, horizon).filter(pl.col("t1") > decided).with_columns(pl.col("t0").clip(decided))
    shares = paid_by_year(blocks.drop("value"), years.rename({"year": "pay_year"}), tables)
    left = pl.col("value") / pl.col("value").sum().over("block")
    rest = pl.when(pl.col("spent_share").is_null()).then(pl.col("value")).otherwise((1 - pl.col("spent_share")) * left)
    prices = overnight.join(_period_of_order(blocks, overnight, tables), on=[*SITE, "period"])
    lines = (
        shares.select("block", *SITE, year="pay_year", share=rest)
        .join(prices.select("block", "item", price="value"), on="block")
        .join(blocks.select("block", capacity="value"), on="block")
    )
    paid = lines.with_columns(
        paid=pl.col("share") * pl.col("price") * pl.col("capacity"), value=pl.col("price") * pl.col("capacity")
    )
    return _charged(tables, paid, blocks.drop("value"), horizon, ["block", *SITE])


def _period_of_order(blocks: pl.DataFrame, overnight: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Which period's overnight cost a block was bought at: that of its order date, the first one for older blocks."""
    periods = pl.DataFrame(
        {"period": [p.label for p in tables.settings.periods], "p0": [p.start for p in tables.settings.periods]}
    )
    dated = blocks.select("block", *SITE, "a").join(periods, how="cross")
    first = float(periods["p0"].min())  # type: ignore[arg-type]
    held = dated.filter(pl.col("p0") <= pl.max_horizontal("a", pl.lit(first)) + 1e-9).sort("p0")
    return held.group_by("block", *SITE, maintain_order=True).agg(pl.col("period").last())


def _charged(
    tables: Tables, paid: pl.DataFrame, sites: pl.DataFrame, horizon: tuple[float, float], key: list[str]
) -> pl.DataFrame:
    """Add what the objective is charged (discounted), and what lies beyond the horizon, by the case's horizon_end.

    Both by the service that was agreed: who waits for a plant that comes late has no money back.
    """
    tables = replace(tables, frames={**tables.frames, "slowdowns": tables.frames["slowdowns"].clear()})
    sites = sites.with_columns(lead="paid_over")
    years = np.arange(int(np.floor(horizon[0])) - 60, int(np.ceil(horizon[1])) + 120)
    present = paid.join(year_factors(tables, "capex", years), on="year").with_columns(
        present=pl.col("paid") * pl.col("factor")
    )
    end = horizon[1]
    if tables.settings.horizon_end == "annuity":
        inside = present.join(_share_inside(tables, sites, horizon, key), on=key)
        charged = inside.with_columns(charged=pl.col("present") * pl.col("inside"))
    else:
        charged = present.with_columns(
            charged=pl.when(pl.col("year") < end - 1e-9).then(pl.col("present")).otherwise(0.0)
        )
    if tables.settings.horizon_end == "salvage":
        charged = _less_salvage(tables, charged, sites, horizon, key)
    columns = [*key, "item", "year", "paid", "charged", "beyond"]
    raised = charged.join(_hurdle_premium(tables, sites, key), on=key, how="left", maintain_order="left")
    charged = raised.with_columns(pl.col("charged") * pl.col("premium").fill_null(1.0))
    return charged.with_columns(beyond=pl.col("present") - pl.col("charged")).select(columns).sort(*key, "item", "year")


def _share_inside(tables: Tables, sites: pl.DataFrame, horizon: tuple[float, float], key: list[str]) -> pl.DataFrame:
    """The discounted service inside the solved horizon over that of the whole life: key, inside [1]."""
    late = max([horizon[1], *(sites["b"] + sites["lead"] + sites["life"])])
    years = np.arange(int(np.floor(horizon[0])), int(np.ceil(late)) + 1)
    factors = year_factors(tables, "capex", years)
    windows = pl.DataFrame({"service_year": years.astype(np.int32), "t0": years.astype(np.float64), "t1": years + 1.0})
    lived = service(sites, windows, tables, ramped=False).join(
        factors.rename({"year": "service_year"}), on="service_year"
    )
    part = pl.min_horizontal(pl.lit(1.0), (horizon[1] - pl.col("t0")).clip(0.0, 1.0))
    weight = pl.col("value") * pl.col("factor")
    return lived.group_by(key, maintain_order=True).agg(inside=(weight * part).sum() / weight.sum())


def _less_salvage(
    tables: Tables, charged: pl.DataFrame, sites: pl.DataFrame, horizon: tuple[float, float], key: list[str]
) -> pl.DataFrame:
    """Leave of the overnight cost the share that is worn out at the horizon's end, by the case's depreciation.

    What is given back is what was paid inside the horizon less what is worn, at the end of its last year.
    """
    rate = tables.settings.discount_rate if tables.settings.depreciation == "sinking_fund" else 0.0
    a, b, lead, life = (sites[name].cast(pl.Float64).to_numpy() for name in ("a", "b", "lead", "life"))
    used = sites.select(*key, used=pl.Series(share_worn((a, b), horizon[1], lead, life, rate), dtype=pl.Float64))
    last = int(np.ceil(horizon[1])) - 1
    factor = float(
        discount_factor(np.array([last]), tables.settings.discount_rate, tables.settings.base_year, "end")[0]
    )
    inside = pl.col("paid").filter(pl.col("year") < horizon[1] - 1e-9).sum()
    worn = pl.col("paid").sum() * pl.col("used").first().fill_null(0.0)
    grouped = charged.join(used, on=key, how="left").group_by(*key, "item", maintain_order=True)
    back = grouped.agg(charged=-(inside - worn) * factor)
    lines = back.with_columns(year=pl.lit(last, dtype=pl.Int32), paid=pl.lit(0.0), present=pl.lit(0.0))
    columns = [*key, "item", "year", "paid", "present", "charged"]
    return pl.concat([charged.select(columns), lines.select(columns)])


def _hurdle_premium(tables: Tables, sites: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """What an order costs by its owner's hurdle rate over what it costs at the discount rate: key, premium [1].

    The owner wants the overnight cost back in equal sums for each year of service, with interest at the hurdle rate
    h; the plan pays these sums and discounts them at r: premium = sum of (1 + r)^-age / sum of (1 + h)^-age over the
    years of service. Only keys of processes with a hurdle rate.
    """
    rates = tables.frames["processes"].filter(pl.col("hurdle_rate").is_not_null()).select("process", "hurdle_rate")
    asked = sites.join(rates, on="process")
    if not asked.height:
        return pl.DataFrame(schema={**{name: sites.schema[name] for name in key}, "premium": pl.Float64})
    first = asked.select((pl.col("a") + pl.col("lead")).min().floor()).item()
    late = asked.select((pl.col("b") + pl.col("lead") + pl.col("life")).max().ceil()).item()
    years = np.arange(first, late + 1)
    lived = service(asked, pl.DataFrame({"t0": years, "t1": years + 1.0}), tables, ramped=False)
    age = pl.col("t0") - pl.col("t0").min().over(key)
    worth = lived.with_columns(
        plain=pl.col("value") * pl.lit(1.0 + tables.settings.discount_rate).pow(-age),
        owner=pl.col("value") * (1.0 + pl.col("hurdle_rate")).pow(-age),
    )
    return worth.group_by(key, maintain_order=True).agg(premium=pl.col("plain").sum() / pl.col("owner").sum())


def _years_of(sites: pl.DataFrame, horizon: tuple[float, float]) -> pl.DataFrame:
    """Calendar years from the first order to the last start, the horizon among them: year, t0, t1."""
    early = min([horizon[0], *sites["a"]])
    late = max([horizon[1], *(sites["b"] + sites["lead"])])
    years = np.arange(int(np.floor(early)), int(np.ceil(late)) + 2)
    return pl.DataFrame({"year": years.astype(np.int32), "t0": years.astype(np.float64), "t1": years + 1.0})
