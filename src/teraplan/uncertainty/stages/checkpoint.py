"""What a decomposition has asked and been told, kept in a folder round by round, so that a killed run goes on."""

import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from teraplan.model.problem import LinearProgram
from teraplan.uncertainty.stages.parts import Answer, Cut, Part
from teraplan.uncertainty.stages.risk import Risk

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kept:
    """A folder, and the fingerprint of the question: rounds of another question are left alone."""

    folder: Path
    question: str

    def read(self) -> Iterator[tuple[Floats, list[Answer]]]:
        """Yield the trials that were asked, and what every part said, in order."""
        for path in sorted(self.folder.glob(f"{self.question}-*.npz")):
            with np.load(path) as held:
                trial, ends = held["trial"], np.cumsum(held["size"])[:-1]
                pieces = zip(np.split(held["at"], ends), np.split(held["gradient"], ends), strict=True)
                yield (
                    trial,
                    [
                        Answer(Cut(bool(feasible), at, gradient, float(constant)), float(cost), None, 0)
                        for feasible, (at, gradient), constant, cost in zip(
                            held["feasible"], pieces, held["constant"], held["cost"], strict=True
                        )
                    ],
                )

    def write(self, number: int, trial: Floats, answers: Sequence[Answer]) -> None:
        """Keep a round: the file is whole or not there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        cuts = [answer.cut for answer in answers]
        draft = self.folder / f".tmp-{os.getpid()}-{secrets.token_hex(4)}.npz"
        np.savez(
            draft,
            trial=trial,
            cost=np.array([answer.cost for answer in answers]),
            feasible=np.array([cut.feasible for cut in cuts]),
            constant=np.array([cut.constant for cut in cuts]),
            size=np.array([cut.at.size for cut in cuts]),
            at=np.concatenate([cut.at for cut in cuts]),
            gradient=np.concatenate([cut.gradient for cut in cuts]),
        )
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(self.folder / f"{self.question}-{number:05d}.npz")


def fingerprint(master: LinearProgram, parts: Sequence[Part], risk: Risk) -> str:
    """Return what tells one question from another: all numbers of master and parts, and the risk."""
    found = hashlib.sha256(repr(risk).encode())
    for part in (Part(master, np.zeros(0, dtype=np.intp), 1.0), *parts):
        one = part.program
        for numbers in (
            *(one.cost, one.matrix.data, one.matrix.indices, one.matrix.indptr, one.row_lower, one.row_upper),
            *(one.column_lower, one.column_upper, part.shared, np.array([one.offset, part.probability])),
            *(() if one.integer is None else (one.integer,)),
        ):
            found.update(np.ascontiguousarray(numbers).tobytes())
    return found.hexdigest()[:16]
