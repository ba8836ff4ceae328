"""Texts that were written for single rows, and borrowed by the others."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth_assets.engine.casting import convert
from synth_assets.engine.filled import choose_rows, render, texts_of
from synth_assets.engine.fitting import fit_text
from synth_assets.engine.registry import kernel
from synth_assets.engine.rows import RowSet
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.strategies import Filled


@kernel("filled")
def draw_filled(rows: RowSet, plan: ColumnPlan, strategy: Filled) -> pa.Array:
    """Give each row its own text, or that of a row which agrees with it; the other strategy where there is none."""
    filled = rows.program.filled.get(rows.table.key)
    if filled is None or plan.column not in filled.column_names:
        return rows.program.draw_strategy(rows, plan, strategy.otherwise)
    name = ("filled texts", rows.table.key, plan.column, strategy.mentions)
    texts = rows.program.alone(name, lambda: texts_of(filled, plan.column, strategy))
    written = render(rows, strategy, texts, choose_rows(rows, strategy, filled))
    drawn = fit_text(convert(written, rows.table.column(plan.column).type), rows, plan)
    open_rows = np.flatnonzero(drawn.is_null().to_numpy(zero_copy_only=False))
    if not open_rows.size:
        return drawn
    rest = rows.program.draw_strategy(rows.take(open_rows), plan, strategy.otherwise)
    mask = np.zeros(len(rows), dtype=np.bool_)
    mask[open_rows] = True
    return pc.replace_with_mask(drawn, pa.array(mask), rest)
