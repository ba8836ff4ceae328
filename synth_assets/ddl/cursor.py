"""A reading position in the tokens of one statement, and the words every statement is made of."""

from synth_assets.ddl.drafts import Name, QualifiedName
from synth_assets.ddl.tokens import Kind, Source, Token, Tokens


class DdlSyntaxError(Exception):
    """One statement cannot be read; caught per statement, never leaves this package."""

    def __init__(self, message: str, offset: int, found: str = "", hint: str = "", code: str = "DDL105") -> None:
        super().__init__(message)
        self.message, self.offset, self.found, self.hint, self.code = message, offset, found, hint, code


class Cursor:
    """Reads `tokens[index:stop]`; a group in parentheses is read by a cursor of its own."""

    def __init__(self, source: Source, tokens: Tokens, dialect: str, index: int = 0, stop: int | None = None) -> None:
        self.source = source
        self.tokens = tokens
        self.dialect = dialect
        self.index = index
        self.stop = len(tokens.items) if stop is None else stop

    @property
    def done(self) -> bool:
        return self.index >= self.stop

    def peek(self, ahead: int = 0) -> Token | None:
        at = self.index + ahead
        return self.tokens.items[at] if at < self.stop else None

    def key(self, ahead: int = 0) -> str:
        """Return the upper-case word or symbol ahead; empty at the end and for anything quoted."""
        at = self.index + ahead
        return self.tokens.items[at].key if at < self.stop else ""

    def kind(self, ahead: int = 0) -> Kind | None:
        token = self.peek(ahead)
        return token.kind if token else None

    @property
    def offset(self) -> int:
        """The offset of the next token, or of the end of the last."""
        token = self.peek()
        return token.start if token else self.tokens.items[self.stop - 1].end if self.stop else 0

    def at(self, *keys: str) -> bool:
        return all(self.key(i) == k for i, k in enumerate(keys))

    def accept(self, *keys: str) -> bool:
        if self.at(*keys):
            self.index += len(keys)
            return True
        return False

    def accept_any(self, *keys: str) -> str:
        """Read one of the words; return it, or an empty string."""
        key = self.key()
        if key and key in keys:
            self.index += 1
            return key
        return ""

    def take(self) -> Token:
        token = self.peek()
        if token is None:
            raise self.failure("the statement ends too early")
        self.index += 1
        return token

    def expect(self, *keys: str) -> None:
        if not self.accept(*keys):
            raise self.failure(f"expected {' '.join(keys)}")

    def failure(self, message: str, hint: str = "") -> DdlSyntaxError:
        token = self.peek()
        found = self.source.text[token.start : token.end] if token else ""
        return DdlSyntaxError(f"{message}, found '{found}'" if found else message, self.offset, found, hint)

    def at_name(self) -> bool:
        return self.kind() in {Kind.WORD, Kind.QUOTED}

    def name(self, what: str = "a name") -> Name:
        """Read an identifier; MySQL and SQLite accept a string in its place."""
        token = self.peek()
        loose = token is not None and token.kind is Kind.STRING and self.dialect in {"sqlite", "mysql"}
        if token is None or not (token.kind in {Kind.WORD, Kind.QUOTED} or loose):
            raise self.failure(f"expected {what}")
        self.index += 1
        return Name(token.text, token.kind is not Kind.WORD, token.start)

    def qualified_name(self, what: str = "a name") -> QualifiedName:
        parts = [self.name(what)]
        while self.at(".") and (self.kind(1) in {Kind.WORD, Kind.QUOTED} or self.at(".", ".")):
            self.accept(".")
            self.accept(".")
            parts.append(self.name(what))
        return QualifiedName(tuple(parts))

    def group(self, what: str = "(") -> "Cursor":
        """Read `( ... )` and return a cursor over what is inside."""
        if not self.at("("):
            raise self.failure(f"expected {what}")
        close = self.tokens.partner[self.index]
        inside = Cursor(self.source, self.tokens, self.dialect, self.index + 1, close)
        self.index = close + 1
        return inside

    def skip_group(self) -> bool:
        if self.at("("):
            self.group()
            return True
        return False

    def split(self) -> list["Cursor"]:
        """Return cursors over the parts between commas outside parentheses and brackets; the last may be empty."""
        brackets = 0
        parts: list[Cursor] = []
        start = at = self.index
        while at < self.stop:
            key = self.tokens.items[at].key
            if key == "(":
                at = self.tokens.partner[at]
            elif key in {"[", "]"}:
                brackets += 1 if key == "[" else -1
            elif key == "," and brackets <= 0:
                parts.append(Cursor(self.source, self.tokens, self.dialect, start, at))
                start = at + 1
            at += 1
        parts.append(Cursor(self.source, self.tokens, self.dialect, start, self.stop))
        return parts

    def text(self, start: int | None = None, stop: int | None = None) -> str:
        """Return the text of the tokens from index `start` to `stop`, as written."""
        first = self.index if start is None else start
        last = self.stop if stop is None else stop
        if first >= last:
            return ""
        return self.source.text[self.tokens.items[first].start : self.tokens.items[last - 1].end]

    def skip_to_end(self) -> None:
        self.index = self.stop
