"""A plan is checked by code that did not make it: recomputed from the case and the plan's variable tables alone.

Nothing here imports the model or the solver: if it did, a wrong equation would approve itself. `plan` runs it on every
plan, and a breach is an error.
"""

from collections.abc import Sequence

from teraplan.case.case import Case
from teraplan.results.recompute import Gap, plan_of
from teraplan.results.results import Results
from teraplan.results.verify_balance import balance_gaps
from teraplan.results.verify_duality import duality_gaps
from teraplan.results.verify_limits import block_gaps, bound_gaps, capacity_gaps, home_gap, retirement_gap
from teraplan.results.verify_money import budget_gap, ledger_gaps
from teraplan.results.verify_norms import norm_gaps
from teraplan.results.verify_storage import stored_gaps
from teraplan.results.verify_target import target_gap

TOLERANCE = 1e-6


def audit(case: Case, results: Results) -> dict[str, object]:
    """Return the largest relative gap of each check, whether all are within 1e-6, and the worst row of each in words.

    balance: supply and use of every commodity, the pipeline, stocks, levels; relative to the flow through the row.
    limits: bounds, capacity, limits, shares, rules, reserve, carried storage, what is kept, the budget; relative to
    the limit.
    ledger: the objective and each line of the ledger; relative to itself.
    duality: objective against duals x limits, and duals of rows that do not bind; relative to the objective.
    Every gap is at least relative to one unit of its row: the solver's own tolerance is absolute.
    """
    plan = plan_of(case, results)
    limits = [
        *bound_gaps(case, results),
        *capacity_gaps(case, plan),
        *block_gaps(case, results),
        retirement_gap(case, plan),
        home_gap(case, plan),
        *norm_gaps(case, plan),
        *stored_gaps(case, plan),
        budget_gap(case, plan),
        target_gap(case, plan, results),
    ]
    worst = {
        "balance": _worst(balance_gaps(case, plan)),
        "limits": _worst(limits),
        "ledger": _worst(ledger_gaps(case, plan, results)),
        "duality": _worst(duality_gaps(case, results)),
    }
    return {
        **{name: gap.size for name, gap in worst.items()},
        "passed": all(gap.size <= TOLERANCE for gap in worst.values()),
        "worst": {name: str(gap) for name, gap in worst.items()},
    }


def _worst(gaps: Sequence[Gap]) -> Gap:
    return max(gaps, key=lambda gap: gap.size)
