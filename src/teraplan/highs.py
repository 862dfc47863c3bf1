"""What every use of HiGHS needs: a quiet one, a program in its form, and what its statuses mean to us."""

import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

import highspy

from teraplan.model.problem import LinearProgram

SMALLEST = 1e-12
"""Coefficients below this are left out of the matrix [1]."""
STATUSES: Mapping[str, str] = {
    "kOptimal": "optimal",
    "kInfeasible": "infeasible",
    "kUnbounded": "unbounded",
    "kUnboundedOrInfeasible": "unclear",
    "kTimeLimit": "limit",
    "kIterationLimit": "limit",
    "kSolutionLimit": "limit",
    "kMemoryLimit": "limit",
    "kObjectiveBound": "limit",
    "kObjectiveTarget": "limit",
    "kInterrupt": "interrupt",
    "kHighsInterrupt": "interrupt",
    "kModelEmpty": "optimal",
    "kUnknown": "unsure",
    "kNotset": "error",
    "kLoadError": "error",
    "kModelError": "error",
    "kPresolveError": "error",
    "kSolveError": "error",
    "kPostsolveError": "error",
}
_ONE_AT_A_TIME = threading.Lock()


def fresh() -> "highspy.Highs":
    """Return a HiGHS without its banner, which it prints from its constructor before any option can be set."""
    with _ONE_AT_A_TIME, suppress(OSError):
        if sys.stdout is not None:
            sys.stdout.flush()
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            return highspy.Highs()  # type: ignore[no-untyped-call]
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            os.close(nowhere)
    return highspy.Highs()  # type: ignore[no-untyped-call]


def model_of(program: LinearProgram) -> "highspy.HighsLp":
    """Return the program as HiGHS takes it."""
    columns = program.matrix.tocsc()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns.shape[1], columns.shape[0]
    model.col_cost_, model.offset_ = program.cost, program.offset
    model.col_lower_, model.col_upper_ = program.column_lower, program.column_upper
    model.row_lower_, model.row_upper_ = program.row_lower, program.row_upper
    model.sense_ = highspy.ObjSense.kMaximize if program.maximise else highspy.ObjSense.kMinimize
    inner = model.a_matrix_
    inner.format_ = highspy.MatrixFormat.kColwise
    inner.start_, inner.index_, inner.value_ = columns.indptr, columns.indices, columns.data
    if program.integer is not None:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(whole)] for whole in program.integer]
    return model
