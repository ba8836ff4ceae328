"""Identity of a schema: digests of what it says, blind to where in the file it says it."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel

from synth_assets.schema.model import Schema, Table

_PLACE_FIELDS = frozenset({"where", "passed_over", "expression_trees", "predicate_tree", "generated_tree"})
"""Places, and what is read out of other fields."""


def canonical_digest(value: Any) -> str:
    """Return the SHA-256 hex digest of a JSON-able value, independent of key order."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint_table(table: Table) -> str:
    """Return the digest of one table: names, types, constraints, comments; not its place in the file."""
    return canonical_digest(_without_places(_dump(table)))


def fingerprint_schema(schema: Schema) -> str:
    """Return the digest of all tables, independent of their order in the file."""
    return canonical_digest({"dialect": schema.dialect, "tables": {t.key: fingerprint_table(t) for t in schema.tables}})


def _dump(model: BaseModel) -> Any:
    return model.model_dump(mode="json")


def _without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_places(v) for k, v in value.items() if k not in _PLACE_FIELDS}
    if isinstance(value, list):
        return [_without_places(v) for v in value]
    return value
