"""The section about a stress test: what it says of a study, in whose words, and that without one it is empty."""

import polars as pl
import pytest

from teraplan.report.parts import Heat
from teraplan.report.stress import node_words, stress
from teraplan.report.words import Names
from teraplan.results.results import Results

NAMES = Names({"TWN": "Taiwan"}, {"fab_n3": "Fab N3", "wafer": "Wafers", "compute": "Compute"})


def study() -> Results:
    cells = {
        "cell": ["a", "b"], "kind": ["process", "maker"], "node": ["fab_n3 in TWN", "amd"], "plants": [1, 2],
        "months": [12.0, 12.0], "lost": [40.0, 0.0], "lost_share": [0.2, 0.0], "peak": [20.0, 0.0],
        "peak_share": [0.25, 0.0], "peak_period": ["2029-2030", None], "money": [900.0, 9.0], "cost": [-10.0, 9.0],
        "unserved": [910.0, 0.0], "missed": [0.0, 0.0], "recover": [36.0, 0.0], "stage": ["wafers", None],
        "binding": ["fab_n3", None], "index": [1.0, 0.01],
    }  # fmt: skip
    nodes = {
        "kind": ["process", "maker"], "node": ["fab_n3 in TWN", "amd"], "plants": [1, 2], "survive": [2.5, 24.0],
        "whole": [False, True],
    }  # fmt: skip
    run = {"kind": "stress", "money_unit": "GUSD", "target": "compute", "stress": {"start": 2028.0, "reacted": 2029.0}}
    goods = pl.DataFrame({"commodity": ["compute"], "unit": ["MH100e*year"]})
    return Results(run, {"cells": pl.DataFrame(cells), "nodes": pl.DataFrame(nodes), "commodities": goods})


def test_the_ranking_is_told_in_sentences_with_the_names_of_the_plan() -> None:
    section = stress(study(), NAMES)
    assert "2 nodes" in section.lead[0] and "2028" in section.lead[0]
    worst = section.lead[1]
    for said in (
        "Fab N3, Taiwan, lost for 12 months",
        "25",
        "2029–30",
        "36",
        "wafers (Fab N3)",
        "2.5 months without it",
    ):
        assert said in worst.replace("\N{NO-BREAK SPACE}", " ")
    assert "or longer" in section.lead[2]


def test_the_heat_map_has_a_row_for_each_node_and_is_deepest_where_most_is_lost() -> None:
    heat = next(part for part in stress(study(), NAMES).parts if isinstance(part, Heat))
    assert [(name, kind) for name, kind, _ in heat.rows] == [("Fab N3, Taiwan", "one plant"), ("AMD", "maker")]
    assert heat.columns == ("12 months",) and heat.rows[0][2][0].depth == 1.0
    assert heat.rows[1][2][0].depth == pytest.approx(0.1)


def test_without_a_study_there_is_no_section() -> None:
    assert stress(None, NAMES).parts == ()


@pytest.mark.parametrize(
    ("kind", "node", "said"),
    [("process", "fab_n3 in TWN", "Fab N3, Taiwan"), ("region", "TWN", "Taiwan"), ("material", "wafer", "Wafers")],
)
def test_nodes_are_said_as_people_say_them(kind: str, node: str, said: str) -> None:
    assert node_words(kind, node, NAMES) == said
