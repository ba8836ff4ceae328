"""Choices: categories, words, fields of a shared record, constants, and strategies by case."""

from collections.abc import Sequence as Values

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.casting import convert, parse_values
from synth_assets.engine.fitting import fit_text
from synth_assets.engine.kernels import permute
from synth_assets.engine.registry import kernel
from synth_assets.engine.rows import RowSet, matches
from synth_assets.engine.strategies.text import draw_templates
from synth_assets.engine.string_kernels import fill_digits
from synth_assets.engine.templates import holds_templates, pick_category
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.strategies import Case, Categorical, Constant, Record, Vocabulary


@kernel("categorical")
def draw_categorical(rows: RowSet, plan: ColumnPlan, strategy: Categorical) -> pa.Array:
    """Draw one of the values by weight; each at most once when the column is unique."""
    logical = rows.table.column(plan.column).type
    values = rows.program.once(("values", strategy.values, logical), lambda: parse_values(strategy.values, logical))
    return values.take(pa.array(_pick(rows, plan, len(strategy.values), strategy.weights, f"{strategy.values}{strategy.weights}")))


@kernel("vocabulary")
def draw_vocabulary(rows: RowSet, plan: ColumnPlan, strategy: Vocabulary) -> pa.Array:
    """Draw one entry of a word list; entries that are templates are rendered."""
    words = rows.program.words(strategy.name, strategy.locale)
    if holds_templates(words.name):
        return draw_templates(rows, plan, words.values, words.weights, strategy.locale)
    logical = rows.table.column(plan.column).type
    values = rows.program.once(("values", words.name, words.locale, logical), lambda: parse_values(words.values, logical))
    chosen = values.take(pa.array(_pick(rows, plan, len(words.values), words.weights, f"words|{words.name}|{words.locale}")))
    return fit_text(chosen, rows, plan)


@kernel("record")
def draw_record(rows: RowSet, plan: ColumnPlan, strategy: Record) -> pa.Array:
    """Draw a field of the record that all columns of the group share in a row."""
    records = rows.program.records(strategy.vocabulary, strategy.locale)
    name = f"{records.name}|{records.locale}"

    def pick() -> pa.Array:
        draws = rows.table_draws(f"record:{strategy.group}:{strategy.vocabulary}", plan.column)
        return pa.array(pick_category(rows.program, f"records|{name}", draws, records.weights, len(records.rows)))

    index = rows.memoize(f"\0record:{strategy.group}:{name}:{rows.redraw_group(plan.column)}", pick)
    place = records.fields.index(strategy.field)
    field = rows.program.once(("field", name, strategy.field), lambda: pa.array([r[place] for r in records.rows], type=pa.string()))
    texts = field.take(index)
    if rows.program.once(("digits", name, strategy.field), lambda: any("#" in r[place] or "%" in r[place] for r in records.rows)):
        texts = fill_digits(texts, rows.draws(plan.column, "digits"))
    return fit_text(convert(texts, rows.table.column(plan.column).type), rows, plan)


@kernel("constant")
def draw_constant(rows: RowSet, plan: ColumnPlan, strategy: Constant) -> pa.Array:
    """Give every row the same value."""
    value = parse_values([strategy.value], rows.table.column(plan.column).type)
    return value.take(pa.array(np.zeros(len(rows), dtype=np.int64)))


@kernel("case")
def draw_case(rows: RowSet, plan: ColumnPlan, strategy: Case) -> pa.Array:
    """Split the rows by another column's value and let each part's strategy draw its own rows."""
    decided = rows.column(strategy.column)
    open_rows = np.ones(len(rows), dtype=np.bool_)
    parts: list[pa.Array] = []
    places: list[NDArray[np.int64]] = []
    for branch in strategy.branches:
        positions = np.flatnonzero(matches(decided, branch.values) & open_rows)
        open_rows[positions] = False
        if positions.size:
            parts.append(rows.program.draw_strategy(rows.take(positions), plan, branch.strategy))
            places.append(positions)
    rest = np.flatnonzero(open_rows)
    if rest.size or not parts:
        parts.append(rows.program.draw_strategy(rows.take(rest), plan, strategy.otherwise))
        places.append(rest)
    order = np.argsort(np.concatenate(places), kind="stable")
    return pa.concat_arrays(parts).take(pa.array(order))


def _pick(rows: RowSet, plan: ColumnPlan, count: int, weights: Values[float] | None, name: str) -> NDArray[np.int64]:
    if plan.unique:
        key = rows.key(plan.column, "permutation")
        return permute(rows.numbers, count, key.first, key.second)
    return pick_category(rows.program, name, rows.draws(plan.column), weights, count)
