"""Whatever the exact rooms are handed is answered, or refused by name; never a traceback, never a warning of numpy."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest

from rooms.hostile import CALLS, HOSTILE
from teraplan import finance
from teraplan.errors import ArgumentError
from teraplan.finance.project import MEASURES, ProjectResult

NONE_OF_ONE_YEAR = {"dscr", "llcr_by_year", "plcr_by_year"}
"""Lines that are NaN in years without debt, as they say."""


def not_finite(answer: object, name: str = "answer") -> Iterator[str]:
    """Yield the names of parts of an answer that hold NaN or infinity."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            yield from not_finite(value, str(key))
    elif dataclasses.is_dataclass(answer):
        for part in dataclasses.fields(answer):
            yield from not_finite(getattr(answer, part.name), part.name)
    elif isinstance(answer, float | np.ndarray) and not np.isfinite(np.asarray(answer, dtype=float)).all():
        yield name


@pytest.mark.parametrize(("function", "good"), CALLS, ids=lambda one: getattr(one, "__qualname__", ""))
def test_what_is_handed_by_mistake_is_refused_by_name(
    function: Callable[..., object], good: Mapping[str, object]
) -> None:
    function(**good)
    for argument in good:
        for what, value in HOSTILE.items():
            try:
                answer = function(**{**good, argument: value})
            except ArgumentError as error:
                assert error.faults and all(fault.where and fault.what and fault.fix for fault in error.faults)
                continue
            lacking = set(not_finite(answer)) - NONE_OF_ONE_YEAR
            financed = isinstance(answer, finance.Measures | finance.Offtake)
            says_none = set(MEASURES) if financed else {"answer", "rate"}
            assert lacking <= says_none, (argument, what, lacking)
            assert not lacking or what in ("negative", "zero", "tiny", "a fraction", "a half more"), (argument, what)


@pytest.mark.parametrize("term", [one.name for one in dataclasses.fields(finance.Terms)])
def test_a_term_that_makes_no_sense_is_refused_by_its_name(term: str) -> None:
    good = {"gearing": 0.5, "dscr": 1.2, "tenor": 3}
    for what, value in HOSTILE.items():
        try:
            result = finance.project([30.0] * 5, 10.0, [20.0, 20.0], finance.Terms(**{**good, term: value}), volume=1.0)
        except ArgumentError as error:
            wheres = {fault.where for fault in error.faults}
            assert wheres & {f"terms.{term}", "terms.principal", "scenarios", "numbers", "terms", "terms.mezzanine",
                             "terms.tenor", "terms.life"}, (what, wheres)  # fmt: skip
            continue
        assert isinstance(result, ProjectResult)
        assert set(not_finite(result)) <= NONE_OF_ONE_YEAR | set(MEASURES), what
