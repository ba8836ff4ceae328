"""The splitter: what ends a statement, and what only looks as if it did."""

import time

import pytest

from synth_assets.ddl.statements import split_statements
from synth_assets.ddl.tokens import Kind, Source, tokenize


def split(text: str, dialect: str = "postgres") -> list[str]:
    return [text[s.start : s.end].strip() for s in split_statements(text, dialect) if s.kind == "sql"]


def kinds(text: str, dialect: str = "postgres") -> list[str]:
    return [s.kind for s in split_statements(text, dialect)]


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        ("postgres", "a 'x;y'; b", ["a 'x;y'", "b"]),
        ("postgres", "a 'it''s; fine'; b", ["a 'it''s; fine'", "b"]),
        ("postgres", r"a E'it\'s; fine'; b", [r"a E'it\'s; fine'", "b"]),
        ("postgres", r"a (E'it\'s; fine'); b", [r"a (E'it\'s; fine')", "b"]),
        ("postgres", r"a 'back\'; b", [r"a 'back\'", "b"]),
        ("postgres", 'a "x;""y"; b', ['a "x;""y"', "b"]),
        ("postgres", "a $$ x; y $$; b", ["a $$ x; y $$", "b"]),
        ("postgres", "a $f$ x; $$ ; $$ y $f$; b", ["a $f$ x; $$ ; $$ y $f$", "b"]),
        ("postgres", "a $1; b$c$; d", ["a $1", "b$c$", "d"]),
        ("postgres", "a /* x; /* y; */ z; */ ; b", ["a /* x; /* y; */ z; */", "b"]),
        ("postgres", "a -- x; y\n; b", ["a -- x; y", "b"]),
        ("postgres", "\\set x 'y\na;\n\\connect b\nc;", ["a", "c"]),
        (
            "postgres",
            "create function f() begin atomic select 1; select 2; end; b",
            ["create function f() begin atomic select 1; select 2; end", "b"],
        ),
        ("mysql", r"a 'it\'s; fine'; b", [r"a 'it\'s; fine'", "b"]),
        ("mysql", 'a "x;\\"y"; b', ['a "x;\\"y"', "b"]),
        ("mysql", "a `x;y`; # c; d\nb", ["a `x;y`", "b"]),
        ("mysql", "a /* x; /* y; */ ; b", ["a /* x; /* y; */", "b"]),
        ("mysql", "a 1--1; b", ["a 1--1", "b"]),
        ("mysql", "DELIMITER $$\na; b$$\nDELIMITER ;\nc;d", ["a; b", "c", "d"]),
        ("mysql", "DELIMITER //\na; b / c //\nDELIMITER ;\nd;", ["a; b / c", "d"]),
        (
            "mysql",
            "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN a; b; END; c;",
            ["CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN a; b; END", "c"],
        ),
        ("sqlite", "a [x;y]; b", ["a [x;y]", "b"]),
        (
            "sqlite",
            "CREATE TEMP TRIGGER t AFTER INSERT ON x BEGIN a; b; END; c",
            ["CREATE TEMP TRIGGER t AFTER INSERT ON x BEGIN a; b; END", "c"],
        ),
        ("tsql", "a\nGO\nb\ngo 5\nc [x;y]", ["a", "b", "c [x;y]"]),
        ("tsql", "CREATE TABLE a (b int)\nCREATE TABLE c (d int)\nGO", ["CREATE TABLE a (b int)", "CREATE TABLE c (d int)"]),
        ("tsql", "CREATE PROC p AS\nCREATE TABLE a (b int); x;\nGO\nc", ["CREATE PROC p AS\nCREATE TABLE a (b int); x;", "c"]),
        ("oracle", "REM it's\nSET DEFINE OFF\na;\nBEGIN\n x; y;\nEND;\n/\nb;", ["a", "BEGIN\n x; y;\nEND;", "b"]),
        ("oracle", "a q'[x; 'y']'; b", ["a q'[x; 'y']'", "b"]),
    ],
)
def test_statements_end_where_the_dialect_ends_them(dialect: str, text: str, expected: list[str]) -> None:
    assert split(text, dialect) == expected


def test_rows_of_copy_are_no_statements() -> None:
    text = "COPY t (a) FROM stdin;\n1\tit's; CREATE TABLE x (a int);\n\\.\n\nCREATE TABLE y (a int);"
    assert split(text) == ["COPY t (a) FROM stdin", "CREATE TABLE y (a int)"]
    assert "data" in kinds(text)


def test_missing_semicolon_before_create_table_is_marked() -> None:
    statements = list(split_statements("CREATE TABLE a (b int)\nCREATE TABLE c (d int);", "postgres"))
    assert [s.unfinished for s in statements] == [True, False]


def test_quote_never_closed_is_told_where_it_opens_and_reading_goes_on() -> None:
    text = "CREATE TABLE a (b text DEFAULT 'x);\nCREATE TABLE c (d text DEFAULT 'y');\nCREATE TABLE e (f int);"
    statements = list(split_statements(text, "postgres"))
    broken = [s for s in statements if s.kind == "open"]
    assert [Source(text, "f").position(s.start).column for s in broken] == [text.index("'") + 1]
    assert "CREATE TABLE e (f int)" in [text[s.start : s.end].strip() for s in statements if s.kind == "sql"]


def test_statements_cover_the_text_in_order() -> None:
    text = "-- one\nCREATE TABLE a (b int); /* two */ ALTER TABLE a ADD c int;\n"
    statements = list(split_statements(text, "postgres"))
    assert [(s.begin <= s.start <= s.end) for s in statements] == [True, True]
    assert statements[0].end <= statements[1].begin


@pytest.mark.parametrize("piece", ["'", "/*", "$a$ ", "(", ";", "--\n", "a;", "CREATE TABLE a (\n", "`", "\\\n", "[", "x'"])
@pytest.mark.parametrize("dialect", ["postgres", "mysql", "tsql"])
def test_time_grows_with_the_length_only(piece: str, dialect: str) -> None:
    def seconds(copies: int) -> float:
        started = time.perf_counter()
        for _ in split_statements(piece * copies, dialect):
            pass
        return time.perf_counter() - started

    seconds(100)
    assert seconds(40_000) < 40 * max(seconds(4_000), 0.01)


def test_tokens_know_their_values_and_places() -> None:
    text = """a "B ""c" 'it''s' 1.5e3 -- done\n"""
    tokens = tokenize(text, 0, len(text), "postgres")
    assert [(t.kind, t.text) for t in tokens.items] == [
        (Kind.WORD, "a"),
        (Kind.QUOTED, 'B "c'),
        (Kind.STRING, "it's"),
        (Kind.NUMBER, "1.5e3"),
    ]
    assert all(text[t.start : t.end] for t in tokens.items)
    assert [c.text for c in tokens.comments] == ["done"]
