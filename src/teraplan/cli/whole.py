"""Files and folders that a command makes: whole or not there at all, and nothing that stood there is lost."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from teraplan.errors import CaseError, Fault


@contextmanager
def whole(destination: Path, *, force: bool = False) -> Iterator[Path]:
    """Yield a path beside the destination to write a file or folder to; it is renamed when the block ends without error.

    force: whether a file that stands there, or a folder that is a case, gives way. Raises CaseError where something
    stands there that may not be replaced, or where nothing can be written.
    """
    _check_free(destination, force)
    making = destination.with_name(f".{destination.name}.{os.getpid()}")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        yield making
        _put(making, destination)
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        fix = "choose a folder that you may write to, with room on its disk"
        raise CaseError(str(destination), (Fault(str(error.filename or destination), what, fix),)) from error
    finally:
        _remove(making)


def _check_free(destination: Path, force: bool) -> None:
    there = destination.exists() or destination.is_symlink()
    if there and not force:
        fault = Fault(str(destination), "is there already", "choose another name, or remove it")
        raise CaseError(str(destination), (fault,))
    if there and destination.is_dir() and not (destination / "case.toml").is_file():
        fault = Fault(str(destination), "is a folder that is no case, and is not replaced", "choose another name")
        raise CaseError(str(destination), (fault,))


def _put(made: Path, destination: Path) -> None:
    """Rename what was made to its place; what stood there steps aside before, and comes back if that fails."""
    if not destination.is_dir():
        made.replace(destination)
        return
    aside = made.with_name(f"{made.name}.old")
    destination.rename(aside)
    try:
        made.rename(destination)
    except BaseException:
        aside.rename(destination)
        raise
    _remove(aside)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
