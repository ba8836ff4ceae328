"""Read constraints: PRIMARY KEY, UNIQUE, FOREIGN KEY, CHECK, beside a column, inside a table or added later."""

from synth_assets.ddl.collations import read_collation_name
from synth_assets.ddl.cursor import Cursor
from synth_assets.ddl.drafts import DraftCheck, DraftForeignKey, DraftKey, DraftTable, Name
from synth_assets.ddl.exclusions import read_exclusion
from synth_assets.ddl.tokens import Kind

_ORDER_WORDS = ("ASC", "DESC")


def at_constraint(cursor: Cursor) -> bool:
    """Tell whether a table constraint (not a column that happens to be called like one) begins here."""
    key, after = cursor.key(), cursor.key(1)
    match key:
        case "CONSTRAINT":
            return True
        case "PRIMARY" | "FOREIGN":
            return after == "KEY"
        case "UNIQUE":
            return after in {"(", "KEY", "INDEX", "CLUSTERED", "NONCLUSTERED", "NULLS", "USING"} or (
                cursor.dialect == "mysql" and cursor.key(2) == "("
            )
        case "CHECK":
            return after in {"(", "NOT"}
        case "EXCLUDE":
            return after in {"USING", "("}
        case "KEY" | "INDEX":
            return cursor.dialect in {"mysql", "tsql"}
        case "FULLTEXT" | "SPATIAL":
            return cursor.dialect == "mysql" and (after in {"KEY", "INDEX", "("} or cursor.key(2) == "(")
        case "PERIOD":
            return after == "FOR"
        case "SUPPLEMENTAL":
            return after == "LOG"
    return False


def read_constraint(cursor: Cursor, table: DraftTable) -> None:
    """Read one table constraint into `table`."""
    start = cursor.offset
    name: str | None = None
    if cursor.accept("CONSTRAINT") and cursor.key() not in {"PRIMARY", "FOREIGN", "UNIQUE", "CHECK"}:
        name = ".".join(p.text for p in cursor.qualified_name("a constraint name").parts)
    key = cursor.accept_any("PRIMARY", "UNIQUE", "FOREIGN", "CHECK")
    if key == "PRIMARY":
        cursor.expect("KEY")
        table.primary_keys.append(_read_key(cursor, name, start))
    elif key == "UNIQUE":
        cursor.accept_any("KEY", "INDEX")
        table.uniques.append(_read_key(cursor, name, start))
    elif key == "FOREIGN":
        cursor.expect("KEY")
        table.foreign_keys.append(_read_foreign_key(cursor, name, start, table))
    elif key == "CHECK":
        table.checks.append(read_check(cursor, name, start))
    elif cursor.at("EXCLUDE"):
        table.exclusions.append(read_exclusion(cursor, name, start))
    elif cursor.accept("NOT", "NULL"):  # PostgreSQL 18 writes NOT NULL as a table constraint
        column = cursor.name("a column name").text.lower()
        for draft in table.columns:
            if draft.name.text.lower() == column:
                draft.nullable = False
        skip_storage_options(cursor)
    elif cursor.accept_any("KEY", "INDEX", "FULLTEXT", "SPATIAL", "PERIOD", "SUPPLEMENTAL"):
        cursor.skip_to_end()
    else:
        raise cursor.failure("expected PRIMARY KEY, FOREIGN KEY, UNIQUE or CHECK")


def _read_key(cursor: Cursor, name: str | None, start: int) -> DraftKey:
    """Read what follows PRIMARY KEY or UNIQUE; MySQL may name the index there."""
    key = DraftKey(name, [], start)
    if cursor.accept("NULLS", "NOT", "DISTINCT"):
        key.nulls_distinct = False
    cursor.accept("NULLS", "DISTINCT")
    cursor.accept_any("CLUSTERED", "NONCLUSTERED")
    if cursor.accept("USING", "INDEX"):
        key.index = cursor.name("an index name").text
        read_index_options(cursor, key)
        return key
    if cursor.at_name() and cursor.key() not in {"USING", "HASH"}:
        key.name = name or cursor.name().text
    if cursor.accept("USING"):
        cursor.take()
    cursor.accept_any("CLUSTERED", "NONCLUSTERED")
    cursor.accept("HASH")  # of a memory-optimized table
    read_members(cursor.group("the columns of the key in parentheses"), key)
    read_index_options(cursor, key)
    return key


def read_members(inside: Cursor, key: DraftKey) -> None:
    """Read the members of a key or an index: columns, or expressions such as `lower(email)`."""
    for part in inside.split():
        if part.done:
            raise part.failure("a column name is missing between the commas")
        if _is_plain_member(part):
            key.columns.append(part.name())
            key.prefixed = key.prefixed or part.at("(")
            part.skip_group()
            if part.accept("COLLATE"):
                key.collations[key.columns[-1].text] = read_collation_name(part)
        else:
            key.expressions.append(_member_expression(part))


def _is_plain_member(part: Cursor) -> bool:
    """Tell whether a member is a column, an operator class or an order behind it, and no expression."""
    if not part.at_name() or (part.key() in {"CASE", "NOT"} and part.kind(1) is not None):
        return False
    if part.dialect == "mysql" and part.at(part.key(), "(") and part.kind(2) is Kind.NUMBER:
        return True  # UNIQUE over the first n characters
    return part.kind(1) is not Kind.SYMBOL


def _member_expression(part: Cursor) -> str:
    """Return the expression without the order and the operator class behind it, and without its own parentheses."""
    start = part.index
    if part.at("("):
        inside = part.group()
        return inside.text()
    part.take()
    while not part.done and part.key() not in {"ASC", "DESC", "NULLS", "COLLATE"}:
        if not part.skip_group():
            if part.kind() is Kind.WORD and part.tokens.items[part.index - 1].key == ")":
                break
            part.take()
    return part.text(start, part.index)


def _read_foreign_key(cursor: Cursor, name: str | None, start: int, table: DraftTable) -> DraftForeignKey:
    if cursor.at_name() and not cursor.at("REFERENCES"):
        index_name = cursor.name().text
        name = name or index_name
    columns = _names(cursor.group("the columns of the foreign key in parentheses"))
    cursor.expect("REFERENCES")
    return read_reference(cursor, name, columns, start, table.path)


def read_reference(cursor: Cursor, name: str | None, columns: list[Name], start: int, path: tuple[str | None, ...]) -> DraftForeignKey:
    """Read what follows REFERENCES: the parent, its columns, and the actions."""
    parent = cursor.qualified_name("the table the foreign key points at")
    parent_columns = _names(cursor.group()) if cursor.at("(") else []
    key = DraftForeignKey(name, columns, parent, parent_columns, start, path=path)
    while not cursor.done:
        if cursor.at("ON", "DELETE") or cursor.at("ON", "UPDATE"):
            cursor.take()
            event = cursor.take().key
            action = _read_action(cursor)
            if event == "DELETE":
                key.on_delete = action
            else:
                key.on_update = action
        elif cursor.accept("MATCH"):
            cursor.take()
        elif read_deferral(cursor):
            key.deferrable = True
        elif not (cursor.accept("NOT", "DEFERRABLE") or cursor.accept("INITIALLY", "IMMEDIATE") or skip_storage_options(cursor)):
            break
    return key


def _read_action(cursor: Cursor) -> str:
    if cursor.accept_any("SET"):
        action = f"SET {cursor.take().key}"
        cursor.skip_group()
        return action
    if cursor.accept("NO"):
        cursor.accept("ACTION")
        return "NO ACTION"
    return cursor.take().key


def read_deferral(cursor: Cursor) -> bool:
    """Read DEFERRABLE and INITIALLY DEFERRED; tell whether checking can wait for the end of the transaction."""
    deferrable = False
    while True:
        if cursor.accept("DEFERRABLE") or cursor.accept("INITIALLY", "DEFERRED"):
            deferrable = True
        elif not (deferrable and cursor.accept("INITIALLY", "IMMEDIATE")):
            return deferrable


def _names(inside: Cursor) -> list[Name]:
    names: list[Name] = []
    for part in inside.split():
        part.accept("PERIOD")
        names.append(part.name("a column name"))
        part.skip_group()
        part.accept_any(*_ORDER_WORDS)
        if not part.done:
            raise part.failure("expected a comma between column names")
    return names


def read_check(cursor: Cursor, name: str | None, start: int) -> DraftCheck:
    """Read what follows CHECK, NOT ENFORCED and DISABLE included."""
    cursor.accept("NOT", "FOR", "REPLICATION")
    inside = cursor.group("the condition of the CHECK in parentheses")
    if inside.done:
        raise inside.failure("the CHECK has no condition")
    enforced = True
    while not cursor.done:
        if cursor.accept("NOT", "ENFORCED") or cursor.accept("DISABLE"):
            enforced = False
        elif cursor.accept("ON", "CONFLICT"):
            cursor.take()
        elif not (
            cursor.accept("NO", "INHERIT") or cursor.accept("NOT", "VALID") or cursor.accept("ENFORCED") or skip_storage_options(cursor)
        ):
            break
    return DraftCheck(name, inside.text(), start, enforced)


def skip_storage_options(cursor: Cursor) -> bool:
    """Pass over words that change nothing about the data: ENABLE, NOT VALID, DEFERRABLE of keys ..."""
    before = cursor.index
    while True:
        if cursor.accept("NOT", "VALID") or cursor.accept("NO", "INHERIT") or cursor.accept("NOT", "FOR", "REPLICATION"):
            continue
        if not cursor.accept_any("ENABLE", "DISABLE", "VALIDATE", "NOVALIDATE", "RELY", "NORELY"):
            return cursor.index > before


def read_index_options(cursor: Cursor, key: DraftKey) -> None:
    """Read what may follow the columns of a key: INCLUDE, WITH, USING INDEX, TABLESPACE, NULLS NOT DISTINCT ..."""
    while not cursor.done:
        if cursor.accept("NULLS", "NOT", "DISTINCT"):
            key.nulls_distinct = False
        elif cursor.accept("ON", "CONFLICT") or cursor.accept("KEY_BLOCK_SIZE"):
            cursor.accept("=")
            cursor.take()
        elif cursor.accept("INCLUDE") or cursor.at("WITH", "("):
            cursor.accept("WITH")
            cursor.group()
        elif cursor.accept("USING", "INDEX"):
            _skip_oracle_index(cursor)
        elif cursor.accept("WITH", "PARSER"):
            cursor.take()
        elif cursor.at("USING") or cursor.at("TABLESPACE") or cursor.at("COMMENT") or cursor.at("STORAGE"):
            cursor.take()
            cursor.take()
        elif cursor.dialect == "tsql" and cursor.at("ON") and cursor.key(1) not in {"DELETE", "UPDATE"}:
            cursor.take()
            cursor.name("a filegroup")
            cursor.skip_group()
        elif not (
            cursor.accept("NULLS", "DISTINCT")
            or cursor.accept("NOT", "DEFERRABLE")
            or cursor.accept("INITIALLY", "IMMEDIATE")
            or read_deferral(cursor)
            or (cursor.dialect == "mysql" and cursor.accept_any("VISIBLE", "INVISIBLE"))
            or skip_storage_options(cursor)
        ):
            return


def _skip_oracle_index(cursor: Cursor) -> None:
    """Pass over `TABLESPACE &x LOCAL COMPRESS 1 (create index ...)` behind USING INDEX."""
    if cursor.dialect != "oracle" and cursor.key() != "TABLESPACE":
        if not cursor.skip_group() and cursor.at_name():
            cursor.take()
        return
    while not cursor.done and cursor.key() not in {"ENABLE", "DISABLE", "NOT", "CHECK", "UNIQUE", "REFERENCES", "CONSTRAINT", "DEFAULT"}:
        if not cursor.skip_group():
            cursor.take()
