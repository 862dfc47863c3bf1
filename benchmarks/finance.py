"""`python -m benchmarks.finance [SCENARIOS]`: many financings at once against one by one, and rates of return.

Every financing has three years of construction, 20 of operation, sculpted debt with a gearing cap over 15 years, fees,
a debt service reserve and working capital, federal and state tax with losses carried forward, MACRS, a credit, and four
rates of return. Time is CPU time of this process, memory is the most it has held since it started. With pyxirr and
numpy-financial installed, their rates of return are timed on the same flows.
"""

import importlib.util
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from teraplan import finance
from teraplan.finance.project import LINES, MEASURES

SCENARIOS, ONE_BY_ONE = 100_000, 100
BEFORE_TAX = finance.Terms(
    life=20,
    dscr=1.3,
    gearing=0.7,
    interest=0.06,
    tenor=15,
    upfront_fee=0.02,
    dsra_months=6,
    working_capital_months=2,
    reserve_interest=0.02,
    federal_tax=0.21,
    state_tax=0.05,
    depreciation=finance.macrs(5),
    investment_credit=0.1,
)
TERMS = {
    "CFADS before tax": BEFORE_TAX,
    "CFADS after tax, with interest on reserves": replace(BEFORE_TAX, cfads_tax=True, cfads_reserve_interest=True),
}
CAPEX = np.array([0.3, 0.4, 0.3]) * 30_000.0


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what the work gives and its CPU time [s]."""
    started = time.process_time()
    found = work()
    return found, time.process_time() - started


def memory() -> float:
    """Return the most memory that this process has held [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def furthest(many: finance.ProjectResult, each: list[finance.ProjectResult]) -> float:
    """Return the largest difference of any line or measure, relative to the larger of it and one."""
    most = 0.0
    for name in (*LINES, *MEASURES):
        whole = getattr(many, name)[: len(each)]
        alone = np.array([getattr(one, name) for one in each])
        assert (np.isnan(whole) == np.isnan(alone)).all(), name
        most = max(most, float(np.nanmax(np.abs(whole - alone) / np.maximum(np.abs(alone), 1.0), initial=0.0)))
    return most


def main(scenarios: int = SCENARIOS) -> None:
    """Print the measurements as a table."""
    rng = np.random.default_rng(1)
    revenue = rng.uniform(8_000.0, 12_000.0, (scenarios, 1))
    print(f"Before the first: {memory():.0f} MB.\n")
    print("| terms | what | CPU s | most memory MB |\n|---|---|---:|---:|")
    for name, terms in TERMS.items():
        _, seconds = timed(lambda terms=terms: finance.measures(revenue, 4_000.0, CAPEX, terms))
        print(f"| {name} | {scenarios:,} at once, measures | {seconds:.2f} | {memory():.0f} |")
        many, seconds = timed(lambda terms=terms: finance.project(revenue, 4_000.0, CAPEX, terms))
        print(f"| {name} | {scenarios:,} at once, measures and {len(LINES)} lines | {seconds:.2f} | {memory():.0f} |")
        each, seconds = timed(
            lambda terms=terms: [finance.project(one[0], 4_000.0, CAPEX, terms) for one in revenue[:ONE_BY_ONE]]
        )
        print(f"| {name} | {ONE_BY_ONE} one by one | {seconds:.2f} | {memory():.0f} |")
        print(f"| {name} | largest difference {furthest(many, each):.1e} | | |")
        flows = many.equity_cash_flow
        del many, each
    offtake, seconds = timed(
        lambda: finance.offtake_price(1.0, 4_000.0, CAPEX, BEFORE_TAX, np.full(scenarios // 10, 0.12))
    )
    print(f"| offtake price | {len(offtake.price):,} at once | {seconds:.2f} | {memory():.0f} |")
    rates(flows)


def rates(flows: np.ndarray) -> None:
    """Print the time of rates of return, of ours and of the libraries that are here."""
    ours, seconds = timed(lambda: finance.irr(flows))
    print(f"| rate of return | ours, {len(flows):,} | {seconds:.2f} | {memory():.0f} |")
    for package in ("pyxirr", "numpy_financial"):
        if importlib.util.find_spec(package) is None:
            continue
        library = importlib.import_module(package)
        count = len(flows) if package == "pyxirr" else 2_000
        theirs, seconds = timed(lambda library=library, count=count: [library.irr(flow) for flow in flows[:count]])
        apart = np.nanmax(np.abs(np.array(theirs, dtype=float) - ours.rate[:count]))
        print(f"| rate of return | {package}, {count:,} one by one; differs by {apart:.1e} | {seconds:.2f} | |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
