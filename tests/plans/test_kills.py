"""Runs and ensembles killed at random moments (SIGKILL): no half result, and what is resumed equals the unbroken."""

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from plans.small_work import slow
from teraplan.executor import Store, run_cases
from teraplan.results.store import load, stored_runs

ENSEMBLE = """
from pathlib import Path
from plans.small_work import slow
from teraplan.executor import Store, run_cases

if __name__ == "__main__":
    run_cases(slow, {f"draw {number:02d}": float(number) for number in range(20)}, 2, Store(Path("store")))
"""


def killed(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def test_a_killed_run_leaves_a_whole_run_or_none(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "teraplan", "run", "starter", "--out", str(tmp_path)]
    for _ in range(2):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0.5, 4.0))
        killed(process)
        there = {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}
        assert there <= {"starter-trend", "starter-trend.html"}
        # Loading checks every table against its SHA-256.
        assert all(load(run.folder).run["status"] == "optimal" for run in stored_runs(tmp_path))
        assert "starter-trend" not in there or stored_runs(tmp_path)
    subprocess.run(words, check=True, capture_output=True)
    assert load(tmp_path / "starter-trend").run["status"] == "optimal"


def test_an_ensemble_killed_three_times_is_resumed_to_what_an_unbroken_one_gives(tmp_path: Path) -> None:
    (tmp_path / "ensemble.py").write_text(ENSEMBLE)
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    store = tmp_path / "store"
    for count in (2, 7, 12):
        process = subprocess.Popen(
            [sys.executable, "ensemble.py"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths}
        )
        while len(list(store.glob("*.parquet"))) < count and process.poll() is None:
            time.sleep(0.01)
        killed(process)
        assert all(pl.read_parquet(path).height == 1 for path in store.glob("*.parquet"))
    told: list[str] = []
    items = {f"draw {number:02d}": float(number) for number in range(20)}
    with ThreadPoolExecutor(2) as pool:
        resumed = run_cases(slow, items, pool, Store(store), told.append)
        alone = run_cases(slow, items, pool)
    assert len(told) <= 8 and told[-1].startswith(f"{len(told)} of {len(told)} done")
    assert pl.concat(resumed.results.values()).equals(pl.concat(alone.results.values()))
    assert {path.suffix for path in store.iterdir()} == {".parquet"}


def test_an_interrupt_leaves_what_is_whole_and_ends_the_workers(tmp_path: Path) -> None:
    (tmp_path / "ensemble.py").write_text(ENSEMBLE)
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    store = tmp_path / "store"
    process = subprocess.Popen(
        [sys.executable, "ensemble.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        stderr=subprocess.PIPE,
    )
    while len(list(store.glob("*.parquet"))) < 3:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    # Workers hold the other end of standard error: it closes when the last of them has ended.
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0 and b"KeyboardInterrupt" in said
    frames = [pl.read_parquet(path) for path in store.glob("*.parquet")]
    assert 3 <= len(frames) < 20 and all(frame.height == 1 for frame in frames)
