"""What every use of HiGHS needs: a quiet one, a program in its form, and what its statuses mean to us."""

import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

import highspy
import numpy as np

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


def run_apart(highs: "highspy.Highs") -> None:
    """Run in a thread of its own.

    HiGHS keeps a number of threads for each thread that calls it, and from then on refuses to run there with another
    number: who has solved something before, with us or without, would get no answer.
    """
    worker = threading.Thread(target=highs.run, daemon=True)
    worker.start()
    worker.join()


def handed_over(highs: "highspy.Highs", program: LinearProgram) -> bool:
    """Let a HiGHS hold the program; return whether it takes it.

    As arrays, which takes a seventh of the time of a `HighsLp`, whose fields are copied number by number.
    """
    columns = program.matrix.tocsc()
    whole = np.zeros(columns.shape[1], dtype=np.int32) if program.integer is None else program.integer.astype(np.int32)
    sense = highspy.ObjSense.kMaximize if program.maximise else highspy.ObjSense.kMinimize
    status = highs.passModel(
        columns.shape[1], columns.shape[0], columns.nnz,
        int(highspy.MatrixFormat.kColwise), int(sense), program.offset,
        program.cost, program.column_lower, program.column_upper, program.row_lower, program.row_upper,
        columns.indptr, columns.indices, columns.data,
        whole,
    )  # fmt: skip
    return status != highspy.HighsStatus.kError
