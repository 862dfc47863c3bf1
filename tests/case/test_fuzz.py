"""Whatever happens to the files of a case, reading it gives a case or its faults, and nothing else."""

from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from case.folders import FILES, write
from case.mutations import mutated
from case.rich import RICH
from teraplan.case.assemble import assemble
from teraplan.case.read import load_tables
from teraplan.case.tables import TABLES
from teraplan.errors import CaseError

SMALL_ROUNDS, RICH_ROUNDS = 15, 3
"""Rounds of ten mutations each."""


def outcome(folder: Path, scenario: str | None) -> str:
    """Read a case: `case`, or `faults` after a look at each of them. Any other error is let through."""
    try:
        assemble(load_tables(folder, scenario))
    except CaseError as error:
        assert error.faults and str(error)
        assert all(fault.where and fault.what and fault.fix for fault in error.faults)
        return "faults"
    return "case"


def damage(folder: Path, files: Mapping[str, str], seed: int, scenario: str | None = None) -> list[str]:
    """The outcomes of ten cases with one or two damaged files each."""
    random, outcomes = Random(seed), []
    write(folder, files)
    for _ in range(10):
        chosen = random.sample(sorted(files), random.choice((1, 1, 2)))
        write(folder, {name: mutated(name, files[name], random) for name in chosen})
        outcomes.append(outcome(folder, scenario))
        write(folder, {name: files[name] for name in chosen})
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
