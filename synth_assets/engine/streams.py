"""The one door to randomness: a stream is keyed by names, a draw by the row number.

A draw is a 64-bit hash of (key, row number), so any row can be drawn alone, in any order, on any
machine. Keys are the 16 bytes of BLAKE2b over seed and names; the hash is the splitmix64 finaliser
(Steele, Lea and Flood 2014) with the second half of the key between its rounds.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_assets.engine.kernels import hash_rows

Rows = NDArray[np.int64]
Draws = NDArray[np.uint64]

ATTEMPT_SHIFT = 44
"""A redrawn row uses row number + attempt * 2**44: beyond any row count a request may ask for."""


@dataclass(frozen=True)
class StreamKey:
    """Two 64-bit halves of a stream's key."""

    first: np.uint64
    second: np.uint64

    def draw(self, rows: Rows) -> Draws:
        """Return one 64-bit draw for each row number: uint64, shape of `rows`."""
        return hash_rows(rows, self.first, self.second)


def stream_key(seed: int, *names: str) -> StreamKey:
    """Return the key of the stream that belongs to these names (schema, table, column, purpose)."""
    text = "\x1f".join((str(seed), *names)).encode()
    halves = np.frombuffer(hashlib.blake2b(text, digest_size=16).digest(), dtype="<u8")
    return StreamKey(np.uint64(halves[0]), np.uint64(halves[1]))


def threshold_of(fraction: float) -> np.uint64:
    """Return the draw below which a share `fraction` of all draws lies (fraction in [0, 1])."""
    return np.uint64(min(int(fraction * 2.0**64), 2**64 - 1))
