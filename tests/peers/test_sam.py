"""`finance.project` against SAM's single owner model, line by line, over terms drawn at random.

The record is written by `python -m benchmarks.sam`; where SAM's conventions are not our defaults, they are terms here:
losses are paid out at once, salvage is part of CFADS, the owner covers cash that is short, fees are not depreciated,
what a schedule puts after the last year is lost, levelised cost is seen by the owner. SAM takes construction interest
as an amount: here it is part of capex. Its level of a debt limited by gearing depends on a first guess of fees, so the
gearing is taken from its answer; sums of its depreciation tables of 15 and 39 years differ from the law's by rounding.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from teraplan import finance

RECORD = json.loads((Path(__file__).parent / "sam_single_owner.json").read_text())
SCHEDULES = {
    "macrs_5": finance.macrs(5),
    "macrs_15": finance.macrs(15),
    "sl_5": finance.straight_line(5, half_year=True),
    "sl_15": finance.straight_line(15, half_year=True),
    "sl_20": finance.straight_line(20, half_year=True),
    "sl_39": finance.straight_line(39, half_year=True),
}
SAME = ("life", "tenor", "grace", "repayment", "revenue_escalator", "cost_escalator", "degradation", "interest")
SAME += ("upfront_fee", "closing_cost", "dsra_months", "working_capital_months", "reserve_interest", "federal_tax")
SAME += ("state_tax", "investment_credit", "discount_rate")


def depreciation_of(case):
    """SAM's shares by year, and ours."""
    given = case["terms"]
    basis = (given["capex"] + given["construction_interest"]) * (1.0 - given["investment_credit"] / 2.0)
    theirs = np.array(case["lines"]["depreciation"][1:]) / basis
    ours = np.zeros(given["life"])
    within = SCHEDULES[given["schedule"]][: given["life"]]
    ours[: len(within)] = within
    return theirs, ours


def result_of(case):
    given = case["terms"]
    paid = given["capex"] + given["construction_interest"]
    limited = "dscr" not in given or given["capped"]
    terms = finance.Terms(
        **{name: given[name] for name in SAME},
        dscr=given.get("dscr"),
        gearing=case["measures"]["debt"] / case["measures"]["uses"] if limited else None,
        salvage=given["salvage"] * given["capex"] / paid,
        depreciation=depreciation_of(case)[0],
        basis_fees=0.0,
        losses="refund",
        residual_basis="lost",
        shortfall="owner",
        cfads_salvage=True,
        levelised_view="equity",
    )
    volume = given["output"] * 8760.0
    return finance.project(given["price"] * volume, given["operating_cost"], paid, terms, volume)


@pytest.mark.parametrize("case", RECORD["cases"], ids=range(len(RECORD["cases"])))
def test_every_line_is_that_of_sam(case):
    result, scale = result_of(case), case["terms"]["capex"]
    for name, line in case["lines"].items():
        ours = getattr(result, name)
        if name == "revenue":
            ours = ours + result.salvage
        if name == "cfads":
            ours = np.where(np.arange(len(ours)) > case["terms"]["tenor"], 0.0, ours)
        theirs = -np.array(line) if name in ("state_tax", "federal_tax") else np.array(line)
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-11 * scale), name


@pytest.mark.parametrize("case", RECORD["cases"], ids=range(len(RECORD["cases"])))
def test_every_measure_is_that_of_sam(case):
    result, theirs = result_of(case), dict(case["measures"])
    rate = theirs.pop("equity_irr") / 100.0
    assert result.equity_irr_count == 1
    if np.isfinite(rate):
        assert result.equity_irr == pytest.approx(rate, rel=1e-5)
    for name, value in theirs.items():
        scale = 100.0 if name.startswith("levelised") else 1.0
        assert getattr(result, name) == pytest.approx(value / scale, rel=1e-9), name


@pytest.mark.parametrize("case", RECORD["cases"], ids=range(len(RECORD["cases"])))
def test_depreciation_schedules_are_those_of_sam_but_for_rounding(case):
    theirs, ours = depreciation_of(case)
    assert ours == pytest.approx(theirs, abs=1e-4)
