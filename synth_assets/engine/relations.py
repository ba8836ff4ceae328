"""Fan-outs: which parent row a child row belongs to, computed, never looked up.

Every choice depends on the child's row number alone (and on ratios fixed in the plan), and never
reaches beyond the parents that a proportionally smaller dataset has: a table that grows keeps its rows.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from synth_assets.engine import kernels
from synth_assets.engine.failures import failure
from synth_assets.engine.rosters import find_matching, may_stay_open
from synth_assets.engine.rows import Mask, RowSet
from synth_assets.engine.streams import Rows
from synth_assets.plan.model import Attachment, Earlier, Layout, Matching, OneToOne, Product, Relation, Stride

BLOCK_PARENTS = 64
"""Parents in a layout block, before it is stretched to hold a whole number of children."""

_MAX_BLOCK = 4096
_NO_LIMIT = 2**40


@dataclass(frozen=True)
class Block:
    """The size of a layout's blocks: `children` child rows belong to each `parents` parent rows."""

    parents: int
    children: int


@lru_cache(maxsize=4096)
def block_of(fan_out: Layout) -> Block:
    """Return the block of a layout: the fan-out's exact ratio where it is simple, else one that is never too small."""
    divisor = math.gcd(fan_out.children, fan_out.parents)
    children, parents = fan_out.children // divisor, fan_out.parents // divisor
    if parents > _MAX_BLOCK:
        return Block(_MAX_BLOCK, max(1, math.ceil(children * _MAX_BLOCK / parents)))
    times = math.ceil(BLOCK_PARENTS / parents)
    return Block(parents * times, children * times)


@lru_cache(maxsize=64)
def weights_of(sigma: float) -> NDArray[np.int64]:
    """Return 256 log-normal weights by quantile, rounded to integers so that every machine has the same."""
    normal = NormalDist()
    return np.array([max(1, round(1000 * math.exp(sigma * normal.inv_cdf((i + 0.5) / 256)))) for i in range(256)], dtype=np.int64)


def find_parents(rows: RowSet, relation: Relation) -> tuple[Rows, Mask]:
    """Return (parent row number, no-parent mask) of each row; the number means nothing where there is no parent."""
    parent_count = rows.program.plan.table(relation.parent_table).row_count
    missing = rows.null_mask(relation.name, relation.null_fraction)
    missing = np.zeros(len(rows), dtype=np.bool_) if missing is None else missing.copy()
    if parent_count == 0:
        return np.zeros(len(rows), dtype=np.int64), np.ones(len(rows), dtype=np.bool_)
    if isinstance(relation.fan_out, Matching):
        numbers, absent = find_matching(rows, relation, relation.fan_out)
        return numbers, missing | absent if may_stay_open(rows, relation) else missing
    numbers = _numbers(rows, relation, parent_count)
    if relation.differs_from is not None:
        numbers = _step_aside(rows, relation, numbers, parent_count)
    if isinstance(relation.fan_out, Earlier) and _may_be_null(rows, relation):
        missing |= rows.numbers == 0
    if isinstance(relation.fan_out, OneToOne):
        missing |= (numbers >= parent_count) | _left_out(rows, relation.fan_out)
    # A row without a parent keeps a number: a member that is NOT NULL, beside one that is NULL, takes its value there.
    numbers = np.where(numbers >= parent_count, 0, numbers)
    return numbers, missing


def _left_out(rows: RowSet, fan_out: OneToOne) -> Mask:
    """Return the rows at which no new parent comes: those between the places of one parent and the next."""
    parents, children = fan_out.parents, fan_out.children
    left_out: Mask = -(-(rows.numbers + 1) * parents // children) == -(-rows.numbers * parents // children)
    return left_out


def find_ordinals(rows: RowSet, relation: Relation) -> Rows:
    """Return each row's place among its siblings under a layout."""
    if not isinstance(relation.fan_out, Layout):
        raise failure("GEN104", f"{rows.table.key}.{relation.name}", "only a layout has ordinals", relation.fan_out.kind)
    return _laid_out(rows, relation, relation.fan_out, rows.program.plan.table(relation.parent_table).row_count)[1]


def _numbers(rows: RowSet, relation: Relation, parent_count: int) -> Rows:
    match relation.fan_out:
        case Attachment(parents=parents, children=children, floor=floor):
            draws = rows.draws(relation.name, "parent")
            numbers = kernels.attach(rows.numbers, draws, parent_count, parents, children, floor)
            # Row 0 takes parent 0: row 0 of every table belong together, so keys that must agree have something to agree on.
            return np.where(rows.drawn_numbers(relation.name) == 0, 0, numbers)
        case Layout() as layout:
            return _laid_out(rows, relation, layout, parent_count)[0]
        case Stride() as stride:
            return _strided(rows, relation, stride, parent_count)
        case OneToOne(parents=parents, children=children):
            return -(-rows.numbers * parents // children)
        case Earlier(never_itself=never_itself):
            numbers = kernels.earlier(rows.numbers, rows.draws(relation.name, "parent"))
            return np.where(rows.numbers == 0, 1, numbers) if never_itself else numbers
        case Product() as product:
            return _product_digit(rows, product)
        case Matching():
            return find_matching(rows, relation, relation.fan_out)[0]
        case _:
            assert_never(relation.fan_out)


def _laid_out(rows: RowSet, relation: Relation, layout: Layout, parent_count: int) -> tuple[Rows, Rows]:
    block = block_of(layout)
    limit = max(layout.limit or _NO_LIMIT, math.ceil(block.children / block.parents))
    key = rows.key(relation.name, "layout")
    parent, ordinal = kernels.lay_out(rows.numbers, key.first, key.second, weights_of(layout.sigma), block.parents, block.children, limit)
    parent_count -= layout.offset
    beyond = parent >= parent_count
    if parent_count > 0 and beyond.any():
        # More children than the plan's ratio provides for: they go round all parents, after the regular siblings.
        first_beyond = parent_count * block.children // block.parents
        extra = rows.numbers - first_beyond
        parent = np.where(beyond, extra % parent_count, parent)
        ordinal = np.where(beyond, min(limit, block.children) + extra // parent_count, ordinal)
    return parent + layout.offset, ordinal


def _strided(rows: RowSet, relation: Relation, stride: Stride, parent_count: int) -> Rows:
    owner = rows.plan.relations_by_name[stride.owner]
    owners, _ = rows.parent_rows(stride.owner)
    ordinal = rows.ordinals(stride.owner)
    first_sibling = rows.numbers - ordinal
    existing = np.maximum((first_sibling + 1) * stride.parents // stride.children, max(1, stride.floor))
    windows = owners if stride.below else np.minimum(parent_count, existing)
    if isinstance(owner.fan_out, Layout) and ordinal.size and int((ordinal - windows).max()) >= 0:
        beyond = int(rows.numbers[np.argmax(ordinal - windows)])
        message = f"the parent of row {beyond} in {owner.parent_table} has more children than {relation.parent_table} has rows to pair with"
        hint = f"ask for fewer rows of '{rows.table.key}', or more of '{relation.parent_table}'"
        raise failure("GEN105", f"{rows.table.key}.{relation.name}", message, hint=hint)
    # The first owner's siblings begin at the first parent: row 0 of every table belong together, in junctions as elsewhere.
    starts = np.where(owners == 0, np.uint64(0), rows.key(relation.name, "start").draw(owners))
    steps = rows.key(relation.name, "step").draw(owners)
    windows = windows.astype(np.int64)
    picked = kernels.stride(ordinal, starts, steps, windows)
    if relation.differs_from != stride.owner:
        return picked
    # The last step of a stride, which no run is long enough to take, is free for the sibling that met its owner.
    return np.where(picked == owners, kernels.stride(windows - 1, starts, steps, windows), picked)


def _step_aside(rows: RowSet, relation: Relation, numbers: Rows, parent_count: int) -> Rows:
    """Return the parents that another relation of the rows did not pick: one is passed over, or drawn once more."""
    others, _ = rows.parent_rows(relation.differs_from or "")
    match relation.fan_out:
        case Product():
            return numbers + (numbers >= others)
        case Attachment(parents=parents, children=children, floor=floor):
            windows = np.minimum(parent_count, np.maximum((rows.numbers + 1) * parents // children, max(1, floor)))
            steps = 1 + (rows.draws(relation.name, "aside") % np.maximum(windows - 1, 1).astype(np.uint64)).astype(np.int64)
            return np.where(numbers == others, (numbers + steps) % windows, numbers)
        case _:
            return numbers


def _product_digit(rows: RowSet, product: Product) -> Rows:
    key = rows.key(product.group, "product")
    if product.ascending:
        return _ascending_pair(kernels.permute(rows.numbers, math.comb(product.sizes[0], 2), key.first, key.second))[product.position]
    size = math.prod(product.sizes)
    index = kernels.permute(rows.numbers, size, key.first, key.second)
    # Row 0 takes the first of every parent, and what stood there the place of row 0.
    first = kernels.permute(np.zeros(1, dtype=np.int64), size, key.first, key.second)[0]
    index = np.where(index == first, 0, np.where(index == 0, first, index))
    after = math.prod(product.sizes[product.position + 1 :])
    return index // after % product.sizes[product.position]


def _ascending_pair(index: Rows) -> tuple[Rows, Rows]:
    """Return the pair (i, j), i < j, of each number: (0, 1), (0, 2), (1, 2), (0, 3), ... as the combinatorial number system counts."""
    larger = ((1 + np.sqrt(1 + 8 * index.astype(np.float64))) / 2).astype(np.int64)
    # A square root of a number beyond 2**52 is off by a little: one step to either side puts it right.
    larger -= larger * (larger - 1) // 2 > index
    larger += (larger + 1) * larger // 2 <= index
    return index - larger * (larger - 1) // 2, larger


def _may_be_null(rows: RowSet, relation: Relation) -> bool:
    return any(rows.table.column(c).nullable for c in relation.columns)
