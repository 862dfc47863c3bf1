"""The stress test of the world: screened on world-coarse, its worst cells again on world; warm against cold; killed and
resumed. Each part prints its lines for docs/benchmarks.md.

    python -m benchmarks.stress coarse|world|cold|kills --runs DIR
"""

import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl

from teraplan.case.case import Case
from teraplan.case.read import find_case
from teraplan.convert.coarsen import read_rule
from teraplan.executor import Store
from teraplan.results.results import Results
from teraplan.results.store import load, save
from teraplan.scenario import Request, plan_scenario, stand_of
from teraplan.solver import Options
from teraplan.uncertainty.ensemble import Means, Question, solve_many
from teraplan.uncertainty.stress.cells import MONTHS, Item, changed, item_of, outage
from teraplan.uncertainty.stress.losses import money_of, read
from teraplan.uncertainty.stress.screen import screened
from teraplan.uncertainty.stress.settled import Base, base_of
from teraplan.uncertainty.stress.stress import Stress, checked, moments_of, stress

START, WORKERS, SEED, WORST, SHARE = 2028.0, 2, 1, 100, 0.05
KILLS = 3
ASKED = Stress(start=START)
AGAIN = replace(ASKED, survive=0)
"""What is asked of the worst on the world: how long they survive was found on the coarse one."""


def plan_of(name: str, runs: Path) -> tuple[Results, Case]:
    """Return the default plan of a case, and the case; made once and kept."""
    folder = runs / name
    if not folder.exists():
        save(list(plan_scenario(Request(name)).values())[-1], folder)
    return load(folder), stand_of(Request(name)).case


def spent(work: Callable[[], Results]) -> Results:
    """Do the work and say its wall clock, the processor time of it and its workers, and the load of the machine."""
    started, before = time.perf_counter(), _processor()
    found = work()
    load_now = os.getloadavg()[1]
    print(f"{time.perf_counter() - started:.0f} s, {_processor() - before:.0f} s of processor, load {load_now:.0f}")
    return found


def _processor() -> float:
    own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime


def same_cold(plan: tuple[Results, Case], share: float) -> pl.DataFrame:
    """Solve a random share of the cells warm and cold: cell, objective and served of both, seconds of both."""
    results, case = plan
    start, nodes = checked(results, case, ASKED)
    moments = moments_of(case, ASKED, start)
    base = base_of(case, results, moments, Options(threads=1))
    known = {f"{node.kind} {node.name}, {months:g} months": (node, months) for node in nodes for months in ASKED.months}
    chosen = random.Random(SEED).sample(sorted(known), round(share * len(known)))
    items = {name: item_of(case, results, outage(known[name][0], known[name][1] / MONTHS), start) for name in chosen}
    rows = {}
    for warm in ("always", "never"):
        started = time.process_time()
        rows[warm] = _in_here(base, items, warm)
        print(warm, f"{time.process_time() - started:.1f} s of processor time for {len(items)} cells", flush=True)
    told = [
        (name, *(figure for warm in rows for figure in (money_of(rows[warm][name]), _served(rows[warm][name]))))
        for name in chosen
    ]
    names = ("cell", "money_warm", "served_warm", "money_cold", "served_cold")
    return pl.DataFrame(told, schema=names, orient="row").with_columns(
        money_off=(pl.col("money_warm") / pl.col("money_cold") - 1).abs(),
        served_off=(pl.col("served_warm") / pl.col("served_cold") - 1).abs(),
    )


def _in_here(base: Base, items: Mapping[str, Item], warm: str) -> dict[str, pl.DataFrame]:
    question = Question(partial(changed, moments=base.moments, prices=base.prices), read, warm)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as here:
        return solve_many(base.case, items, question, Means(executor=here)).results


def _served(rows: pl.DataFrame) -> float:
    return float(rows.filter(pl.col("measure") == "served")["value"].sum())


def coarse(runs: Path, store: Path | None = None) -> Results:
    """Every node that carries flow on world-coarse."""
    plan = plan_of("world-coarse", runs)
    kept = None if store is None else Store(store)
    found = spent(lambda: stress(*plan, ASKED, Means(executor=WORKERS, store=kept, tell=_tell)))
    save(found, runs / "world-coarse-stress")
    print(f"{found.frame('cells').height} cells, {found.frame('unmet').height} that no plan meets")
    return found


def world(runs: Path) -> None:
    """The worst cells of world-coarse on world."""
    there, here = plan_of("world-coarse", runs), plan_of("world", runs)
    rule = read_rule(find_case("world-coarse"))
    members = {name: merged.members for name, merged in rule.regions.items()}
    means = Means(executor=WORKERS, tell=_tell)
    found = spent(lambda: screened(here, there, members, AGAIN, means, WORST))
    save(found, runs / "world-stress")
    print(found.run["screen"])


def cold(runs: Path) -> None:
    """A random part of the cells of both cases, warm and cold."""
    for name, share in (("world-coarse", SHARE), ("world", 0.01)):
        told = same_cold(plan_of(name, runs), share)
        worst = told.select(pl.col("money_off", "served_off").max()).row(0)
        print(f"{name}: {told.height} cells, objective off by {worst[0]:.1e} at most, served by {worst[1]:.1e}")


def kills(runs: Path) -> None:
    """Kill a run three times at random, let it finish, and hold it against one that was not killed."""
    store, chance = runs / "killed", random.Random(SEED)
    shutil.rmtree(store, ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.stress", "coarse", "--runs", str(runs), "--store", str(store)]
    unbroken = load(runs / "world-coarse-stress").frame("cells")
    for _ in range(KILLS):
        running = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(30, 90))
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        print(f"killed with {len(list(store.glob('*.parquet')))} cells stored", flush=True)
    subprocess.run(command, check=True)
    resumed = load(runs / "world-coarse-stress").frame("cells")
    print(f"the resumed run equals the unbroken one to the last bit: {resumed.equals(unbroken)}")


def _tell(text: str) -> None:
    if "0 of " in text or "done" not in text:
        print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("coarse", "world", "cold", "kills"))
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--store", type=Path)
    asked = parser.parse_args()
    if asked.part == "coarse":
        coarse(asked.runs, asked.store)
    else:
        {"world": world, "cold": cold, "kills": kills}[asked.part](asked.runs)


if __name__ == "__main__":
    main()
