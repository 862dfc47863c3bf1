"""What a decomposition needs of HiGHS: many programs one after the other, each from its own basis, and one that grows.

A part is handed over whole, in arrays, and started from the basis that is given with it; so one HiGHS serves any number
of parts, and an answer depends on the part, the basis and nothing else. The master stays in HiGHS: rows are added and
taken out, bounds are changed, and it starts where it ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from teraplan.errors import TeraplanError
from teraplan.highs import SMALLEST, STATUSES, fresh, handed_over, run_apart
from teraplan.model.problem import LinearProgram

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
_KINDS = tuple(highspy.HighsBasisStatus.__members__.values())


class Basis:
    """The basis at which a solve ended; it can be sent to another process."""

    def __init__(self, held: "highspy.HighsBasis") -> None:
        """Hold a basis of HiGHS."""
        self.held = held

    def __reduce__(self) -> tuple[object, tuple[bytes, bytes]]:
        """Send it as two strings of bytes."""
        return basis_from, (bytes(map(int, self.held.col_status)), bytes(map(int, self.held.row_status)))


def basis_from(columns: bytes, rows: bytes) -> Basis:
    """Return the basis whose columns and rows have these statuses, one byte each."""
    held = highspy.HighsBasis()
    held.col_status, held.row_status = ([_KINDS[one] for one in side] for side in (columns, rows))
    held.valid = True
    return Basis(held)


@dataclass(frozen=True)
class Ended:
    """Where a solve ended: status, objective, values, duals of the rows, basis; iterations of simplex.

    For a program without a solution, dual is the ray that shows it (empty if there is none), and the objective is not a
    number. bound: what the search for whole numbers has shown (the objective, where there are none).
    """

    status: str
    objective: float
    bound: float
    value: Floats
    dual: Floats
    basis: Basis | None
    iterations: int


class Solver:
    """One HiGHS for many programs of any shape."""

    def __init__(self, tolerance: float = 1e-7) -> None:
        """Make it; tolerance: how far a row or a reduced cost may be from holding."""
        self._highs = fresh()
        _set(
            self._highs,
            {
                "output_flag": False,
                "threads": 1,
                "solver": "simplex",
                "small_matrix_value": SMALLEST,
                "primal_feasibility_tolerance": tolerance,
                "dual_feasibility_tolerance": tolerance,
            },
        )

    def solve(self, program: LinearProgram, basis: Basis | None = None, presolve: bool = False) -> Ended:
        """Return where the program without whole numbers ends, from a basis if there is one; never raises for that."""
        _pass(self._highs, program, None)
        options: dict[str, str | int] = {"presolve": "on" if presolve else "off"}
        # Devex weights need no set-up; without a basis the steepest edge is the better guide.
        _set(self._highs, options | {"simplex_dual_edge_weight_strategy": -1 if basis is None else 1})
        if basis is not None:
            _accepted(self._highs.setBasis(basis.held), "the basis")
        run_apart(self._highs)
        return _ended(self._highs)

    def solve_whole(self, program: LinearProgram, gap: float) -> Ended:
        """Return where the search for whole numbers ends, to a relative gap."""
        _pass(self._highs, program, program.integer)
        _set(self._highs, {"presolve": "choose", "mip_rel_gap": gap, "mip_abs_gap": 1e-9})
        run_apart(self._highs)
        return _ended(self._highs)


class Master:
    """A program that stays in HiGHS while rows come and go and bounds change; solved again from where it ended."""

    def __init__(self, program: LinearProgram, tolerance: float = 1e-9) -> None:
        """Hold a program; tolerance: how far a row or a reduced cost may be from holding."""
        self._highs = fresh()
        self._width = program.matrix.shape[1]
        self._lower, self._upper = program.column_lower.copy(), program.column_upper.copy()
        _set(
            self._highs,
            {
                "output_flag": False,
                "threads": 1,
                "small_matrix_value": SMALLEST,
                "primal_feasibility_tolerance": tolerance,
                "dual_feasibility_tolerance": tolerance,
            },
        )
        _pass(self._highs, program, program.integer)
        self.whole = program.integer is not None

    @property
    def height(self) -> int:
        """How many rows it has."""
        return int(self._highs.getNumRow())

    def bound(self, lower: Floats, upper: Floats) -> None:
        """Keep every column between these."""
        at = np.flatnonzero((lower != self._lower) | (upper != self._upper)).astype(np.int32)
        _accepted(self._highs.changeColsBounds(at.size, at, lower[at], upper[at]), "bounds")
        self._lower, self._upper = lower.copy(), upper.copy()

    def add(self, rows: sparse.csr_matrix, lower: Floats, upper: Floats) -> None:
        """Add rows at the end."""
        start, index = rows.indptr[:-1].astype(np.int32), rows.indices.astype(np.int32)
        _accepted(self._highs.addRows(rows.shape[0], lower, upper, rows.nnz, start, index, rows.data), "rows")

    def remove(self, rows: Integers) -> None:
        """Take rows out."""
        _accepted(self._highs.deleteRows(rows.size, rows.astype(np.int32)), "rows")

    def solve(self, gap: float = 0.0, guess: Floats | None = None) -> Ended:
        """Return where it ends; for whole numbers to a relative gap, from a guess of all columns if there is one."""
        if self.whole:
            _set(self._highs, {"mip_rel_gap": gap, "mip_abs_gap": 1e-9, "mip_feasibility_tolerance": 1e-9})
            if guess is not None:
                self._highs.setSolution(guess.size, np.arange(guess.size, dtype=np.int32), guess)
            run_apart(self._highs)
            return _ended(self._highs)
        _set(self._highs, {"solver": "simplex", "presolve": "off", "simplex_dual_edge_weight_strategy": 1})
        run_apart(self._highs)
        ended = _ended(self._highs)
        if ended.status in ("optimal", "infeasible", "unbounded"):
            return ended
        self._highs.clearSolver()
        _set(self._highs, {"solver": "choose", "presolve": "on", "simplex_dual_edge_weight_strategy": -1})
        run_apart(self._highs)
        return _ended(self._highs)


def _pass(highs: "highspy.Highs", program: LinearProgram, integer: NDArray[np.bool_] | None) -> None:
    if not handed_over(highs, replace(program, integer=integer)):
        raise TeraplanError("HiGHS refused a program: a coefficient or bound is out of range")


def _ended(highs: "highspy.Highs") -> Ended:
    status, info = STATUSES[highs.getModelStatus().name], highs.getInfo()
    found, dual = highs.getSolution(), np.zeros(0)
    if status == "optimal":
        dual = np.array(found.row_dual, dtype=np.float64)
    elif status == "infeasible":
        _, there, ray = highs.getDualRay()  # type: ignore[attr-defined]
        dual = np.array(ray, dtype=np.float64) if there else dual
    basis = highs.getBasis()
    return Ended(
        status,
        float(info.objective_function_value) if status == "optimal" else float("nan"),
        float(info.mip_dual_bound),
        np.array(found.col_value, dtype=np.float64),
        dual,
        Basis(basis) if basis.valid else None,
        max(0, int(info.simplex_iteration_count)),
    )


def _set(highs: "highspy.Highs", options: Mapping[str, str | int | float | bool]) -> None:
    for name, value in options.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise TeraplanError(f"this HiGHS does not take {name} = {value!r}")


def _accepted(status: "highspy.HighsStatus", what: str) -> None:
    if status == highspy.HighsStatus.kError:
        raise TeraplanError(f"HiGHS refused {what}: a coefficient or bound is out of range")
