"""All rules in the order they are asked: the one list to read, and to add to."""

from collections.abc import Callable

from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules import keys, types, unique_keys
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence

ColumnRule = Callable[[Evidence], ColumnPlan | None]
TableRule = Callable[[TableDraft], None]

COLUMN_RULES: tuple[ColumnRule, ...] = (
    keys.identity_column,
    keys.single_primary_key,
    types.by_type,
)
"""The first rule that answers decides; the last one always answers."""

TABLE_RULES: tuple[TableRule, ...] = (unique_keys.guarantee_unique_keys,)
"""Asked all, in order, once every column of the table has a plan."""
