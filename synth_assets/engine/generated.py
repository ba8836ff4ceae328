"""Generated columns that other tables refer to: what the database will compute, computed here as well."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from synth_assets.engine.casting import as_text, convert
from synth_assets.engine.failures import failure
from synth_assets.engine.rows import RowSet
from synth_assets.schema.expressions import Arithmetic, Call, ColumnRef, Expression, Literal
from synth_assets.schema.generated import is_computable

_ARITHMETIC = {"+": pc.add_checked, "-": pc.subtract_checked, "*": pc.multiply_checked}
_CALLS = {"lower": pc.utf8_lower, "upper": pc.utf8_upper, "trim": pc.utf8_trim_whitespace, "length": pc.utf8_length, "abs": pc.abs_checked}


def compute_generated(rows: RowSet, name: str) -> pa.Array:
    """Return the values of a generated column, in its own type. Raises GenerationError (GEN113) where it is not understood."""
    column = rows.table.column(name)
    if column.generated_tree is None or not is_computable(rows.table, name):
        message = "the database computes the column, and what it computes is not understood"
        raise failure("GEN113", f"{rows.table.key}.{name}", message, column.generated or "", "let keys refer to a stored column")
    values = _evaluate(column.generated_tree, rows)
    return convert(values if isinstance(values, pa.Array) else pa.array([values.as_py()] * len(rows), values.type), column.type)


def _evaluate(tree: Expression, rows: RowSet) -> Any:
    match tree:
        case Literal(type="number", text=text):
            return pa.scalar(int(text), pa.int64())
        case Literal(text=text):
            return pa.scalar(text, pa.string())
        case ColumnRef(name=name):
            values = rows.column(name)
            return values.cast(pa.int64()) if pa.types.is_integer(values.type) else values
        case Arithmetic(operator="||", left=left, right=right):
            return pc.binary_join_element_wise(_text(_evaluate(left, rows)), _text(_evaluate(right, rows)), "")
        case Arithmetic(operator=operator, left=left, right=right):
            return _ARITHMETIC[operator](_evaluate(left, rows), _evaluate(right, rows))
        case Call(function="coalesce", arguments=arguments):
            return pc.coalesce(*(_evaluate(a, rows) for a in arguments))
        case Call(function=function, arguments=(inner,)):
            return _CALLS[function](_evaluate(inner, rows))
        case _:
            raise AssertionError(f"{tree.kind} was taken for computable")


def _text(values: Any) -> Any:
    return as_text(values) if isinstance(values, pa.Array) else pa.scalar(str(values.as_py()), pa.string())
