"""An infeasible case is told in sentences: true numbers, the lines of its tables, what an edit changed first."""

import json
from pathlib import Path

import pytest

from explain.test_conflict import CASES, GADGET, YEARS, at_home, free_site
from model.small_cases import demand, existing, goods, limit, plant, process, small_case
from teraplan.case.case import Case
from teraplan.explain.sentences import BOUNDS, SENTENCES
from teraplan.explain.why_not import why_not
from teraplan.model.equations import EQUATIONS
from teraplan.model.variables import VARIABLES
from teraplan.plan import edit

TOLD = {
    "what was there is too little": [
        "gadget in USA in 2025 cannot be met: 8.00 / year is asked for and 5.00 / year can be had.",
        "8.00 / year of gadget is asked for in USA in 2025: it comes from works (demand.csv line 2); "
        "all else leaves 5.00 / year for it.",
        "works can run in 2025 on what was there, 5.00 / year in USA; works cannot be ordered in USA: sites.csv has no "
        "row for it (capacity.csv line 2); all else would need 8.00 / year.",
    ],
    "an order comes too late": [
        "gadget in USA in 2025 cannot be met: 8.00 / year is asked for and 5.00 / year can be had.",
        "8.00 / year of gadget is asked for in USA in 2025: it comes from works (demand.csv line 2); "
        "all else leaves 5.00 / year for it.",
        "works can run in 2025 on what was there, 5.00 / year in USA; an order of works in USA takes 12 months: the first "
        "that can be placed, of 2025, is in service in 2026 (capacity.csv line 2; lead_times.csv line 2; sites.csv line "
        "2); all else would need 8.00 / year.",
    ],
}


@pytest.mark.parametrize("name", TOLD)
def test_a_case_is_told_from_what_is_asked_for_to_what_binds(tmp_path: Path, name: str) -> None:
    found = why_not(small_case(tmp_path, *CASES[name][0], period=YEARS))
    assert str(found).split("\n") == [TOLD[name][0], *(f"  {line}" for line in TOLD[name][1:])]
