"""Text from templates: rows that share a template are filled together, piece by piece."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synth_assets.engine.casting import as_text
from synth_assets.engine.kernels import look_up, scale_draws
from synth_assets.engine.patterns import compile_pattern, render_pattern
from synth_assets.engine.program import Program
from synth_assets.engine.streams import Draws
from synth_assets.engine.string_kernels import Piece, constant_piece, dictionary_of, join_pieces, piece_of_array
from synth_assets.engine.tables import category_table
from synth_assets.engine.transliteration import slug
from synth_assets.plan.templates import Slot, parse_number_range, parse_template
from synth_assets.vocabulary import WordList

MAX_NESTING = 6


@dataclass(frozen=True)
class Source:
    """Where the slots of a batch of rows take their values.

    Attributes:
        draw: Draws of these rows for a purpose (a path of slots): uint64, shape (rows,).
        column: Text of a column of these rows.
        take: The same source for a subset of the rows, by position.
        subject: What `{subject}` says.
    """

    count: int
    draw: Callable[[str], Draws]
    column: Callable[[str], pa.Array]
    take: Callable[[NDArray[np.int64]], "Source"]
    subject: str = "item"


def pick_category(program: Program, name: str, draws: Draws, weights: Sequence[float] | None, count: int) -> NDArray[np.int64]:
    """Return a category number in [0, count) a row; `name` keys the cached table of the weights."""
    if weights is None or len(weights) > 65_536:
        return scale_draws(draws, count)
    return look_up(draws, program.once(("categories", name), lambda: category_table(weights))).astype(np.int64)


def render_templates(
    program: Program,
    source: Source,
    templates: Sequence[str],
    weights: Sequence[float] | None,
    path: str,
    locale: str | None,
    depth: int = 0,
) -> pa.Array:
    """Return one rendered template a row.

    Args:
        path: Names this use of templates; slots draw from streams named below it.
        locale: Locale of the vocabularies, or None for the plan's.
        depth: How deep this call is nested in vocabularies of templates.

    Raises:
        ValueError: If vocabularies of templates nest deeper than 6.
    """
    if depth > MAX_NESTING:
        raise ValueError(f"templates nest deeper than {MAX_NESTING} at {path}")
    if len(templates) == 1:
        return _render_one(program, source, templates[0], path, locale, depth)
    choice = pick_category(
        program, f"{path}|{len(templates)}|{hash(tuple(weights or ()))}", source.draw(f"{path}#"), weights, len(templates)
    )
    order = np.argsort(choice, kind="stable")
    bounds = np.searchsorted(choice[order], np.arange(len(templates) + 1))
    parts = []
    for k, template in enumerate(templates):
        positions = order[bounds[k] : bounds[k + 1]]
        if positions.size:
            parts.append(_render_one(program, source.take(positions), template, path, locale, depth))
    inverse = np.empty(order.size, dtype=np.int64)
    inverse[order] = np.arange(order.size)
    return pa.concat_arrays(parts).take(pa.array(inverse)) if parts else pa.array([], type=pa.string())


def _render_one(program: Program, source: Source, template: str, path: str, locale: str | None, depth: int) -> pa.Array:
    pieces = []
    for number, part in enumerate(parse_template(template)):
        if isinstance(part, str):
            pieces.append(constant_piece(part, source.count))
        else:
            pieces.append(_slot_piece(program, source, part, f"{path}/{number}", locale, depth))
    return join_pieces(pieces) if pieces else pa.array([""] * source.count, type=pa.string())


def unique_sizes(program: Program, template: str, locale: str | None) -> dict[int, int]:
    """Return how many values each slot of a template gives that tell rows apart, by its place among the parts.

    Those are its number and pattern slots; where it has neither, its plain vocabularies.
    """
    slots = {i: part for i, part in enumerate(parse_template(template)) if isinstance(part, Slot)}
    counted = {i: slot for i, slot in slots.items() if slot.kind in {"number", "pattern"}}
    plain = {i: slot for i, slot in slots.items() if slot.kind == "vocabulary" and not holds_templates(slot.argument)}
    return {i: _slot_size(program, slot, locale) for i, slot in (counted or plain).items()}


def _slot_size(program: Program, slot: Slot, locale: str | None) -> int:
    if slot.kind == "number":
        low, high = parse_number_range(slot.argument)
        return high - low + 1
    return compile_pattern(slot.argument).capacity if slot.kind == "pattern" else len(program.words(slot.argument, locale).values)


def render_indexed(
    program: Program, source: Source, template: str, index: NDArray[np.int64], sizes: dict[int, int], path: str, locale: str | None
) -> pa.Array:
    """Return the template filled so that rows with distinct indexes differ: the slots in `sizes` spell the index.

    Args:
        index: Distinct numbers below the product of the sizes, one a row. sizes: From `unique_sizes`.
    """
    digits: dict[int, NDArray[np.int64]] = {}
    rest = index
    for place in reversed(sizes):
        rest, digits[place] = np.divmod(rest, sizes[place])
    pieces = []
    for number, part in enumerate(parse_template(template)):
        if isinstance(part, str):
            pieces.append(constant_piece(part, source.count))
        elif number in digits:
            pieces.append(_indexed_piece(program, part, digits[number], source.draw(f"{path}/{number}"), locale))
        else:
            pieces.append(_slot_piece(program, source, part, f"{path}/{number}", locale, 0))
    return join_pieces(pieces)


def _indexed_piece(program: Program, slot: Slot, digits: NDArray[np.int64], draws: Draws, locale: str | None) -> Piece:
    if slot.kind == "number":
        return piece_of_array(pa.array(digits + parse_number_range(slot.argument)[0]).cast(pa.string()))
    if slot.kind == "pattern":
        return piece_of_array(render_pattern(compile_pattern(slot.argument), draws, digits, None))
    return Piece(digits, *word_dictionary(program, program.words(slot.argument, locale), slot.filters))


def _slot_piece(program: Program, source: Source, slot: Slot, path: str, locale: str | None, depth: int) -> Piece:
    match slot.kind:
        case "subject":
            return constant_piece(filter_text(source.subject, slot.filters), source.count)
        case "column":
            return piece_of_array(_filter_array(as_text(source.column(slot.argument)), slot.filters))
        case "number":
            low, high = parse_number_range(slot.argument)
            return piece_of_array(pa.array(scale_draws(source.draw(path), high - low + 1) + low).cast(pa.string()))
        case "pattern":
            return piece_of_array(render_pattern(compile_pattern(slot.argument), source.draw(path), None, None))
        case _:
            return _vocabulary_piece(program, source, slot, path, locale, depth)


def _vocabulary_piece(program: Program, source: Source, slot: Slot, path: str, locale: str | None, depth: int) -> Piece:
    words = program.words(slot.argument, locale)
    if holds_templates(words.name):
        nested = render_templates(program, source, words.values, words.weights, f"{path}:{words.name}", locale, depth + 1)
        return piece_of_array(_filter_array(nested, slot.filters))
    index = pick_category(program, f"words|{words.name}|{words.locale}", source.draw(path), words.weights, len(words.values))
    return Piece(index, *word_dictionary(program, words, slot.filters))


def word_dictionary(program: Program, words: WordList, filters: tuple[str, ...] = ()) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return (offsets, data) of a word list after filters, built once."""
    return program.once(
        ("dictionary", words.name, words.locale, filters), lambda: dictionary_of([filter_text(v, filters) for v in words.values])
    )


def holds_templates(name: str) -> bool:
    """Tell whether a word list's entries are templates rather than plain text."""
    return name.startswith(("templates.", "sentences."))


def filter_text(text: str, filters: tuple[str, ...]) -> str:
    """Return a text after its filters, in order."""
    for name in filters:
        text = {"lower": str.lower, "upper": str.upper, "title": _title, "slug": slug}[name](text)
    return text


def _title(text: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


def _filter_array(array: pa.Array, filters: tuple[str, ...]) -> pa.Array:
    if not filters:
        return array
    encoded = pc.dictionary_encode(array)
    entries = [None if v is None else filter_text(v, filters) for v in encoded.dictionary.to_pylist()]
    return pa.array(entries, type=pa.string()).take(encoded.indices)
