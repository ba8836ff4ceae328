"""A schema as read, against PostgreSQL's own account of the same file."""

import re
from typing import Any

from synth_assets.schema.model import Schema

Facts = dict[str, list[list[str]]]


def compare_with_catalog(schema: Schema, facts: Facts, counts: tuple[int, int] | None) -> tuple[dict[str, int], list[str]]:
    """Return how many things of each kind the catalog knows, and every difference by name.

    CHECKs of domains are the columns' own in a schema as read, so the catalog's domains are told apart by name.
    """
    expected = {"foreign key": _expected_keys(facts), "check": _expected_checks(facts), "unique index": _expected_indexes(facts)}
    read = {"foreign key": _keys(schema), "check": _checks(schema, facts), "unique index": _indexes(schema, facts)}
    tables = {_last(t.key) for t in schema.tables}
    differences = []
    for kind, wanted in expected.items():
        for item in sorted(wanted - read[kind], key=_spell):
            where = "" if item[0] in tables else " (of what is not read as a table, such as a materialized view)"
            differences.append(f"{kind} missing: {_spell(item)}{where}")
        differences += [f"{kind} too many: {_spell(item)}" for item in sorted(read[kind] - wanted, key=_spell)]
    sizes = {kind: len(items) for kind, items in expected.items()}
    if counts is not None:
        got = len(schema.tables), sum(len(t.columns) for t in schema.tables)
        labels = ("tables", "columns")
        differences += [f"{label}: {w} expected, {g} read" for label, w, g in zip(labels, counts, got, strict=True) if w != g]
        sizes["table"] = counts[0]
    return sizes, differences


def _spell(item: tuple[Any, ...]) -> str:
    return " ".join(f"({', '.join(part)})" if isinstance(part, tuple) else str(part) for part in item)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip().strip('"').lower() for part in text.split(","))


def _last(table: str) -> str:
    return table.replace('"', "").lower().rsplit(".", 1)[-1]


def _expected_keys(facts: Facts) -> set[tuple[Any, ...]]:
    found = set()
    for row in facts["fks"]:
        written = re.match(r"FOREIGN KEY \((.*?)\) REFERENCES (.*?)\((.*?)\)", row[2])
        if written is None:
            raise ValueError(f"the catalog's foreign key cannot be understood: {row[2]}")
        found.add((_last(row[0]), _names(written[1]), _last(written[2]), _names(written[3])))
    return found


def _keys(schema: Schema) -> set[tuple[Any, ...]]:
    return {
        (_last(t.key), tuple(c.lower() for c in fk.columns), _last(fk.parent_table), tuple(c.lower() for c in fk.parent_columns))
        for t in schema.tables
        for fk in t.foreign_keys
    }


def _expected_checks(facts: Facts) -> set[tuple[Any, ...]]:
    return {(_last(row[0]), row[1]) for row in facts["checks"] if row[4] != "t"}


def _checks(schema: Schema, facts: Facts) -> set[tuple[Any, ...]]:
    of_domains = {row[1] for row in facts["checks"] if row[4] == "t"}
    known = _expected_checks(facts)
    found = {(_last(t.key), c.name or c.sql) for t in schema.tables for c in t.checks}
    return {item for item in found if item in known or item[1] not in of_domains}


def _expected_indexes(facts: Facts) -> set[tuple[Any, ...]]:
    return {(_last(row[0]), _index_name(row[1]), *_traits(row[2] == "t", row[3] == "t")) for row in facts["uidx"]}


def _index_name(definition: str) -> str:
    found = re.match(r'CREATE UNIQUE INDEX ("(?:[^"]|"")+"|\S+) ON', definition)
    if found is None:
        raise ValueError(f"the catalog's index cannot be understood: {definition}")
    return found[1].strip('"')


def _indexes(schema: Schema, facts: Facts) -> set[tuple[Any, ...]]:
    """Return the unique indexes, and those UNIQUE constraints whose index the catalog lists."""
    listed = {(_last(row[0]), _index_name(row[1])) for row in facts["uidx"]}
    return {
        (_last(t.key), u.name, *_traits(u.predicate is not None, bool(u.expressions)))
        for t in schema.tables
        for u in t.unique_constraints
        if u.is_index or (_last(t.key), u.name) in listed
    }


def _traits(partial: bool, expression: bool) -> tuple[str, ...]:
    return tuple(word for word, holds in (("partial", partial), ("of an expression", expression)) if holds)
