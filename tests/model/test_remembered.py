"""What is remembered of a case: a function runs again exactly when something that it read has changed."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from model.small_cases import cost, demand, goods, plant, site, small_case
from teraplan.case.case import Case
from teraplan.model.remembered import Remembered, once, once_for_all, with_fields


@pytest.fixture
def case(tmp_path: Path) -> Case:
    parts = (goods("flour"), plant("mill", {"flour": 1}), site("mill"), cost("mill", "capex", 1), demand("flour", 6))
    return small_case(tmp_path / "mill", *parts, period=[(2025, 2026, 1)])


def total(case: Case, calls: list[str]) -> float:
    calls.append("total")
    return float(case.demand["value"].sum())


def twice(case: Case, calls: list[str]) -> float:
    calls.append("twice")
    return 2 * once(case, total, calls) + case.rate.height


def doubled(case: Case) -> Case:
    return replace(case, demand=case.demand.with_columns(pl.col("value") * 2))


def times(calls: list[str], *names: str) -> list[int]:
    return [calls.count(name) for name in names]


def test_a_function_runs_again_only_when_a_field_that_it_read_differs(case: Case) -> None:
    made, calls = Remembered(), list[str]()
    equal = replace(case, demand=case.demand.clone(), rate=case.rate.clear())
    assert [made("total", total, one, calls) for one in (case, equal, doubled(case), case)] == [6.0, 6.0, 12.0, 6.0]
    assert times(calls, "total") == [3]


def test_what_a_part_reads_is_read_by_the_function_that_asks_for_it(case: Case) -> None:
    made, calls = Remembered(), list[str]()
    other_rate = replace(case, rate=case.rate.clear())
    found = [made("twice", twice, one, calls) for one in (case, other_rate, doubled(other_rate))]
    assert found == [13.0, 12.0, 24.0]
    assert times(calls, "twice", "total") == [3, 2]


def test_settings_are_read_one_by_one_through_the_tables(case: Case) -> None:
    made, calls = Remembered(), list[str]()

    def name(case: Case) -> str:
        calls.append("name")
        return case.tables.settings.name

    other = replace(case, tables=replace(case.tables, edits=("an edit",)))
    assert {made("name", name, one) for one in (case, other)} == {"small"}
    assert times(calls, "name") == [1]


def test_a_field_that_was_replaced_is_not_read(case: Case) -> None:
    made, calls = Remembered(), list[str]()

    def replaced(case: Case) -> float:
        calls.append("replaced")
        return float(with_fields(case, demand=pl.DataFrame({"value": [1.0]})).demand["value"].sum())

    assert [made("replaced", replaced, one) for one in (case, doubled(case))] == [1.0, 1.0]
    assert times(calls, "replaced") == [1]


def test_a_part_that_all_share_runs_once_for_all_of_them(case: Case) -> None:
    """But again for one that has replaced a field; and both run again when what the part reads has changed."""
    made, calls = Remembered(), list[str]()

    def shared(case: Case) -> float:
        return once_for_all(case, total, calls)

    def replaced(case: Case) -> float:
        return once_for_all(with_fields(case, demand=case.demand.head(1)), total, calls)

    asked = (("one", shared), ("other", shared), ("third", replaced))
    assert [made(name, function, case) for name, function in asked] == [6.0, 6.0, 6.0]
    assert times(calls, "total") == [2]
    assert [made(name, function, doubled(case)) for name, function in asked] == [12.0, 12.0, 12.0]
    assert times(calls, "total") == [4]


def test_no_part_is_remembered_of_a_case_with_replaced_fields(case: Case) -> None:
    def wrong(case: Case) -> float:
        return once(with_fields(case, demand=case.demand.clear()), total, [])

    assert wrong(case) == 0.0
    with pytest.raises(ValueError, match="within the part"):
        Remembered()("wrong", wrong, case)


def test_an_equal_result_is_the_remembered_one(case: Case) -> None:
    made = Remembered()

    def names(case: Case) -> pl.DataFrame:
        return case.demand.select("commodity")

    assert made("names", names, doubled(case)) is made("names", names, case)


def test_another_argument_or_number_of_rows_is_another_question(case: Case) -> None:
    made = Remembered()
    assert made("height", lambda frame, more: frame.height + more, case.demand, 1) == 2
    assert made("height", lambda frame, more: frame.height + more, case.demand, 2) == 3
    assert made("height", lambda frame, more: frame.height + more, case.demand.clear(), 2) == 2
