"""What a table of shocks says that could not be applied is told before anything is solved."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from case.folders import case_of, faults_of, says
from teraplan.shocks.shocks import shocks_of

HEADER = "shock,title,kind,process,region,commodity,start,yearly_rate,value,unit,source,grade"
WRONG: Mapping[str, tuple[str, str, str, str]] = {
    "a process that there is not": (
        "quake,,outage,fob,,,,,0,1,book,reported", "shocks.csv line 2, column process",
        "'fob' is no group, label or pattern that matches a process", "did you mean 'fab'",
    ),
    "several words in one cell": (
        "quake,,outage,fab|cluster,,,,,0,1,book,reported", "shocks.csv line 2, column process",
        "is not a name", "letters",
    ),
    "a kind that there is not": (
        "quake,,outige,fab,,,,,0,1,book,reported", "shocks.csv line 2, column kind", "outige", "did you mean 'outage'",
    ),
    "a label of another kind": (
        "winter,,demand,fab,,,,,0.5,1,book,reported", "shocks.csv line 2, column process",
        "process says nothing of demand", "name commodity, region",
    ),
    "more than all": (
        "quake,,outage,fab,,,,,1.5,1,book,reported", "shocks.csv line 2, column value",
        "the factor of outage is 1.5", "between 0 and 1",
    ),
    "less than nothing": (
        "quake,,outage,fab,,,,,-1,1,book,reported", "shocks.csv line 2, column value", "the factor of outage is -1", "",
    ),
    "two rates of one shock": (
        "quake,,outage,fab,,,,0.1,0,1,book,reported\nquake,,outage,cluster,,,,0.2,0,1,book,reported",
        "shocks.csv lines 2 and 3, column yearly_rate", "shock 'quake' has several: 0.1, 0.2", "the same in each row",
    ),
}  # fmt: skip
"""What is wrong: rows; where, what and how to mend it."""


@pytest.mark.parametrize(("rows", "where", "what", "fix"), WRONG.values(), ids=WRONG)
def test_it_is_told(tmp_path: Path, rows: str, where: str, what: str, fix: str) -> None:
    assert says(faults_of(tmp_path, {"shocks.csv": f"{HEADER}\n{rows}\n"}), where, what, fix)


def test_rows_with_one_name_are_one_shock_and_empty_cells_say_nothing(tmp_path: Path) -> None:
    rows = (
        "quake,A quake,outage,fab,,,2026.5,0.1,0,1,book,reported\nquake,A quake,delay,,,,2026.5,0.1,0.5,1,book,reported"
    )
    (quake,) = shocks_of(case_of(tmp_path, {"shocks.csv": f"{HEADER}\n{rows}\n"}))
    assert (quake.name, quake.title, quake.start, quake.yearly_rate) == ("quake", "A quake", 2026.5, 0.1)
    assert [str(target) for target in quake.targets] == [
        "outage of process=fab, factor 0 for 1 year", "delay of everything, factor 0.5 for 1 year",
    ]  # fmt: skip
