"""The network in Teraplan: a case folder, read and checked like any other, then the labelled problem."""

import tempfile
from pathlib import Path

import highspy
import numpy as np

from benchmarks import bare
from benchmarks.network import Network, write_case
from teraplan.case.case import Case
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.plan import read_case


def read(made: Network) -> Case:
    """Return the network as a case."""
    with tempfile.TemporaryDirectory() as folder:
        return read_case(write_case(made, Path(folder) / "network"))


def stated(case: Case) -> Problem:
    """Return the problem with its names."""
    return build_problem(case)


def passed(problem: Problem) -> highspy.Highs:
    """Return a HiGHS that holds the program."""
    program = problem.program
    assert not np.any(program.column_lower)
    matrices = bare.Matrices(
        program.cost, program.matrix.tocsc(), program.row_lower, program.row_upper, program.column_upper
    )
    return bare.passed(matrices)
