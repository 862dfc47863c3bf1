"""`python -m benchmarks.sam FILE`: run SAM's single owner model (NREL-PySAM) over many terms, record its lines.

tests/peers/test_sam.py holds `finance.project` to what is recorded; SAM itself is not needed for that. Every financing
is drawn at random with a fixed seed from the terms that both have: debt by gearing or by coverage with and without
cap, level or equal repayment, tenor, grace, fees, reserves, escalators, degradation, salvage, depreciation, credit. A
draw is left out if SAM lends more than all uses, which we never do.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PySAM
import PySAM.Singleowner as single_owner

CASES = 30
SCHEDULES = ("macrs_5", "macrs_15", "sl_5", "sl_15", "sl_20", "sl_39")
LINES = {
    "revenue": "cf_total_revenue",
    "operating_cost": "cf_operating_expenses",
    "interest": "cf_debt_payment_interest",
    "principal": "cf_debt_payment_principal",
    "debt_balance": "cf_debt_balance",
    "cfads": "cf_cash_for_ds",
    "reserve_interest": "cf_reserve_interest",
    "dsra": "cf_reserve_debtservice",
    "working_capital": "cf_reserve_om",
    "state_tax": "cf_statax",
    "federal_tax": "cf_fedtax",
    "state_taxable_income": "cf_statax_income_with_incentives",
    "federal_taxable_income": "cf_fedtax_income_with_incentives",
    "depreciation": "cf_feddepr_total",
    "equity_cash_flow_before_tax": "cf_project_return_pretax",
    "equity_cash_flow": "cf_project_return_aftertax",
}
"""Our lines and SAM's names for them; SAM counts taxes as negative, and salvage as revenue."""
MEASURES = {
    "equity_irr": "project_return_aftertax_irr",
    "equity_npv": "project_return_aftertax_npv",
    "debt": "size_of_debt",
    "uses": "cost_installed",
    "min_dscr": "min_dscr",
    "levelised_revenue": "lppa_nom",
    "levelised_cost": "lcoe_nom",
}


def drawn(rng: np.random.Generator) -> dict[str, Any]:
    """Return the terms of one financing, in our units."""
    life = int(rng.integers(8, 31))
    tenor = int(rng.integers(3, life + 1))
    by_coverage = bool(rng.random() < 0.5)
    terms = {
        "life": life,
        "tenor": tenor,
        "output": 1000.0,
        "price": float(rng.uniform(0.06, 0.14)),
        "capex": float(rng.uniform(2e6, 5e6)),
        "operating_cost": float(rng.uniform(2e4, 1.5e5)),
        "revenue_escalator": float(rng.uniform(0.0, 0.03)),
        "cost_escalator": float(rng.uniform(0.0, 0.04)),
        "degradation": float(rng.uniform(0.0, 0.02)),
        "salvage": float(rng.choice([0.0, 0.1])),
        "interest": float(rng.uniform(0.02, 0.09)),
        "upfront_fee": float(rng.choice([0.0, 0.0275])),
        "closing_cost": float(rng.choice([0.0, 45000.0])),
        "construction_interest": float(rng.choice([0.0, 80000.0])),
        "dsra_months": float(rng.choice([0, 3, 6])),
        "working_capital_months": float(rng.choice([0, 6])),
        "reserve_interest": float(rng.uniform(0.0, 0.03)),
        "federal_tax": float(rng.choice([0.21, 0.35])),
        "state_tax": float(rng.choice([0.0, 0.07])),
        "investment_credit": float(rng.choice([0.0, 0.3])),
        "discount_rate": float(rng.uniform(0.03, 0.12)),
        "schedule": str(rng.choice(SCHEDULES)),
        "gearing": float(rng.uniform(0.2, 0.7)),
    }
    if by_coverage:
        cap = bool(rng.random() < 0.5)
        return {**terms, "dscr": float(rng.uniform(1.15, 1.8)), "repayment": "sculpted", "capped": cap, "grace": 0}
    repayment = str(rng.choice(["annuity", "equal_principal"]))
    return {**terms, "repayment": repayment, "grace": int(rng.integers(0, min(3, tenor)))}


def answered(terms: dict[str, Any]) -> dict[str, Any]:
    """Return SAM's lines and measures for these terms."""
    model = single_owner.default("PVWattsSingleOwner")
    for name, value in settings(terms).items():
        model.value(name, value)
    model.execute()
    out = model.Outputs
    lines = {ours: list(getattr(out, theirs)) for ours, theirs in LINES.items()}
    measured = {ours: getattr(out, theirs) for ours, theirs in MEASURES.items()}
    return {"terms": terms, "lines": lines, "measures": measured}


def settings(terms: dict[str, Any]) -> dict[str, Any]:
    """Return these terms as SAM's inputs, everything else of its example set to nothing."""
    percents = {f"depr_alloc_{one}_percent": 100.0 * (one == terms["schedule"]) for one in (*SCHEDULES, "custom")}
    qualified = {f"depr_itc_fed_{one}": 1.0 for one in SCHEDULES}
    by_coverage = terms["repayment"] == "sculpted"
    return {
        **percents,
        **qualified,
        "gen": [terms["output"]] * 8760,
        "analysis_period": terms["life"],
        "flip_target_year": terms["life"],
        "ppa_soln_mode": 1,
        "ppa_price_input": (terms["price"],),
        "ppa_escalation": 100 * terms["revenue_escalator"],
        "ppa_multiplier_model": 0,
        "degradation": (100 * terms["degradation"],),
        "inflation_rate": 0.0,
        "real_discount_rate": 100 * terms["discount_rate"],
        "total_installed_cost": terms["capex"],
        "om_capacity": (0.0,),
        "om_fixed": (terms["operating_cost"],),
        "om_fixed_escal": 100 * terms["cost_escalator"],
        "salvage_percentage": 100 * terms["salvage"],
        "debt_option": int(by_coverage),
        "debt_percent": 100 * terms["gearing"],
        "dscr": terms.get("dscr", 1.3),
        "dscr_limit_debt_fraction": int(terms.get("capped", False)),
        "dscr_maximum_debt_fraction": 100 * terms["gearing"],
        "payment_option": int(terms["repayment"] == "equal_principal"),
        "loan_moratorium": terms["grace"],
        "term_tenor": terms["tenor"],
        "term_int_rate": 100 * terms["interest"],
        "cost_debt_fee": 100 * terms["upfront_fee"],
        "cost_debt_closing": terms["closing_cost"],
        "construction_financing_cost": terms["construction_interest"],
        "dscr_reserve_months": terms["dsra_months"],
        "months_working_reserve": terms["working_capital_months"],
        "reserves_interest": 100 * terms["reserve_interest"],
        "equip1_reserve_cost": 0.0,
        "federal_tax_rate": (100 * terms["federal_tax"],),
        "state_tax_rate": (100 * terms["state_tax"],),
        "itc_fed_percent": (100 * terms["investment_credit"],),
        "ptc_fed_amount": (0.0,),
    }


def main(file: str) -> None:
    """Write the record."""
    rng = np.random.default_rng(20)
    cases: list[dict[str, Any]] = []
    while len(cases) < CASES:
        case = answered(drawn(rng))
        if case["measures"]["debt"] < case["measures"]["uses"]:
            cases.append(case)
    record = {"program": f"NREL-PySAM {PySAM.__version__}", "cases": cases}
    Path(file).write_text(json.dumps(record, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
