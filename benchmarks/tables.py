"""How long a case with one very large table takes to read and resolve: `python -m benchmarks.tables [ROWS]`.

Two shapes: every process, region and year spelt out, and patterns of three widths for processes and regions, so that
nine row groups speak for every cell. Each is read and resolved in a process of its own; CPU seconds by stage,
of all threads together.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import polars as pl

from teraplan.case.assemble import assemble
from teraplan.case.check_rows import every_label_is_declared, sound
from teraplan.case.checks import CASE_CHECKS, ROW_CHECKS, TABLE_CHECKS
from teraplan.case.read import load_tables, read_tables
from teraplan.case.resolve import resolve
from teraplan.case.typed import typed_tables

ROWS = 1_000_000
FIRST, YEARS = 2025, 50
SETTINGS = """\
name = "large"
schema = 1
as_of = 2026-11-24
base_year = 2025
[[period]]
start = 2025
end = 2030
[target]
commodity = "compute"
"""
Made = TypeVar("Made")


def main() -> None:
    """Measure both shapes and print a line each."""
    if len(sys.argv) == 3:
        print(json.dumps(measure(Path(sys.argv[1]))))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    for shape in ("exact", "patterns"):
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), rows, patterns=shape == "patterns")
            words = [sys.executable, "-m", "benchmarks.tables", folder, "measure"]
            done = subprocess.run(words, capture_output=True, text=True, check=True)
        told = json.loads(done.stdout)
        print(f"{shape:9s}" + "  ".join(f"{stage} {seconds:,.2f}" for stage, seconds in told.items()))


def write(folder: Path, rows: int, *, patterns: bool) -> int:
    """Write a case whose costs have about that many rows; return how many they are.

    The number of processes follows from the rows: 100 regions and 50 years stand for each, or with patterns the exact
    labels, the tens and `*`.
    """
    regions = [f"r{number:02d}" for number in range(min(100, max(1, rows // 1_000)))]
    wide_regions = [*regions, *sorted({f"{region[:2]}*" for region in regions}), "*"] if patterns else regions
    count = max(2, round(rows / len(wide_regions) / YEARS / (1.1 if patterns else 1)))
    processes = [f"p{number:04d}" for number in range(count)]
    wide = [*processes, *sorted({f"{process[:4]}*" for process in processes}), "*"] if patterns else processes
    years = pl.DataFrame({"year": range(FIRST, FIRST + YEARS)})
    places = pl.DataFrame({"process": wide}).join(pl.DataFrame({"region": wide_regions}), how="cross")
    costs = places.join(years, how="cross").select(
        "process", "region", "year", item=pl.lit("capex"), value=1.0 + pl.int_range(pl.len()) % 997 / 100,
        unit=pl.lit("GUSD/GW"), source=pl.lit("book"), grade=pl.lit("reported"),
    )  # fmt: skip
    every = pl.DataFrame({"process": processes})
    sourced = {"source": pl.lit("book"), "grade": pl.lit("reported")}
    recipes = every.select(
        "process", flow=pl.lit("out"), commodity=pl.lit("compute"), value=1, unit=pl.lit("1"), **sourced
    )
    tables = {
        "regions": pl.DataFrame({"region": regions}),
        "commodities": pl.DataFrame({"commodity": ["compute"], "unit": ["GW*year"], "kind": ["service"]}),
        "processes": every.with_columns(
            stage=pl.lit("plants"), capacity_unit=pl.lit("GW"), activity_unit=pl.lit("GW*year"), life=20, **sourced
        ),
        "sites": every.join(pl.DataFrame({"region": regions}), how="cross").with_columns(**sourced),
        "recipes": recipes,
        "costs": costs,
        "demand": pl.DataFrame(
            {"commodity": "compute", "region": regions, "item": "quantity", "value": 1.0, "unit": "GW",
             "grade": "reported", "source": "book"}
        ),
        "sources": pl.DataFrame({"source": ["book"], "title": ["A book of figures"]}),
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.toml").write_text(SETTINGS, encoding="utf-8")
    for name, frame in tables.items():
        frame.write_csv(folder / f"{name}.csv")
    return costs.height


def measure(folder: Path) -> dict[str, float]:
    """Return CPU seconds of each stage from folder to case, wall seconds of the whole, and peak memory [MB]."""
    seconds: dict[str, float] = {}
    read_tables(Path(__file__).parent.parent / "src" / "teraplan" / "cases" / "starter")
    started = time.perf_counter()
    timed(seconds, "load_tables", lambda: load_tables(folder))
    wall = time.perf_counter() - started
    raw, faults = timed(seconds, "text", lambda: read_tables(folder))
    typed = timed(seconds, "typed", lambda: typed_tables(raw.frames, faults))
    checks = [*ROW_CHECKS, every_label_is_declared]
    timed(seconds, "row checks", lambda: [list(check(typed)) for check in checks])
    whole = timed(seconds, "sound", lambda: sound(typed))
    timed(seconds, "table checks", lambda: [list(check(whole)) for check in TABLE_CHECKS])
    assert raw.settings is not None
    settings = raw.settings
    tables = timed(seconds, "resolve", lambda: resolve(settings, whole, raw.fingerprint, faults))
    timed(seconds, "case checks", lambda: [list(check(tables)) for check in CASE_CHECKS])
    timed(seconds, "assemble", lambda: assemble(tables))
    assert not faults
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**seconds, "load_tables, wall": wall, "peak MB": peak}


def timed(seconds: dict[str, float], stage: str, work: Callable[[], Made]) -> Made:
    """Run the work and note its CPU seconds under the stage."""
    started = time.process_time()
    made = work()
    seconds[stage] = time.process_time() - started
    return made


if __name__ == "__main__":
    main()
