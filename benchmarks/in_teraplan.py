"""The network in Teraplan: a case folder, read and checked like any other, then the labelled problem."""

import tempfile
from pathlib import Path

import highspy

from benchmarks.network import Network, write_case
from teraplan.case.case import Case
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.plan import read_case
from teraplan.solver import SMALL, Options, loaded


def read(made: Network) -> Case:
    """Return the network as a case."""
    with tempfile.TemporaryDirectory() as folder:
        return read_case(write_case(made, Path(folder) / "network"))


def stated(case: Case) -> Problem:
    """Return the problem with its names."""
    return build_problem(case)


def passed(problem: Problem) -> highspy.Highs:
    """Return a HiGHS that holds the program, with the method that `solve` would use."""
    return loaded(problem.program, Options(), "ipx" if problem.program.cost.size > SMALL else "simplex", True)
