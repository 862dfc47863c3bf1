"""`make bench`: run the studies on this machine and write each into its section of docs/measured.md.

`python -m benchmarks.run sizes peers` runs these alone and leaves the other sections as they are. A study is a function
that measures and returns the lines of its section.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import cases, peers, sizes

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "measured.md"
HEAD = """# Measured

What `make bench` wrote last, each study with the machine it ran on. What it means, and how far the goals are met, says
[Benchmarks](benchmarks.md).
"""
Study = Callable[[], list[str]]


def printed(module: str, *words: str, fenced: bool = False) -> Study:
    """Return the study that runs a module in a process of its own and takes what it prints, as text if `fenced`."""

    def study() -> list[str]:
        paths = os.pathsep.join([str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": paths}
        done = subprocess.run([sys.executable, "-m", module, *words], capture_output=True, text=True, env=environment)
        if done.returncode:
            raise RuntimeError(f"{module} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        lines = done.stdout.strip().splitlines()
        return ["```", *lines, "```"] if fenced else lines

    return study


STUDIES: Mapping[str, tuple[str, Study]] = {
    "cases": ("The cases that ship", cases.study),
    "sizes": ("Teraplan by size", sizes.study),
    "peers": ("Against bare assembly, linopy, PyPSA and Pyomo", peers.study),
    "coarse": ("The coarse world beside the world", printed("benchmarks.coarse")),
    "partnership": ("Partnerships and markets", printed("benchmarks.partnership")),
    "finance": ("Project finance", printed("benchmarks.finance")),
    "tables": ("A very large table", printed("benchmarks.tables", fenced=True)),
    "mutations": ("Damaged cases", printed("benchmarks.mutations", fenced=True)),
    "replan": (
        "Many cases: a planner against rebuilds in linopy",
        printed("benchmarks.replan", "world-coarse", "200", fenced=True),
    ),
    "workers": ("Two workers against one", printed("benchmarks.kills", "speedup", "200", fenced=True)),
    "kills": ("Runs and ensembles that are killed", printed("benchmarks.kills", "50", "100", fenced=True)),
    "attempts": ("Attempts to solve the world faster", printed("benchmarks.attempts")),
    "worlds": ("Worlds that cannot be met, explained", printed("benchmarks.infeasible_worlds")),
    "scenarios": (
        "256 scenarios of two stages",
        printed("benchmarks.two_stage", "256", "decomposition", "2", "0.01", fenced=True),
    ),
    "trees": (
        "32 leaves of three stages",
        printed("benchmarks.trees", "world-coarse", "8", "4", "decomposition", "0.01", fenced=True),
    ),
    "stress": (
        "Every node of the coarse world, three durations",
        printed("benchmarks.stress", "coarse", "--runs", "build/stress", fenced=True),
    ),
    "worst": (
        "The hundred worst of these cells on the world",
        printed("benchmarks.stress", "world", "--runs", "build/stress", fenced=True),
    ),
    "draws": (
        "A thousand draws of the coarse world",
        printed("benchmarks.sample", "draws", "world-coarse", "1000", "2", fenced=True),
    ),
    "alternatives": ("Ranges near the optimum", printed("benchmarks.alternatives", "world-coarse", fenced=True)),
}
"""What can be measured: the title of its section, and the function that measures."""
ASKED_FOR = ("kills", "attempts", "worlds", "worst", "draws", "alternatives")
"""Studies that run only when they are named, because they take many minutes."""


def main(wanted: Sequence[str]) -> int:
    """Run the studies named, or all but the long ones; return 2 where there is no such study."""
    unknown = [name for name in wanted if name not in STUDIES]
    if unknown:
        print(f"there is no study {', '.join(unknown)}: there are {', '.join(STUDIES)}", file=sys.stderr)
        return 2
    for name in wanted or [name for name in STUDIES if name not in ASKED_FOR]:
        title, study = STUDIES[name]
        print(f"{name}: {title}", flush=True)
        text = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
        DOCUMENT.write_text(with_section(text, title, study()), encoding="utf-8")
    print(f"wrote {DOCUMENT.relative_to(Path.cwd())}")
    return 0


def with_section(text: str, title: str, lines: Sequence[str]) -> str:
    """Return a document with this section in place of the one of that title, or at its end; other sections stay."""
    head, *sections = text.split("\n## ")
    bodies = dict(section.split("\n", 1) for section in sections)
    bodies[title] = "\n" + "\n".join([*machine(), "", *lines]) + "\n"
    return "\n## ".join([head or HEAD, *(f"{name}\n{body}" for name, body in bodies.items())])


def machine() -> list[str]:
    """Return what a figure of this run depends on."""
    python = platform.python_version()
    return [f"Machine: {os.cpu_count()} cores, {platform.machine()}, Python {python}. Written by `make bench`."]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
