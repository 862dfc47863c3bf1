"""The stages of Teraplan by size: read, build, solve, extract and audit, write, on the network that grows."""

import json
import sys
import tempfile
from pathlib import Path
from typing import cast

from benchmarks.measuring import Stopwatch, in_fresh_process, peak, table
from benchmarks.network import SIZES, network, write_case
from teraplan.model.build import build_problem
from teraplan.plan import plan, read_case
from teraplan.results.store import save

REPEATS = 5
SOLVED = ("1 k", "10 k", "35 k")
STAGES = ("read", "build", "solve", "extract", "write")


def study() -> list[str]:
    """Measure every size in a process of its own and return the section."""
    rows = []
    for size in SIZES:
        print(f"  {size}", flush=True)
        one = in_fresh_process("benchmarks.sizes", [size])
        seconds = [f"{one[stage]:.3f}" if stage in one else "" for stage in STAGES]
        counts = [f"{one[name]:,.0f}" for name in ("columns", "rows", "nonzeros", "peak MB")]
        rows.append([size, *counts[:3], *seconds, f"{one['build cpu']:.3f}", counts[3]])
    head = ["size", "columns", "rows", "non-zeros", *(f"{stage}, s" for stage in STAGES), "build, CPU s", "peak MB"]
    return [
        f"The network that grows (`benchmarks/network.py`), medians of {REPEATS}, each size in a process of its own.",
        f"Above {SOLVED[-1]} columns it is read and built, not solved. Extract includes the audit.",
        "",
        *table(head, rows),
    ]


def measure(size: str) -> dict[str, float]:
    """Return the figures of one size."""
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder:
        at = write_case(network(size), Path(folder) / "network")
        for _ in range(REPEATS):
            case = watch.timed("read", lambda: read_case(at))
            problem = watch.timed("build", lambda case=case: build_problem(case))
            if size in SOLVED:
                results = plan(case)
                told = cast("dict[str, float]", results.run["seconds"])
                watch.note("solve", told["solve"])
                watch.note("extract", told["extract"])
                watch.timed("write", lambda results=results: save(results, Path(folder) / "run"))
    matrix = problem.program.matrix
    sizes = {"columns": matrix.shape[1], "rows": matrix.shape[0], "nonzeros": int(matrix.nnz)}
    return {**watch.medians(), **sizes, "peak MB": peak()}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
