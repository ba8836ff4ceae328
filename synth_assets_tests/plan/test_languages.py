"""Regular expressions, LIKE and the like as sets of texts: read, compared with Python's own engine, and written from."""

import re
from functools import reduce

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.engine.patterns import compile_pattern
from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.languages import Language, UnreadablePatternError, language_of, read_regex, shapes_of, texts_of
from synth_assets.plan.languages.automata import both
from synth_assets.plan.languages.strategies import outline_of, pattern_node
from synth_assets.plan.languages.syntax import Words
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.strategies import Categorical, Email, Pattern, Template, Text, Vocabulary
from synth_assets.schema.expressions import Call, ColumnRef, Comparison, InList, Literal, Match, Not, Or

A = ColumnRef(name="a")

_LETTERS = "abcXY01-_. "
_ATOMS = st.one_of(
    st.sampled_from(["a", "b", "X", "0", "-", r"\.", ".", r"\d", r"\w", "[a-c]", "[^a]", "[XY_-]", "[0-9a]"]),
)
_EXPRESSIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda p: f"({p[0]}|{p[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}"])).map(lambda p: f"({p[0]}){p[1]}"),
    ),
    max_leaves=6,
)
_ANCHORED = st.tuples(st.sampled_from(["", "^"]), _EXPRESSIONS, st.sampled_from(["", "$"])).map(
    lambda p: p[0] + (f"({p[1]})" if "|" in p[1] else p[1]) + p[2]
)


def language(*patterns: str) -> Language:
    return reduce(both, [Language((read_regex(p),), 0) for p in patterns])


def found_by_python(pattern: str, text: str) -> bool:
    """Python's `$` also matches before a last line break, which no text here has."""
    return re.search(pattern, text, re.DOTALL | re.ASCII) is not None


@given(_ANCHORED, st.lists(st.text(_LETTERS, max_size=8), min_size=1, max_size=5))
def test_an_automaton_finds_what_pythons_engine_finds(pattern: str, texts: list[str]) -> None:
    own = language(pattern)
    assert [own.holds(t) for t in texts] == [found_by_python(pattern, t) for t in texts]


@given(_ANCHORED, st.integers(1, 40))
def test_every_text_of_a_shape_matches_the_expression_it_was_found_in(pattern: str, longest: int) -> None:
    shapes = shapes_of(language(pattern), 0, longest)
    assume(shapes is not None)
    assert shapes is not None
    written = [*shapes.texts, *(t for p in shapes.patterns for t in samples(p))]
    assert written
    assert [t for t in written if not found_by_python(pattern, t) or len(t) > longest] == []


@given(_ANCHORED, _ANCHORED)
def test_shapes_meet_several_expressions_at_once(one: str, other: str) -> None:
    shapes = shapes_of(language(one, other), 0, 20)
    assume(shapes is not None)
    assert shapes is not None
    for text in (*shapes.texts, *(t for p in shapes.patterns for t in samples(p))):
        assert found_by_python(one, text)
        assert found_by_python(other, text)


@given(_ANCHORED, _EXPRESSIONS)
def test_a_verdict_on_a_pattern_is_that_on_its_texts(pattern: str, other: str) -> None:
    shapes = shapes_of(language(f"^({other})$"), 0, 12)
    assume(shapes is not None and shapes.patterns)
    assert shapes is not None
    for shape in shapes.patterns:
        verdicts = language(pattern).verdicts(pattern_node(shape))
        assert {found_by_python(pattern, t) for t in samples(shape)} <= verdicts


def samples(pattern: str) -> list[str]:
    """Return the first, the last and a middle text of a pattern of the plan."""
    positions = compile_pattern(pattern).positions
    return ["".join(p[0] for p in positions), "".join(p[-1] for p in positions), "".join(p[len(p) // 2] for p in positions)]


@pytest.mark.parametrize("pattern", ["a(?=b)", r"(a)\1", "(", "a{2,1}", "*a", "[a", r"\q", "(?<!x)y", "a{9999}", r"\mword\M"])
def test_what_no_automaton_has_is_said(pattern: str) -> None:
    with pytest.raises(UnreadablePatternError):
        read_regex(pattern)


def text(value: str) -> Literal:
    return Literal(type="text", text=value)


def call(name: str, *arguments: object) -> Call:
    return Call(function=name, arguments=arguments)  # type: ignore[arg-type]


def num(value: str) -> Literal:
    return Literal(type="number", text=value)


def compare(left: object, operator: str, right: object) -> Comparison:
    return Comparison(operator=operator, left=left, right=right)  # type: ignore[arg-type]


CONDITIONS = {
    "classes of LIKE": (Not(operand=Match(operand=A, pattern="%a_c%", syntax="like")), ["ac", ""], ["xabcx", "a_c"]),
    "any case": (Match(operand=A, pattern="^ab", syntax="regex", ignore_case=True), ["AB", "aBc"], ["ba"]),
    "in lower case": (compare(operator="=", left=A, right=call("lower", A)), ["ab-1", ""], ["Ab"]),
    "in upper case, trimmed": (compare(operator="=", left=call("trim", call("upper", A)), right=A), ["AB C"], [" AB", "Ab"]),
    "upper of a list": (InList(operand=call("upper", A), options=(text("M"), text("F"))), ["m", "F"], ["x", "MF"]),
    "a length": (compare(operator="<=", left=call("length", A), right=num("2")), ["", "ab"], ["abc"]),
    "a trimmed length": (
        compare(operator=">", left=call("length", call("trim", A)), right=num("1")), ["ab", "  a b "], ["a ", "   "],
    ),
    "a place": (
        compare(operator=">", left=call("position", text("@"), A), right=num("1")), ["a@b", "ab@@"], ["@ab@", "ab"],
    ),
    "a beginning": (compare(operator="=", left=call("left", A, num("2")), right=text("AB")), ["ABx"], ["xAB", "A"]),
    "either": (
        Or(operands=(compare(operator="=", left=A, right=text("N/A")), Match(operand=A, pattern="^[A-Z]$", syntax="regex"))),
        ["N/A", "B"], ["N", "b"][1:],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_is_a_language(name: str) -> None:
    condition, inside, outside = CONDITIONS[name]
    found = language_of(condition, "a")
    assert found is not None
    assert [found.holds(t) for t in (*inside, *outside)] == [True] * len(inside) + [False] * len(outside)


def test_a_condition_on_something_else_is_none() -> None:
    assert language_of(Match(operand=ColumnRef(name="b"), pattern="x", syntax="regex"), "a") is None
    assert language_of(Match(operand=A, pattern="(?=x)", syntax="regex"), "a") is None


VERDICTS = [
    (Email(), r"^[^@]+@[^@]+\.[^@]+$", {True}),
    (Email(), "[A-Z]", {False}),
    (Categorical(values=("ab", "B")), "^[a-z]+$", {True, False}),
    (Template(templates=("{number:1-99}-{pattern:[A-C]{2}}",)), r"^\d{1,2}-[A-C]+$", {True}),
    (Template(templates=("{vocabulary:first_name|lower}.{column:b|slug}",)), "[A-Z]", {False}),
    (Text(topic="generic"), "[^ ]", {True}),
    (Vocabulary(name="first_name"), "[0-9]", {False}),
    (Pattern(pattern="[A-Z]{3}"), "^[A-Z]{2}$", {False}),
]


@pytest.mark.parametrize(("strategy", "pattern", "verdicts"), VERDICTS)
def test_what_a_strategy_writes_is_judged_without_writing_it(strategy: object, pattern: str, verdicts: set[bool]) -> None:
    texts = texts_of(strategy, "en_US")  # type: ignore[arg-type]
    assert texts is not None
    assert language(pattern).verdicts(texts) == verdicts


@given(st.lists(st.text(_LETTERS, max_size=6), min_size=1, max_size=6, unique=True))
def test_an_outline_leaves_no_text_out(words: list[str]) -> None:
    outlined = Language((outline_of(Words(tuple(words))),), 0)
    assert all(outlined.holds(w) for w in words)


@pytest.mark.parametrize(
    ("pattern", "backtracks"),
    [("^(?=.*[0-9]).+$", True), ("(?<!a)b", True), (r"^(a|b)\1$", True), (r"^a\\1$", False), (r"^(?:ab)+\.\d$", False), ("(?i)^a$", False)],
)
def test_only_expressions_without_memory_are_asked_of_rows(pattern, backtracks):
    read = read_ddl(f"CREATE TABLE t (id serial PRIMARY KEY, c text NOT NULL CHECK (c ~ '{pattern}'));", source="t.sql", dialect="postgres")
    assert read.schema is not None
    plan = infer_plan(read.schema, DatasetRequest(rows=20))
    codes = {d.code for d in validate_plan(read.schema, plan)}
    assert (codes == {"PLAN302"}) == backtracks
    assert not backtracks or not plan.tables[0].redraws
    Generator(read.schema, plan).generate_rows("t", 0, 20)
