"""A DDL text as a server is given it: statement by statement, rows, rights and the client's own commands left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from synth_assets.databases.model import RefusedStatement
from synth_assets.ddl import split_ddl

_ROWS = r"INSERT|UPDATE|DELETE|MERGE|REPLACE|TRUNCATE|COPY|LOAD|CALL|LOCK|UNLOCK|EXPLAIN|VALUES|WITH"
_TRANSACTIONS = r"BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK|END|SAVEPOINT|RELEASE|ABORT"
_RIGHTS = (
    r"(?:CREATE|ALTER|DROP)\s+POLICY|ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?\S+\s+(?:ENABLE|DISABLE|FORCE|NO\s+FORCE)\s+ROW\s+LEVEL|"
    r"GRANT|REVOKE|REASSIGN|ALTER\s+DEFAULT\s+PRIVILEGES|SECURITY\s+LABEL|FLUSH|(?:CREATE|ALTER|DROP)\s+(?:ROLE|USER|GROUP)\b(?!\s+MAPPING)|"
    r"SET\s+(?:ROLE|SESSION\s+AUTHORIZATION|PASSWORD)|ALTER\s+(?:\w+\s+){1,3}?(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?\S+(?:\s*\([^)]*\))?\s+OWNER\s+TO"
)
_SERVER = (
    r"USE\b|(?:CREATE|ALTER|DROP)\s+(?:DATABASE|TABLESPACE|SERVER|SUBSCRIPTION|PUBLICATION|EVENT)\b|ALTER\s+SYSTEM|VACUUM|ANALYZE|"
    r"CLUSTER|CHECKPOINT|SOURCE|LISTEN|NOTIFY|ATTACH|DETACH|PRAGMA|SHOW|DISCARD|PREPARE|EXECUTE|DEALLOCATE|IMPORT|LOAD|SET\s+(?:GLOBAL|PERSIST)"
)
_LEFT_OUT = re.compile(rf"(?:{_ROWS}|{_TRANSACTIONS}|{_RIGHTS}|{_SERVER})\b", re.IGNORECASE)
_SEQUENCES = re.compile(r"SELECT\s+(?:pg_catalog\.)?setval\b", re.IGNORECASE)
_ROLES_INSIDE = re.compile(r"\bCREATE\s+(?:ROLE|USER)\b", re.IGNORECASE)
_COMMENTS = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|#[^\n]*(?:\n|\Z)|/\*(?!M?!).*?\*/|/\*M?!\d*)+", re.DOTALL)
_SHOWN_CHARACTERS = 160


@dataclass(frozen=True)
class ScriptStatement:
    """One statement: its text as written, the same without comments before it, and the line it begins on."""

    text: str
    head: str
    line: int

    def refused(self, message: str) -> RefusedStatement:
        """Return it as one the server refused, with the server's words."""
        return RefusedStatement(
            line=self.line, statement=re.sub(r"\s+", " ", self.head).strip()[:_SHOWN_CHARACTERS], message=message.strip().partition("\n")[0]
        )


def statements_of(ddl_text: str, dialect: str) -> Iterator[ScriptStatement]:
    """Yield the statements that declare something.

    Left out are rows, transactions, what only a client knows (psql, DELIMITER), whose the objects are and who may see
    them (roles would outlive a scratch place), and whatever is about the server and not this schema.
    """
    for statement in split_ddl(ddl_text, dialect):
        plain = _COMMENTS.match(statement.text)
        head = statement.text[plain.end() if plain else 0 :]
        if not head or _LEFT_OUT.match(head) or _SEQUENCES.match(head):
            continue
        if head[:2].upper() == "DO" and _ROLES_INSIDE.search(head):
            continue
        yield ScriptStatement(statement.text.strip(), head, statement.line)
