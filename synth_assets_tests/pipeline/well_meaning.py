"""A model that has something to say of every column, of the column's own type, and means no harm."""

import random
from typing import Any

from synth_assets.plan.free_columns import FreeColumn


def say_of(free: FreeColumn, rng: random.Random) -> dict[str, Any]:
    """Return an answer about a column that is of its own type, at random."""
    kind, strategy = free.column.type.kind, free.plan.strategy
    nulls = {"null_fraction": rng.choice([0, 0.1, 0.5, 1])} if rng.random() < 0.5 else {}
    values = getattr(strategy, "values", ())
    if values and rng.random() < 0.8:
        kept = [v for v in values if rng.random() < 0.8]
        return {"kind": "categorical", "values": [{"value": v, "weight": rng.uniform(0, 10)} for v in kept], **nulls}
    if kind in {"integer", "decimal", "float"}:
        low = rng.choice([0, 1, -50, 0.01, 10_000])
        shape = rng.choice(["uniform", "normal", "lognormal", "exponential", "falling", "rising"])
        return {"kind": "number", "low": low, "high": low + rng.choice([1, 40, 9_000, 10**9]), "typical": low + 3, "shape": shape, **nulls}
    if kind in {"date", "timestamp"}:
        first = rng.choice(["1990-05-05", "2015-01-01", "2025-12-31"])
        last = rng.choice(["2016-01-01", "2026-06-30", "2027-01-01"])
        return {"kind": "temporal", "first_day": first, "last_day": last, "shape": rng.choice(["uniform", "rising"]), **nulls}
    if rng.random() < 0.5:
        return {"kind": "vocabulary", "vocabulary": rng.choice(["noun", "city", "color", "adjective"]), **nulls}
    return {"kind": "template", "templates": ["{vocabulary:noun|upper} {number:1-99}", "{pattern:[A-Z]{2}}"], **nulls}
