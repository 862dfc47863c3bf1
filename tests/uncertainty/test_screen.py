"""A coarse node and the plants of the finer case that it stands for."""

from pathlib import Path

from model.small_cases import demand, existing, goods, plant, small_case
from teraplan.shocks.targets import plants
from teraplan.uncertainty.stress.cells import outage
from teraplan.uncertainty.stress.nodes import Node
from teraplan.uncertainty.stress.screen import finer

MEMBERS = {"ALL": ("USA", "TWN")}


def test_a_merged_region_is_all_of_its_members_that_have_the_plant(tmp_path: Path) -> None:
    case = small_case(
        tmp_path / "case", goods("power", scope="world"), demand("power", 1, "WLD"), plant("mill", {"power": 1}),
        plant("wheel", {"power": 1}), existing("mill", 1), existing("mill", 1, "TWN"), existing("wheel", 1, "TWN"),
        period=[(2025, 2026, 1)],
    )  # fmt: skip
    mill = Node("process", "mill in ALL", (("mill", "ALL"),), (("process", "mill"), ("region", "ALL")))
    found = finer(mill, case, MEMBERS)
    assert found.plants == (("mill", "USA"), ("mill", "TWN")) and found.name == mill.name
    hit = plants(case.tables, outage(found, 1.0).targets[0])
    assert sorted(hit.iter_rows()) == [("mill", "TWN"), ("mill", "USA")]
    wheel = Node("process", "wheel in ALL", (("wheel", "ALL"),), (("process", "wheel"), ("region", "ALL")))
    assert finer(wheel, case, MEMBERS).plants == (("wheel", "TWN"),)
    alone = Node("process", "mill in TWN", (("mill", "TWN"),), (("process", "mill"), ("region", "TWN")))
    assert finer(alone, case, MEMBERS) == alone
