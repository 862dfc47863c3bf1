"""Work for workers: functions of a module, so that another process can be told of them by name."""

import os
import signal
import time
from pathlib import Path

import polars as pl

from teraplan.errors import Infeasible


def square(number: float) -> float:
    return number * number


def framed(number: float) -> pl.DataFrame:
    return pl.DataFrame({"number": [number], "square": [number * number]})


def slow(number: float) -> pl.DataFrame:
    time.sleep(0.1)
    return framed(number)


def noted(item: tuple[float, str]) -> pl.DataFrame:
    """The square, after a note that the work was done."""
    number, folder = item
    with (Path(folder) / f"{number:g}").open("a") as notes:
        notes.write("done\n")
    return framed(number)


def picky(number: float) -> pl.DataFrame:
    """What a case without an answer says is 1; a mistake is 2."""
    if number == 1:
        raise Infeasible("no plan can meet the case")
    if number == 2:
        raise ZeroDivisionError("two")
    return framed(number)


def killed(item: tuple[float, str]) -> pl.DataFrame:
    """Number 3 ends its process as often as the folder has files to take away."""
    number, folder = item
    if number == 3:
        for left in Path(folder).glob("kill*"):
            left.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
    return framed(number)


def threads(_: float) -> str:
    return os.environ["POLARS_MAX_THREADS"]
