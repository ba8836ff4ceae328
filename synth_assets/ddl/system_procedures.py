"""SQL Server's procedures that change what a script declared: sp_rename, sp_addtype, sp_addextendedproperty."""

from synth_assets.ddl.alter_table import rename_column, rename_table
from synth_assets.ddl.catalogue import Catalogue
from synth_assets.ddl.column_clauses import read_type
from synth_assets.ddl.cursor import Cursor
from synth_assets.ddl.definitions import type_key
from synth_assets.ddl.drafts import DraftDomain, DraftTable, Name, QualifiedName
from synth_assets.ddl.tokens import Kind, Source, Token, tokenize

PROCEDURES = frozenset({"SP_RENAME", "SP_ADDTYPE", "SP_ADDEXTENDEDPROPERTY"})


def read_system_procedure(cursor: Cursor, catalogue: Catalogue) -> bool:
    """Read from after `EXEC`; tell whether the call changed a table, a column or a type."""
    procedure = cursor.qualified_name("a procedure name").last.text.upper()
    if procedure not in PROCEDURES:
        return False
    arguments = _arguments(cursor)
    if procedure == "SP_RENAME":
        return _rename(arguments, catalogue)
    if procedure == "SP_ADDTYPE":
        return _add_type(arguments, catalogue)
    return _describe(arguments, catalogue)


def _arguments(cursor: Cursor) -> dict[str, Token]:
    """Return the arguments by name in lower case, or by their number from 0."""
    found: dict[str, Token] = {}
    for number, part in enumerate(cursor.split()):
        name = str(number)
        if part.key().startswith("@") and part.key(1) == "=":
            name = part.take().text[1:].lower()
            part.take()
        if not part.done:
            found[name] = part.take()
    return found


def _argument(arguments: dict[str, Token], name: str, number: int) -> Token | None:
    return arguments.get(name) or arguments.get(str(number))


def _name_in(token: Token) -> QualifiedName | None:
    """Return the name a text spells, such as `'dbo.[Order Lines].Qty'`; its place is the text's."""
    tokens = tokenize(token.text, 0, len(token.text), "tsql")
    inner = Cursor(Source(token.text, ""), tokens, "tsql")
    if not inner.at_name():
        return None
    return QualifiedName(tuple(Name(p.text, p.quoted, token.start) for p in inner.qualified_name().parts))


def _rename(arguments: dict[str, Token], catalogue: Catalogue) -> bool:
    target, new, kind = (_argument(arguments, n, i) for i, n in enumerate(("objname", "newname", "objtype")))
    name = _name_in(target) if target is not None else None
    if name is None or new is None or catalogue.is_without_rows(name):
        return False
    renamed = Name(new.text, True, new.start)
    what = kind.text.upper() if kind is not None else "OBJECT"
    if what == "COLUMN" and len(name.parts) > 1:
        table = catalogue.find_table(QualifiedName(name.parts[:-1]))
        column = catalogue.find_column(table, name.last) if table is not None else None
        if table is not None and column is not None:
            rename_column(catalogue, table, column, renamed)
        return column is not None
    table = catalogue.find_table(name) if what == "OBJECT" else None
    if table is not None:
        rename_table(catalogue, table, name.last, renamed)
    return table is not None


def _add_type(arguments: dict[str, Token], catalogue: Catalogue) -> bool:
    alias, base, nullability = (_argument(arguments, n, i) for i, n in enumerate(("typename", "phystype", "nulltype")))
    if alias is None or base is None:
        return False
    inner = Cursor(Source(base.text, ""), tokenize(base.text, 0, len(base.text), "tsql"), "tsql")
    written = read_type(inner)
    name = _name_in(alias) if alias.kind is Kind.STRING else QualifiedName((Name(alias.text, alias.kind is Kind.QUOTED, alias.start),))
    if written is None or name is None:
        return False
    nullable = nullability is None or "NOT" not in nullability.text.upper()
    catalogue.domains[type_key(name)] = DraftDomain(name.last, written, nullable, None, [])
    return True


def _describe(arguments: dict[str, Token], catalogue: Catalogue) -> bool:
    """MS_Description is where SQL Server's tools keep the comment of a table or of a column."""
    named = {n: _argument(arguments, n, i) for i, n in enumerate(_PROPERTY)}
    kind, value, table_name, column_name = (named[n] for n in ("name", "value", "level1name", "level2name"))
    if kind is None or value is None or table_name is None or kind.text.upper() != "MS_DESCRIPTION":
        return False
    if (named["level1type"] or kind).text.upper() != "TABLE":
        return False
    schema = named["level0name"]
    parts = ([Name(schema.text, True, schema.start)] if schema is not None else []) + [Name(table_name.text, True, table_name.start)]
    table = catalogue.find_table(QualifiedName(tuple(parts)))
    if table is None:
        return False
    return _set_comment(catalogue, table, named["level2type"], column_name, value.text)


_PROPERTY = ("name", "value", "level0type", "level0name", "level1type", "level1name", "level2type", "level2name")


def _set_comment(catalogue: Catalogue, table: DraftTable, kind: Token | None, name: Token | None, text: str) -> bool:
    if name is None:
        table.comment = text
        return True
    if kind is None or kind.text.upper() != "COLUMN":
        return False
    column = catalogue.find_column(table, Name(name.text, True, name.start))
    if column is not None:
        column.comment = text
    return column is not None
