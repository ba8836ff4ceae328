"""Files that appear whole or not at all, and operating-system errors told in our words.

A file is written under a hidden temporary name in its own folder, forced to disk, and renamed over
the old one. A process killed half-way leaves the old file; its temporary is removed by a later write.
"""

import errno
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from synth_assets.errors import Diagnostic, StorageError

_RETRYABLE = frozenset({errno.EAGAIN, errno.EINTR, errno.EBUSY, errno.ETIMEDOUT, errno.ESTALE, errno.EMFILE, errno.ENFILE})
_STALE_SECONDS = 24 * 3600
_TEMPORARY_SUFFIX = ".tmp"
_HINTS = {
    errno.ENOSPC: "free some space on that disk, or choose another data folder",
    errno.EDQUOT: "the disk quota is used up; choose another data folder",
    errno.EACCES: "check the folder's owner and permissions",
    errno.EROFS: "the file system is read-only; choose another data folder",
}


class ByteSink(Protocol):
    """What the writers of this project write to: a file, a ZIP member, a digest."""

    write: Callable[[bytes | memoryview], int]


@contextmanager
def storage_errors(action: str, path: Path, code: str = "STO102", *, if_missing: str = "") -> Iterator[None]:
    """Turn an OSError or a pyarrow error raised inside into StorageError.

    Args:
        action: A verb such as `write`.
        path: What is read or written.
        code: The code where the operating system refuses.
        if_missing: The hint where there is no such file: what it is, and who should have made it, only the caller knows.
    """
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        raise _storage_error("STO103", action, path, error, "the file or folder is not there", if_missing) from error
    except OSError as error:
        retryable = error.errno in _RETRYABLE
        hint = _HINTS.get(error.errno or 0, "try again" if retryable else "")
        raise _storage_error(code, action, path, error, "the operating system refuses", hint, retryable=retryable) from error
    except pa.ArrowException as error:
        raise _storage_error("STO106", action, path, error, "the file or its rows are not what they should be") from error


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a binary file that becomes `path` when the block ends, and leaves nothing when it raises.

    Raises:
        StorageError: The file cannot be made, forced to disk or renamed. What the block raises passes through.
    """
    with storage_errors("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale_temporaries(path)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_TEMPORARY_SUFFIX}")
        file = temporary.open("xb")
    try:
        yield file
        with storage_errors("write", path):
            file.flush()
            os.fsync(file.fileno())
            file.close()
            temporary.replace(path)
            _force_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            file.close()
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def write_text_atomically(path: Path, text: str) -> None:
    """Write UTF-8 text as a whole. Raises StorageError."""
    with atomic_file(path) as file, storage_errors("write", path):
        file.write(text.encode())


def write_text_once(path: Path, text: str) -> None:
    """Write UTF-8 text as a whole under a name that nobody has taken. Raises StorageError, to be tried again, where somebody has."""
    with storage_errors("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale_temporaries(path)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_TEMPORARY_SUFFIX}")
        try:
            with temporary.open("xb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            path.hardlink_to(temporary)  # Unlike a rename, this fails where the name is taken.
        except FileExistsError as error:
            hint = "look at what is there now, and try again"
            message = "another one was stored under this name meanwhile"
            raise _storage_error("STO105", "write", path, error, message, hint, retryable=True) from None
        finally:
            temporary.unlink(missing_ok=True)
        _force_folder(path.parent)


def _remove_stale_temporaries(path: Path) -> None:
    """Remove what writers of this file that were killed left over a day ago; a younger one may be at work."""
    horizon = time.time() - _STALE_SECONDS
    for entry in path.parent.iterdir():
        if entry.name.startswith(f".{path.name}.") and entry.name.endswith(_TEMPORARY_SUFFIX):
            with suppress(FileNotFoundError):
                if entry.stat().st_mtime < horizon:
                    entry.unlink()


def _force_folder(folder: Path) -> None:
    """Force the rename itself to disk, where the platform can open a folder."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _storage_error(
    code: str, action: str, path: Path, error: Exception, message: str, hint: str = "", *, retryable: bool = False
) -> StorageError:
    found = (error.strerror if isinstance(error, OSError) else None) or str(error).partition("\n")[0]
    diagnostic = Diagnostic(code=code, where=str(path), message=message, found=found[:300], hint=hint)
    return StorageError(f"cannot {action} {path.name}", [diagnostic], retryable=retryable)
