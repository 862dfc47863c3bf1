"""The ledger: every line of money of a plan, and the two identities that it must keep with the objective."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from teraplan.case.case import Case
from teraplan.results.sums import grouped

NEGLIGIBLE = 1e-9
NOT_MONEY = ("idle", "shortage")


def ledger_of(case: Case, problem: object, value: NDArray[np.float64]) -> pl.DataFrame:
    """Return the ledger of a plan: term, item, process, commodity, region, stage, period, year, paid, charged, beyond.

    paid: undiscounted money by date of payment [money]; charged: the same as the objective takes it; beyond: discounted
    money that the horizon's end leaves out. `period` is that of the decision, `year` that of the payment; money that
    runs with time is spread over the calendar years of its period.
    """
    terms: pl.DataFrame = problem.cost_terms  # type: ignore[attr-defined]
    amount = np.where(terms["column"].is_null().to_numpy(), 1.0, value[terms["column"].fill_null(0).to_numpy()])
    lines = terms.with_columns(pl.Series("amount", amount)).with_columns(
        pl.col("paid", "charged", "beyond") * pl.col("amount")
    )
    lines = lines.filter((pl.col("paid").abs() > NEGLIGIBLE) | (pl.col("charged").abs() > NEGLIGIBLE))
    labels = ["term", "item", "transfer", "in_view", "process", "commodity", "region", "period", "year"]
    summed = lines.pipe(grouped, *labels).agg(pl.col("paid", "charged", "beyond").sum())
    return _by_year(case, summed).join(case.processes.select("process", "stage"), on="process", how="left").sort(labels)


def real_money(ledger: pl.DataFrame) -> pl.DataFrame:
    """Return the lines that somebody pays: without the idle charge and the value of shortage."""
    return ledger.filter(~pl.col("item").is_in(NOT_MONEY))


def ledger_gap(ledger: pl.DataFrame, objective: float) -> float:
    """Return |charged in view - objective| / max(1, |objective|): the first identity, 1e-6 at most."""
    charged = float(ledger.filter(pl.col("in_view"))["charged"].sum())
    return abs(charged - objective) / max(1.0, abs(objective))


def _by_year(case: Case, lines: pl.DataFrame) -> pl.DataFrame:
    """Spread lines without a payment year over the calendar years of their period, by time."""
    dated = lines.filter(pl.col("year").is_not_null())
    running = lines.filter(pl.col("year").is_null()).drop("year").join(case.period_years, on="period")
    spread = running.with_columns(pl.col("paid", "charged", "beyond") * pl.col("part")).drop("part")
    return pl.concat([dated, spread.select(dated.columns)])
