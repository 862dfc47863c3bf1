"""Figures of one run: seconds of processor and of the clock, memory, each study in a fresh process."""

import gc
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")


@dataclass
class Stopwatch:
    """Seconds of processor and clock by stage, one entry a repeat."""

    processor: dict[str, list[float]] = field(default_factory=dict)
    clock: dict[str, list[float]] = field(default_factory=dict)

    def timed(self, stage: str, work: Callable[[], Made]) -> Made:
        """Do the work and note its seconds under the stage."""
        gc.collect()
        cpu, started = time.process_time(), time.perf_counter()
        made = work()
        self.clock.setdefault(stage, []).append(time.perf_counter() - started)
        self.processor.setdefault(stage, []).append(time.process_time() - cpu)
        return made

    def note(self, stage: str, seconds: float) -> None:
        """Note seconds of the clock that were measured elsewhere."""
        self.clock.setdefault(stage, []).append(seconds)

    def medians(self) -> dict[str, float]:
        """Return the median of each stage: `STAGE cpu` and `STAGE`, the latter by the clock."""
        clock = {stage: statistics.median(seconds) for stage, seconds in self.clock.items()}
        return clock | {f"{stage} cpu": statistics.median(seconds) for stage, seconds in self.processor.items()}


def peak() -> float:
    """Return the most memory that this process has held [MB].

    Linux says it in /proc, and counts a parent's memory in what `getrusage` says of its children.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / (1 << 10)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


def in_fresh_process(module: str, arguments: Sequence[str]) -> dict[str, float]:
    """Run a module and return the figures that it prints as JSON in its last line."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a Markdown table, numbers to the right."""
    lines = [list(head), ["---", *["---:"] * (len(head) - 1)], *(list(row) for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines]
