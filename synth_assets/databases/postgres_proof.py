"""PostgreSQL's verdict on a dataset, with every constraint on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from synth_assets.databases.constraints import refusal_of
from synth_assets.databases.model import NotJudged, ProofResult, Rejection, TableProof
from synth_assets.databases.postgres_catalog import (
    Relation,
    ServerKey,
    attach_foreign_key,
    detach_foreign_keys,
    find_relations,
    silence_triggers,
)
from synth_assets.databases.postgres_ddl import PostgresPlace, namespaces_of
from synth_assets.databases.postgres_load import classify, copy_rows
from synth_assets.databases.postgres_session import scratch_place
from synth_assets.databases.rows import OnTableProgress, Refusal, RowSource, load_table, orphan_rejection, shown_values
from synth_assets.databases.urls import DatabaseUrl
from synth_assets.ddl import quote_name
from synth_assets.schema.model import Schema, Table

if TYPE_CHECKING:
    import psycopg


def prove_in_postgres(
    schema: Schema, ddl_text: str, rows_of: RowSource, row_counts: Mapping[str, int], url: DatabaseUrl, on_progress: OnTableProgress | None
) -> ProofResult:
    """Run the DDL in a scratch place, load every row, have every foreign key validated, and leave nothing behind.

    Types, NOT NULL, CHECK, PRIMARY KEY, UNIQUE and EXCLUDE are judged as rows arrive; foreign keys are added once all
    tables are in, so that the server looks at every row of each.

    Raises:
        DatabaseError: The server cannot be used, or fails on the way.
    """
    with scratch_place(url, namespaces_of(schema, ddl_text)) as place:
        refused = place.run(ddl_text)
        place.settle()
        relations = find_relations(place, schema)
        proof = _Proof(place, schema, relations, row_counts)
        keys = detach_foreign_keys(place.connection, relations.values())
        silence_triggers(place.connection, relations.values())
        tables = [proof.load(t, rows_of, on_progress) for t in schema.tables if t.key in relations and proof.is_complete(t)]
        for key in keys:
            proof.validate(key)
        version = place.connection.info.server_version
        return ProofResult(
            server=f"PostgreSQL {version // 10_000}.{version % 10_000}",
            database=url.label,
            tables=tuple(tables),
            rejections=tuple(proof.rejections),
            refused=refused,
            not_judged=(*proof.absent(), *proof.not_judged),
        )


class _Proof:
    """One run: what the server said so far."""

    def __init__(self, place: PostgresPlace, schema: Schema, relations: dict[str, Relation], row_counts: Mapping[str, int]) -> None:
        self.connection: psycopg.Connection[Any] = place.connection
        self.schema = schema
        self.relations = relations
        self.row_counts = row_counts
        self.rejections: list[Rejection] = []
        self.not_judged: list[NotJudged] = []

    def absent(self) -> list[NotJudged]:
        """Return the tables the server did not make."""
        reason = "the server did not create it: its statement was refused"
        missing = [t for t in self.schema.tables if t.key not in self.relations]
        return [NotJudged(table=t.key, subject="the table", reason=reason, line=t.where.line) for t in missing]

    def is_complete(self, table: Table) -> bool:
        """Whether the server has every column of the rows; what is missing is noted."""
        missing = [c for c in table.stored_columns if c.name not in self.relations[table.key].columns]
        reason = f"the server has no column {', '.join(c.name for c in missing)}"
        self.not_judged += [NotJudged(table=table.key, subject="the table", reason=reason, line=missing[0].where.line)] if missing else []
        return not missing

    def load(self, table: Table, rows_of: RowSource, on_progress: OnTableProgress | None) -> TableProof:
        relation = self.relations[table.key]
        attempt = lambda batch: self._attempt(table, relation, batch)  # noqa: E731
        proof, rejections = load_table(table.key, rows_of, self.row_counts.get(table.key), attempt, on_progress)
        self.rejections += rejections
        return proof

    def _attempt(self, table: Table, relation: Relation, batch: Any) -> Refusal | None:
        import psycopg

        try:
            with self.connection.transaction():
                copy_rows(self.connection, table, relation, [batch])
                self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except psycopg.Error as error:
            if self.connection.closed:
                raise
            return classify(error, table, relation)
        return None

    def validate(self, key: ServerKey) -> None:
        """Add a foreign key again; where the server finds a row without a parent, count them all."""
        import psycopg

        owners = {r.oid: k for k, r in self.relations.items()}
        child = self.relations[owners[key.child]]
        try:
            with self.connection.transaction():
                attach_foreign_key(self.connection, child, key)
        except psycopg.Error as error:
            if self.connection.closed:
                raise
            self.rejections.append(self._orphans(self.schema.table(owners[key.child]), owners.get(key.parent), key, error))

    def _orphans(self, table: Table, parent_key: str | None, key: ServerKey, error: "psycopg.Error") -> Rejection:
        message = " ".join(filter(None, (error.diag.message_primary, error.diag.message_detail)))
        refusal = refusal_of(table, "foreign key", key.name, key.columns, message)
        count, example = 0, dict[str, str | None]()
        if parent_key is not None:
            count, example = self._count_orphans(self.relations[table.key], self.relations[parent_key], key)
        rejected = any(r.table == parent_key for r in self.rejections)
        # MATCH FULL also refuses keys that are NULL in part, which have no parent to miss.
        return orphan_rejection(table.key, refusal, max(count, 1), example, None, parent_rejected=rejected)

    def _count_orphans(self, child: Relation, parent: Relation, key: ServerKey) -> tuple[int, dict[str, str | None]]:
        joined = " AND ".join(f"p.{quote_name(p)} = c.{quote_name(c)}" for c, p in zip(key.columns, key.parent_columns, strict=True))
        held = " AND ".join(f"c.{quote_name(c)} IS NOT NULL" for c in key.columns)
        source = f"FROM {child.sql} c WHERE {held} AND NOT EXISTS (SELECT 1 FROM {parent.sql} p WHERE {joined})"  # noqa: S608 - names are quoted
        counted = self.connection.execute(f"SELECT count(*) {source}".encode()).fetchone()
        shown = ", ".join(f"c.{quote_name(c)}::text" for c in child.columns.values())
        first = self.connection.execute(f"SELECT {shown} {source} LIMIT 1".encode()).fetchone()
        return (counted[0] if counted else 0), shown_values(child.columns, first) if first else {}
