"""Six worlds that cannot be met, each for one reason that is known: does `teraplan explain` name it, and how fast?

    python -m benchmarks.infeasible_worlds [NAME ...]

Each is the reference world with one thing wrong, in a copy of its folder or by an edit. In five of them what others
need of wafers and tools is promised (its demand has no steps), as otherwise nothing in the world must be met. Both
worlds without the wrong thing can be met, which is checked first. Prints Markdown for docs/validation.md.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from teraplan.case.edit import parse_set
from teraplan.case.read import find_case
from teraplan.explain.explanation import Explanation
from teraplan.explain.why_not import why_not
from teraplan.plan import read_case

Change = Callable[[str], str]
OTHERS = ("wafer_n5,", "wafer_n3,", "wafer_n2,", "wafer_a14,", "wafer_a10,", "euv_tool,")


@dataclass(frozen=True)
class Variant:
    """A world with one thing wrong: what is changed in its files, by which edits, and what must be named."""

    wrong: str
    cause: str
    files: Mapping[str, Change]
    edits: tuple[str, ...] = ()


def promised(text: str) -> str:
    """Return demand.csv without the steps by which others give wafers and tools away."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not (line.startswith(OTHERS) and ",step_" in line))


def with_rows(*rows: str) -> Change:
    """Return the change that adds rows to the end of a table."""
    return lambda text: text.rstrip("\n") + "\n" + "\n".join(rows) + "\n"


def without(beginning: str) -> Change:
    """Return the change that takes out the rows that begin like this; there must be one."""

    def change(text: str) -> str:
        lines = text.splitlines(keepends=True)
        left = [line for line in lines if not line.startswith(beginning)]
        if len(left) == len(lines):
            raise SystemExit(f"no row begins with {beginning!r}: the tables have moved on")
        return "".join(left)

    return change


def slipped(text: str) -> str:
    """Return demand.csv with one number in million wafers that is meant in thousand."""
    right, wrong = "wafer_n3,WLD,all,2028,quantity,,800,kwafer/year", "wafer_n3,WLD,all,2028,quantity,,800,Mwafer/year"
    if right not in text:
        raise SystemExit(f"no row {right!r}: the tables have moved on")
    return promised(text).replace(right, wrong)


FIRM: Mapping[str, Change] = {"demand": promised}
CONTROLS: Mapping[str, Mapping[str, Change]] = {"world": {}, "world with wafers and tools promised": FIRM}
"""Worlds with nothing wrong."""
VARIANTS: Mapping[str, Variant] = {
    "ban": Variant(
        "no EUV tool may be used in Taiwan from 2025 on",
        "rule no_tools_for_taiwan bans euv_tool in TWN",
        {**FIRM, "rules": with_rows("no_tools_for_taiwan,euv_tool,*,TWN,use,2025,0,tool/year,,,,assumption,a ban")},
    ),
    "lead time": Variant(
        "fabs of the A14 class take two years longer to build",
        "changed by --set lead_times[process=fab_a14] += 24",
        FIRM,
        ("lead_times[process=fab_a14] += 24",),
    ),
    "missing site": Variant(
        "the site of the A14 fab in Taiwan is missing",
        "sites.csv has no row for fab_a14 in TWN",
        {**FIRM, "sites": without("fab_a14,TWN,")},
    ),
    "commitment": Variant(
        "5 GW of small reactors a year are promised in the USA in 2030",
        "limit promise asks for at least 5.00 GW / year of new smr in USA in 2030 (limits.csv line",
        {
            "limits": with_rows(
                "promise,order_min,smr,USA,2030,5,GW/year,,,,assumption,a promise",
                "promise,order_min,smr,USA,2031,,GW/year,,,,assumption,ends",
            )
        },
    ),
    "share rule": Variant(
        "60 % of the newest wafers must come from the USA from 2027 on",
        "changed by --set shares[share=domestic_wafers_usa,year=2027..2046] = 0.6",
        FIRM,
        ("shares[share=domestic_wafers_usa,year=2027..2046] = 0.6",),
    ),
    "unit slip": Variant(
        "the N3 wafers of 2028 are written in million a year in place of thousand",
        "says 800,000 and the other years 300 to 1,150: is its unit right?",
        {"demand": slipped},
    ),
}


def explained(folder: Path, files: Mapping[str, Change], edits: tuple[str, ...] = ()) -> tuple[Explanation, float]:
    """Return why a changed copy of the world cannot be met, and the CPU time of finding and telling it [s]."""
    shutil.copytree(find_case("world"), folder)
    for table, change in files.items():
        path = folder / f"{table}.csv"
        path.write_text(change(path.read_text("utf-8")), "utf-8")
    case = read_case(folder, "trend", [parse_set(text) for text in edits])
    started = time.process_time()
    return why_not(case), time.process_time() - started


def main(names: list[str]) -> None:
    """Explain each world and print what was found; the exit code says whether every cause was named."""
    missed = []
    with tempfile.TemporaryDirectory() as place:
        for name in names or (*CONTROLS, *VARIANTS):
            folder = Path(place) / name.replace(" ", "_")
            if name in CONTROLS:
                found, seconds = explained(folder, CONTROLS[name])
                named = found.kind == "met"
                print(f"{name}: {'can be met' if named else 'CANNOT BE MET'}; {seconds:.0f} s of CPU.\n", flush=True)
            else:
                variant = VARIANTS[name]
                found, seconds = explained(folder, variant.files, variant.edits)
                named = variant.cause.lower() in str(found).replace("\N{NO-BREAK SPACE}", " ").lower()
                counted = f"{len(found.conditions)} conditions, {seconds:.0f} s of CPU"
                print(f"### {name}: {variant.wrong}\n\n{'Named' if named else 'MISSED'}; {counted}.\n", flush=True)
                print(f"```\n{found}\n```\n", flush=True)
            missed += [] if named else [name]
    raise SystemExit(f"not named: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
