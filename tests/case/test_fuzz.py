"""Whatever happens to the files of a case, reading it gives a case or its faults, and nothing else."""

from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from case.folders import FILES, write
from case.mutations import mutation_of, outcome, put
from case.rich import RICH
from teraplan.case.tables import TABLES

SMALL_ROUNDS, RICH_ROUNDS = 4, 2
"""Rounds of ten mutations each; `python -m benchmarks.run mutations` makes two hundred more."""


def damage(folder: Path, files: Mapping[str, str], seed: int, scenario: str | None = None) -> list[str]:
    """The outcomes of ten cases with one or two damaged files each."""
    random, outcomes = Random(seed), []
    write(folder, files)
    for _ in range(10):
        chosen = random.sample(sorted(files), random.choice((1, 1, 2)))
        for name in chosen:
            put(folder / name, mutation_of(name, random)(files[name], random))
        outcomes.append(outcome(folder, scenario))
        for name in chosen:
            put(folder / name, files[name])
    return outcomes


def test_the_rich_case_has_every_table_and_no_fault(tmp_path: Path) -> None:
    assert {f"{name}.csv" for name in TABLES} <= RICH.keys()
    assert outcome(write(tmp_path, RICH), "dear") == "case"


@pytest.mark.parametrize("seed", range(SMALL_ROUNDS))
def test_damage_to_the_small_case_ends_in_a_case_or_in_faults(tmp_path: Path, seed: int) -> None:
    assert set(damage(tmp_path, FILES, seed)) <= {"case", "faults"}


@pytest.mark.parametrize("seed", range(RICH_ROUNDS))
def test_damage_to_the_rich_case_ends_in_a_case_or_in_faults(tmp_path: Path, seed: int) -> None:
    assert set(damage(tmp_path, RICH, 1_000 + seed, "dear")) <= {"case", "faults"}
