"""Where reports lie, and how a finished one takes its place: by one rename, never half-written."""

import contextlib
import ctypes
import errno
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from perfanalysis.errors import PlanError, Problem

#: Names beside the units' folders that no unit may take.
_TAKEN = frozenset({"run.json", "failed"})
_WINDOWS = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*%\x7f]|^[. ]|[. ]$')


def folder_name(code: str) -> str:
    """A unit's code as the name of one folder on every system: letters stay, what could leave the folder or upset one is %-written.

    >>> folder_name("101"), folder_name("../x"), folder_name("con")
    ('101', '%2E.%2Fx', 'con%')
    """
    name = _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), code)
    if name.lower() in _TAKEN or re.match(r"index(\.\w+)?\.html$", name.lower()) or _WINDOWS.match(name) or not name:
        name += "%"
    return name


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader sees the old content or the new, and nothing between."""
    content = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def publish_folder(staging: Path, place: Path) -> None:
    """Put the folder ``staging`` in the place of ``place`` (same file system).

    Where the system can exchange two names in one step (Linux, macOS), there is always a whole report to be seen. Elsewhere the old one
    is moved aside first; ``recover_folders`` puts it back should the machine stop just then.
    """
    if not place.exists():
        os.rename(staging, place)
        return
    if _exchange(staging, place):
        shutil.rmtree(staging, ignore_errors=True)
        return
    aside = place.with_name(f".old-{place.name}")
    shutil.rmtree(aside, ignore_errors=True)
    os.rename(place, aside)
    try:
        os.rename(staging, place)
    except OSError:
        os.rename(aside, place)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def recover_folders(outputs: Path) -> None:
    """Undo what a run that was killed left behind: reports moved aside come back, unfinished files go."""
    for aside in outputs.glob(".old-*"):
        place = outputs / aside.name.removeprefix(".old-")
        if place.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            os.rename(aside, place)
    shutil.rmtree(outputs / ".staging", ignore_errors=True)
    for name in ("run.json", "index"):
        for leftover in outputs.glob(f".{name}*-*"):
            leftover.unlink(missing_ok=True)


@contextlib.contextmanager
def hold_outputs(outputs: Path) -> Iterator[None]:
    """Keep ``outputs`` for one run; a second run at the same time is told so. The system lets go when the process ends, however it ends."""
    outputs.mkdir(parents=True, exist_ok=True)
    with open(outputs / ".lock", "a+b") as file:
        try:
            _lock(file)
        except OSError:
            raise PlanError([Problem("run_folder_held", found=str(outputs))]) from None
        yield


def _lock(file) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step; False where the system or the file system cannot."""
    arguments = {
        "linux": ("renameat2", (-100, os.fsencode(one), -100, os.fsencode(other), 2)),  # AT_FDCWD, RENAME_EXCHANGE
        "darwin": ("renamex_np", (os.fsencode(one), os.fsencode(other), 2)),  # RENAME_SWAP
    }.get(sys.platform)
    if arguments is None:
        return False
    try:
        function = getattr(ctypes.CDLL(None, use_errno=True), arguments[0])
    except (OSError, AttributeError):
        return False
    if function(*arguments[1]) == 0:
        return True
    if ctypes.get_errno() in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))
