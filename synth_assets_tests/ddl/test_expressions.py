"""CHECK text to tree and to DuckDB's SQL; the two are compared with each other by running DuckDB."""

from typing import Any

import pytest

from synth_assets.ddl.expressions import MAX_NESTING, depth_of, read_expression
from synth_assets.schema.expressions import And, Comparison, Expression, InList, IsNull, Match, Not, Opaque, Or, is_understood

COLUMNS = {"a": "a", "b": "b", "name": "Name", "flag": "flag"}


def resolve(name: str, quoted: bool) -> str | None:
    """Columns a, b, Name and flag; quoted spellings count, save `name`, which the dialects that fold quoted names ask for."""
    return COLUMNS.get(name) or (name if name == "Name" else None) if quoted else COLUMNS.get(name.lower())


def tree(sql: str, dialect: str = "postgres") -> Expression:
    read = read_expression(sql, dialect, resolve)
    assert read.unknown == ()
    return read.expression


def short(e: Expression) -> Any:
    """The tree as nested tuples, to write expectations by hand."""
    data = e.model_dump()
    return _short(data)


def _short(d: Any) -> Any:
    if not isinstance(d, dict):
        return tuple(_short(x) for x in d) if isinstance(d, (list, tuple)) else d
    kind = d["kind"]
    if kind == "literal":
        return {"number": d["text"], "text": f"'{d['text']}'", "boolean": d["text"], "null": "NULL"}[d["type"]]
    if kind == "column":
        return d["name"]
    if kind == "call":
        return (d["function"], *(_short(x) for x in d["arguments"]))
    if kind in {"comparison", "arithmetic"}:
        return (_short(d["left"]), d["operator"], _short(d["right"]))
    if kind in {"and", "or"}:
        return (kind.upper(), *(_short(x) for x in d["operands"]))
    if kind == "not":
        return ("NOT", _short(d["operand"]))
    if kind == "in":
        return (_short(d["operand"]), "NOT IN" if d["negated"] else "IN", tuple(_short(x) for x in d["options"]))
    if kind == "is_null":
        return (_short(d["operand"]), "IS NOT NULL" if d["negated"] else "IS NULL")
    if kind == "match":
        return (_short(d["operand"]), d["syntax"] + "/i" * d["ignore_case"] + "!" * d["negated"], d["pattern"])
    return ("OPAQUE", d["sql"])


CASES = [
    ("A >= 3", ("a", ">=", "3")),
    ("\"Name\" <> 'x'", ("Name", "<>", "'x'")),
    ("((a > (0)::numeric))", ("a", ">", "0")),
    ("a > '-1.50'::numeric", ("a", ">", "-1.50")),
    ("a > -1", ("a", ">", "-1")),
    ("a > '-1'::integer", ("a", ">", "-1")),
    ("a BETWEEN 1 AND 5", ("AND", ("a", ">=", "1"), ("a", "<=", "5"))),
    ("a NOT BETWEEN 1 AND 5", ("NOT", ("AND", ("a", ">=", "1"), ("a", "<=", "5")))),
    ("name IN ('x', 'y')", ("Name", "IN", ("'x'", "'y'"))),
    ("name NOT IN ('x')", ("Name", "NOT IN", ("'x'",))),
    ("(name)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])", ("Name", "IN", ("'x'", "'y'"))),
    ("name <> ALL (ARRAY['x'::text])", ("Name", "NOT IN", ("'x'",))),
    ("a IS NULL", ("a", "IS NULL")),
    ("a IS NOT NULL", ("a", "IS NOT NULL")),
    ("NOT a IS NULL", ("a", "IS NOT NULL")),
    ("NOT (a > 1 OR b > 1)", ("NOT", ("OR", ("a", ">", "1"), ("b", ">", "1")))),
    ("(a IS NULL) <> (b IS NULL)", (("a", "IS NULL"), "<>", ("b", "IS NULL"))),
    ("name LIKE 'x%'", ("Name", "like", "x%")),
    ("name NOT ILIKE '_y'", ("Name", "like/i!", "_y")),
    ("name ~ '^[a-z]+$'::text", ("Name", "regex", "^[a-z]+$")),
    ("name !~* 'x'", ("Name", "regex/i!", "x")),
    ("name OPERATOR(public.~) 'x'::public.citext", ("Name", "regex", "x")),
    ("name SIMILAR TO '(x|y)%'", ("Name", "regex", "^(?:(x|y).*)$")),
    ("length(trim(both from name)) > 0", (("length", ("trim", "Name")), ">", "0")),
    ("char_length((name)::text) <= 5", (("length", "Name"), "<=", "5")),
    ("octet_length(name) = 20", (("octet_length", "Name"), "=", "20")),
    ("name = lower(name)", ("Name", "=", ("lower", "Name"))),
    ("upper(name) IN ('A')", (("upper", "Name"), "IN", ("'A'",))),
    ("abs(a - b) * 2 < 10 % 3", (((("abs", ("a", "-", "b"))), "*", "2"), "<", ("10", "%", "3"))),
    ("coalesce(a, 0) + b <= 1", ((("coalesce", "a", "0"), "+", "b"), "<=", "1")),
    ("a <= CURRENT_DATE", ("a", "<=", ("current_date",))),
    ("a <= now()", ("a", "<=", ("current_timestamp",))),
    ("flag", "flag"),
    ("NOT flag", ("NOT", "flag")),
    ("flag IS TRUE", ("AND", ("flag", "IS NOT NULL"), ("flag", "=", "true"))),
    ("flag IS NOT TRUE", ("OR", ("flag", "IS NULL"), ("flag", "=", "false"))),
    ("a > 1 AND b > 1 AND (a < 9 AND b < 9)", ("AND", ("a", ">", "1"), ("b", ">", "1"), ("a", "<", "9"), ("b", "<", "9"))),
    ("name = 'it''s'", ("Name", "=", "'it''s'".replace("''", "'"))),
]


@pytest.mark.parametrize(("sql", "expected"), CASES, ids=[c[0] for c in CASES])
def test_postgres_expression_has_the_tree_written_by_hand(sql: str, expected: Any) -> None:
    assert short(tree(sql)) == expected


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        ("mysql", "(`a` >= 1) and (`name` in (_utf8mb4'x',_utf8mb4'y'))", ("AND", ("a", ">=", "1"), ("Name", "IN", ("'x'", "'y'")))),
        ("mysql", "regexp_like(`name`, '^a')", ("Name", "regex/i", "^a")),
        ("mysql", "`name` <> ''", ("Name", "<>", "''")),
        ("sqlite", '[a] > 0 AND "b" > 0', ("AND", ("a", ">", "0"), ("b", ">", "0"))),
        ("sqlite", "name GLOB 'a*'", ("Name", "regex", "^a.*$")),
        (
            "tsql",
            "[a]>=(0.00) AND ([name]='x' OR [name] IS NULL)",
            ("AND", ("a", ">=", "0.00"), ("OR", ("Name", "=", "'x'"), ("Name", "IS NULL"))),
        ),
        ("tsql", "[name] LIKE N'[0-9]%'", ("Name", "regex/i", "^[0-9].*$")),
        ("tsql", "LEN([name]) > 2 AND [a] <= GETDATE()", ("AND", (("length", "Name"), ">", "2"), ("a", "<=", ("current_timestamp",)))),
        ("oracle", "a > 0 AND a < SYSDATE", ("AND", ("a", ">", "0"), ("a", "<", ("current_timestamp",)))),
    ],
)
def test_other_dialects_give_the_same_kind_of_tree(dialect: str, sql: str, expected: Any) -> None:
    assert short(tree(sql, dialect)) == expected


def test_unknown_parts_are_opaque_and_the_rest_is_read() -> None:
    expression = tree("a > 1 AND my_function(b) AND b < 3")
    assert isinstance(expression, And)
    assert [type(e) for e in expression.operands] == [Comparison, Opaque, Comparison]
    assert not is_understood(expression)


def test_columns_inside_opaque_parts_are_still_listed() -> None:
    assert read_expression("my_function(b) > a", "postgres", resolve).columns == ("b", "a")


def test_unknown_columns_are_told() -> None:
    assert read_expression("c > a", "postgres", resolve).unknown == ("c",)


def test_quoted_name_of_another_case_is_another_column() -> None:
    assert read_expression('"A" > 1', "postgres", resolve).unknown == ("A",)


@pytest.mark.parametrize(
    "sql", ["(" * 500 + "a > 1" + ")" * 500, "NOT " * 500 + "a", "a > " + "- " * 500 + "1", "a" + " + a" * 500 + " > 1"]
)
def test_deep_nesting_is_refused_not_crashed(sql: str) -> None:
    read = read_expression(sql, "postgres", resolve)
    assert read.too_deep
    assert read.expression == Opaque(sql=sql)


def test_long_chains_are_no_nesting() -> None:
    read = read_expression(" OR ".join(f"a = {i}" for i in range(1500)), "postgres", resolve)
    assert isinstance(read.expression, Or)
    assert len(read.expression.operands) == 1500
    assert depth_of(read.expression) == 3 <= MAX_NESTING


def test_text_that_is_no_expression_is_opaque() -> None:
    assert read_expression("a > > 1 (", "postgres", resolve).expression == Opaque(sql="a > > 1 (")


ROWS = [
    {"a": a, "b": b, "Name": n, "flag": f}
    for a in (None, -2, 0, 3, 5, 9)
    for b in (None, 1, 5)
    for n in (None, "", "x", "xy", "Zy", "A1")
    for f in (None, True, False)
]


def truth(e: Any, row: dict[str, Any]) -> Any:
    """A second reading of the tree, three-valued, for the parts the cases use; raises for anything else."""
    match e:
        case And(operands=ops):
            values = [truth(o, row) for o in ops]
            return False if False in values else None if None in values else True
        case Or(operands=ops):
            values = [truth(o, row) for o in ops]
            return True if True in values else None if None in values else False
        case Not(operand=o):
            value = truth(o, row)
            return None if value is None else not value
        case IsNull(operand=o, negated=n):
            return (truth(o, row) is None) != n
        case Comparison(operator=op, left=left, right=right):
            x, y = truth(left, row), truth(right, row)
            if x is None or y is None:
                return None
            return {"=": x == y, "<>": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[op]
        case InList(operand=o, options=options, negated=n):
            found = truth(Or(operands=tuple(Comparison(operator="=", left=o, right=x) for x in options)), row)
            return found if found is None else found != n
        case _ if e.kind == "column":
            return row[e.name]
        case _ if e.kind == "literal":
            return int(e.text) if e.type == "number" else e.value
        case _ if e.kind == "call" and e.function in {"length", "lower", "upper", "abs", "trim"}:
            value = truth(e.arguments[0], row)
            return (
                None
                if value is None
                else {"length": len, "lower": str.lower, "upper": str.upper, "abs": abs, "trim": str.strip}[e.function](value)
            )
    raise NotImplementedError(e)


AGREEING = [
    "a >= 3 AND b <> 1",
    "NOT (a > 1 OR b > 1)",
    "a NOT BETWEEN 1 AND 5",
    "name = ANY (ARRAY['x'::text, 'Zy'::text])",
    "name <> ALL (ARRAY['x'::text])",
    "name NOT IN ('x', 'xy')",
    "(a IS NULL) <> (b IS NULL)",
    "flag IS NOT TRUE OR a > 0",
    "flag IS FALSE",
    "length(name) > 1 AND name = upper(name)",
    "a IS DISTINCT FROM b",
    "abs(a) < 4 OR NOT flag",
    "a > (0)::numeric AND a < '8'::numeric",
]


@pytest.mark.parametrize("sql", AGREEING)
def test_tree_and_duckdb_agree_on_every_row(sql: str) -> None:
    import duckdb

    read = read_expression(sql, "postgres", resolve)
    assert read.duckdb_sql is not None
    connection = duckdb.connect()
    connection.execute('CREATE TABLE t (n INTEGER, a INTEGER, b INTEGER, "Name" VARCHAR, flag BOOLEAN)')
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", [[i, *r.values()] for i, r in enumerate(ROWS)])
    judged = [r[0] for r in connection.execute(f"SELECT {read.duckdb_sql} FROM t ORDER BY n").fetchall()]
    assert judged == [truth(read.expression, row) for row in ROWS]
    assert len(set(judged)) > 1


def test_matches_are_a_kind_of_their_own() -> None:
    assert isinstance(tree("name ~ 'x'"), Match)
    assert isinstance(tree("name IN ('x')"), InList)


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite", "tsql", "oracle"])
@pytest.mark.parametrize("word", ["show", "call", "grant", "prepare", "Optimize"])
def test_a_column_may_be_named_as_a_statement_begins(word: str, dialect: str) -> None:
    def declared(name: str, quoted: bool) -> str | None:
        return word if (name if quoted else name.lower()) in {word, word.lower()} else None

    read = read_expression(f"{word} = 'X' AND length({word}) = 1", dialect, declared)
    assert read.columns == (word,)
    assert short(read.expression) == ("AND", (word, "=", "'X'"), (("length", word), "=", "1"))


def test_an_escape_string_is_the_text_it_stands_for() -> None:
    assert short(tree(r"a ~ E'^\\d{2}$'")) == ("a", "regex", r"^\d{2}$")
    assert short(tree(r"a <> e'it\'s'")) == ("a", "<>", "'it's'")
