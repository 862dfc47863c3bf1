"""Many cases on any executor: what is done is kept whole, what is lost is done again, what fails is told."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from plans.small_work import framed, killed, noted, picky, square, threads
from teraplan.errors import TeraplanError, WorkerLost
from teraplan.executor import Failure, Outcome, Store, run_cases

NUMBERS = {f"draw {number}": float(number) for number in range(6)}


def times_done(folder: Path) -> list[int]:
    return [len((folder / f"{number:g}").read_text().splitlines()) for number in NUMBERS.values()]


def with_folder(folder: Path) -> dict[str, tuple[float, str]]:
    folder.mkdir(exist_ok=True)
    return {name: (number, str(folder)) for name, number in NUMBERS.items()}


def stacked(outcome: Outcome[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(outcome.results.values())


def test_local_processes_and_threads_give_the_same_results_in_the_order_of_the_items() -> None:
    with ThreadPoolExecutor(2) as pool:
        here = run_cases(square, NUMBERS, pool)
    assert run_cases(square, NUMBERS, 2) == here
    assert here == Outcome({name: number * number for name, number in NUMBERS.items()})
    assert list(here.results) == list(NUMBERS)


def test_a_local_process_keeps_to_one_thread() -> None:
    assert run_cases(threads, {"one": 1.0}, 1).results == {"one": "1"}


def test_what_raises_is_told_and_stops_nothing_else() -> None:
    with ThreadPoolExecutor(1) as pool:
        outcome = run_cases(picky, NUMBERS, pool)
    assert outcome.failures == {
        "draw 1": Failure("no plan can meet the case", "Infeasible", 3),
        "draw 2": Failure("two", "ZeroDivisionError"),
    }
    assert list(outcome.results) == ["draw 0", "draw 3", "draw 4", "draw 5"]


def test_what_is_stored_is_not_done_again(tmp_path: Path) -> None:
    items, store = with_folder(tmp_path / "notes"), Store(tmp_path / "kept", "the first question")
    with ThreadPoolExecutor(1) as pool:
        part = run_cases(noted, dict(list(items.items())[:4]), pool, store)
        whole = run_cases(noted, items, pool, store)
        again = run_cases(noted, items, pool, store)
    assert times_done(tmp_path / "notes") == [1] * 6
    assert stacked(whole).equals(stacked(again)) and stacked(whole).head(4).equals(stacked(part))
    assert list(whole.results) == list(items)


@pytest.mark.parametrize("change", ["question", "item", "work"])
def test_an_answer_to_another_question_is_made_again_and_said_so(tmp_path: Path, change: str) -> None:
    told: list[str] = []
    items, store = {"one": 3.0}, Store(tmp_path, "world, version 1")
    with ThreadPoolExecutor(1) as pool:
        run_cases(framed, items, pool, store)
        items = {"one": 4.0} if change == "item" else items
        store = Store(tmp_path, "world, version 2") if change == "question" else store
        work = partial(framed) if change == "work" else framed
        outcome = run_cases(work, items, pool, store, told.append)
    assert told[0] == "1 stored results answer another question: they are made again"
    assert outcome.results["one"]["number"].to_list() == [items["one"]]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_case_without_an_answer_stays_so_and_a_mistake_is_tried_again(tmp_path: Path) -> None:
    told: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        first = run_cases(picky, NUMBERS, pool, Store(tmp_path))
        again = run_cases(picky, NUMBERS, pool, Store(tmp_path), told.append)
    assert first.failures == again.failures
    assert told == ["1 of 1 done, 1 failed"]


def test_what_a_killed_run_left_half_written_is_no_result(tmp_path: Path) -> None:
    (tmp_path / ".tmp-99-deadbeef").write_bytes(b"half")
    with ThreadPoolExecutor(1) as pool:
        assert len(run_cases(framed, NUMBERS, pool, Store(tmp_path)).results) == 6
    assert not list(tmp_path.glob(".tmp-*"))
    assert pl.read_parquet(tmp_path / "*.parquet").height == 6


def test_only_frames_can_be_stored(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(TypeError, match="polars frames.*float of 'draw 0'"):
        run_cases(square, NUMBERS, pool, Store(tmp_path))


def test_what_a_lost_worker_had_is_done_again(tmp_path: Path) -> None:
    items = with_folder(tmp_path / "kills")
    for number in range(2):
        (tmp_path / "kills" / f"kill{number}").touch()
    outcome = run_cases(killed, items, 2, Store(tmp_path / "kept"))
    assert stacked(outcome)["number"].to_list() == list(NUMBERS.values())
    assert not list((tmp_path / "kills").iterdir())


def test_an_item_that_always_loses_its_worker_is_named_and_all_else_is_stored(tmp_path: Path) -> None:
    items = with_folder(tmp_path / "kills")
    for number in range(9):
        (tmp_path / "kills" / f"kill{number}").touch()
    with pytest.raises(WorkerLost, match="each of 3 times") as caught:
        run_cases(killed, items, 2, Store(tmp_path / "kept"))
    assert caught.value.items == ("draw 3",)
    assert pl.read_parquet(tmp_path / "kept" / "*.parquet")["number"].sort().to_list() == [0, 1, 2, 4, 5]
    assert len(list((tmp_path / "kills").iterdir())) == 6


def test_work_that_no_other_process_can_find_is_refused() -> None:
    with pytest.raises(TeraplanError, match="a function of a module"):
        run_cases(lambda number: number, NUMBERS, 2)
