"""Tables as they are while a text is being read: mutable, names unresolved, every part with its offset."""

from dataclasses import dataclass, field

from synth_assets.ddl.tokens import Token


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier as written, quotes removed."""

    text: str
    quoted: bool
    start: int


@dataclass(frozen=True, slots=True)
class QualifiedName:
    """`a.b.c`; `parts` is never empty."""

    parts: tuple[Name, ...]

    @property
    def last(self) -> Name:
        return self.parts[-1]

    @property
    def start(self) -> int:
        return self.parts[0].start

    def __str__(self) -> str:
        return ".".join(p.text for p in self.parts)


@dataclass(frozen=True, slots=True)
class DraftType:
    """A type as written: its words in lower case, its arguments, and whether it is an array.

    Attributes:
        name: `character varying`, or the last part of a qualified name.
        quoted: The name was quoted, so it is no built-in one.
        arguments: The tokens inside the parentheses, commas left out.
    """

    name: str
    quoted: bool
    arguments: tuple[Token, ...]
    dimensions: int
    sql: str
    start: int

    @property
    def words(self) -> frozenset[str]:
        return frozenset(self.name.split())


@dataclass(frozen=True, slots=True)
class TextOptions:
    """What a column, a table or a database says of its texts; empty where it says nothing.

    Attributes:
        charset: Name of a character set, lower case (MySQL).
        collation: Name of a collation as written.
        binary: MySQL's attribute BINARY: the character set's `_bin` collation.
    """

    charset: str = ""
    collation: str = ""
    binary: bool = False

    def within(self, outer: "TextOptions") -> "TextOptions":
        """Return these options, taken from the outer ones where these say nothing."""
        if self.charset or self.collation:
            return self
        if not self.binary:
            return outer
        return TextOptions(outer.charset or outer.collation.split("_")[0].lower(), "", binary=True)


@dataclass(slots=True)
class DraftColumn:
    name: Name
    type: DraftType | None
    nullable: bool = True
    default: str | None = None
    identity: bool = False
    identity_always: bool = False
    generated: str | None = None
    comment: str | None = None
    options: TextOptions = TextOptions()
    end: int = 0


@dataclass(slots=True)
class DraftKey:
    """PRIMARY KEY or UNIQUE; `expressions` and `predicate` are for indexes, `index` for USING INDEX.

    `prefixed` says that MySQL looks at the first characters of a member only; `collations` are those of
    members, by column name.
    """

    name: str | None
    columns: list[Name]
    start: int
    expressions: list[str] = field(default_factory=list)
    predicate: str | None = None
    nulls_distinct: bool = True
    is_index: bool = False
    index: str | None = None
    prefixed: bool = False
    collations: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class DraftExclusion:
    """EXCLUDE: each member's text with its operator; `predicate` is its WHERE."""

    name: str | None
    members: list[tuple[str, str]]
    start: int
    predicate: str | None = None


@dataclass(slots=True)
class DraftForeignKey:
    name: str | None
    columns: list[Name]
    parent: QualifiedName
    parent_columns: list[Name]
    start: int
    on_delete: str | None = None
    on_update: str | None = None
    deferrable: bool = False
    path: tuple[str | None, ...] = ()


@dataclass(slots=True)
class DraftCheck:
    name: str | None
    sql: str
    start: int
    enforced: bool = True


@dataclass(slots=True)
class DraftTable:
    name: Name
    namespace: str | None
    start: int
    columns: list[DraftColumn] = field(default_factory=list)
    primary_keys: list[DraftKey] = field(default_factory=list)
    uniques: list[DraftKey] = field(default_factory=list)
    foreign_keys: list[DraftForeignKey] = field(default_factory=list)
    checks: list[DraftCheck] = field(default_factory=list)
    exclusions: list[DraftExclusion] = field(default_factory=list)
    options: TextOptions = TextOptions()
    comment: str | None = None
    path: tuple[str | None, ...] = ()
    index: dict[str, DraftColumn] = field(default_factory=dict)
    indexed: int = 0

    def forget_index(self) -> None:
        """Drop the index of column names: columns were renamed or removed."""
        self.index, self.indexed = {}, 0


@dataclass(slots=True)
class DraftDomain:
    """CREATE DOMAIN, or CREATE TYPE ... FROM of SQL Server."""

    name: Name
    type: DraftType
    nullable: bool
    default: str | None
    checks: list[DraftCheck]
    options: TextOptions = TextOptions()


@dataclass(frozen=True, slots=True)
class DraftFunction:
    """A function that is one expression.

    Attributes:
        parameters: Their names in lower case, without SQL Server's `@`; an empty one is known by its number only.
        body: The expression.
    """

    parameters: tuple[str, ...]
    body: str
