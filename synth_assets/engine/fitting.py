"""The last resort for text that is longer than its column: cut at a word boundary. Unique text is never cut."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth_assets.engine.failures import failure
from synth_assets.engine.rows import RowSet
from synth_assets.plan.model import ColumnPlan
from synth_assets.schema.types import TextType, head_of


def fit_text(array: pa.Array, rows: RowSet, plan: ColumnPlan) -> pa.Array:
    """Return the texts, each at most as long as the column allows: in characters, or in bytes where those count.

    Raises:
        GenerationError: If a text of a unique column is too long (its plan should not have been valid).
    """
    logical = rows.table.column(plan.column).type
    if not isinstance(logical, TextType) or logical.max_length is None:
        return array
    limit = logical.max_length
    lengths = pc.binary_length(array) if logical.in_bytes else pc.utf8_length(array)
    long_rows = np.flatnonzero(pc.fill_null(pc.greater(lengths, limit), False).to_numpy(zero_copy_only=False))
    if long_rows.size == 0:
        return array
    if plan.unique:
        row, text = int(rows.numbers[long_rows[0]]), str(array[int(long_rows[0])])
        message = f"the unique value of row {row} is longer than {limit} {logical.unit} and cannot be cut"
        raise failure("GEN106", f"{rows.table.key}.{plan.column}", message, text, "choose a strategy of shorter texts with an override")
    texts = array.take(pa.array(long_rows)).to_pylist()
    short = [shorten(t, limit, in_bytes=logical.in_bytes) for t in texts]
    return pc.replace_with_mask(array, _mask(len(array), long_rows), pa.array(short, type=array.type))


def fit_bytes(array: pa.Array, rows: RowSet, plan: ColumnPlan) -> pa.Array:
    """Return the texts as `fit_text` does where the column counts bytes, else unchanged: kernels mind characters by themselves."""
    logical = rows.table.column(plan.column).type
    return fit_text(array, rows, plan) if isinstance(logical, TextType) and logical.in_bytes else array


def shorten(text: str, limit: int, *, in_bytes: bool = False) -> str:
    """Return a text of at most `limit` characters, or bytes: whole sentences if one fits, else whole words, else its start."""
    head = head_of(text, limit, in_bytes=in_bytes)
    limit = len(head)
    sentence = max(head.rfind(". "), head.rfind("! "), head.rfind("? "))
    if sentence >= limit // 3:
        return head[: sentence + 1]
    space = head.rfind(" ")
    return head[:space].rstrip(" ,;:-") if space >= limit // 2 else head


def _mask(count: int, positions: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Array:
    mask = np.zeros(count, dtype=np.bool_)
    mask[positions] = True
    return pa.array(mask)
