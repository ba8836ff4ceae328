"""A schema of any dialect as SQLite tables that judge it: types by CHECK, keys as keys, and a list of what is not judged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from synth_assets.databases.constraints import unique_label
from synth_assets.databases.model import ConstraintKind, NotJudged
from synth_assets.databases.sqlite_expressions import ExpressionRenderer, NoSuchSql, family_of
from synth_assets.databases.sqlite_functions import collation_name
from synth_assets.ddl import quote_name
from synth_assets.errors import SourcePosition
from synth_assets.schema.model import Column, ForeignKey, Schema, Table, UniqueConstraint
from synth_assets.schema.types import BinaryType, DecimalType, EnumType, IntegerType, TextType

_AFFINITIES = {"integer": "INT", "boolean": "INT", "float": "REAL", "binary": "BLOB"}
"""All others are TEXT. INT and not INTEGER, which SQLite would take for its own row number."""
_READABLE = frozenset({"date", "timestamp", "time", "uuid", "json"})


@dataclass
class SqliteSchema:
    """Statements that make the tables, and what their messages mean.

    Attributes:
        names: SQLite's table name by table key.
        constraints: By the name a CHECK or an index carries: kind, label and line in the DDL.
        not_judged: What SQLite cannot judge, and why.
    """

    statements: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    constraints: dict[str, tuple[ConstraintKind, str, int]] = field(default_factory=dict)
    not_judged: list[NotJudged] = field(default_factory=list)

    def name_constraint(self, kind: ConstraintKind, label: str, where: SourcePosition) -> str:
        """Return a name of our own for a constraint, by which its message is understood."""
        name = f"synth_{len(self.constraints) + 1}"
        self.constraints[name] = (kind, label, where.line)
        return name

    def pass_over(self, table: Table, subject: str, reason: str, where: SourcePosition) -> None:
        """Note something that is not judged."""
        self.not_judged.append(NotJudged(table=table.key, subject=subject, reason=reason, line=where.line))


def render_schema(schema: Schema) -> SqliteSchema:
    """Return the schema for SQLite; see `sqlite_values` for how its values are spelled there."""
    result = SqliteSchema()
    taken: set[str] = set()
    for table in schema.tables:
        name = table.key
        while name.lower() in taken or name.lower().startswith("sqlite_"):
            name += "_"
        taken.add(name.lower())
        result.names[table.key] = name
    renderers = {table.key: _TableRenderer(schema, table, result) for table in schema.tables}
    absent = {key: renderer.absent for key, renderer in renderers.items()}
    for renderer in renderers.values():
        renderer.render(absent)
    return result


class _TableRenderer:
    """Renders one table into a `SqliteSchema`."""

    def __init__(self, schema: Schema, table: Table, result: SqliteSchema) -> None:
        self.schema = schema
        self.table = table
        self.result = result
        self.generated: dict[str, str] = {}
        self.absent = self._render_generated()
        self.expressions = ExpressionRenderer(table, schema.dialect, self.absent)

    def render(self, absent: Mapping[str, frozenset[str]]) -> None:
        """Add the table's statements; `absent` names the columns, by table, that SQLite cannot compute."""
        columns = [self._column(c) for c in self.table.columns if c.name not in self.absent]
        parts = [*columns, *self._primary_key(), *self._checks(), *self._foreign_keys(absent)]
        name = quote_name(self.result.names[self.table.key])
        self.result.statements.append(f"CREATE TABLE {name} (\n  " + ",\n  ".join(parts) + "\n)")
        self.result.statements += self._primary_index()
        self.result.statements += [s for u in self.table.unique_constraints for s in self._unique(u)]
        for exclusion in self.table.exclusions:
            self.result.pass_over(self.table, exclusion.label, "SQLite has no EXCLUDE", exclusion.where)

    def _render_generated(self) -> frozenset[str]:
        """Render computed columns, those that read others after them; return the ones SQLite cannot compute."""
        waiting = {c.name: c for c in self.table.columns if c.generated is not None}
        while waiting:
            expressions = ExpressionRenderer(self.table, self.schema.dialect, frozenset(waiting))
            done = {name: self._computed(expressions, column) for name, column in waiting.items()}
            found = {name: sql for name, sql in done.items() if sql is not None}
            if not found:
                break
            self.generated |= found
            waiting = {name: column for name, column in waiting.items() if name not in found}
        for column in waiting.values():
            reason = f"SQLite cannot compute it: {column.generated}"
            self.result.pass_over(self.table, f"generated column {column.name}", reason, column.where)
        return frozenset(waiting)

    def _computed(self, expressions: ExpressionRenderer, column: Column) -> str | None:
        try:
            rendered = None if column.generated_tree is None else expressions.render(column.generated_tree)
        except NoSuchSql:
            return None
        return rendered.sql if rendered is not None and rendered.family == family_of(column) else None

    def _column(self, column: Column) -> str:
        affinity = "TEXT" if family_of(column) == "decimal" else _AFFINITIES.get(column.type.kind, "TEXT")
        parts = [quote_name(column.name), affinity]
        if not column.collation.is_exact:
            parts.append(f"COLLATE {collation_name(column.collation)}")
        if not column.nullable:
            parts.append("NOT NULL")
        if column.name in self.generated:
            parts.append(f"GENERATED ALWAYS AS ({self.generated[column.name]}) STORED")
        return " ".join([*parts, *(self._named_check(kind, column, sql) for kind, sql in self._type_checks(column))])

    def _named_check(self, kind: ConstraintKind, column: Column, sql: str) -> str:
        name = self.result.name_constraint(kind, f"{column.name} {column.sql_type}", column.where)
        return f"CONSTRAINT {name} CHECK ({sql})"

    def _type_checks(self, column: Column) -> Iterable[tuple[ConstraintKind, str]]:
        """Yield conditions that a value of the column's type meets; the type of values that are only kept is not judged."""
        name = quote_name(column.name)
        match column.type:
            case IntegerType(low=low, high=high) if family_of(column) == "decimal":
                yield (
                    "type",
                    f"synth_is('decimal', {name}) AND synth_compare({name}, '{low}') >= 0 AND synth_compare({name}, '{high}') <= 0",
                )
            case IntegerType(low=low, high=high):
                # Beyond 64 bits there is no whole number to begin with.
                within = "" if column.type.bits == 64 else f" AND {name} BETWEEN {low} AND {high}"
                yield "type", f"typeof({name}) IN ('integer', 'null'){within}"
            case DecimalType(precision=precision, scale=scale):
                yield "type", f"synth_is('decimal', {name})" + (f" AND synth_fits({name}, {precision}, {scale})" if precision else "")
            case EnumType(values=values):
                yield "type", f"{name} IN ({', '.join(_text(v) for v in values)})"
            case TextType(max_length=int(longest), fixed=fixed, in_bytes=in_bytes):
                counted = f"rtrim({name})" if fixed else name
                yield "length", f"length({f'CAST({counted} AS BLOB)' if in_bytes else counted}) <= {longest}"
            case BinaryType(max_length=int(longest)):
                yield "length", f"length({name}) <= {longest}"
            case kind if kind.kind in _READABLE:
                yield "type", f"synth_is('{kind.kind}', {name})"
            case kind if kind.kind == "boolean":
                yield "type", f"{name} IN (0, 1)"
            case kind if kind.kind == "float":
                yield "type", f"typeof({name}) <> 'text' OR {name} = 'NaN'"
            case kind if kind.kind not in {"text", "binary"}:
                self.result.pass_over(self.table, f"type of {column.name}", f"SQLite has no type {column.sql_type}", column.where)

    def _primary_key(self) -> Iterable[str]:
        key = self.table.primary_key
        if key is None:
            return
        if self.absent & set(key.columns):
            self.result.pass_over(self.table, key.name or "PRIMARY KEY", "it is over a generated column", key.where)
        elif not set(key.columns) & self.generated.keys():
            yield f"PRIMARY KEY ({_listed(key.columns)})"

    def _primary_index(self) -> Iterable[str]:
        """A primary key over a computed column, which SQLite has none of, is a unique index: its columns are NOT NULL anyway."""
        key = self.table.primary_key
        if key is not None and set(key.columns) & self.generated.keys() and not self.absent & set(key.columns):
            label = key.name or f"PRIMARY KEY ({', '.join(key.columns)})"
            name = self.result.name_constraint("primary key", label, key.where)
            yield f"CREATE UNIQUE INDEX {name} ON {quote_name(self.result.names[self.table.key])} ({_listed(key.columns)})"

    def _checks(self) -> Iterable[str]:
        for check in self.table.checks:
            try:
                sql = self.expressions.condition(check.expression)
            except NoSuchSql as error:
                self.result.pass_over(self.table, check.label, str(error), check.where)
                continue
            yield f"CONSTRAINT {self.result.name_constraint('check', check.label, check.where)} CHECK ({sql})"

    def _foreign_keys(self, absent: Mapping[str, frozenset[str]]) -> Iterable[str]:
        for key in self.table.foreign_keys:
            reason = self._why_not(key, absent)
            if reason:
                self.result.pass_over(self.table, key.label, reason, key.where)
            else:
                parent = quote_name(self.result.names[key.parent_table])
                target = f"{parent} ({_listed(key.parent_columns)})"
                yield f"FOREIGN KEY ({_listed(key.columns)}) REFERENCES {target} DEFERRABLE INITIALLY DEFERRED"

    def _why_not(self, key: ForeignKey, absent: Mapping[str, frozenset[str]]) -> str:
        parent = self.schema.tables_by_key.get(key.parent_table)
        if parent is None:
            return f"there is no table {key.parent_table}"
        if self.absent & set(key.columns):
            return "it is over a generated column"
        if sorted(key.parent_columns) not in [sorted(k) for k in parent.unique_keys]:
            return "the parent's columns are no key, which SQLite asks for"
        return "it refers to a generated column" if absent[parent.key] & set(key.parent_columns) else ""

    def _unique(self, unique: UniqueConstraint) -> Iterable[str]:
        label = unique_label(unique.name, (*unique.columns, *unique.expressions))
        try:
            members, where = self._members(unique), self._where(unique)
        except NoSuchSql as error:
            self.result.pass_over(self.table, label, str(error), unique.where)
            return
        name = self.result.name_constraint("unique", label, unique.where)
        yield f"CREATE UNIQUE INDEX {name} ON {quote_name(self.result.names[self.table.key])} ({', '.join(members)}){where}"

    def _where(self, unique: UniqueConstraint) -> str:
        if unique.predicate is None:
            return ""
        if unique.predicate_tree is None:
            raise NoSuchSql(f"not understood: {unique.predicate[:80]}")
        return f" WHERE {self.expressions.condition(unique.predicate_tree)}"

    def _members(self, unique: UniqueConstraint) -> list[str]:
        if self.absent & set(unique.columns):
            raise NoSuchSql("it is over a generated column")
        if len(unique.expression_trees) != len(unique.expressions):
            raise NoSuchSql(f"not understood: {', '.join(unique.expressions)[:80]}")
        members = [*map(quote_name, unique.columns), *(self.expressions.render(t).sql for t in unique.expression_trees)]
        if unique.nulls_distinct:
            return members
        return [part for m in members for part in (f"({m} IS NULL)", f"ifnull({m}, 0)")]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(quote_name, names))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
