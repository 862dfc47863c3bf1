"""Many draws of a case: how long they take, and whether kills, lost workers and the number of workers change a bit.

`python -m benchmarks.sample draws [CASE] [DRAWS] [WORKERS] [FOLDER]` times independent draws (1000 of
world-coarse on 2 processes, if nothing is said) and keeps draws and run in the folder, so that it may be interrupted;
the first draws of a larger number are those of a smaller one, and are not solved again.
`python -m benchmarks.sample worth CASE DRAWS WORKERS FOLDER` then judges candidates in the draws of that folder.
`python -m benchmarks.sample kills [CASE] [DRAWS]` kills a sample three times at random moments (SIGKILL), resumes it,
and compares it with one that was left alone; then the same draws on a local Dask cluster of two workers of which one is
killed on the way. `python -m benchmarks.sample warm [CASE] [DRAWS]` times warm and cold starts of the same draws.
"""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import polars as pl

from teraplan.case.case import Case
from teraplan.errors import Infeasible
from teraplan.executor import Store
from teraplan.plan import read_case
from teraplan.planner import Planner
from teraplan.results.results import Results
from teraplan.results.store import load, save
from teraplan.solver import Options
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.samples.draws import Design, quantiles
from teraplan.uncertainty.samples.facts import drawn_case, facts_of
from teraplan.uncertainty.samples.sample import lines_of, sample
from teraplan.uncertainty.samples.worth import with_worth

COMPARED = ("facts", "draws", "outcomes", "as_written", "failures")


def main() -> None:
    """Do what the command line says and print what came of it."""
    words = [*sys.argv[1:], *[""] * 4]
    case = words[1] or "world-coarse"
    if words[0] == "kills":
        print(json.dumps(kills(case, int(words[2] or 24)), indent=2))
    elif words[0] == "worth":
        print(json.dumps(worth(case, int(words[2]), int(words[3]), Path(words[4])), indent=2))
    elif words[0] == "warm":
        print(json.dumps(warm(case, int(words[2] or 8)), indent=2))
    else:
        folder = Path(words[4]) if words[4] else Path(tempfile.mkdtemp())
        print(json.dumps(draws(case, int(words[2] or 1000), int(words[3] or 2), folder), indent=2))


def draws(case: str, count: int, workers: int, folder: Path) -> dict[str, object]:
    """Draw and plan a case; return what that took, and what failed."""
    started = time.perf_counter()
    base = read_case(case)
    found = sample(base, count, Design("monte-carlo"), means=Means(workers, Store(folder / "draws"), _tell))
    save(found, folder / "run")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    why = pl.col("why").str.extract(r"(?m)^  (\w+ \[.*\]) ").fill_null(pl.col("kind"))
    counted = found.frame("failures").group_by(why.alias("why")).len().sort("len", descending=True)
    return {
        "case": case,
        "draws": found.run["draws"],
        "facts": found.run["facts"],
        "workers": workers,
        "wall s": time.perf_counter() - started,
        "CPU s of the workers": used.ru_utime + used.ru_stime,
        "load": os.getloadavg()[1],
        "without a plan": found.run["failed"],
        "why": dict(counted.head(10).iter_rows()),
    }


def worth(case: str, count: int, workers: int, folder: Path) -> dict[str, object]:
    """Judge candidates in the first draws of a folder that have a plan; return what is worth to know."""
    started = time.perf_counter()
    means = Means(workers, Store(folder / "draws"), _tell)
    found = with_worth(read_case(case), load(folder / "run"), draws=count, means=means)
    save(found, folder / "judged")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        **found.run["worth"],  # type: ignore[dict-item]
        "wall s": time.perf_counter() - started,
        "CPU s of the workers": used.ru_utime + used.ru_stime,
        "candidates": found.frame("candidates").rows(),
        "facts": found.frame("worth").head(6).select("factor", "worth").rows(),
    }


def warm(case: str, count: int) -> dict[str, object]:
    """Solve the same draws warm (from the basis of the base) and cold in one process; return CPU seconds of each."""
    base = read_case(case)
    facts = facts_of(base.tables)
    spread = quantiles(count, facts.height, Design())
    spent = {}
    for way in ("always", "never"):
        with Planner(base, Options(threads=1), way) as planner:  # type: ignore[arg-type]
            spent[way] = [_cpu(planner, drawn_case(base, lines_of(facts, row))) for row in spread]
    return {"case": case, **{f"CPU s a draw, warm {way}": sum(times) / count for way, times in spent.items()}}


def _cpu(planner: Planner, case: Case) -> float:
    before = time.process_time()
    try:
        planner.solve(case)
    except Infeasible as error:
        _tell(str(error).splitlines()[0])
    return time.process_time() - before


def kills(case: str, count: int) -> dict[str, object]:
    """Compare a sample that was killed three times, and one whose Dask worker was killed, with an unbroken one."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        words = [sys.executable, "-m", "benchmarks.sample", "draws", case, str(count), "2"]
        subprocess.run([*words, str(folder / "alone")], check=True, capture_output=True)
        there = [_killed([*words, str(folder / "killed")], folder / "killed" / "draws", at) for at in _moments(count)]
        subprocess.run([*words, str(folder / "killed")], check=True, capture_output=True)
        alone, resumed = (load(folder / name / "run") for name in ("alone", "killed"))
        clustered, ended = _on_a_cluster(case, count, folder / "cluster")
    return {
        "case": case,
        "draws": count,
        "whole results after each kill": there,
        "resumed equals unbroken, to the last bit": _same(alone, resumed),
        "Dask workers killed": ended,
        "the cluster's equals unbroken, to the last bit": _same(alone, clustered),
    }


def _on_a_cluster(case: str, count: int, folder: Path) -> tuple[Results, int]:
    """Sample on two Dask workers, and kill one when a quarter of the draws is there."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        ended = []

        def end_one() -> None:
            while len(list(folder.glob("*.parquet"))) < count // 4:
                time.sleep(0.1)
            first = next(iter(cluster.workers.values())).pid
            os.kill(first, signal.SIGKILL)
            ended.append(first)

        thread = threading.Thread(target=end_one, daemon=True)
        thread.start()
        found = sample(read_case(case), count, Design("monte-carlo"), means=Means(client.get_executor(), Store(folder)))
        thread.join(timeout=60)
    return found, len(ended)


def _same(one: Results, other: Results) -> bool:
    return all(one.frame(name).equals(other.frame(name)) for name in COMPARED)


def _moments(count: int) -> list[int]:
    """Three random numbers of draws, in rising order."""
    return sorted(random.sample(range(1, count), 3))


def _killed(words: list[str], folder: Path, after: int) -> int:
    """Start a process and kill it once that many results are there; return how many whole ones it leaves."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(list(folder.glob("*.parquet"))) < after and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return len([pl.read_parquet(path) for path in folder.glob("*.parquet")])


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
