"""One kernel for each strategy of the plan, by family; importing this package registers them all.

Here: functions (rows, column plan, strategy) -> Arrow array of the column's type, one value a row.
Not here: NULL rules (`RowSet` applies them), the choice of a parent row (engine/relations.py).
"""

from synth_assets.engine.strategies import aggregates, choices, derived, email, filled, keys, numbers, siblings, temporal, text

__all__ = ["aggregates", "choices", "derived", "email", "filled", "keys", "numbers", "siblings", "temporal", "text"]
