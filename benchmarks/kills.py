"""Kill runs and ensembles at random moments: nothing half written is left, and what is resumed equals the unbroken.

`python -m benchmarks.kills [KILLS] [DRAWS]` kills `teraplan run starter` and an ensemble of draws of the starter case
KILLS times each (SIGKILL, 50 if not given), checks after each that every result that is there is whole, resumes, and
compares with one that was left alone. `python -m benchmarks.kills speedup [DRAWS]` times one worker against two.
"""

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.replan import moved
from teraplan.case.assemble import assemble
from teraplan.case.case import Case
from teraplan.executor import Store, run_cases
from teraplan.model.build import build_problem
from teraplan.plan import read_case
from teraplan.results.store import load, stored_runs
from teraplan.solver import Options, solve

SEED = 11
SAME = ("objective", "rows", "columns", "nonzeros", "case_hash", "edits")


def main() -> None:
    """Do what the command line says and print what came of it."""
    words = sys.argv[1:]
    if words[:1] == ["ensemble"]:
        ensemble(Path(words[1]), int(words[2]), int(words[3]))
    elif words[:1] == ["speedup"]:
        print(json.dumps(speedup(int(words[1]) if len(words) > 1 else 200), indent=2))
    else:
        kills, draws = (int(words[at]) if len(words) > at else default for at, default in ((0, 50), (1, 100)))
        print(json.dumps({"run": killed_runs(kills), "ensemble": killed_ensembles(kills, draws)}, indent=2))


def ensemble(folder: Path, draws: int, workers: int) -> None:
    """Solve the draws that are not in the folder yet."""
    run_cases(draw, {f"draw {seed:04d}": seed for seed in range(draws)}, workers, Store(folder, "starter, one thread"))


def draw(seed: int) -> pl.DataFrame:
    """Return the orders of one draw of the starter case, and its objective."""
    case = assemble(moved(_starter().tables, np.random.default_rng([SEED, seed])))
    solution = solve(build_problem(case), Options(threads=1))
    columns = solution.problem.columns.with_columns(value=pl.Series(solution.value))
    orders = columns.filter(pl.col("variable") == "order").select("process", "region", "period", "value")
    return orders.with_columns(seed=pl.lit(seed), objective=pl.lit(solution.objective))


@cache
def _starter() -> Case:
    return read_case("starter")


def killed_runs(kills: int) -> dict[str, object]:
    """Kill `teraplan run starter`; return how often a whole run was there afterwards, and whether the last is right."""
    with tempfile.TemporaryDirectory() as folder:
        runs, alone = Path(folder) / "runs", Path(folder) / "alone"
        words = [sys.executable, "-m", "teraplan", "run", "starter", "--out"]
        started = time.perf_counter()
        subprocess.run([*words, str(alone)], check=True, capture_output=True)
        whole_run, finished, whole = time.perf_counter() - started, 0, 0
        for _ in range(kills):
            finished += not _kill([*words, str(runs)], random.uniform(0.0, 1.1 * whole_run))
            # Loading checks every table against its SHA-256; a half run would be an error.
            whole += len([load(run.folder) for run in stored_runs(runs)])
            _nothing_else(runs)
        subprocess.run([*words, str(runs)], check=True, capture_output=True)
        one, other = (load(stored_runs(place)[0].folder) for place in (runs, alone))
        same = all(one.run[key] == other.run[key] for key in SAME)
        same = same and all(frame.equals(other.frame(name)) for name, frame in one.frames.items())
        left = [path.name for path in runs.iterdir() if path.name.startswith(".")]
    return {
        "kills": kills - finished,
        "finished before the kill": finished,
        "whole runs found after a kill": whole,
        "half runs found": 0,
        "left over after the last run": left,
        "the last run equals one that was left alone, every table, to the last bit": same,
    }


def killed_ensembles(kills: int, draws: int) -> dict[str, object]:
    """Kill an ensemble until it was killed so often or is done; finish it; compare it with an unbroken one."""
    with tempfile.TemporaryDirectory() as folder:
        store, alone = Path(folder) / "store", Path(folder) / "alone"
        words = [sys.executable, "-m", "benchmarks.kills", "ensemble"]
        started = time.perf_counter()
        subprocess.run([*words, str(alone), str(draws), "2"], check=True)
        whole_run, counted = time.perf_counter() - started, []
        for _ in range(kills):
            _kill([*words, str(store), str(draws), "2"], random.uniform(0.1, 0.9) * whole_run)
            counted.append(len([pl.read_parquet(path) for path in store.glob("*.parquet")]))
            if counted[-1] == draws:
                _forget(store, draws // 2)
        subprocess.run([*words, str(store), str(draws), "2"], check=True)
        frames = [pl.concat([pl.read_parquet(path) for path in sorted(at.glob("*.parquet"))]) for at in (store, alone)]
        left = [path.name for path in store.iterdir() if path.suffix != ".parquet"]
    return {
        "kills": kills,
        "whole results after each kill": counted,
        "half results found": 0,
        "left over after the last run": left,
        "draws": draws,
        "the resumed ensemble equals the unbroken one, to the last bit": frames[0].equals(frames[1]),
    }


def _kill(words: list[str], after: float) -> bool:
    """Start a process and kill it after that many seconds; return whether it was still running."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def _nothing_else(runs: Path) -> None:
    """Whatever is in a folder of runs is a whole run, a whole report, or bears the name of a draft."""
    for path in runs.iterdir() if runs.exists() else ():
        report = path.suffix == ".html" and path.read_text("utf-8").rstrip().endswith("</html>")
        run = path.name in {stored.folder.name for stored in stored_runs(runs)}
        assert path.name.startswith(".") or report or run, f"half a result: {path.name}"


def _forget(store: Path, count: int) -> None:
    """Take results away, so that there is something to do, and to kill, again."""
    for path in random.sample(sorted(store.glob("*.parquet")), count):
        path.unlink()


def speedup(draws: int) -> dict[str, float]:
    """Return the seconds of one and of two workers on the same draws, starting them included, and their ratio."""
    seconds = {}
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            ensemble(Path(folder), draws, workers)
            seconds[workers] = time.perf_counter() - started
    return {"draws": draws, "one worker, s": seconds[1], "two workers, s": seconds[2], "ratio": seconds[1] / seconds[2]}


if __name__ == "__main__":
    main()
