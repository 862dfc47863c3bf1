"""Files and folders that a command makes: whole or not there at all, and nothing that stood there is lost."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from teraplan.errors import CaseError, Fault


@contextmanager
def whole(destination: Path, *, force: bool = False) -> Iterator[Path]:
    """Yield a path of the same name to write a file or folder to; it is moved to the destination when it is whole.

    force: whether a file that stands there, or a folder that is a case, gives way. Raises CaseError where something
    stands there that may not be replaced, or where nothing can be written.
    """
    _check_free(destination, force)
    place = destination.parent.resolve() / destination.name
    beside = place.parent / f".tmp-{place.name}-{os.getpid()}"
    try:
        beside.mkdir(parents=True)
        yield beside / place.name
        _put(beside, place)
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        fix = "choose a folder that you may write to, with room on its disk"
        raise CaseError(str(destination), (Fault(str(destination), what, fix),)) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _check_free(destination: Path, force: bool) -> None:
    there = destination.exists() or destination.is_symlink()
    if there and not force:
        fault = Fault(str(destination), "is there already", "choose another name, or remove it")
        raise CaseError(str(destination), (fault,))
    if there and destination.is_dir() and not (destination / "case.toml").is_file():
        fault = Fault(str(destination), "is a folder that is no case, and is not replaced", "choose another name")
        raise CaseError(str(destination), (fault,))


def _put(beside: Path, place: Path) -> None:
    """Rename what was made to its place; a folder that stood there steps aside before, and comes back if that fails."""
    made, aside = beside / place.name, beside / f"{place.name}.old"
    if place.is_dir() and not made.is_dir():
        fault = Fault(str(place), "is a folder, and a file was to be written", "choose another name")
        raise CaseError(str(place), (fault,))
    if not place.is_dir():
        made.replace(place)
        return
    place.rename(aside)
    try:
        made.rename(place)
    except BaseException:
        aside.rename(place)
        raise
