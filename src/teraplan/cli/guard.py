"""How a command ends and how it tells what it does: exit codes, interrupts, progress. One place for all commands."""

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec

import typer
from rich.console import Console

from teraplan.errors import Infeasible, TeraplanError

Parameters = ParamSpec("Parameters")
EVERY = 10.0
"""Seconds between lines of progress when the output is not a terminal."""
OURS = 70
"""Exit code of a mistake of ours (EX_SOFTWARE)."""
INTERRUPTED = 130
WHY = "why, with the lines of the tables behind it: teraplan explain, with the same case and options"


def guarded(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Return the command with our exit codes: 2 input, 3 infeasible or unbounded, 4 limit, 5 audit, 130 interrupt.

    A mistake of ours ends with 70 and says how to see where it happened; never a traceback unless it is asked for.
    """

    @wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except Infeasible as error:
            _end(f"error: {error}\n{WHY}", error.exit_code)
        except TeraplanError as error:
            _end(f"error: {error}", error.exit_code)
        except KeyboardInterrupt:
            print("interrupted; runs that were already stored are whole", file=sys.stderr, flush=True)
            # Not an orderly exit: the solver's own threads, cancelled in the middle, would abort the interpreter.
            os._exit(INTERRUPTED)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if os.environ.get("TERAPLAN_TRACEBACK"):
                raise
            where = "set TERAPLAN_TRACEBACK=1 to see where, and please report it"
            _end(f"this is a mistake in Teraplan, not in your input: {type(error).__name__}: {error}\n{where}", OURS)

    return run


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """Yield a function that shows progress on standard error: a live line on a terminal, else a line now and then."""
    console, started = Console(stderr=True), time.perf_counter()
    if console.is_terminal:
        with console.status("reading") as status:
            yield lambda text: status.update(f"{text}  [dim]{time.perf_counter() - started:.0f} s[/dim]")
        return
    last, told = "", -EVERY

    def tell(text: str) -> None:
        nonlocal last, told
        kind, now = re.sub(r"\d", "", text.split("solving:")[0]), time.perf_counter()
        if kind != last or now - told >= EVERY:
            last, told = kind, now
            print(f"{now - started:6.1f} s  {text}", file=sys.stderr, flush=True)

    yield tell


def _end(message: str, code: int) -> None:
    print(message, file=sys.stderr)
    raise typer.Exit(code) from None
