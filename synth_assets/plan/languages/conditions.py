"""A condition on one text column as a language: which texts do not make it FALSE."""

from dataclasses import dataclass, field

from synth_assets.plan.languages.automata import Formula, Language, dfa_of
from synth_assets.plan.languages.charsets import ANY, CharSet, complement, of_text, unchanged, written_as
from synth_assets.plan.languages.syntax import (
    ANYTHING,
    Chain,
    Chars,
    Either,
    Node,
    Repeat,
    UnreadablePatternError,
    literal,
    map_chars,
    read_like,
    read_regex,
)
from synth_assets.schema.expressions import (
    And,
    Call,
    ColumnRef,
    Comparison,
    ComparisonOperator,
    Expression,
    InList,
    IsNull,
    Literal,
    Match,
    Not,
    Or,
)

FLIPPED: dict[ComparisonOperator, ComparisonOperator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_BLANK = of_text(" ")
_BLANKS = Repeat(Chars(_BLANK), 0, None)
_INK = Chars(complement(_BLANK))
_ONE = Chars(ANY)
_LONGEST = 1_000
EMPTY = Chain()


def language_of(condition: Expression, column: str, *, one_character: bool = False) -> Language | None:
    """Return the texts that meet a condition which reads only one column; None where it cannot be told.

    Args:
        condition: Any combination by AND, OR and NOT.
        column: The column; NULL is not asked about.
        one_character: The column holds one character: comparisons by `<` are then about that character.
    """
    reader = _Reader(column, one_character)
    try:
        formula = reader.formula(condition)
        for node in reader.nodes:
            dfa_of(node)
    except UnreadablePatternError:
        return None
    return None if formula is None else Language(tuple(reader.nodes), formula)


@dataclass
class _Reader:
    column: str
    one_character: bool
    nodes: list[Node] = field(default_factory=list)

    def formula(self, condition: Expression) -> Formula | None:
        match condition:
            case And(operands=operands) | Or(operands=operands):
                parts = [self.formula(o) for o in operands]
                known = tuple(p for p in parts if p is not None)
                return (condition.kind, known) if len(known) == len(parts) else None
            case Not(operand=operand):
                inner = self.formula(operand)
                return None if inner is None else ("not", (inner,))
            case IsNull(operand=operand, negated=negated) if self._reads_only(operand):
                return negated
            case Match(operand=operand, pattern=pattern, syntax=syntax, ignore_case=ignore_case, negated=negated):
                node = (read_like if syntax == "like" else read_regex)(pattern, ignore_case=ignore_case)
                return self._about(operand, node, negated=negated)
            case InList(operand=Call() as operand, options=options, negated=False) if all(
                isinstance(o, Literal) and o.type == "number" for o in options
            ):
                return self.formula(Or(operands=tuple(Comparison(operator="=", left=operand, right=o) for o in options)))
            case InList(operand=operand, options=options, negated=negated):
                texts = [o.text for o in options if isinstance(o, Literal) and o.type == "text"]
                if len(texts) < len(options):
                    return None
                return self._about(operand, Either(tuple(literal(t) for t in texts)), negated=negated)
            case Comparison(operator=operator, left=left, right=right):
                found = self._comparison(operator, left, right)
                return found if found is not None else self._comparison(FLIPPED[operator], right, left)
            case _:
                return None

    def _reads_only(self, operand: Expression) -> bool:
        return operand == ColumnRef(name=self.column)

    def _add(self, node: Node, *, negated: bool = False) -> Formula:
        self.nodes.append(node)
        at = len(self.nodes) - 1
        return ("not", (at,)) if negated else at

    def _about(self, operand: Expression, node: Node, *, negated: bool = False) -> Formula | None:
        """Return the texts of the column for which an operand made of it is one of the node's."""
        match operand:
            case ColumnRef(name=name) if name == self.column:
                return self._add(node, negated=negated)
            case Call(function="lower" | "upper" as case, arguments=(inner,)):
                return self._about(inner, map_chars(node, lambda chars: written_as(chars, case)), negated=negated)
            case Call(function="left", arguments=(inner, Literal(type="number", text=size))) if size.isdecimal():
                return self._about_part(inner, 0, int(size), node, negated=negated)
            case Call(function="substring", arguments=(inner, Literal(text=first), Literal(text=size))) if (
                first.isdecimal() and size.isdecimal() and int(first) >= 1
            ):
                return self._about_part(inner, int(first) - 1, int(size), node, negated=negated)
            case Call(function="coalesce", arguments=(inner, *_)):
                return self._about(inner, node, negated=negated)
            case _:
                return None

    def _about_part(self, inner: Expression, skipped: int, size: int, node: Node, *, negated: bool) -> Formula | None:
        """A text that is as long as the part has nothing to say about what stands behind."""
        if not isinstance(node, Chain | Either) or skipped + size > _LONGEST:
            return None
        texts = node.parts if isinstance(node, Either) else (node,)
        if not all(isinstance(t, Chain) and len(t.parts) == size and all(isinstance(p, Chars) for p in t.parts) for t in texts):
            return None
        return self._about(inner, Chain((Repeat(_ONE, skipped, skipped), node, ANYTHING)), negated=negated)

    def _comparison(self, operator: ComparisonOperator, left: Expression, right: Expression) -> Formula | None:
        match left, right:
            case _, Literal(type="text", text=text) if operator in ("=", "<>"):
                return self._about(left, literal(text), negated=operator == "<>")
            case ColumnRef(), Literal(type="text", text=text) if self.one_character and len(text) == 1 and self._reads_only(left):
                return self._add(Chars(_ordered(operator, ord(text))))
            case ColumnRef(), _ if operator in ("=", "<>") and self._reads_only(left):
                return self._unchanged_by(right, negated=operator == "<>")
            case Call(function="length" | "octet_length", arguments=(Call(function="trim", arguments=(inner,)),)), _ if (
                self._reads_only(inner) and right == Call(function="length", arguments=(inner,)) and operator in ("=", "<>")
            ):
                return self._add(_TRIMMED, negated=operator == "<>")
            case Call(function="length" | "octet_length", arguments=(inner,)), Literal(type="number", text=text) if text.isdecimal():
                return self._length(operator, inner, int(text))
            case Call(function="position", arguments=(Literal(type="text", text=part), inner)), Literal(type="number", text=text) if (
                text.isdecimal()
            ):
                return self._position(operator, part, inner, int(text))
            case _:
                return None

    def _unchanged_by(self, right: Expression, *, negated: bool) -> Formula | None:
        """`a = lower(a)`, `a = trim(a)` and both: what the functions leave as it is."""
        parts: list[Node] = []
        while isinstance(right, Call) and right.function in {"lower", "upper", "trim"} and len(right.arguments) == 1:
            case = right.function
            parts.append(_TRIMMED if case == "trim" else Repeat(Chars(unchanged(case)), 0, None))
            right = right.arguments[0]
        if not parts or not self._reads_only(right):
            return None
        kept: Formula = ("and", tuple(self._add(p) for p in parts))
        return ("not", (kept,)) if negated else kept

    def _length(self, operator: ComparisonOperator, inner: Expression, number: int) -> Formula | None:
        if number > _LONGEST:
            return True if operator in ("<", "<=", "<>") and self._reads_only(inner) else None
        low = {">": number + 1, ">=": number, "=": number, "<>": number}.get(operator, 0)
        high = {"<": number - 1, "<=": number, "=": number, "<>": number}.get(operator)
        negated = operator == "<>"
        if high is not None and high < low:
            return negated
        if self._reads_only(inner):
            return self._add(Repeat(_ONE, low, high), negated=negated)
        if isinstance(inner, Call) and inner.function == "trim" and self._reads_only(inner.arguments[0]):
            return self._add(Chain((_BLANKS, _inked(low, high), _BLANKS)), negated=negated)
        return None

    def _position(self, operator: ComparisonOperator, part: str, inner: Expression, number: int) -> Formula | None:
        """A part that is there, or not, or not before a place."""
        inside = Chain((ANYTHING, literal(part), ANYTHING))
        match operator, number:
            case ("=", 0) | ("<=", 0) | ("<", 1):
                return self._about(inner, inside, negated=True)
            case (">", 0) | (">=", 1) | ("<>", 0):
                return self._about(inner, inside)
            case (">", 1) | (">=", 2):
                there, first = self._about(inner, inside), self._about(inner, Chain((literal(part), ANYTHING)), negated=True)
                return None if there is None or first is None else ("and", (there, first))
            case _:
                return None


def _inked(low: int, high: int | None) -> Node:
    """Return texts of so many characters whose first and last are no blanks."""
    choices: list[Node] = []
    if low <= 0:
        choices.append(EMPTY)
    if low <= 1 and (high is None or high >= 1):
        choices.append(_INK)
    if high is None or high >= 2:
        choices.append(Chain((_INK, Repeat(_ONE, max(low - 2, 0), None if high is None else high - 2), _INK)))
    return Either(tuple(choices))


_TRIMMED = _inked(0, None)


def _ordered(operator: ComparisonOperator, code: int) -> CharSet:
    low, high = {"<": (0, code - 1), "<=": (0, code), ">": (code + 1, ANY[0][1]), ">=": (code, ANY[0][1])}.get(operator, (code, code))
    return ((low, high),)
