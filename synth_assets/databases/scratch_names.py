"""Names of scratch places: recognisable, never met twice, and telling when they were made."""

import re
import secrets
import time

_PREFIX = "synth_prove_"
_NAME = re.compile(rf"{_PREFIX}([0-9a-f]{{8}})[0-9a-f]{{8}}")
STALE_SECONDS = 24 * 3600
"""A place older than this belongs to a process that was killed."""

LIKE = _PREFIX.replace("_", r"\_") + "%"
"""Finds them all in a catalogue."""


def scratch_name() -> str:
    """Return `synth_prove_<time><random>`, both in eight hexadecimal digits."""
    return f"{_PREFIX}{int(time.time()):08x}{secrets.token_hex(4)}"


def is_stale(name: str) -> bool:
    """Tell whether a name is a scratch place's, made over a day ago."""
    found = _NAME.fullmatch(name)
    return found is not None and int(found[1], 16) < time.time() - STALE_SECONDS
