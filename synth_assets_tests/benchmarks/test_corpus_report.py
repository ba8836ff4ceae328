"""What `make corpus` writes: figures that add up, failures named, nothing copied."""

from dataclasses import replace

import pytest

from benchmarks.corpus.csv_rows import parse_rows
from benchmarks.corpus.files import CANONICAL
from benchmarks.corpus.one_file import describe_error
from benchmarks.corpus.report import accepted_tables, not_judged_line, reason_of, refused_line, render_report, render_summary, share
from benchmarks.corpus.results import (
    ACCEPTED,
    DDL_REFUSED,
    NOT_JUDGED,
    NOT_PLANNED,
    REJECTED,
    FileResult,
    Verdict,
    verdict_of,
)
from benchmarks.corpus.sqlite_judge import split_statements
from synth_assets.errors import Diagnostic, PlanError

GOOD = FileResult(CANONICAL, "shop", "done", ACCEPTED, tables=4, judged_tables=4, differences=[], compared={"check": 2}, seconds=1.0)
BAD = FileResult("mysql", "blog", "done", REJECTED, tables=5, judged_tables=5, rejected={"a": "no", "b": "no"}, reason="a: no", seconds=2.0)
UNPLANNED = FileResult("mysql", "forum", "plan", NOT_PLANNED, tables=3, reason="t.c PLAN999 it is full", seconds=0.5)
REFUSED = FileResult("mysql", "torn", "done", DDL_REFUSED, tables=1, reason="no", seconds=0.1)
UNJUDGED = FileResult("tsql", "shop", "done", NOT_JUDGED, tables=7, seconds=3.0)
JUDGES = {CANONICAL: "PostgreSQL", "mysql": "MariaDB", "tsql": "no server"}


def test_summary_counts_what_was_refused_before_the_server_was_asked() -> None:
    lines = render_summary([GOOD, BAD, UNPLANNED, REFUSED, UNJUDGED], JUDGES).splitlines()
    assert lines[2] == f"| {CANONICAL} | PostgreSQL | 1 | 1 | 0 | 1 of 1 (100.0 %) | 4 | 4 of 4 (100.0 %) | 1 |"
    assert lines[3] == "| mysql | MariaDB | 3 | 3 | 1 | 0 of 2 (0.0 %) | 9 | 3 of 8 (37.5 %) | 3 |"
    assert lines[4] == "| tsql | no server | 1 | 1 | 0 | not judged; 1 of 1 (100.0 %) generated | 7 | not judged | 3 |"


def test_files_stand_by_family_and_failures_with_a_reason() -> None:
    page = render_report([UNJUDGED, UNPLANNED, GOOD, BAD], judges=JUDGES, rows=200, seed=42)
    rows = [line for line in page.split("## By file")[1].splitlines() if line.startswith("|")][2:]
    assert [row.split(" | ")[0] for row in rows] == ["| blog", "| forum", "| shop", "| shop"]
    assert rows[0] == "| blog | mysql | 5 | 3 | rejected |  |  | 2.0 | a: no (+1 tables) |"
    assert rows[1].endswith("| not planned |  |  | 0.5 | t.c PLAN999 it is full |")
    assert rows[2] == f"| shop | {CANONICAL} | 4 | 4 | accepted | equal |  | 1.0 |  |"


def test_differences_from_the_catalog_are_named() -> None:
    differing = replace(GOOD, differences=["check missing: t c1"])
    page = render_report([differing], judges=JUDGES, rows=200, seed=42)
    assert "| 1 differ |" in page
    assert "1 files with 2 checks: 0 files equal." in page
    assert "* shop: check missing: t c1" in page


def test_tables_with_fewer_rows_than_asked_for_are_named() -> None:
    fitted = {"ratings": "11: UNIQUE (r) (x.sql:3:4): 11 values of 'r'", "flags": "2: PRIMARY KEY (f)"}
    assert reason_of(replace(GOOD, fitted=fitted)) == "fit: ratings to 11: UNIQUE (r) (x.sql:3:4): 11 values of 'r', flags to 2"


def test_what_no_server_looked_at_is_said() -> None:
    assert not_judged_line([GOOD, UNJUDGED], JUDGES) == "Not judged by a server, only read and generated: tsql (1 files: no server)."
    assert not_judged_line([GOOD], JUDGES) == "Not judged: nothing."


def test_ddl_the_server_refused_is_counted() -> None:
    partly = replace(GOOD, tables=6, refused_statements=3)
    said = "Of 1 files the server refused 3 statements of the DDL itself; 2 tables read there were not created."
    assert refused_line([GOOD, partly, replace(REFUSED, refused_statements=9)]) == said


@pytest.mark.parametrize(("part", "whole", "text"), [(1999, 2000, "1999 of 2000 (99.9 %)"), (2, 2, "2 of 2 (100.0 %)"), (0, 0, "")])
def test_a_hundred_percent_means_all(part: int, whole: int, text: str) -> None:
    assert share(part, whole) == text


def test_reasons_hold_no_path_no_quoted_ddl_and_are_short() -> None:
    folder = "/" + "/".join(("tmp", "corpus-x", "data.csv"))
    assert reason_of(replace(BAD, rejected={"a": "x"}, reason=f"cannot read {folder} now")) == "cannot read (path) now"
    assert reason_of(replace(BAD, rejected={"a": "x"}, reason="syntax error near 'CREATE TABLE t (a int)'")) == "syntax error"
    said = 'new row violates check constraint "c" Failing row contains (1, 2)'
    assert reason_of(replace(BAD, rejected={"a": "x"}, reason=said)) == 'new row violates check constraint "c"'
    assert reason_of(replace(BAD, rejected={"a": "x"}, reason="CHECK constraint failed: a > 1")) == "CHECK constraint failed"
    assert len(reason_of(replace(BAD, reason="long " * 200))) <= 160
    assert reason_of(replace(BAD, rejected={"a": "x"}, reason="a|b\nc")) == "a\\|b c"


def test_verdicts() -> None:
    assert verdict_of(3, {}, []) == Verdict(ACCEPTED, 3)
    assert verdict_of(3, {"t": "why"}, ["s"]) == Verdict(REJECTED, 3, {"t": "why"}, 1, "s")
    assert verdict_of(0, {}, ["syntax"]) == Verdict(DDL_REFUSED, 0, {}, 1, "syntax")


def test_a_result_takes_its_first_reason_from_the_verdict() -> None:
    result = FileResult("mysql", "x", tables=9)
    result.take(Verdict(REJECTED, 8, {"t": "why", "u": "too"}, 1, "refused"))
    assert (result.reason, accepted_tables(result)) == ("t: why", 6)


def test_errors_are_told_without_what_they_quote() -> None:
    problems = [Diagnostic(code="PLAN999", where="t.c", message="it is full", found="CHECK (secret)", hint="h") for _ in range(3)]
    assert describe_error(PlanError("the plan cannot be met", problems)) == "t.c PLAN999 it is full (and 2 more)"
    assert describe_error(ValueError("first\nsecond")) == "ValueError: first"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,b\n1,\n"",2\n', [["a", "b"], ["1", None], ["", "2"]]),
        ('"x ""y"", z",\n', [['x "y", z', None]]),
        ('"two\nlines",1\n', [["two\nlines", "1"]]),
        ("a\n\n", [["a"], [None]]),
    ],
)
def test_null_is_an_unquoted_empty_field(text: str, rows: list[list[str | None]]) -> None:
    assert parse_rows(text) == rows


def test_statements_end_where_sqlite_says() -> None:
    script = "CREATE TABLE a (x TEXT DEFAULT ';');\nCREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END;\n-- the end\n"
    assert [s.split()[1] for s in split_statements(script)] == ["TABLE", "TRIGGER"]


def test_a_difference_from_the_catalog_is_named_beside_the_file() -> None:
    missing = "unique index missing: sales_by_day ix (of what is not read as a table, such as a materialized view)"
    assert reason_of(replace(GOOD, differences=[missing])) == f"catalog: {missing}"
