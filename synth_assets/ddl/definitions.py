"""What stands beside tables and counts for them: enum types, domains, unique indexes, comments."""

from dataclasses import replace

from synth_assets.ddl.catalogue import Catalogue
from synth_assets.ddl.collations import read_text_options
from synth_assets.ddl.column_clauses import read_default_expression, read_type
from synth_assets.ddl.cursor import Cursor
from synth_assets.ddl.drafts import DraftDomain, DraftKey, DraftType, Name, QualifiedName
from synth_assets.ddl.key_clauses import read_check, read_index_options, read_members
from synth_assets.ddl.tokens import Kind


def read_create_type(cursor: Cursor, catalogue: Catalogue) -> bool:
    """Read from after `CREATE TYPE`; tell whether it is an enum, an alias or a composite type (others are passed over)."""
    cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified_name("a type name")
    if cursor.accept("AS", "ENUM"):
        values = [part.take().text for part in cursor.group("the values of the enum in parentheses").split() if not part.done]
        catalogue.enums[type_key(name)] = (name.last.text, values)
        return True
    if cursor.at("AS", "("):
        cursor.take()
        parts = cursor.group("the parts of the composite type in parentheses").split()
        fields = [(part.name("a part's name").text, read_type(part)) for part in parts if part.at_name()]
        catalogue.composites[type_key(name)] = [(part, written) for part, written in fields if written is not None]
        return True
    if cursor.accept("FROM"):
        base = read_type(cursor)
        if base is not None:
            nullable = not cursor.accept("NOT", "NULL")
            catalogue.domains[type_key(name)] = DraftDomain(name.last, base, nullable, None, [])
        return True
    return False


def read_alter_type(cursor: Cursor, catalogue: Catalogue) -> bool:
    """Read `ALTER TYPE t ADD VALUE 'x' [BEFORE|AFTER 'y']`, RENAME, and ADD and DROP ATTRIBUTE of a composite type."""
    name = cursor.qualified_name("a type name")
    if type_key(name) in catalogue.composites:
        return _alter_composite(cursor, catalogue.composites[type_key(name)])
    found = catalogue.enums.get(type_key(name))
    if found is None:
        return False
    values = found[1]
    if cursor.accept("RENAME", "TO"):
        _rename_enum(catalogue, type_key(name), cursor.name("the new type name"))
        return True
    if cursor.accept("RENAME", "VALUE"):
        old = cursor.take().text
        cursor.expect("TO")
        values[:] = [cursor.take().text if v == old else v for v in values]
        return True
    if not cursor.accept("ADD", "VALUE"):
        return False
    cursor.accept("IF", "NOT", "EXISTS")
    value = cursor.take().text
    place = cursor.accept_any("BEFORE", "AFTER")
    neighbour = cursor.take().text if place else ""
    at = values.index(neighbour) + (place == "AFTER") if neighbour in values else len(values)
    if value not in values:
        values.insert(at, value)
    return True


def _alter_composite(cursor: Cursor, parts: list[tuple[str, DraftType]]) -> bool:
    for action in cursor.split():
        if action.accept("ADD", "ATTRIBUTE"):
            added, written = action.name("a part's name").text, read_type(action)
            parts += [(added, written)] if written is not None else []
        elif action.accept("DROP", "ATTRIBUTE"):
            action.accept("IF", "EXISTS")
            gone = action.name("a part's name").text.lower()
            parts[:] = [(part, written) for part, written in parts if part.lower() != gone]
        else:
            return False
    return True


def _rename_enum(catalogue: Catalogue, old: str, new: Name) -> None:
    """Give an enum another name; the columns of that type go with it, as their type is looked up by name later."""
    spelled = new.text if new.quoted else new.text.lower()
    catalogue.enums[spelled] = (new.text, catalogue.enums.pop(old)[1])
    for table in catalogue.tables.values():
        for column in table.columns:
            if column.type is not None and (column.type.name if column.type.quoted else column.type.name.lower()) == old:
                written = column.type.sql.replace(old, spelled)
                column.type = replace(column.type, name=spelled, quoted=new.quoted, sql=written)


def read_drop_index(cursor: Cursor, catalogue: Catalogue) -> bool:
    """Read from after `DROP INDEX`; tell whether a unique index went with it."""
    cursor.accept("CONCURRENTLY")
    cursor.accept("IF", "EXISTS")
    gone: set[int] = set()
    for part in cursor.split():
        if part.at_name():
            name = part.qualified_name()
            if part.accept("ON") or (part.dialect == "tsql" and len(name.parts) > 1):  # names of indexes belong to their table there
                parts = part.qualified_name().parts if part.at_name() else name.parts[:-1]
                table = catalogue.find_table(QualifiedName(parts)) if parts else None
                gone |= {id(u) for u in table.uniques if (u.name or "").lower() == name.last.text.lower()} if table else set()
            elif name.last.text.lower() in catalogue.indexes:
                gone.add(id(catalogue.indexes.pop(name.last.text.lower())))
    for table in catalogue.tables.values() if gone else ():
        table.uniques = [u for u in table.uniques if id(u) not in gone]
    return bool(gone)


def type_key(name: QualifiedName) -> str:
    """Types are found by their last part: one enum name in two namespaces is rarer than a path nobody set."""
    return name.last.text if name.last.quoted else name.last.text.lower()


def read_create_domain(cursor: Cursor, catalogue: Catalogue) -> None:
    """Read from after `CREATE DOMAIN`."""
    name = cursor.qualified_name("a domain name")
    cursor.accept("AS")
    base = read_type(cursor)
    if base is None:
        raise cursor.failure(f"domain '{name}' has no type")
    domain = DraftDomain(name.last, base, True, None, [])
    _read_domain_options(cursor, domain)
    catalogue.domains[type_key(name)] = domain


def _read_domain_options(cursor: Cursor, domain: DraftDomain) -> None:
    constraint_name: str | None = None
    while not cursor.done:
        start = cursor.offset
        if cursor.accept("CONSTRAINT"):
            constraint_name = cursor.name("a constraint name").text
        elif cursor.accept("NOT", "NULL"):
            domain.nullable = False
        elif cursor.accept("DEFAULT"):
            domain.default = read_default_expression(cursor)
        elif cursor.accept("CHECK"):
            domain.checks.append(read_check(cursor, constraint_name, start))
            constraint_name = None
        elif cursor.at("COLLATE"):
            domain.options = read_text_options(cursor) or domain.options
        elif not cursor.accept("NULL"):
            raise cursor.failure(f"unexpected option of domain '{domain.name.text}'")


def read_alter_domain(cursor: Cursor, catalogue: Catalogue) -> bool:
    """Read ADD CONSTRAINT ... CHECK, SET/DROP NOT NULL and SET DEFAULT of a domain."""
    domain = catalogue.domains.get(type_key(cursor.qualified_name("a domain name")))
    if domain is None:
        return False
    if cursor.accept("ADD"):
        _read_domain_options(cursor, domain)
    elif cursor.accept("SET", "NOT", "NULL"):
        domain.nullable = False
    elif cursor.accept("DROP", "NOT", "NULL"):
        domain.nullable = True
    elif cursor.accept("SET", "DEFAULT"):
        domain.default = read_default_expression(cursor)
    else:
        return False
    return True


def read_unique_index(cursor: Cursor, catalogue: Catalogue, start: int) -> None:
    """Read from after `CREATE UNIQUE INDEX`."""
    cursor.accept("CONCURRENTLY")
    cursor.accept("IF", "NOT", "EXISTS")
    name = None if cursor.at("ON") else cursor.qualified_name("an index name").last.text
    if cursor.accept("USING"):
        cursor.take()
    cursor.expect("ON")
    cursor.accept("ONLY")
    target = cursor.qualified_name("a table name")
    key = DraftKey(name, [], start, is_index=True)
    if cursor.accept("USING"):
        cursor.take()
    read_members(cursor.group("the members of the index in parentheses"), key)
    read_index_options(cursor, key)
    while not cursor.done and not cursor.at("WHERE"):
        if not cursor.skip_group():
            cursor.take()
    if cursor.accept("WHERE"):
        key.predicate = _without_parentheses(cursor)
    if name is not None:
        catalogue.indexes[name.lower()] = key
    if catalogue.is_without_rows(target):
        return
    table = catalogue.need_table(target, "CREATE UNIQUE INDEX")
    if table is not None:
        table.uniques.append(key)


def _without_parentheses(cursor: Cursor) -> str:
    if cursor.at("(") and cursor.tokens.partner[cursor.index] == cursor.stop - 1:
        return cursor.group().text()
    stop = cursor.stop
    for at in range(cursor.index, cursor.stop):
        if cursor.dialect == "tsql" and cursor.tokens.items[at].key in {"WITH", "ON"}:
            stop = at
            break
    return cursor.text(cursor.index, stop)


def read_comment_on(cursor: Cursor, catalogue: Catalogue) -> bool:
    """Read `COMMENT ON TABLE t IS '...'` and `COMMENT ON COLUMN t.c IS '...'`; other objects are passed over."""
    target = cursor.accept_any("TABLE", "COLUMN")
    if not target:
        return False
    name = cursor.qualified_name()
    cursor.expect("IS")
    token = cursor.take()
    text = token.text if token.kind is Kind.STRING else None
    if target == "TABLE":
        table = catalogue.find_table(name)
        if table is not None:
            table.comment = text
        return table is not None
    if len(name.parts) < 2:
        raise cursor.failure("COMMENT ON COLUMN needs table.column")
    table = catalogue.find_table(QualifiedName(name.parts[:-1]))
    column = catalogue.find_column(table, name.last) if table else None
    if column is not None:
        column.comment = text
    return column is not None
