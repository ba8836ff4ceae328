"""`prove`: load a dataset into a real database, every constraint on, and say what it rejected."""

import time
from collections.abc import Mapping

from synth_assets.databases.model import ProofResult
from synth_assets.databases.mysql_proof import prove_in_mysql
from synth_assets.databases.postgres_proof import prove_in_postgres
from synth_assets.databases.rows import OnTableProgress, RowSource
from synth_assets.databases.sqlite_proof import prove_in_sqlite
from synth_assets.databases.urls import DatabaseUrl
from synth_assets.errors import Diagnostic, RequestError
from synth_assets.schema.model import Schema

_DIALECTS = {"postgres": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite", "tsql": "SQL Server", "oracle": "Oracle"}
_SERVERS = frozenset({"postgres", "mysql"})


def prove(
    schema: Schema,
    ddl_text: str | None,
    rows_of: RowSource,
    row_counts: Mapping[str, int],
    url: DatabaseUrl,
    on_progress: OnTableProgress | None = None,
) -> ProofResult:
    """Have a database judge a dataset; it is left as it was found, also when this is interrupted.

    The DDL runs as the user wrote it where the server speaks its dialect. SQLite judges every dialect: the schema is
    rendered for it, and what it cannot judge is listed.

    Args:
        ddl_text: The DDL as the user wrote it; only SQLite can do without.
        rows_of: Gives each table's chunks; asked once for each table.
        row_counts: Rows each table should have, by table key.

    Raises:
        RequestError: The server cannot judge this DDL.
        DatabaseError: The server cannot be reached or used, or fails on the way.
    """
    started = time.perf_counter()
    if url.kind == "sqlite":
        result = prove_in_sqlite(schema, ddl_text, rows_of, row_counts, url, on_progress)
    else:
        text = _require_ddl(schema, ddl_text, url)
        in_server = prove_in_postgres if url.kind == "postgres" else prove_in_mysql
        result = in_server(schema, text, rows_of, row_counts, url, on_progress)
    return result.model_copy(update={"seconds": round(time.perf_counter() - started, 3)})


def _require_ddl(schema: Schema, ddl_text: str | None, url: DatabaseUrl) -> str:
    if schema.dialect != url.kind:
        owner = _DIALECTS.get(schema.dialect, schema.dialect)
        message = f"this DDL is {owner}'s, which {url.server_name} does not understand"
        hint = f"prove it on {f'{owner} or ' if schema.dialect in _SERVERS else ''}SQLite (sqlite://)"
        problem = Diagnostic(code="DB106", where=url.label, message=message, found=schema.dialect, hint=hint)
        raise RequestError("the database does not speak this dialect", [problem])
    if ddl_text is None:
        hint = "name the DDL file with --ddl, or prove the rows on SQLite (sqlite://)"
        raise RequestError("no DDL", [Diagnostic(code="DB105", where=schema.name, message="the rows come without their DDL", hint=hint)])
    return ddl_text
