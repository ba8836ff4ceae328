"""What a script says about where unqualified names belong: search_path, USE, CURRENT_SCHEMA."""

import re

from synth_assets.ddl.catalogue import Catalogue
from synth_assets.ddl.cursor import Cursor
from synth_assets.ddl.tokens import Kind

_NOT_SCHEMAS = frozenset({"pg_catalog", "$user", "$", "default"})


def read_search_path(cursor: Cursor, catalogue: Catalogue, first: str) -> None:
    """Read `SET search_path`, its set_config form, `USE` and `ALTER SESSION SET CURRENT_SCHEMA` from after the first word."""
    if first == "USE":
        _use_database(cursor, catalogue)
        return
    if first == "ALTER":
        _set_current_schema(cursor, catalogue)
        return
    if first == "SELECT":
        written = [t.text for t in cursor.tokens.items if t.kind is Kind.STRING]
        names = [n.strip().strip('"') for n in written[1].split(",")] if len(written) > 1 and written[0] == "search_path" else []
    else:
        cursor.accept_any("LOCAL", "SESSION")
        cursor.expect("SEARCH_PATH")
        cursor.accept_any("=", "TO")
        names = [part.take().text for part in cursor.split() if not part.done]
    usable = [n for n in names if n and n.lower() not in _NOT_SCHEMAS]
    known = [n for n in usable if _is_known(catalogue, n.lower())] or usable  # PostgreSQL skips what is not there
    catalogue.path = tuple(None if n.lower() == catalogue.default_namespace else n for n in known) or (None,)


def _is_known(catalogue: Catalogue, namespace: str) -> bool:
    """Tell whether the script makes that schema or names something in it; asked of the text once a schema."""
    if namespace == catalogue.default_namespace or namespace in catalogue.namespaces:
        return True
    if namespace not in catalogue.qualifiers:
        found = re.search(rf'(?<![\w.])"?{re.escape(namespace)}"?[ \t]*\.[ \t]*["\w]', catalogue.source.text, re.IGNORECASE)
        catalogue.qualifiers[namespace] = found is not None
    return catalogue.qualifiers[namespace]


def _use_database(cursor: Cursor, catalogue: Catalogue) -> None:
    if catalogue.dialect == "mysql" and cursor.at_name():
        database = cursor.name().text
        catalogue.default_namespace = catalogue.default_namespace or database
        catalogue.path = (None if database.lower() == catalogue.default_namespace.lower() else database,)


def _set_current_schema(cursor: Cursor, catalogue: Catalogue) -> None:
    """The first schema of a script, or the one its tables are in so far, is the default one."""
    cursor.expect("SESSION", "SET", "CURRENT_SCHEMA", "=")
    schema = cursor.name("a schema name").text
    if catalogue.default_namespace is None and not catalogue.tables:
        catalogue.default_namespace = schema
    default = catalogue.default_namespace
    catalogue.path = (None if default is not None and schema.lower() == default.lower() else schema,)
