"""Runs on disk are whole or not there: what is saved comes back; what goes wrong is said with a way to mend it."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from results.tiny_case import tiny_case
from teraplan.errors import StoreError
from teraplan.plan import plan
from teraplan.results.results import Results
from teraplan.results.store import SCHEMA, load, save, stored_runs


def run_of(number: float, **told: object) -> Results:
    """A small run, all of whose numbers are `number`: a mixture of two runs shows."""
    order = pl.DataFrame({"process": ["fab", "site"], "period": ["2027", "2028"], "value": [number, number]})
    prices = pl.DataFrame({"commodity": ["compute"], "slice": pl.Series([None], dtype=pl.String), "price": [number]})
    empty = pl.DataFrame(schema={"commodity": pl.String, "value": pl.Float64})
    record = {"objective": number, "case": "tiny", "schema": 1, "seconds": {"read": 0.5}, "edits": ["a", "b"], **told}
    return Results(run=record, frames={"order": order, "prices": prices, "ship": empty})


def numbers_in(results: Results) -> set[float]:
    """Every number of a run made by run_of."""
    return {
        float(results.run["objective"]),  # type: ignore[arg-type]
        *results.frame("order")["value"],
        *results.frame("prices")["price"],
    }


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(".tmp-"))


def record_of(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / "run.json").read_text()))


# --- what is saved comes back -----------------------------------------------------------------------------------------


def test_a_run_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    saved = run_of(3.0)
    loaded = load(save(saved, tmp_path / "runs" / "base"))
    assert set(loaded.frames) == set(saved.frames)
    assert all(loaded.frame(name).equals(frame) for name, frame in saved.frames.items())
    assert all(loaded.frame(name).schema == frame.schema for name, frame in saved.frames.items())
    kept = {key: value for key, value in loaded.run.items() if key not in ("seconds", "stored", "name")}
    assert kept == {key: value for key, value in saved.run.items() if key != "seconds"}


def test_a_run_on_disk_is_one_record_and_one_zstd_parquet_a_table(tmp_path: Path) -> None:
    folder = save(run_of(3.0), tmp_path / "base")
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["order.parquet", "prices.parquet", "run.json", "ship.parquet"]
    assert pl.scan_parquet(folder / "order.parquet").filter(pl.col("process") == "fab").collect()["value"][0] == 3.0
    assert all(path.read_bytes()[:4] == b"PAR1" for path in folder.glob("*.parquet"))
    assert leftovers(tmp_path) == []


def test_the_record_says_how_long_writing_took_and_what_was_written(tmp_path: Path) -> None:
    record = record_of(save(run_of(3.0), tmp_path / "base"))
    assert record["seconds"]["read"] == 0.5  # type: ignore[index]
    assert 0 < record["seconds"]["write"] < 5  # type: ignore[index]
    tables = record["stored"]["tables"]  # type: ignore[index]
    assert {name: told["rows"] for name, told in tables.items()} == {"order": 2, "prices": 1, "ship": 0}
    assert tables["order"]["bytes"] == (tmp_path / "base" / "order.parquet").stat().st_size


def test_the_record_is_indented_and_its_keys_stand_in_one_order(tmp_path: Path) -> None:
    one, other = run_of(1.0), run_of(1.0)
    turned = Results(run=dict(reversed(list(other.run.items()))), frames=other.frames)
    keys = [list(record_of(save(run, tmp_path / name))) for run, name in ((one, "a"), (turned, "b"))]
    assert keys[0] == keys[1] == ["schema", "case", "edits", "objective", "seconds", "stored"]
    assert '\n  "case": "tiny",\n' in (tmp_path / "a" / "run.json").read_text()


def test_a_run_that_was_loaded_can_be_saved_again(tmp_path: Path) -> None:
    again = load(save(load(save(run_of(3.0), tmp_path / "base")), tmp_path / "copy"))
    assert numbers_in(again) == {3.0}
    assert again.run["name"] == "copy"
    assert "name" not in record_of(tmp_path / "copy")


def test_a_run_replaces_the_one_that_stood_there(tmp_path: Path) -> None:
    save(Results(run_of(1.0).run, {**run_of(1.0).frames, "extra": run_of(1.0).frame("order")}), tmp_path / "base")
    save(run_of(2.0), tmp_path / "base")
    loaded = load(tmp_path / "base")
    assert numbers_in(loaded) == {2.0}
    assert set(loaded.frames) == {"order", "prices", "ship"}
    assert not (tmp_path / "base" / "extra.parquet").exists()
    assert leftovers(tmp_path) == []


def test_runs_are_listed_newest_first_and_foreign_folders_are_not(tmp_path: Path) -> None:
    for name in ("first", "second", "third"):
        save(run_of(1.0), tmp_path / name)
    save(run_of(9.0), tmp_path / "first")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "run.json").write_text('{"mine": 1}')
    (tmp_path / "a file").write_text("x")
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "order.parquet").write_bytes(b"PAR1")
    (tmp_path / ".tmp-third-1-00000000").mkdir()
    (tmp_path / "second" / "order.parquet").unlink()
    found = stored_runs(tmp_path)
    assert [run.name for run in found] == ["first", "third"]
    assert found[0].run["objective"] == 9.0
    assert stored_runs(tmp_path / "nothing here") == []


# --- what goes wrong is said ------------------------------------------------------------------------------------------


def test_a_missing_run_is_named_with_the_one_that_was_likely_meant(tmp_path: Path) -> None:
    save(run_of(1.0), tmp_path / "trend")
    with pytest.raises(StoreError, match="there is no run in .*trnd: did you mean 'trend'") as caught:
        load(tmp_path / "trnd")
    assert caught.value.exit_code == 2
    with pytest.raises(StoreError, match="there is no run"):
        load(tmp_path / "nowhere" / "trend")


def test_a_folder_without_a_record_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is no run, it has no run.json"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not readable as JSON"),
        ("\x00", "not readable as JSON"),
        ("[" * 100_000, "not readable as JSON"),
        ("[1, 2]", "no number `schema`"),
        ('{"schema": "one"}', "no number `schema`"),
        ('{"schema": 1}', "does not list the tables"),
        ('{"schema": 1, "stored": {"tables": {}}}', "does not list the tables"),
        ('{"schema": 1, "stored": {"tables": {"../../order": {"sha256": ""}}}}', "cannot be a table"),
        ('{"schema": 1, "stored": {"tables": {"order": 3}}}', "cannot be a table"),
    ],
)
def test_a_broken_record_is_said(tmp_path: Path, text: str, said: str) -> None:
    folder = save(run_of(1.0), tmp_path / "base")
    (folder / "run.json").write_text(text)
    with pytest.raises(StoreError, match=said):
        load(folder)


def test_a_record_that_is_not_text_is_said(tmp_path: Path) -> None:
    folder = save(run_of(1.0), tmp_path / "base")
    (folder / "run.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoreError, match="not readable as JSON"):
        load(folder)


def test_a_run_of_a_newer_teraplan_is_not_guessed_at(tmp_path: Path) -> None:
    folder = save(run_of(1.0, schema=SCHEMA + 1), tmp_path / "base")
    with pytest.raises(StoreError, match=f"newer Teraplan .schema {SCHEMA + 1}, ours is {SCHEMA}"):
        load(folder)


def test_a_table_that_a_run_of_an_earlier_version_lacks_is_said_with_how_to_mend_it(tmp_path: Path) -> None:
    loaded = load(save(run_of(1.0, teraplan_version="0.1"), tmp_path / "old"))
    with pytest.raises(StoreError, match="the stored run old has no table 'retire' .*0.1.*, plan it again"):
        loaded.frame("retire")
    with pytest.raises(KeyError, match="no table 'retire'; there are order, prices, ship"):
        run_of(1.0).frame("retire")


def test_a_missing_table_is_said(tmp_path: Path) -> None:
    folder = save(run_of(1.0), tmp_path / "base")
    (folder / "prices.parquet").unlink()
    with pytest.raises(StoreError, match=r"prices\.parquet is missing"):
        load(folder)


@pytest.mark.parametrize("place", [10, -20])
def test_a_table_of_which_one_byte_changed_is_not_read(tmp_path: Path, place: int) -> None:
    folder = save(run_of(1.0), tmp_path / "base")
    content = bytearray((folder / "order.parquet").read_bytes())
    content[place] ^= 0xFF
    (folder / "order.parquet").write_bytes(content)
    with pytest.raises(StoreError, match=r"order\.parquet is not what was stored"):
        load(folder)


def test_a_table_that_was_never_parquet_is_said(tmp_path: Path) -> None:
    """The record vouches for the bytes, so only the reader can tell."""
    folder = save(run_of(1.0), tmp_path / "base")
    record = record_of(folder)
    (folder / "order.parquet").write_bytes(b"")
    record["stored"]["tables"]["order"]["sha256"] = (  # type: ignore[index]
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(StoreError, match=r"order\.parquet cannot be read as Parquet"):
        load(folder)


def test_a_folder_that_holds_something_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    (tmp_path / "letter").write_text("Dear")
    for name in ("thesis", "letter"):
        with pytest.raises(StoreError, match="holds something that is not a run"):
            save(run_of(1.0), tmp_path / name)
    assert (tmp_path / "thesis" / "chapter1.txt").read_text() == "years of work"
    assert (tmp_path / "letter").read_text() == "Dear"
    assert leftovers(tmp_path) == []


def test_a_file_in_the_way_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(StoreError, match="cannot be saved in .*runs/base"):
        save(run_of(1.0), tmp_path / "runs" / "base")


@pytest.mark.parametrize("value", [float("nan"), object()])
def test_a_record_that_json_cannot_hold_is_refused_and_the_old_run_stays(tmp_path: Path, value: object) -> None:
    save(run_of(1.0), tmp_path / "base")
    with pytest.raises(StoreError, match=r"run\.json cannot hold"):
        save(run_of(2.0, gap=value), tmp_path / "base")
    assert numbers_in(load(tmp_path / "base")) == {1.0}
    assert leftovers(tmp_path) == []


def test_a_table_whose_name_is_a_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be the name of a stored table"):
        save(Results(run_of(1.0).run, {"../order": run_of(1.0).frame("order")}), tmp_path / "base")
    assert list(tmp_path.iterdir()) == []


LIMITED = """
import os, resource
from pathlib import Path
import polars as pl
from teraplan.errors import StoreError
from teraplan.results.results import Results
from teraplan.results.store import save
wide = pl.DataFrame({{"value": [float(i * 7919 % 100003) for i in range(20000)]}})
{limit}
try:
    save(Results({{"schema": 1, "objective": 2.0}}, {{"order": wide}}), Path({folder!r}))
except StoreError as error:
    print("StoreError", error)
"""


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))", "File too large"),
        ("os.geteuid() or os.setuid(65534)", "no permission for"),
    ],
)
def test_a_disk_or_a_folder_that_takes_no_more_is_said_and_the_old_run_stays(
    tmp_path: Path, limit: str, said: str
) -> None:
    """A file that may not grow, as on a full disk; and a folder that belongs to somebody else."""
    runs = tmp_path / "runs"
    save(run_of(1.0), runs / "base")
    runs.chmod(0o555)
    code = LIMITED.format(limit=limit, folder=str(runs / "base"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    runs.chmod(0o755)
    assert said in done.stdout, done.stdout + done.stderr
    assert numbers_in(load(runs / "base")) == {1.0}
    assert leftovers(runs) == []


# --- a kill at any moment ---------------------------------------------------------------------------------------------


def test_a_run_set_aside_by_a_killed_save_is_still_read_listed_and_put_back(tmp_path: Path) -> None:
    """Killed between the two renames: the old run is `.tmp-base-old`, the new one, whole, still has its first name."""
    save(run_of(1.0), tmp_path / "base").rename(tmp_path / ".tmp-base-old")
    save(run_of(2.0), tmp_path / "other").rename(tmp_path / ".tmp-base-999999999-00000000")
    assert numbers_in(load(tmp_path / "base")) == {1.0}
    assert [run.name for run in stored_runs(tmp_path)] == ["base"]
    with pytest.raises(StoreError, match=r"run\.json cannot hold"):
        save(run_of(3.0, gap=object()), tmp_path / "base")
    assert numbers_in(load(tmp_path / "base")) == {1.0}
    assert leftovers(tmp_path) == []


def test_an_old_run_that_was_not_deleted_any_more_is_not_the_run(tmp_path: Path) -> None:
    save(run_of(1.0), tmp_path / "x").rename(tmp_path / ".tmp-base-old")
    save(run_of(2.0), tmp_path / "y").rename(tmp_path / "base")
    assert numbers_in(load(tmp_path / "base")) == {2.0}
    assert [run.run["objective"] for run in stored_runs(tmp_path)] == [2.0]


def test_a_save_leaves_the_work_of_other_saves_alone(tmp_path: Path) -> None:
    """Another run whose name begins alike, and a process that still runs."""
    others = [".tmp-base-2-999999999-00000000", f".tmp-base-{os.getppid()}-00000000", ".tmp-base-2-old"]
    for name in others:
        (tmp_path / name).mkdir()
    (tmp_path / ".tmp-base-999999999-00000000").mkdir()
    save(run_of(1.0), tmp_path / "base")
    assert leftovers(tmp_path) == sorted(others)


SAVER = """
import os, sys
from pathlib import Path
from results_of_saver import run_of, save
place, first = Path(sys.argv[1]), float(sys.argv[2])
number = first
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        while True:
            number += 1.0
            save(run_of(number), place)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("dead", flush=True)
    number += 1000.0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_save_that_is_killed_leaves_the_old_run_or_the_new_one(tmp_path: Path) -> None:
    """Forty savers are killed at random moments; after each the run is there, whole, and no older than before."""
    (tmp_path / "results_of_saver.py").write_text(Path(__file__).read_text())
    place, chance = tmp_path / "runs" / "base", random.Random(2027)
    save(run_of(0.0), place)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    last, left, ends = 0.0, 0, time.monotonic() + 12.0
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SAVER, str(place), "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as saver:
        assert saver.stdin is not None and saver.stdout is not None
        for _ in range(40):
            saver.stdin.write("go\n")
            saver.stdin.flush()
            child = int(saver.stdout.readline())
            time.sleep(chance.uniform(0.005, 0.08))
            os.kill(child, signal.SIGKILL)
            assert saver.stdout.readline() == "dead\n"
            left += len(leftovers(place.parent)) > 0
            [found] = numbers_in(load(place))
            assert found >= last
            assert [run.run["objective"] for run in stored_runs(place.parent)] == [found]
            last = found
            assert time.monotonic() < ends, "the savers are too slow to be killed forty times"
    assert last > 10 and left > 10
    save(run_of(-1.0), place)
    assert leftovers(place.parent) == []
    assert numbers_in(load(place)) == {-1.0}


# --- a real plan ------------------------------------------------------------------------------------------------------


def test_what_is_stored_of_a_plan_has_no_rows_of_zeros(tmp_path: Path) -> None:
    folder = save(plan(tiny_case(tmp_path)), tmp_path / "run")
    for name in ("order", "activity", "shortage", "ship", "capacity", "flows", "rows", "prices", "ledger"):
        frame = pl.read_parquet(folder / f"{name}.parquet")
        numbers = [column for column, dtype in frame.schema.items() if dtype == pl.Float64]
        nothing = frame.filter(pl.all_horizontal(pl.col(column).fill_null(0.0) == 0.0 for column in numbers))
        assert nothing.height == 0, f"{name} holds rows of zeros"


def test_the_record_of_a_plan_says_what_it_was_made_with(tmp_path: Path) -> None:
    record = record_of(save(plan(tiny_case(tmp_path)), tmp_path / "run"))
    told = {
        "schema", "case", "case_hash", "as_of", "edits", "programme", "view", "objective_name", "horizon_end", "solver",
        "teraplan_version", "status", "objective", "bound", "gap", "seconds", "rows", "columns", "nonzeros", "audit",
        "peak_memory_bytes",
    }  # fmt: skip
    assert told <= set(record)
    assert set(record["seconds"]) == {"read", "build", "solve", "extract", "write"}  # type: ignore[call-overload]
    assert {"name", "version", "method", "crossover", "tolerances"} <= set(record["solver"])  # type: ignore[call-overload]
