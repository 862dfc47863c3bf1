"""What money of an OSeMOSYS model weighs: one discount rate in the case, others as costs that weigh the same.

OSeMOSYS may discount each region, technology and store at a rate of its own. A case has one rate, and one way of
depreciation; a cost that is discounted otherwise is written as the amount that weighs the same under these.
"""

import polars as pl

from teraplan.case.faults import lines
from teraplan.convert.osemosys_parameters import REGION, STORAGE, TECHNOLOGY, VALUE, YEAR
from teraplan.convert.osemosys_read import LINE, Model
from teraplan.errors import Fault

DEPRECIATION = {1.0: "sinking_fund", 2.0: "straight_line"}
SINKING = 1.0


def own_rates(model: Model) -> pl.DataFrame:
    """The rate and the method of depreciation of every technology: REGION, TECHNOLOGY, own, method."""
    pairs = model.members(REGION, TECHNOLOGY)
    regional = model.at("DiscountRate", pairs).select(REGION, TECHNOLOGY, regional=VALUE)
    own = model.given["DiscountRateOfTechnology"].select(REGION, TECHNOLOGY, own=VALUE)
    method = model.at("DepreciationMethod", pairs.select(REGION).unique()).select(REGION, method=VALUE)
    joined = regional.join(own, on=[REGION, TECHNOLOGY], how="left", maintain_order="left")
    return joined.join(method, on=REGION, maintain_order="left").select(
        REGION, TECHNOLOGY, "method", own=pl.coalesce("own", "regional")
    )


def store_rates(model: Model) -> pl.DataFrame:
    """The rate and the method of depreciation of every store: REGION, STORAGE, own, method."""
    pairs = model.members(REGION, STORAGE)
    own = model.at("DiscountRateStorage", pairs).select(REGION, STORAGE, own=VALUE)
    method = model.at("DepreciationMethod", pairs.select(REGION).unique()).select(REGION, method=VALUE)
    return own.join(method, on=REGION, maintain_order="left")


def case_money(model: Model) -> tuple[float, float]:
    """Return the discount rate and the method of depreciation that most technologies have; the first of equals."""
    counts = own_rates(model).group_by("own", "method", maintain_order=True).len()
    most = counts.sort("len", descending=True, maintain_order=True)
    return float(most["own"][0]), float(most["method"][0])


def unknown_methods(model: Model) -> list[Fault]:
    """Methods of depreciation that OSeMOSYS does not have."""
    rows = model.everywhere("DepreciationMethod").filter(~pl.col(VALUE).is_in(list(DEPRECIATION)))
    what, fix = "a method that OSeMOSYS does not have", "use 1 (sinking fund) or 2 (straight line)"
    at = rows[LINE].drop_nulls().to_list()
    return [Fault(f"DepreciationMethod.csv {lines(at) if at else ''}".strip(), what, fix)] if rows.height else []


def running_weight(model: Model) -> pl.Expr:
    """What a running cost of `own` rate is multiplied by to weigh the same at the case's rate: mid-year, by YEAR."""
    rate, _ = case_money(model)
    age = pl.col(YEAR).cast(pl.Int32) - model.years[0] + 0.5
    return ((1.0 + rate) / (1.0 + pl.col("own"))).pow(age)


def order_weight(model: Model) -> pl.Expr:
    """What an overnight cost of `own` rate, `method` and `life` is multiplied by to weigh the same in the case.

    Weight of a cost of one: (1 + r)^-(year - first) - left x (1 + r)^-years, where left is what its life leaves.
    """
    rate, method = case_money(model)
    return _net_worth(model, pl.col("own"), pl.col("method")) / _net_worth(model, pl.lit(rate), pl.lit(method))


def annuity(rate: pl.Expr) -> pl.Expr:
    """Present value of one a year, at the start of each year of `life` [year]."""
    growth = 1.0 + rate
    value = (1.0 - growth.pow(-pl.col("life"))) * growth / pl.when(rate == 0).then(1.0).otherwise(rate)
    return pl.when(rate == 0).then(pl.col("life")).otherwise(value)


def differs(model: Model) -> pl.Expr:
    """Whether `own` and `method` are not those of the case."""
    rate, method = case_money(model)
    return (pl.col("own") != rate) | (pl.col("method") != method)


def _net_worth(model: Model, rate: pl.Expr, method: pl.Expr) -> pl.Expr:
    first, last = model.years[0], model.years[-1]
    year = pl.col(YEAR).cast(pl.Int32)
    growth, life, age = 1.0 + rate, pl.col("life"), last + 1 - year
    put_aside = (growth.pow(age) - 1.0) / pl.when(rate == 0).then(1.0).otherwise(growth.pow(life) - 1.0)
    worn = pl.when((method == SINKING) & (rate > 0)).then(put_aside).otherwise(age / life)
    left = pl.when(age < life).then(1.0 - worn).otherwise(0.0)
    return growth.pow(first - year) - left * growth.pow(first - last - 1)
