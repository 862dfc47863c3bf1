"""Two plans differ by their data, by what binds in one alone, and by what is made and ordered otherwise."""

from pathlib import Path

import pytest

from results.test_bottlenecks import DEMAND_IN_B, limit
from results.tiny_case import tiny_case
from teraplan.errors import StoreError
from teraplan.explain.why_different import why_different
from teraplan.plan import edit, plan
from teraplan.results.results import Results


def told(one: Results, other: Results) -> list[str]:
    return [sentence.text.replace("\N{NO-BREAK SPACE}", " ") for sentence in why_different(one, other).sentences]


@pytest.fixture
def loose(tmp_path: Path) -> Results:
    """A and B may order 6 Mchip a year each, which is enough for the 8 of B and the 10 to 25 of A in part."""
    return named(plan(limited(tmp_path, 600)), "loose")


def limited(folder: Path, most: float):  # type: ignore[no-untyped-def]
    return tiny_case(folder, limits=limit("order_max", most, "Mchip/year"), demand=DEMAND_IN_B)


def named(results: Results, name: str) -> Results:
    return Results({**results.run, "name": name}, results.frames)


def test_an_edit_and_what_follows_from_it(tmp_path: Path, loose: Results) -> None:
    """600 Mchip a year bind nowhere; 1 % of that, 6, do, and clusters are ordered as far as that goes."""
    case = edit(limited(tmp_path, 600), "limits[limit=most] *= 0.01")
    found = told(loose, named(plan(case), "tight"))
    assert found[0] == "Only tight has the edit --set limits[limit=most] *= 0.01."
    assert any(line.startswith("compute served: −") for line in found)
    assert any(line.startswith("Only in tight this binds: Cluster: new orders in a year, A, 2025") for line in found)
    assert not any("Only in loose" in line for line in found)
    [orders] = [line for line in found if line.startswith("clusters: orders of cluster")]
    assert orders.endswith(" million chips.") and " against " in orders


def test_a_number_of_a_table_is_named_with_its_line_and_both_values(tmp_path: Path, loose: Results) -> None:
    found = told(loose, named(plan(limited(tmp_path, 6)), "tight"))
    assert found[0] == "limits.csv line 2, most order_max cluster each 2020: 6 Mchip/year against 600 Mchip/year."


def test_files_that_differ_in_no_number_are_not_the_same_data(tmp_path: Path, loose: Results) -> None:
    case = tiny_case(
        tmp_path,
        settings='title = "another"',
        limits=limit("order_max", 600, "Mchip/year"),
        demand=DEMAND_IN_B,
    )
    assert told(loose, named(plan(case), "again")) == [
        "The files of the case differ, but in no number that has a unit: in words, dates or settings."
    ]


def test_the_same_data_make_the_same_plan(tmp_path: Path, loose: Results) -> None:
    assert told(loose, named(plan(limited(tmp_path, 600)), "again")) == ["Both were planned from the same data."]


def test_what_was_sought_is_data_too(tmp_path: Path, loose: Results) -> None:
    case = tiny_case(
        tmp_path,
        settings='objective = "most_compute"',
        limits=limit("order_max", 600, "Mchip/year"),
        demand=DEMAND_IN_B,
    )
    assert told(loose, named(plan(case), "most"))[0] == "The objective is most_compute against least_cost."


def test_what_is_no_plan_has_no_difference(loose: Results) -> None:
    with pytest.raises(StoreError, match="is no plan"):
        why_different(loose, Results({"name": "other", "case": "tiny"}, {}))
