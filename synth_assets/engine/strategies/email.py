"""Addresses: unique by construction, made of the row's names, at domains reserved for examples (RFC 2606)."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth_assets.engine.casting import as_text, convert
from synth_assets.engine.kernels import scale_draws
from synth_assets.engine.registry import kernel
from synth_assets.engine.rows import RowSet
from synth_assets.engine.strategies.text import growing_permutation
from synth_assets.engine.string_kernels import Piece, constant_piece, dictionary_of, join_pieces, piece_of_array
from synth_assets.engine.templates import pick_category
from synth_assets.engine.transliteration import letters_only
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.strategies import Email

SEPARATORS = (".", "_", "", ".", "_")
"""By style: first.last, first_last, firstlast, f.last, f_last. The text tells its style, so no two styles meet."""

INITIAL_STYLES = (3, 4)
_SHORTEST = 2
_TAG_DIGITS = 8


@kernel("email")
def draw_email(rows: RowSet, plan: ColumnPlan, strategy: Email) -> pa.Array:
    """Write given and family name in one of five styles, a number where needed, and a reserved domain.

    (style, domain, number) is a permutation of the row number and can be read back from the text, so
    two rows never share an address, whatever their names.
    """
    domains = rows.program.words("email_domain", "en_US").values
    limit = getattr(rows.table.column(plan.column).type, "max_length", None)
    if limit is not None:
        domains = tuple(d for d in domains if len(d) + 1 + _TAG_DIGITS + 2 * _SHORTEST + 1 <= limit) or (min(domains, key=len),)
    variants = len(SEPARATORS) * len(domains)
    if plan.unique:
        number = growing_permutation(rows.numbers, rows.key(plan.column, "permutation"), variants)
    else:
        number = scale_draws(rows.draws(plan.column), variants * 40)
    style, domain, tag = number % len(SEPARATORS), number // len(SEPARATORS) % len(domains), number // variants
    longest = None if limit is None else max(_SHORTEST, (limit - max(map(len, domains)) - 2 - _TAG_DIGITS) // 2)
    given = _name(rows, plan, strategy.given_name, "first_name", longest)
    family = _name(rows, plan, strategy.family_name, "last_name", longest)
    is_initial = pa.array(np.isin(style, INITIAL_STYLES))
    given = pc.if_else(is_initial, pc.utf8_slice_codeunits(given, 0, 1), given)
    tags = pc.if_else(pa.array(tag == 0), "", pa.array(tag).cast(pa.string()))
    pieces = [
        piece_of_array(given),
        Piece(style, *dictionary_of(SEPARATORS)),
        piece_of_array(family),
        piece_of_array(tags),
        constant_piece("@", len(rows)),
        Piece(domain, *dictionary_of(domains)),
    ]
    return convert(join_pieces(pieces), rows.table.column(plan.column).type)


def _name(rows: RowSet, plan: ColumnPlan, column: str | None, vocabulary: str, longest: int | None) -> pa.Array:
    """Return a name's letters, from a column of the row (drawn where it is NULL) or from the vocabulary."""
    words = rows.program.words(vocabulary, None)
    index = pick_category(
        rows.program, f"words|{words.name}|{words.locale}", rows.draws(plan.column, vocabulary), words.weights, len(words.values)
    )
    letters = rows.program.once(("letters", words.name, words.locale), lambda: _letters(list(words.values)))
    drawn = letters.take(pa.array(index))
    if column is not None:
        encoded = pc.dictionary_encode(as_text(rows.column(column)))
        drawn = pc.coalesce(_letters(encoded.dictionary.to_pylist()).take(encoded.indices), drawn)
    return drawn if longest is None else pc.utf8_slice_codeunits(drawn, 0, longest)


def _letters(names: list[str]) -> pa.Array:
    return pa.array([letters_only(n, _SHORTEST) for n in names], type=pa.string())
