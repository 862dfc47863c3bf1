"""Construction: what is needed each year, who pays it, and what interest that causes before there is any income."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from teraplan.finance.deal import Deal

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Close:
    """What funding depends on and itself changes: debt, uses net of grants, reserves and credit sold at completion
    (scenarios) [currency]."""

    debt: Floats
    uses: Floats
    reserves: Floats
    credit: Floats


@dataclass(frozen=True)
class Funding:
    """Uses and sources by year of construction, (years, scenarios) [currency]."""

    grants: Floats
    credit: Floats
    fees: Floats
    construction_interest: Floats
    reserves: Floats
    debt_draw: Floats
    mezzanine_draw: Floats
    equity: Floats

    @property
    def uses(self) -> Floats:
        """All uses net of grants and credit sold (scenarios): what debt, mezzanine and equity pay together."""
        total: Floats = (self.debt_draw + self.mezzanine_draw + self.equity).sum(axis=0)
        return total


FEES, INTEREST, NEED, DRAW, MEZZANINE = range(5)


def fund(deal: Deal, close: Close) -> Funding:
    """Return who pays what in construction, given the debt, uses and reserves that the deal closes with.

        need[k] = capex[k] - grants[k] - credit sold[k] + fees[k] + reserves[k] + interest[k]
        interest[k] = rate x (balance[k - 1] + draw_timing x draw[k])

    Interest and commitment fees are paid out of new draws, fees in the first year, reserves in the last. A credit that
    is sold for more than the last year needs gives the rest back to those who paid.
    """
    count = deal.construction
    share = deal.capex / deal.capex_in_all
    grants = deal.grants * share
    reserves = np.zeros_like(deal.capex)
    reserves[-1] = close.reserves
    credit = np.zeros_like(deal.capex)
    credit[-1] = close.credit
    table = np.zeros((5, *deal.capex.shape))
    balance = mezzanine = np.zeros_like(close.debt)
    equity_left = (1.0 - deal.mezzanine) * close.uses - close.debt
    for year in range(count):
        fees = deal.commitment_fee * np.maximum(close.debt - balance, 0.0)
        opening = fees + deal.construction_interest * balance + deal.mezzanine_interest * mezzanine
        if year == 0:
            fees = fees + deal.upfront_fee * close.debt + deal.closing_cost
            opening = opening + deal.upfront_fee * close.debt + deal.closing_cost
        bare = deal.capex[year] - grants[year] - credit[year] + reserves[year]
        base = bare + opening
        need, draw = _draw(deal, close, base, balance, equity_left)
        if year == count - 1 and deal.terms.draws != "pro_rata":
            draw = close.debt - balance
            own = deal.draw_timing * (deal.construction_interest * draw)
            need = (base + own) / (1.0 - deal.draw_timing * deal.mezzanine_interest * deal.mezzanine)
        second = deal.mezzanine * need
        interest = need - (bare + fees)
        table[:, year] = fees, interest, need, draw, second
        balance, mezzanine = balance + draw, mezzanine + second
        equity_left = equity_left - (need - draw - second)
    equity = table[NEED] - table[DRAW] - table[MEZZANINE]
    return Funding(grants, credit, table[FEES], table[INTEREST], reserves, table[DRAW], table[MEZZANINE], equity)


def _draw(deal: Deal, close: Close, base: Floats, balance: Floats, equity_left: Floats) -> tuple[Floats, Floats]:
    """What a year needs with the interest on its own draws, and the senior debt that is drawn for it.

    base: what the year needs before that interest, which is solved for instead of iterated.
    """
    own = deal.draw_timing * deal.construction_interest
    rest = 1.0 - deal.mezzanine
    second = deal.draw_timing * deal.mezzanine_interest * deal.mezzanine
    if deal.terms.draws == "pro_rata":
        share = close.debt / np.where(close.uses > 0.0, close.uses, 1.0)
        need = base / (1.0 - own * share - second)
        return need, share * need
    if deal.terms.draws == "debt_first":
        left = np.maximum(close.debt - balance, 0.0)
        need = base / (1.0 - own * rest - second)
        enough = rest * need <= left
        need = np.where(enough, need, (base + own * left) / (1.0 - second))
        return need, np.where(enough, rest * need, left)
    equity_left = np.maximum(equity_left, 0.0)
    need = base / (1.0 - second)
    enough = rest * need <= equity_left
    need = np.where(enough, need, (base - own * equity_left) / (1.0 - second - own * rest))
    return need, np.where(enough, 0.0, np.clip(rest * need - equity_left, 0.0, close.debt - balance))
