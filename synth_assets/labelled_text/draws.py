"""Draws keyed by names, as the engine's are: a draw depends on nothing but the names it is asked for by."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """All the draws of one message, or of one order: `seed` and names key them, `purpose` tells them apart."""

    def __init__(self, seed: int, *names: str | int) -> None:
        self._key = "\x1f".join((str(seed), *map(str, names)))

    def number(self, purpose: str, below: int) -> int:
        """Return a number from 0 to `below` - 1; even up to 2**-64 of `below`."""
        digest = hashlib.blake2b(f"{self._key}\x1e{purpose}".encode(errors="surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big") * below >> 64

    def choice(self, purpose: str, values: Sequence[T]) -> T:
        """Return one of the values, all alike."""
        return values[self.number(purpose, len(values))]

    def chance(self, purpose: str, share: float) -> bool:
        """Return True in a share of all draws."""
        return self.number(purpose, 1_000_000) < share * 1_000_000
