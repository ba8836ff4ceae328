"""Keeping a schema's own triggers silent while a PostgreSQL script loads rows, as pg_restore does.

Rows are complete as they are: a trigger that stamps times, numbers rows or fills other tables would change
them, or add rows that collide. Foreign keys are triggers of the system and stay on.
"""

from synth_assets.exports.sql_names import regclass_literal
from synth_assets.schema.model import Schema

_LOOP = (
    "DO $synth$ DECLARE t record; BEGIN FOR t IN SELECT * FROM synth_silent_triggers LOOP\n"
    "  EXECUTE format('ALTER TABLE %s {} TRIGGER %I', t.owner, t.name);\nEND LOOP; END $synth$;\n"
)


def silence_triggers(schema: Schema, dialect: str, ddl_text: str | None) -> tuple[str, str]:
    """Return what to say before and after the rows; nothing where the DDL makes no trigger or the dialect has no way."""
    if dialect != "postgres" or (ddl_text is not None and "trigger" not in ddl_text.lower()):
        return "", ""
    tables = ", ".join(regclass_literal(table) for table in schema.tables)
    chosen = f"NOT tgisinternal AND tgenabled = 'O' AND tgrelid IN ({tables})"
    lookup = (
        "CREATE TEMPORARY TABLE synth_silent_triggers ON COMMIT DROP AS\n"
        "  SELECT tgrelid::regclass AS owner, tgname AS name FROM pg_trigger\n  WHERE "
    )
    # A table cannot be altered while checks of its rows are waiting, so deferred keys are checked first.
    return lookup + chosen + ";\n" + _LOOP.format("DISABLE"), "SET CONSTRAINTS ALL IMMEDIATE;\n" + _LOOP.format("ENABLE")
