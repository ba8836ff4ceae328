"""Rules about rows that Great Expectations has no word for, judged by DuckDB with SQL's own NULL logic.

Each rule selects the rows that break it. DuckDB reads the Arrow table in place, hashes keys, and is
cut off from files and network: constraint texts come from a DDL somebody uploaded. Names are quoted;
those texts are code by nature, which is why the sandbox, not quoting, is what bounds them (`noqa: S608`).
"""

import re
from dataclasses import dataclass, field
from typing import Any, Protocol

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.schema.collations import Collation

ROW_NUMBER = "__row_number__"

_SANDBOX: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
}


DATA_ERRORS = ("Conversion Error:", "Out of Range Error:", "Invalid Input Error:")
"""How DuckDB's messages begin when a value, not the rule or the machine, is at fault: a cast that fails, an overflow."""


class RowRule(Protocol):
    """Something a row can break.

    Attributes:
        sql: A SELECT from `frame` (the rows, numbered) giving the numbers of the rows that break the rule.
        relations: Other tables the SELECT reads, by name.
    """

    @property
    def sql(self) -> str: ...

    @property
    def relations(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class UniqueRule:
    """No two rows agree in all `keys` (SQL expressions).

    Rows with a NULL among the keys are exempt unless `nulls_distinct` is False, those of nothing but NULLs even then where
    `keeps_empty` (Oracle does not index them); rows for which `predicate` is not TRUE are exempt always.
    """

    keys: tuple[str, ...]
    predicate: str | None = None
    nulls_distinct: bool = True
    keeps_empty: bool = False
    relations: dict[str, Any] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        conditions = [f"({self.predicate})"] if self.predicate else []
        if self.nulls_distinct:
            conditions += [f"({key}) IS NOT NULL" for key in self.keys]
        elif self.keeps_empty:
            conditions += [f"({' OR '.join(f'({key}) IS NOT NULL' for key in self.keys)})"]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        partition = ", ".join(f"({key})" for key in self.keys)
        counted = f"SELECT {ROW_NUMBER}, count(*) OVER (PARTITION BY {partition}) AS twins FROM frame{where}"  # noqa: S608
        return f"SELECT {ROW_NUMBER} FROM ({counted}) WHERE twins > 1"  # noqa: S608


@dataclass(frozen=True)
class ForeignKeyRule:
    """Every row's key exists in `parent` (MATCH SIMPLE: a row with a NULL among `columns` is exempt).

    `parent` is a pyarrow Table; `parent_columns` are the counterparts of `columns`. Pairs of
    columns of unlike families, such as text and integer, are compared as text.
    """

    columns: tuple[str, ...]
    parent: pa.Table
    parent_columns: tuple[str, ...]
    as_text: tuple[bool, ...]

    @property
    def relations(self) -> dict[str, Any]:
        return {"parent": self.parent.select(list(dict.fromkeys(self.parent_columns)))}

    @property
    def sql(self) -> str:
        pairs = zip(self.columns, self.parent_columns, self.as_text, strict=True)
        equal = [f"{_operand('p', parent, text)} = {_operand('f', child, text)}" for child, parent, text in pairs]
        present = [f"f.{quote(name)} IS NOT NULL" for name in self.columns]
        missing = f"NOT EXISTS (SELECT 1 FROM parent p WHERE {' AND '.join(equal)})"  # noqa: S608
        return f"SELECT f.{ROW_NUMBER} FROM frame f WHERE {' AND '.join([*present, missing])}"  # noqa: S608


@dataclass(frozen=True)
class CheckRule:
    """No row makes `expression` FALSE; TRUE and NULL are both fine, as in SQL."""

    expression: str
    relations: dict[str, Any] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        return f"SELECT {ROW_NUMBER} FROM frame WHERE NOT CAST(({self.expression}) AS BOOLEAN)"  # noqa: S608


class SqlJudge:
    """Judges rules by DuckDB, over one connection for the length of a `with` block; for one thread at a time."""

    def __enter__(self) -> "SqlJudge":
        self._connection = duckdb.connect(":memory:", config=_SANDBOX)
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET lock_configuration = true")
        return self

    def __exit__(self, *raised: object) -> None:
        self._connection.close()

    def find_violations(self, rule: RowRule, rows: pa.Table) -> NDArray[np.bool_]:
        """Return one flag a row: True where the row breaks the rule. Raises duckdb.Error when SQL cannot be evaluated."""
        broken = np.zeros(rows.num_rows, dtype=bool)
        broken[self._execute(rule.sql, rule, rows).fetchnumpy()[ROW_NUMBER]] = True
        return broken

    def why_not_judgeable(self, rule: RowRule, schema: pa.Schema) -> str:
        """Return DuckDB's reason for not understanding the rule over columns of these types, or an empty string."""
        try:
            self._execute(f"EXPLAIN {rule.sql}", rule, schema.empty_table())
        except duckdb.Error as error:
            return str(error).strip().splitlines()[0][:200]
        return ""

    def _execute(self, sql: str, rule: RowRule, rows: pa.Table) -> duckdb.DuckDBPyConnection:
        # Left registered until the next rule takes the names: a result may be read from them as it is fetched.
        self._connection.register("frame", rows.append_column(ROW_NUMBER, pa.array(np.arange(rows.num_rows))))
        for name, table in rule.relations.items():
            self._connection.register(name, table)
        return self._connection.execute(sql)


def quote(name: str) -> str:
    """Return a name as a quoted SQL identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def compared(name: str, collation: Collation) -> str:
    """Return SQL of what a database compares of a column: its text without the letter case, accents and blanks it ignores."""
    sql = quote(name)
    if collation.pads:
        sql = f"rtrim({sql}, ' ')"
    if collation.ignores_case:
        sql = f"lower({sql})"
    return f"strip_accents({sql})" if collation.ignores_accents else sql


def standard_quotes(sql: str, dialect: str) -> str:
    """Return SQL of a dialect with its way of quoting names made standard."""
    match dialect:
        case "mysql" | "sqlite":
            return re.sub(r"`([^`]+)`", r'"\1"', sql)
        case "tsql":
            return re.sub(r"\[([^\[\]]+)\]", r'"\1"', sql)
        case _:
            return sql


def _operand(relation: str, column: str, as_text: bool) -> str:
    return f"CAST({relation}.{quote(column)} AS VARCHAR)" if as_text else f"{relation}.{quote(column)}"
