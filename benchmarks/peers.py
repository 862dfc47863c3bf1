"""The same network stated in five ways: numpy and scipy by hand, Teraplan, linopy, PyPSA, Pyomo.

Each tool and size is a fresh process: its memory is its own. `state` ends with the tool's own model, `pass` with a
HiGHS that holds it. Small sizes are solved as well, and every tool must find the same objective.
"""

import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measuring import Stopwatch, in_fresh_process, peak, table
from benchmarks.network import SIZES, network

REPEATS = 5
UP_TO: Mapping[str, str] = {"bare": "500 k", "teraplan": "500 k", "linopy": "500 k", "pypsa": "35 k", "pyomo": "500 k"}
"""The largest size that each tool is asked for: PyPSA would take minutes above."""
ONCE = (("pypsa", "35 k"), ("pyomo", "100 k"), ("pyomo", "500 k"))
"""What is measured once instead, because it takes most of a minute."""
SMALL, LARGE = "35 k", "500 k"
"""The sizes of the aims: Pyomo in time at the small one, bare assembly at the large one, Pyomo in memory at both."""
SOLVED = ("1 k", "10 k")
PLOT = Path(__file__).parent.parent / "docs" / "images" / "growth.svg"
Figures = dict[tuple[str, str], dict[str, float]]


def study() -> list[str]:
    """Measure every tool at every size; draw the growth; return the section."""
    sizes = list(SIZES)
    measured: Figures = {}
    for size in sizes:
        for tool, last in UP_TO.items():
            if sizes.index(size) <= sizes.index(last):
                print(f"  {tool} {size}", flush=True)
                measured[tool, size] = in_fresh_process("benchmarks.peers", [tool, size])
        found = [measured[tool, size]["objective"] for tool in UP_TO if size in SOLVED]
        assert not found or max(found) - min(found) <= 1e-6 * abs(found[0]), f"tools disagree at {size}: {found}"
    draw(measured)
    return section(measured)


def measure(tool: str, size: str) -> dict[str, float]:
    """Return the figures of one tool at one size; to be called in a process of its own."""
    module = importlib.import_module("benchmarks.bare" if tool == "bare" else f"benchmarks.in_{tool}")
    bare = importlib.import_module("benchmarks.bare")
    imported, watch, figures = peak(), Stopwatch(), dict[str, float]()
    made = network(size)
    given = watch.timed("read", lambda: module.read(made)) if tool == "teraplan" else made
    for repeat in range(1 if (tool, size) in ONCE else REPEATS):
        model = watch.timed("state", lambda: module.stated(given))
        highs = watch.timed("pass", lambda model=model: module.passed(model))
        if repeat == 0:
            figures |= {"imported MB": imported, "peak MB": peak()}
            held = getattr(highs, "_solver_model", highs)
            figures |= {"columns": held.getNumCol(), "nonzeros": held.getNumNz()}
            if size in SOLVED:
                held.setOptionValue("output_flag", False)
                figures["objective"] = bare.solved(held)
        del highs
        if tool == "bare":
            watch.timed("arrays", lambda model=model: bare.passed_as_arrays(model))
        del model
    return figures | watch.medians()


def section(measured: Figures) -> list[str]:
    """Return the tables and what they say of the aims."""
    rows = []
    for (tool, size), one in measured.items():
        bare, cpu = measured["bare", size], one["state cpu"] + one["pass cpu"]
        rows.append([
            f"{size}, {tool}", f"{one['columns']:,.0f}", f"{one['nonzeros']:,.0f}",
            f"{one['state cpu']:.3f}", f"{one['state']:.3f}", f"{one['pass cpu']:.3f}", f"{one['pass']:.3f}",
            f"{cpu / (bare['state cpu'] + bare['pass cpu']):.2f}",
            f"{one['peak MB']:,.0f}", f"{one['peak MB'] - one['imported MB']:,.0f}",
        ])  # fmt: skip
    head = ["columns of the case, tool", "columns", "non-zeros", "state, CPU s", "state, s", "pass, CPU s", "pass, s",
            "CPU / bare", "peak MB", "above imports MB"]  # fmt: skip
    once = ", ".join(" ".join(one) for one in ONCE)
    return [
        "A network of regions, plants, batteries and lines (`benchmarks/network.py`), stated in five ways. `state`",
        "ends with the tool's own model, `pass` with a HiGHS that holds it. Bare assembly starts from arrays and knows",
        "no names; Teraplan starts from a case that was read and checked, and keeps the names of rows and columns and",
        "the lines of the ledger. PyPSA has the dispatch of each year of order apart, hence more columns. Every tool",
        f"and size is a process of its own; medians of {REPEATS}, but one run of {once}.",
        f"At {' and '.join(SOLVED)} columns all are solved and find the same objective.",
        "",
        *table(head, rows),
        "",
        "![Seconds of processor by columns](images/growth.svg)",
        "",
        *aims(measured),
    ]


def aims(measured: Figures) -> list[str]:
    """Return how far the aims are met: against bare assembly at the largest size, against Pyomo in time and memory."""
    ours, bare = measured["teraplan", LARGE], measured["bare", LARGE]
    mine, pyomo = measured["teraplan", SMALL], measured["pyomo", SMALL]
    cpu, clock = ("state cpu", "pass cpu"), ("state", "pass")
    return [
        f"- State and pass against bare at {LARGE} columns: {ratio(ours, bare, cpu):.2f} of its CPU, "
        f"{ratio(ours, bare, clock):.2f} of its time (aim: at most 2.5); state alone "
        f"{ratio(ours, bare, cpu[:1]):.1f} of its CPU.",
        f"- State and pass against Pyomo at {SMALL} columns: {ratio(mine, pyomo, cpu):.2f} of its CPU, state "
        f"alone {ratio(mine, pyomo, cpu[:1]):.2f} (aim: at most 0.2).",
        f"- Bare assembly passes a `HighsLp`, as the examples of HiGHS do; given as arrays, as Teraplan does it, its "
        f"program takes {bare['arrays cpu']:.3f} s of CPU in place of {bare['pass cpu']:.3f}, and Teraplan takes "
        f"{sum(ours[one] for one in cpu) / (bare['state cpu'] + bare['arrays cpu']):.1f} times as long.",
        *(memory(measured, size) for size in (SMALL, LARGE)),
    ]


def memory(measured: Figures, size: str) -> str:
    """Return a line on peak memory against Pyomo: of the process, and above what the imports take."""
    ours, pyomo = measured["teraplan", size], measured["pyomo", size]
    above = (ours["peak MB"] - ours["imported MB"]) / (pyomo["peak MB"] - pyomo["imported MB"])
    whole = ours["peak MB"] / pyomo["peak MB"]
    return f"- Peak memory against Pyomo at {size} columns: {whole:.2f}; above imports {above:.2f} (aim: at most 0.5)."


def ratio(one: Mapping[str, float], other: Mapping[str, float], stages: Sequence[str]) -> float:
    """Return the seconds of one in these stages over those of another."""
    return sum(one[stage] for stage in stages) / sum(other[stage] for stage in stages)


def draw(measured: Figures) -> None:
    """Draw seconds of processor, and memory, by columns."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "growth"
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for tool in UP_TO:
        mine = {size: one for (name, size), one in measured.items() if name == tool}
        columns = [measured["bare", size]["columns"] for size in mine]
        left.loglog(columns, [one["state cpu"] + one["pass cpu"] for one in mine.values()], marker="o", label=tool)
        right.loglog(columns, [one["peak MB"] for one in mine.values()], marker="o", label=tool)
    left.set(title="From numbers to a HiGHS that holds the model", xlabel="columns of the case", ylabel="CPU seconds")
    right.set(title="Peak memory of the process", xlabel="columns of the case", ylabel="MB")
    left.legend()
    for axes in (left, right):
        axes.grid(alpha=0.3)
    PLOT.parent.mkdir(exist_ok=True)
    figure.savefig(PLOT, metadata={"Date": None})


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
