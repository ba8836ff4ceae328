"""What every database accepts, what each rejects, and by which constraint of the DDL it says so."""

import pytest

from synth_assets.databases import ProofResult, prove
from synth_assets.ddl import read_ddl
from synth_assets.errors import RequestError
from synth_assets_tests.databases.conftest import Urls
from synth_assets_tests.databases.corruptions import (
    CORRUPTIONS,
    DDL,
    Corruption,
    Rows,
    counts_of,
    good_rows,
    schema_of,
    source_of,
    spoilt_by,
)

DIALECTS = ("postgres", "mysql", "sqlite")
CASES = [(c, d) for c in CORRUPTIONS for d in c.dialects]


def judge(url_of: Urls, dialect: str, rows: Rows, *, server: str | None = None) -> ProofResult:
    return prove(schema_of(dialect), DDL[dialect], source_of(rows), counts_of(rows), url_of(server or dialect))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_good_rows_are_accepted(url_of: Urls, dialect: str) -> None:
    result = judge(url_of, dialect, good_rows())
    assert result.rejections == ()
    assert result.refused == ()
    assert result.not_judged == ()
    assert result.accepted
    assert {t.table: (t.rows, t.accepted) for t in result.tables} == {"makers": (20, 20), "parts": (60, 60)}


@pytest.mark.parametrize(("corruption", "dialect"), CASES, ids=[f"{c.name}, {d}" for c, d in CASES])
def test_a_spoilt_row_is_rejected_by_its_constraint(url_of: Urls, corruption: Corruption, dialect: str) -> None:
    result = judge(url_of, dialect, spoilt_by(corruption))
    assert not result.accepted
    found = [r for r in result.rejections if (r.table, r.kind) == (corruption.table, corruption.kind)]
    assert len(found) == 1, result.rejections
    assert corruption.constraint in found[0].constraint
    assert found[0].rows == corruption.rows
    assert not found[0].at_least
    lines = DDL[dialect].splitlines()
    assert found[0].line is not None
    named = corruption.constraint.split()[0].strip("(") if corruption.kind != "primary key" else "PRIMARY KEY"
    assert named in lines[found[0].line - 1], lines[found[0].line - 1]
    assert found[0].example
    assert found[0].message


@pytest.mark.parametrize("dialect", ["postgres", "mysql"])
def test_what_sqlite_says_of_another_dialect_is_what_its_own_server_says(url_of: Urls, dialect: str) -> None:
    assert judge(url_of, dialect, good_rows(), server="sqlite").accepted
    for corruption in CORRUPTIONS:
        if dialect in corruption.dialects and corruption.kind != "exclusion":
            rows = spoilt_by(corruption)
            found = {(r.table, r.kind, r.line, r.rows) for r in judge(url_of, dialect, rows, server="sqlite").rejections}
            theirs = {(r.table, r.kind, r.line, r.rows) for r in judge(url_of, dialect, rows).rejections}
            # Rows that were rejected for another reason are nobody's parents: the servers may differ in the order of reasons only.
            assert found == theirs, corruption.name


def test_what_sqlite_cannot_judge_is_listed(url_of: Urls) -> None:
    result = judge(url_of, "postgres", good_rows(), server="sqlite")
    assert result.rendered
    assert [(n.table, n.subject, n.reason) for n in result.not_judged] == [("parts", "slots_apart", "SQLite has no EXCLUDE")]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_many_rejected_rows_are_counted_to_a_hundred(url_of: Urls, dialect: str) -> None:
    rows = good_rows(makers=300)
    rows["makers"]["name"] = [None] * 300
    result = judge(url_of, dialect, rows)
    (null,) = [r for r in result.rejections if r.kind == "not null"]
    assert (null.rows, null.at_least, null.row_number) == (100, True, 1)
    assert all("rejected" in r.message for r in result.rejections if r.kind == "foreign key")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_file_that_lost_rows_is_no_dataset(url_of: Urls, dialect: str) -> None:
    rows = good_rows()
    result = prove(schema_of(dialect), DDL[dialect], source_of(rows), counts_of(rows) | {"parts": 61}, url_of(dialect))
    assert [(r.table, r.kind, r.rows) for r in result.rejections] == [("parts", "rows", 1)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_statement_the_server_refuses_is_listed_with_its_line(url_of: Urls, dialect: str) -> None:
    text = DDL[dialect] + "\nCREATE TABLE odd (id no_such_type_at_all_(1,2,3) REFERENCES nowhere_, CHECK ();\n"
    rows = good_rows()
    result = prove(schema_of(dialect), text, source_of(rows), counts_of(rows), url_of(dialect))
    assert result.accepted
    (refused,) = result.refused
    assert refused.line == text[: text.index("CREATE TABLE odd")].count("\n") + 1
    assert refused.statement.startswith("CREATE TABLE odd")
    assert refused.message


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_table_the_server_does_not_have_is_not_judged_and_says_so(url_of: Urls, dialect: str) -> None:
    text = DDL[dialect].replace("valid_to >= valid_from", "valid_to >= ", 1)
    rows = good_rows()
    result = prove(schema_of(dialect), text, source_of(rows), counts_of(rows), url_of(dialect))
    assert result.refused
    assert "parts" in {n.table for n in result.not_judged}


@pytest.mark.parametrize(("dialect", "server"), [("mysql", "postgres"), ("sqlite", "postgres"), ("postgres", "mysql")])
def test_a_server_is_not_asked_about_a_dialect_it_does_not_speak(url_of: Urls, dialect: str, server: str) -> None:
    with pytest.raises(RequestError, match="DB106"):
        judge(url_of, dialect, good_rows(), server=server)


def test_a_server_wants_the_ddl_sqlite_does_without(url_of: Urls) -> None:
    rows = good_rows()
    with pytest.raises(RequestError, match="DB105"):
        prove(schema_of("postgres"), None, source_of(rows), counts_of(rows), url_of("postgres"))
    assert prove(schema_of("postgres"), None, source_of(rows), counts_of(rows), url_of("sqlite")).accepted


def test_progress_is_told(url_of: Urls) -> None:
    told: list[tuple[str, int, int]] = []
    rows = good_rows()
    prove(schema_of("sqlite"), DDL["sqlite"], source_of(rows), counts_of(rows), url_of("sqlite"), lambda *call: told.append(call))
    assert told[-1] == ("parts", 60, 60)
    assert told[0] == ("makers", 7, 20)


@pytest.mark.parametrize("conflict", ["IGNORE", "REPLACE", "ROLLBACK", "FAIL", "ABORT"])
def test_what_sqlite_would_do_about_a_conflict_does_not_hide_it(url_of: Urls, conflict: str) -> None:
    ddl = f"CREATE TABLE m (id integer NOT NULL, a text UNIQUE ON CONFLICT {conflict});"
    schema = read_ddl(ddl, source="x.sql", dialect="sqlite").schema
    assert schema is not None
    rows: Rows = {"m": {"id": ["1", "2", "3"], "a": ["x", "x", "y"]}}
    result = prove(schema, ddl, source_of(rows), counts_of(rows), url_of("sqlite"))
    assert [(r.kind, r.rows, r.row_number) for r in result.rejections] == [("unique", 1, 2)]
    assert result.tables[0].accepted == 2


def test_a_mysql_table_may_be_called_like_a_routine(url_of: Urls) -> None:
    ddl = (
        "CREATE TABLE event (id int PRIMARY KEY, `function` int);\nCREATE TRIGGER late BEFORE INSERT ON event FOR EACH ROW SET NEW.id = 1;"
    )
    schema = read_ddl(ddl, source="x.sql", dialect="mysql").schema
    assert schema is not None
    rows: Rows = {"event": {"id": ["1", "2"], "function": ["1", None]}}
    result = prove(schema, ddl, source_of(rows), counts_of(rows), url_of("mysql"))
    assert (result.accepted, result.rows, result.refused, result.not_judged) == (True, 2, (), ())
