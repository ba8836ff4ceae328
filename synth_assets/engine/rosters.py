"""Rosters: the rows of a parent table by the values they must agree on, each with the child row from which it exists.

A fan-out that must match (`plan.model.Matching`) cannot compute its parent from the child's number alone: it has to know
which parents agree with the row. A roster is that knowledge, made once a program from the parent's own columns: 16 bytes a
parent row, whatever the child's size. Who exists is decided as by every other fan-out, by the proportionally smaller
dataset, so a pick stays a pure function of the row number, and tables that grow alike keep their rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synth_assets.engine import kernels, roster_kernels
from synth_assets.engine.casting import convert
from synth_assets.engine.failures import failure
from synth_assets.engine.rows import Mask, RowSet
from synth_assets.engine.streams import Rows
from synth_assets.engine.value_codes import ValueCodes, code_values
from synth_assets.plan.model import Layout, Matching, Relation, Requirement

_CHUNK_ROWS = 65_536


@dataclass(frozen=True)
class Roster:
    """The rows of a parent table that may be picked, by group.

    Attributes:
        codes: Gives the group of the values of the conditions' columns.
        starts: Where each group begins in `members`, and where the last one ends: int64, groups + 1.
        members: Parent row numbers, in the order in which they come to be within their group.
        since: The child row from which each member exists, sorted within its group.
    """

    codes: ValueCodes
    starts: Rows
    members: Rows
    since: Rows

    def reached_by(self, groups: Rows, at_least: int) -> Rows:
        """Return the child row from which each group has `at_least` members; -1 for one that never has."""
        known = np.maximum(groups, 0)
        place = self.starts[known] + at_least - 1
        enough = (groups >= 0) & (place < self.starts[known + 1]) if self.members.size else np.zeros(groups.size, dtype=np.bool_)
        since = np.full(groups.size, -1, dtype=np.int64)
        since[enough] = self.since[place[enough]]
        return since


def roster_of(rows: RowSet, relation: Relation, matching: Matching) -> Roster:
    """Return the roster that a relation of the rows' table picks from, built the first time it is asked for."""
    return rows.program.alone(("roster", rows.table.key, relation.name), lambda: _build(rows, relation, matching))


def find_matching(rows: RowSet, relation: Relation, matching: Matching) -> tuple[Rows, Mask]:
    """Return (parent row number, mask of rows for which there is none) under a `Matching`.

    Raises:
        GenerationError: If a row that needs a parent has none, or siblings need more parents than there are (GEN111, GEN112).
    """
    if len(rows) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_)
    paired = _partner(rows, relation)
    if paired is not None:
        return paired
    roster = roster_of(rows, relation, matching)
    groups, open_rows = _groups(rows, relation, matching, roster)
    if matching.once:
        found = _ranked(rows, groups, roster, waits=matching.waits)
    elif matching.distinct_within is not None:
        found = _stepped(rows, relation, matching, roster, groups)
    else:
        drawn = rows.draws(relation.name, "parent")
        # Row 0 takes the first of its group: row 0 of every table belong together, so no requirement is ever without a parent.
        drawn = np.where(rows.drawn_numbers(relation.name) == 0, np.uint64(0), drawn)
        always = not matching.earlier
        found = roster_kernels.pick(rows.numbers, groups, drawn, roster.starts, roster.members, roster.since, always=always)
    absent = found < 0
    if matching.earlier:
        return np.where(absent, rows.numbers, found), absent
    if matching.conditions and all(c.value.relation is not None for c in matching.conditions) and open_rows.any():
        # A row without the parent that it should agree with agrees with any.
        found, absent = np.where(open_rows, _any_parent(rows, relation, matching), found), absent & ~open_rows
    _require_found(rows, relation, absent & ~open_rows)
    return np.where(absent, 0, found), absent


def _any_parent(rows: RowSet, relation: Relation, matching: Matching) -> Rows:
    """Return a parent for each row as by an `Attachment`, whatever its group."""
    count = rows.program.plan.table(relation.parent_table).row_count
    draws = rows.draws(relation.name, "parent")
    return kernels.attach(rows.numbers, draws, count, matching.parents, matching.children, matching.floor)


def _groups(rows: RowSet, relation: Relation, matching: Matching, roster: Roster) -> tuple[Rows, Mask]:
    """Return (group of each row, mask of rows whose own values are not all there: they need no parent)."""
    parent = rows.program.schema.table(relation.parent_table)
    values = [convert(rows.reference(c.value), parent.column(c.parent_column).type) for c in matching.conditions]
    open_rows = np.zeros(len(rows), dtype=np.bool_)
    for array in values:
        open_rows |= array.is_null().to_numpy(zero_copy_only=False)
    return roster.codes.groups_of(values, len(rows)), open_rows


def _ranked(rows: RowSet, groups: Rows, roster: Roster, *, waits: bool) -> Rows:
    """Each row takes another member of its group; -1 where none is left, or, where rows wait, none came yet.

    Without waiting, row i takes the i-th member, however late it comes. Rows that may do without take each as it comes: what
    comes later, to a larger dataset, then belongs to later rows.
    """
    found = np.full(len(rows), -1, dtype=np.int64)
    for group in np.unique(groups[groups >= 0]).tolist():
        members = roster.members[roster.starts[group] : roster.starts[group + 1]]
        ranks = np.arange(members.size, dtype=np.int64)
        since = roster.since[roster.starts[group] : roster.starts[group + 1]]
        taken_by = ranks + np.maximum.accumulate(since - ranks) if waits and members.size else ranks
        place = np.searchsorted(taken_by, rows.numbers)
        inside = (groups == group) & (place < members.size)
        inside[inside] = taken_by[place[inside]] == rows.numbers[inside]
        found[inside] = members[place[inside]]
    return found


def _stepped(rows: RowSet, relation: Relation, matching: Matching, roster: Roster, groups: Rows) -> Rows:
    """Siblings of one owner's run take different members."""
    name = matching.distinct_within or ""
    owners, _ = rows.parent_rows(name)
    owner = rows.plan.relations_by_name[name].fan_out
    limit = owner.limit or 1 if isinstance(owner, Layout) else 1
    begins = rows.key(relation.name, "start").draw(owners)
    steps = rows.key(relation.name, "step").draw(owners)
    return roster_kernels.step(rows.numbers, groups, rows.ordinals(name), begins, steps, roster.starts, roster.members, roster.since, limit)


def _require_found(rows: RowSet, relation: Relation, wanting: Mask) -> None:
    """Raise where a row needs a parent, has none, and no column of its own may be NULL instead."""
    if not wanting.any() or may_stay_open(rows, relation):
        return
    row = int(rows.numbers[np.argmax(wanting)])
    message = f"row {row}, counted from 0, finds no row of {relation.parent_table} that agrees with it"
    hint = f"ask for more rows of '{relation.parent_table}', or fewer of '{rows.table.key}'"
    raise failure("GEN111", f"{rows.table.key}.{relation.name}", message, hint=hint)


def may_stay_open(rows: RowSet, relation: Relation) -> bool:
    """Tell whether one of the columns that only this relation gives may be NULL."""
    given = [c for c in relation.columns if getattr(rows.plan.column(c).strategy, "relation", None) == relation.name]
    return any(rows.table.column(c).nullable for c in given)


# pairs that never repeat


def _partner(rows: RowSet, relation: Relation) -> tuple[Rows, Mask] | None:
    """Return the rows' places in a list of pairs, where the relation is one side of such; None where it is not."""
    relations = rows.plan.relations_by_name
    for name, other in relations.items():
        if not isinstance(other.fan_out, Matching) or other.fan_out.distinct_within is None:
            continue
        owner = relations[other.fan_out.distinct_within]
        if relation.name not in (name, owner.name) or not isinstance(owner.fan_out, Matching):
            continue
        pairs = rows.program.alone(
            ("pairs", rows.table.key, name),
            lambda o=owner, m=other: _pair_up(rows, o, o.fan_out, m, m.fan_out),  # type: ignore[misc]
        )
        if len(rows) and int(rows.numbers.max()) >= pairs.shape[1]:
            raise failure("GEN112", f"{rows.table.key}.{relation.name}", "rows beyond the planned ones have no pair of parents")
        side = 1 if relation.name == name else 0
        return pairs[side][rows.numbers], np.zeros(len(rows), dtype=np.bool_)
    return None


def _pair_up(rows: RowSet, owner: Relation, owning: Matching, member: Relation, matching: Matching) -> Rows:
    """Return the pairs (owner, member) of all rows of the table: int64, (2, rows)."""
    owners, roster = roster_of(rows, owner, owning), roster_of(rows, member, matching)
    requirement = next(r for r in owning.requires if (r.table, r.relation) == (rows.table.key, member.name))
    parents = RowSet(rows.program, owner.parent_table, owners.members)
    groups = roster.codes.groups_of(_required_values(parents, requirement, member, matching), len(parents))
    keys = [np.array([k.first, k.second], dtype=np.uint64) for k in (rows.key(owner.name, "pair"), rows.key(member.name, "pair"))]
    span = rows.program.plan.table(member.parent_table).row_count
    pairs, made = roster_kernels.pair_up(
        owners.members, owners.since, groups, roster.starts, roster.members, roster.since, span, keys[0], keys[1], rows.plan.row_count
    )
    if made < rows.plan.row_count:
        message = f"only {made:,} pairs of {owner.parent_table} and {member.parent_table} rows agree with one another"
        hint = f"ask for at most {made:,} rows of '{rows.table.key}', or for more of its parents"
        raise failure("GEN112", f"{rows.table.key}.{member.name}", message, f"{rows.plan.row_count:,} rows", hint)
    return pairs


# building


def _build(rows: RowSet, relation: Relation, matching: Matching) -> Roster:
    names = [c.parent_column for c in matching.conditions]
    columns: list[list[pa.Array]] = [[] for _ in names]
    kept, since = [], []
    for parents in _all_rows(rows, relation):
        begins = _since(rows, parents, matching)
        for name in (*names, *matching.not_null):
            begins[parents.column(name).is_null().to_numpy(zero_copy_only=False)] = -1
        eligible = np.flatnonzero(begins >= 0)
        kept.append(parents.numbers[eligible])
        since.append(begins[eligible])
        for arrays, name in zip(columns, names, strict=True):
            arrays.append(parents.column(name).take(pa.array(eligible)))
    numbers, begins = np.concatenate([np.empty(0, np.int64), *kept]), np.concatenate([np.empty(0, np.int64), *since])
    codes, groups = code_values([pa.chunked_array(arrays) for arrays in columns] if numbers.size else [], numbers.size)
    order = np.lexsort((numbers, begins, groups))
    starts = np.searchsorted(groups[order], np.arange(codes.count + 1)).astype(np.int64)
    if numbers.size == 0 and not _may_find_nothing(rows, relation, matching):
        message = f"no row of {relation.parent_table} can be referred to: each lacks a value, or the rows that must agree with it"
        hint = f"ask for more rows of '{relation.parent_table}' and of the tables beside it"
        raise failure("GEN111", f"{rows.table.key}.{relation.name}", message, hint=hint)
    return Roster(codes, starts, numbers[order], begins[order])


def _may_find_nothing(rows: RowSet, relation: Relation, matching: Matching) -> bool:
    return matching.earlier or may_stay_open(rows, relation) or rows.plan.row_count == 0


def _all_rows(rows: RowSet, relation: Relation) -> Iterator[RowSet]:
    count = rows.program.plan.table(relation.parent_table).row_count
    for start in range(0, count, _CHUNK_ROWS):
        yield RowSet(rows.program, relation.parent_table, np.arange(start, min(count, start + _CHUNK_ROWS), dtype=np.int64))


def _since(rows: RowSet, parents: RowSet, matching: Matching) -> Rows:
    """Return the child row from which each parent may be picked; -1 for never."""
    if matching.earlier:
        since = parents.numbers + 1
    else:
        window = -(-(parents.numbers + 1) * matching.children // matching.parents) - 1
        since = np.where(parents.numbers < matching.floor, 0, window)
    for requirement in matching.requires:
        begins = _required(rows, parents, requirement)
        since = np.where((since < 0) | (begins < 0), -1, np.maximum(since, begins))
    return since


def _required(rows: RowSet, parents: RowSet, requirement: Requirement) -> Rows:
    """Return the child row from which what is required beside each parent exists; -1 for never."""
    others = RowSet(rows.program, requirement.table, np.empty(0, dtype=np.int64))
    relation = others.plan.relations_by_name[requirement.relation]
    matching = relation.fan_out
    if not isinstance(matching, Matching):
        raise failure("GEN111", f"{requirement.table}.{requirement.relation}", "only a relation that matches can be required")
    roster = roster_of(others, relation, matching)
    groups = roster.codes.groups_of(_required_values(parents, requirement, relation, matching), len(parents))
    since = roster.reached_by(groups, requirement.at_least)
    return np.where(since > 0, -(-(since + 1) * requirement.own_rows // requirement.rows) - 1, since)


def _required_values(parents: RowSet, requirement: Requirement, relation: Relation, matching: Matching) -> list[pa.Array]:
    """Return the values that the required relation's conditions compare, one array a condition."""
    table = parents.program.schema.table(relation.parent_table)
    pairs = zip(requirement.values, matching.conditions, strict=True)
    return [convert(parents.reference(value), table.column(condition.parent_column).type) for value, condition in pairs]
