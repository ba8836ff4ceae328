"""URLs: what they name, what is refused, and that a password is never shown."""

import time

import pytest

from synth_assets.databases import DatabaseUrl, parse_database_url, prove
from synth_assets.errors import DatabaseError, RequestError
from synth_assets_tests.databases.corruptions import DDL, counts_of, good_rows, schema_of, source_of

SECRET = "s3cr3t/w@rd"
QUOTED = "s3cr3t%2Fw%40rd"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://ann:pw@db.example:5433/shop", DatabaseUrl("postgres", "db.example", 5433, "ann", "pw", "shop")),
        ("postgres://db/shop?sslmode=require", DatabaseUrl("postgres", "db", None, None, None, "shop", {"sslmode": "require"})),
        ("postgresql+psycopg://ann@/shop?host=/run/pg", DatabaseUrl("postgres", None, None, "ann", None, "shop", {"host": "/run/pg"})),
        ("postgresql://db/shop?user=ann&password=pw&port=7", DatabaseUrl("postgres", "db", 7, "ann", "pw", "shop")),
        ("mysql://ann:pw@db/shop", DatabaseUrl("mysql", "db", None, "ann", "pw", "shop")),
        ("mariadb+pymysql://[::1]:3307/", DatabaseUrl("mysql", "::1", 3307)),
        ("sqlite://", DatabaseUrl("sqlite", database=":memory:")),
        ("sqlite://:memory:", DatabaseUrl("sqlite", database=":memory:")),
        ("sqlite:///:memory:", DatabaseUrl("sqlite", database=":memory:")),
        ("sqlite:///data/x.db", DatabaseUrl("sqlite", database="data/x.db")),
        ("sqlite:////data/x.db", DatabaseUrl("sqlite", database="/data/x.db")),
    ],
)
def test_a_url_names_a_database(text: str, expected: DatabaseUrl) -> None:
    assert parse_database_url(text) == expected


@pytest.mark.parametrize(
    "text", ["", "shop", "oracle://ann:pw@db/x", "postgresql//db", f"postgresql://ann_:{QUOTED}@db:port/x", f"redis://ann_:{QUOTED}@db"]
)
def test_what_is_no_url_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(RequestError, match="DB101") as caught:
        parse_database_url(text)
    assert "ann_" not in str(caught.value)
    assert QUOTED not in str(caught.value)


def test_nothing_shows_a_password() -> None:
    url = parse_database_url(f"postgresql://ann:{QUOTED}@db:5432/shop?sslmode=require")
    assert url.password == SECRET
    for text in (repr(url), str(url), url.label):
        assert SECRET not in text
        assert QUOTED not in text
    assert url.label == "postgresql://db:5432/shop"
    assert url.scrub(f"login {SECRET} failed") == "login *** failed"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"postgresql://ann:{QUOTED}@127.0.0.1:1/shop", "DB102"),
        (f"mysql://ann:{QUOTED}@127.0.0.1:1/shop", "DB102"),
        ("sqlite:////no/such/folder/x.db", "DB102"),
        (f"postgresql://ann:{QUOTED}@127.0.0.1:1/shop?no_such_option=1", "DB101"),
    ],
)
def test_a_server_that_does_not_answer_is_said_soon(url: str, code: str) -> None:
    dialect = parse_database_url(url).kind
    rows, started = good_rows(), time.monotonic()
    with pytest.raises((DatabaseError, RequestError), match=code) as caught:
        prove(schema_of(dialect), DDL[dialect], source_of(rows), counts_of(rows), parse_database_url(url))
    assert time.monotonic() - started < 15
    assert SECRET not in str(caught.value)
    assert QUOTED not in str(caught.value)
