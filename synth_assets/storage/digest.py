"""SHA-256 of files on disk and of bytes on their way."""

import hashlib
from pathlib import Path

from synth_assets.storage.atomic import storage_errors

_BLOCK = 1 << 20


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 hex digest of a file. Raises StorageError."""
    digest = hashlib.sha256()
    with storage_errors("read", path, "STO101"), path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


class CountingSink:
    """A file-like object that keeps nothing but the number and the digest of the bytes written to it."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.bytes_written = 0
        self.closed = False

    def write(self, data: bytes | memoryview) -> int:
        """Count and digest the bytes."""
        self._digest.update(data)
        size = memoryview(data).nbytes
        self.bytes_written += size
        return size

    def tell(self) -> int:
        return self.bytes_written

    def flush(self) -> None:
        """Do nothing: there is no buffer."""

    def close(self) -> None:
        self.closed = True

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()
