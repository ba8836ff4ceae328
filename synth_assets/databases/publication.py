"""Publishing a dataset to PostgreSQL: made beside the old version in one transaction, and swapped for it at its end.

Everything until the swap happens in a transaction of its own: a failure, an interrupt or a killed client leaves the old
version as it was, and nothing else. Readers of `target.table` find the old tables until the commit and the new ones
after it.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synth_assets.databases.postgres_catalog import (
    Relation,
    attach_foreign_key,
    detach_foreign_keys,
    find_foreign_change,
    find_relations,
    silence_triggers,
)
from synth_assets.databases.postgres_ddl import DEFAULT_NAMESPACE, PostgresPlace, namespaces_of
from synth_assets.databases.postgres_load import classify, copy_rows
from synth_assets.databases.postgres_sequences import advance_sequences
from synth_assets.databases.postgres_session import connect, postgres_failures
from synth_assets.databases.postgres_versions import MARK, Target, drop_old_versions, prepare_target, swap_in
from synth_assets.databases.rows import OnTableProgress, RowSource
from synth_assets.databases.urls import DatabaseUrl
from synth_assets.ddl import quote_name
from synth_assets.errors import DatabaseError, Diagnostic, RequestError
from synth_assets.schema.model import Schema

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True)
class Publication:
    """A dataset that people can query now.

    Attributes:
        database: Where, without user and password.
        schema_name: The PostgreSQL schema of the DDL's default namespace.
        schemas: By namespace of the DDL, the schema its tables are in.
        rows: By table key.
        replaced: Whether it took the place of an earlier version.
        left_behind: Schemas of earlier versions that somebody still reads; the next publication drops them.
        sample_sql: A query to begin with.
        seconds: From the connection to the commit.
    """

    database: str
    schema_name: str
    schemas: dict[str, str]
    rows: dict[str, int]
    replaced: bool
    left_behind: tuple[str, ...]
    sample_sql: str
    seconds: float

    @property
    def row_count(self) -> int:
        return sum(self.rows.values())

    @property
    def rows_per_second(self) -> int:
        return round(self.row_count / max(self.seconds, 0.001))


def publish(
    schema: Schema,
    ddl_text: str | None,
    rows_of: RowSource,
    row_counts: Mapping[str, int],
    url: DatabaseUrl,
    target: str,
    *,
    dataset: str,
    replace_any: bool = False,
    readers: Sequence[str] = (),
    on_progress: OnTableProgress | None = None,
) -> Publication:
    """Make the dataset's tables in PostgreSQL, with every constraint of the DDL, and put them in the place of what was there.

    Tables of the default namespace go to the schema `target`, those of a namespace `n` to `target_n`. Every constraint
    is validated; sequences go on after the highest number; nothing is granted but to `readers`.

    Args:
        target: Name of the PostgreSQL schema.
        dataset: What the schema is said to hold, in its comment.
        replace_any: Whether a schema that another dataset was published to may be replaced as well.
        readers: Roles that may read every table.

    Raises:
        RequestError: The DDL is not PostgreSQL's, is not there, or the name is not one; the target is not ours to replace.
        DatabaseError: The server cannot be used (DB102, DB103, DB107), or rejects the DDL or a row (DB108).
    """
    started = time.perf_counter()
    text = _require_postgres(schema, ddl_text, url)
    aim = Target(target, f"{MARK}{dataset}", namespaces_of(schema, text), secrets.token_hex(4))
    with connect(url) as connection, postgres_failures(url):
        with connection.transaction():
            replaced = prepare_target(connection, aim, readers, replace_any=replace_any)
            place = PostgresPlace(connection, aim.homes("new"), aim.homes())
            rows = _fill(place, schema, text, rows_of, row_counts, url, on_progress)
            swap_in(connection, aim, readers)
        seconds = time.perf_counter() - started
        left = drop_old_versions(connection, aim)
    return Publication(
        database=url.label,
        schema_name=target,
        schemas=aim.homes(),
        rows=rows,
        replaced=replaced,
        left_behind=left,
        sample_sql=_sample(schema, aim),
        seconds=round(seconds, 3),
    )


def _fill(
    place: PostgresPlace,
    schema: Schema,
    ddl_text: str,
    rows_of: RowSource,
    row_counts: Mapping[str, int],
    url: DatabaseUrl,
    on_progress: OnTableProgress | None,
) -> dict[str, int]:
    connection = place.connection
    refused = place.run(ddl_text, stop_at_refusal=True)
    if refused:
        raise _rejected(url, "the server refuses a statement of the DDL", f"{refused[0].statement}: {refused[0].message}", refused[0].line)
    place.settle()
    changed = find_foreign_change(place)
    if changed is not None:
        raise _rejected(url, "the DDL changes what is not the dataset's", changed, None)
    relations = find_relations(place, schema)
    keys = detach_foreign_keys(connection, relations.values())
    loud_again = silence_triggers(connection, relations.values())
    rows = {t.key: _copy(connection, schema, t.key, relations, rows_of, row_counts, url, on_progress) for t in schema.tables}
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    advance_sequences(connection, relations.values())
    owners = {r.oid: key for key, r in relations.items()}
    for key in keys:
        _validate(connection, relations[owners[key.child]], key, url)
    for statement in loud_again:
        connection.execute(statement.encode())
    for relation in relations.values():
        connection.execute(f"ANALYZE {relation.sql}".encode())
    return rows


def _copy(
    connection: "psycopg.Connection[Any]",
    schema: Schema,
    key: str,
    relations: Mapping[str, Relation],
    rows_of: RowSource,
    row_counts: Mapping[str, int],
    url: DatabaseUrl,
    on_progress: OnTableProgress | None,
) -> int:
    import psycopg

    table = schema.table(key)
    relation = relations.get(key)
    if relation is None or any(c.name not in relation.columns for c in table.stored_columns):
        raise _rejected(url, f"the DDL makes no table {key} with the columns of the rows", key, table.where.line)
    # Frozen rows are there for everyone at once, also for those who began to read before the swap.
    options = "" if relation.is_partitioned else ", FREEZE true"
    try:
        count = copy_rows(connection, table, relation, rows_of(key), options)
    except psycopg.Error as error:
        if connection.closed:
            raise
        refusal = classify(error, table, relation)
        raise _rejected(url, f"table {key}: a row is rejected by {refusal.constraint}", refusal.message, refusal.line) from None
    expected = row_counts.get(key, count)
    if count != expected:
        raise _rejected(url, f"table {key} holds another number of rows", f"{count:,} of {expected:,}", table.where.line)
    if on_progress is not None:
        on_progress(key, count, expected)
    return count


def _validate(connection: "psycopg.Connection[Any]", child: Relation, key: Any, url: DatabaseUrl) -> None:
    import psycopg

    try:
        attach_foreign_key(connection, child, key)
    except psycopg.Error as error:
        if connection.closed:
            raise
        found = " ".join(filter(None, (error.diag.message_primary, error.diag.message_detail)))
        raise _rejected(url, f"table {child.name}: foreign key {key.name} has rows without a parent", found, None) from None


def _require_postgres(schema: Schema, ddl_text: str | None, url: DatabaseUrl) -> str:
    if url.kind != "postgres" or schema.dialect != "postgres":
        message = "a PostgreSQL schema is published to a PostgreSQL server, and nothing else so far"
        found = f"a DDL of {schema.dialect} and a server of {url.kind}"
        hint = "take the files of an export instead, or the SQL script"
        raise RequestError("cannot publish", [Diagnostic(code="DB106", where=url.label, message=message, found=found, hint=hint)])
    if ddl_text is None:
        hint = "name the DDL file with --ddl"
        raise RequestError("no DDL", [Diagnostic(code="DB105", where=schema.name, message="the rows come without their DDL", hint=hint)])
    return ddl_text


def _sample(schema: Schema, aim: Target) -> str:
    table = schema.tables[0]
    home = aim.homes()[(table.namespace or DEFAULT_NAMESPACE).lower()]
    named = table.name if table.quoted else table.name.lower()
    return f"SELECT * FROM {quote_name(home)}.{quote_name(named)} LIMIT 10;"  # noqa: S608 - names are quoted


def _rejected(url: DatabaseUrl, message: str, found: str, line: int | None) -> DatabaseError:
    hint = "`synth prove` lists every rejected row; what was published before is still there"
    where = f"{url.label} line {line} of the DDL" if line else url.label
    return DatabaseError("nothing was published", [Diagnostic(code="DB108", where=where, message=message, found=found[:300], hint=hint)])
