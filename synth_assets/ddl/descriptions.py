"""What a table's comment says beyond the table's name: only then is it a description."""

import re

_FILLERS = frozenset(
    {"a", "an", "called", "create", "created", "creates", "creating", "creation", "definition", "exists", "for", "if", "is", "named"}
    | {"new", "not", "of", "structure", "table", "tables", "the", "this"}
)
_RUN = re.compile(r"[^\W_]+")
_CAMEL_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def description_of(comment: str | None, name: str, namespace: str | None) -> str | None:
    """Return a table's comment, or None where it only repeats its name: `Create the 'Books' table`, `Table Books`, `3. Books`."""
    said, own = _core(comment or ""), _core(name)
    return None if said in {"", own, _core(namespace or "") + own} else comment


def _core(text: str) -> str:
    """Return the words that say something, in order and run together: no fillers, no numbers, no plural's `s`."""
    parts = (part.casefold() for run in _RUN.findall(text) for part in _parts(run))
    return "".join(part.removesuffix("s") if len(part) > 3 else part for part in parts if part not in _FILLERS and not part.isdecimal())


def _parts(run: str) -> list[str]:
    """Return the words of `OrderItems`; letters beyond ASCII are not parted."""
    return _CAMEL_PART.findall(run) if run.isascii() else [run]
