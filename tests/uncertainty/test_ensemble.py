"""Many edited cases of one base: the answers that plans give, whatever the order, the workers, and the process."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from teraplan.case.case import Case
from teraplan.executor import Store
from teraplan.plan import edit, plan, read_case
from teraplan.solver import Solution
from teraplan.uncertainty.ensemble import Means, Question, packed, solve_many

ITEMS = {f"dear{factor}": factor for factor in (1.0, 1.1, 1.4, 0.7)}


def dearer(case: Case, factor: float) -> Case:
    return edit(case, f"costs[item=capex] *= {factor}")


def objective(case: Case, solution: Solution) -> pl.DataFrame:
    return pl.DataFrame({"objective": [solution.objective]})


@pytest.fixture(scope="module")
def starter() -> Case:
    return read_case("starter")


def test_every_case_has_the_objective_of_its_own_plan(starter: Case) -> None:
    found = solve_many(starter, ITEMS, Question(dearer, objective), Means(executor=ThreadPoolExecutor(1))).results
    assert list(found) == list(ITEMS)
    for name, factor in ITEMS.items():
        cold = plan(dearer(starter, factor)).run["objective"]
        assert found[name]["objective"][0] == pytest.approx(cold, rel=1e-9)


def test_neither_order_nor_number_of_workers_nor_a_resumed_store_changes_a_bit(starter: Case, tmp_path: Path) -> None:
    asked = Question(dearer, objective)
    one = solve_many(starter, ITEMS, asked, Means(executor=ThreadPoolExecutor(1))).results
    turned = dict(reversed(ITEMS.items()))
    store = Store(tmp_path)
    solve_many(starter, {"dear1.4": ITEMS["dear1.4"]}, asked, Means(executor=ThreadPoolExecutor(1), store=store))
    two = solve_many(starter, turned, asked, Means(executor=2, store=store)).results
    assert {name: frame["objective"][0] for name, frame in one.items()} == {
        name: two[name]["objective"][0] for name in one
    }
    assert len(list(tmp_path.glob("*.parquet"))) == len(ITEMS)


def test_a_case_is_known_again_in_another_process(starter: Case) -> None:
    script = (
        "from teraplan.plan import read_case; from teraplan.uncertainty.ensemble import packed; "
        "print(packed(read_case('starter')).digest)"
    )
    there = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
    assert there == packed(starter).digest != packed(dearer(starter, 1.1)).digest
