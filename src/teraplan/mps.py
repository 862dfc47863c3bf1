"""A problem as a file of the format MPS, for other solvers: the solver room's way out, which HiGHS itself writes."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import highspy

from teraplan.errors import TeraplanError
from teraplan.highs import SMALLEST, fresh
from teraplan.model.names import column_names, row_names
from teraplan.model.problem import LinearProgram, Problem


def write_mps(problem: Problem, path: Path) -> None:
    """Write the program as free MPS, rows and columns named by what they are; OSError if that cannot be done.

    In the form that all readers agree on: a minimum (what is maximised has its sign turned), and the constant of the
    objective as the cost of a last column `constant` that is 1, where there is one.
    """
    program, columns = problem.program, column_names(problem)
    turned = -1.0 if program.maximise else 1.0
    model = _model(replace(program, cost=turned * program.cost, offset=0.0, maximise=False))
    model.model_name_ = "teraplan"
    model.col_names_, model.row_names_ = columns, row_names(problem)
    highs = fresh()
    for name, value in (("output_flag", False), ("small_matrix_value", SMALLEST)):
        highs.setOptionValue(name, value)
    if highs.passModel(model) == highspy.HighsStatus.kError:
        raise TeraplanError("HiGHS refused the program: a coefficient or bound is out of range")
    if program.offset:
        highs.addCol(turned * program.offset, 1.0, 1.0, 0, [], [])
        highs.passColName(len(columns), "constant")
    with TemporaryDirectory(dir=path.parent) as folder:
        written = Path(folder) / "program.mps"
        if highs.writeModel(str(written)) == highspy.HighsStatus.kError:
            raise OSError(f"HiGHS cannot write {path}")
        written.replace(path)


def _model(program: LinearProgram) -> "highspy.HighsLp":
    """Return the program as one object, which can be given names."""
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
