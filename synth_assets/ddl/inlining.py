"""Calls of functions that the same text declares, written out: a CHECK then says what it means, to us and to DuckDB."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from synth_assets.ddl.drafts import DraftFunction

MAX_DEPTH = 8
"""Calls inside the bodies of calls that are followed; a function that calls itself ends here."""
MAX_NODES = 5_000
"""Parts of a tree beyond which nothing more is written out: bodies that double what they are given grow fast."""


@dataclass
class Inliner:
    """Writes out calls.

    Attributes:
        functions: Those the text declares, by lower-case name; None for one that is no single expression.
        parse: A body to sqlglot's tree, or None; the tree is not changed.
        opaque: Names of the functions met that could not be written out.
    """

    functions: Mapping[str, DraftFunction | None]
    parse: Callable[[str], Any]
    opaque: list[str] = field(default_factory=list)

    def write_out(self, tree: Any, depth: int = 0) -> Any:
        """Return the tree, changed in place, with every call of a known function replaced by its body."""
        for call in [c for c in tree.find_all(exp.Anonymous) if c.name.lower() in self.functions]:
            qualified = isinstance(call.parent, exp.Dot) and call.parent.expression is call
            body = self._body(call, depth)
            if body is None:
                self.opaque.append(call.name)
                continue
            whole = call.parent if qualified else call
            if whole is tree:
                return body
            whole.replace(body)
        return tree

    def _body(self, call: Any, depth: int) -> Any:
        function = self.functions[call.name.lower()]
        if function is None or depth >= MAX_DEPTH or len(call.expressions) != len(function.parameters):
            return None
        parsed = self.parse(function.body)
        if parsed is None:
            return None
        arguments = [self._plain(self.write_out(a.copy(), depth)) for a in call.expressions]
        body = self.write_out(_with_arguments(parsed.copy(), function.parameters, arguments), depth + 1)
        return exp.Paren(this=body) if sum(1 for _ in body.walk()) <= MAX_NODES else None

    @staticmethod
    def _plain(argument: Any) -> Any:
        argument = argument.this if isinstance(argument, exp.Variadic) else argument
        return argument if isinstance(argument, (exp.Column, exp.Literal)) else exp.Paren(this=argument)


def _with_arguments(body: Any, parameters: tuple[str, ...], arguments: list[Any]) -> Any:
    """Return the body with `name`, `@name` and `$1` replaced."""
    by_name = dict(zip(parameters, arguments, strict=True))

    def replace(node: Any) -> Any:
        if isinstance(node, exp.Parameter):
            inner = node.this
            if isinstance(inner, exp.Literal) and inner.this.isdecimal() and 1 <= int(inner.this) <= len(arguments):
                return arguments[int(inner.this) - 1].copy()
            return by_name[inner.name.lower()].copy() if inner.name.lower() in by_name else node
        if isinstance(node, exp.Column) and node.name.lower() in by_name and node.name:
            return by_name[node.name.lower()].copy()
        return node

    return body.transform(replace)
