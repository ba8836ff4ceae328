"""Foreign keys to tables the DDL does not declare: keys as such a table would have them."""

from decimal import Decimal

from synth_assets.plan.distributions import Power
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules.draft import propose
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.strategies import Number, Uuid
from synth_assets.schema.types import DecimalType, IntegerType, LogicalType

_PARENT_ROWS = 1000
"""Rows such a parent is taken to have."""


def key_of_missing_parent(evidence: Evidence) -> ColumnPlan | None:
    """Whole numbers from 1, some named often and most seldom, or UUIDs; texts are left to what their names say."""
    key = next((k for k in evidence.table.missing_parents if k.columns == (evidence.name,)), None)
    if key is None:
        return None
    reason = f"foreign key to '{key.parent_table}', which the DDL does not declare"
    if evidence.kind == "uuid":
        return propose(evidence, Uuid(), reason, origin="ddl")
    high = min(_PARENT_ROWS, _greatest(evidence.type))
    if evidence.kind not in {"integer", "decimal"} or high < 1:
        return None
    number = Number(low=Decimal(1), high=Decimal(high), distribution=Power(exponent=2.0), decimals=0)
    return propose(evidence, number, reason, origin="ddl")


def _greatest(logical: LogicalType) -> int:
    match logical:
        case IntegerType(bits=bits):
            return int(2 ** (bits - 1) - 1)
        case DecimalType(precision=int(precision), scale=scale):
            return int(10 ** (precision - (scale or 0)) - 1)
        case _:
            return _PARENT_ROWS
