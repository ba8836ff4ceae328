"""Texts made to break a reader, and a process with bounds that reads them: `python -m synth_assets_tests.properties.hostile ddl`.

Every text is long enough that work which grows with its square takes hours. The process prints the name of a text before it
reads it, so that whoever started it knows which one was the last.
"""

import resource
import sys
from collections.abc import Callable, Mapping

CPU_SECONDS = 15
MEMORY_BYTES = 3_000_000_000
"""Address space, not memory: half of it is taken by libraries before anything is read."""

TABLE = "CREATE TABLE t (a int);"


def _check(condition: str) -> str:
    return f"CREATE TABLE t (a int CHECK ({condition}));"


DDL: Mapping[str, Callable[[], str | bytes]] = {
    "10,000 parentheses": lambda: _check("(" * 10_000 + "a" + ")" * 10_000),
    "10,000 parentheses never closed": lambda: "CREATE TABLE t (a int CHECK (" + "(" * 10_000,
    "parentheses as a type": lambda: "CREATE TABLE t (a " + "(" * 10_000 + ")" * 10_000 + ");",
    "nested comments": lambda: "/*" * 10_000 + "*/" * 10_000 + TABLE,
    "nested comments never closed": lambda: "/*" * 100_000,
    "dollar quotes never closed": lambda: "CREATE FUNCTION f() AS $a$ " + "$b$ " * 50_000,
    "a new dollar quote each time": lambda: "".join(f"$t{i}$" for i in range(20_000)),
    "a string never closed": lambda: "CREATE TABLE t (a text DEFAULT '" + "x''" * 100_000,
    "a name never closed": lambda: 'CREATE TABLE "' + 'x""' * 100_000,
    "a bracket never closed": lambda: "CREATE TABLE [t" + "]]" * 50_000 + " (a int);",
    "quotes of all kinds": lambda: "`\"'[$$" * 20_000,
    "a name of a million letters": lambda: f"CREATE TABLE {'a' * 1_000_000} (a int, PRIMARY KEY ({'b' * 100_000}));",
    "a number of 100,000 digits": lambda: _check(f"a < {'9' * 100_000}"),
    "a length of 5,000 digits": lambda: f"CREATE TABLE t (a varchar({'9' * 5_000}));",
    "exponents": lambda: "CREATE TABLE t (a int CHECK (a < 1e999999999), b numeric CHECK (b > 1e-99999999 AND b < 1e4000000));",
    "impossible sizes": lambda: "CREATE TABLE t (a numeric(999999999999,99999999), b char(99999999999), c timestamp(999999));",
    "10,000 columns": lambda: f"CREATE TABLE t ({', '.join(f'c{i} int' for i in range(10_000))});",
    "5,000 tables": lambda: "".join(f"CREATE TABLE t{i} (a int);" for i in range(5_000)),
    "100,000 statements": lambda: "SELECT 1;" * 100_000,
    "a CHECK added 1,000 times": lambda: TABLE + "ALTER TABLE t ADD CHECK (a > 0);" * 1_000,
    "5,000 columns added": lambda: TABLE + "".join(f"ALTER TABLE t ADD COLUMN c{i} int;" for i in range(5_000)),
    "5,000 keys to nowhere": lambda: f"CREATE TABLE t (a int{', FOREIGN KEY (zz) REFERENCES q(a)' * 5_000});",
    "a chain of keys": lambda: "".join(f"CREATE TABLE t{i} (a int primary key references t{i + 1}(a));" for i in range(3_000)),
    "a chain of heirs": lambda: TABLE.replace(" t ", " t0 ") + "".join(f"CREATE TABLE t{i + 1} () INHERITS (t{i});" for i in range(300)),
    "a chain of domains": lambda: "CREATE DOMAIN d0 AS int;" + "".join(f"CREATE DOMAIN d{i + 1} AS d{i};" for i in range(2_000)),
    "domains in a circle": lambda: "CREATE DOMAIN d AS d; CREATE DOMAIN e AS f; CREATE DOMAIN f AS e; CREATE TABLE t (a d, b e);",
    "1,500 alternatives": lambda: _check(" OR ".join(f"a = {i}" for i in range(1_500))),
    "20,000 conditions": lambda: _check(" AND ".join(f"a <> {i}" for i in range(20_000))),
    "NOT 5,000 times": lambda: _check("NOT " * 5_000 + "a > 1"),
    "minus 5,000 times": lambda: _check("a > " + "- " * 5_000 + "1"),
    "CASE in CASE": lambda: _check("CASE WHEN a>1 THEN " * 300 + "a>2" + " END" * 300),
    "a list of 5,000": lambda: _check(f"a IN ({','.join(map(str, range(5_000)))})"),
    "casts of casts": lambda: _check(f"a{'::int' * 3_000} > 1"),
    "a deep regular expression": lambda: f"CREATE TABLE t (a text CHECK (a ~ '{'(' * 2_000}a{')*' * 2_000}'));",
    "regular expressions that explode": lambda: (
        "CREATE TABLE t (a text CHECK (a ~ '^(a+)+$'), b text CHECK (b ~ 'x{1,99999}{1,9999}'), "
        "c text CHECK (c ~ '\\'), d text CHECK (d ~ '['));"
    ),
    "a long LIKE": lambda: f"CREATE TABLE t (a text CHECK (a LIKE '{'%_' * 5_000}'));",
    "an array of arrays": lambda: f"CREATE TABLE t (a int{'[]' * 10_000});",
    "an enum of 50,000": lambda: "CREATE TYPE e AS ENUM (" + ",".join(f"'v{i}'" for i in range(50_000)) + "); CREATE TABLE t (a e);",
    "a million line breaks": lambda: "\n" * 1_000_000 + TABLE,
    "a million semicolons": lambda: ";" * 1_000_000,
    "a million dashes": lambda: "-" * 1_000_000,
    "300,000 empty comments": lambda: "--\n" * 300_000 + TABLE,
    "10,000 comments on one table": lambda: TABLE + "COMMENT ON TABLE t IS 'x';" * 10_000,
    "version comments never closed": lambda: "/*!50003 " * 20_000,
    "delimiters": lambda: "DELIMITER ;;\nCREATE PROCEDURE p() BEGIN SELECT 1; END;;\n" * 5_000,
    "100,000 batches": lambda: "GO\n" * 100_000 + TABLE,
    "COPY and COPY": lambda: "COPY " * 100_000,
    "COPY without an end": lambda: "COPY t FROM stdin;\n" + "1\t2\n" * 100_000,
    "BEGIN without END": lambda: "CREATE PROCEDURE p AS " + "BEGIN " * 20_000,
    "5,000 partitions": lambda: TABLE + "".join(f"CREATE TABLE p{i} PARTITION OF t DEFAULT;" for i in range(5_000)),
    "UNIQUE 5,000 times": lambda: f"CREATE TABLE t (a int{', UNIQUE (a)' * 5_000});",
    "1,000 unique indexes": lambda: TABLE + "CREATE UNIQUE INDEX ON t (lower(a)) WHERE a > 1;" * 1_000,
    "NUL": lambda: "CREATE TABLE t\0 (a int);\0",
    "lone surrogates": lambda: "CREATE TABLE t (a\ud800 int, \"\udfff\" text DEFAULT '\udc00');",
    "escaped names beyond Unicode": lambda: 'CREATE TABLE U&"\\FFFFFF" (a int);',
    "blanks that are none": lambda: "CREATE TABLE t\u202e (a\u200b int,\u2028b\u00a0int);",
    "UTF-16 without a last byte": lambda: b"\xff\xfe" + TABLE.encode("utf-16-le")[:-1],
    "UTF-16 without a mark": lambda: TABLE.encode("utf-16-be"),
    "two marks": lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + TABLE.encode(),
    "half a character": lambda: TABLE.encode() + "-- é".encode()[:-1],
    "old Macintosh lines": lambda: TABLE.replace(" ", "\r").encode(),
    "control characters": lambda: bytes(range(1, 32)) * 50_000,
    "random bytes": lambda: b"".join((i * 2654435761 % 2**32).to_bytes(4, "big") for i in range(250_000)),
}

YAML: Mapping[str, Callable[[], str]] = {
    "lists in lists": lambda: "[" * 100_000,
    "closed lists in lists": lambda: "[" * 50_000 + "]" * 50_000,
    "mappings in mappings": lambda: "{a: " * 100_000,
    "indented lists": lambda: "- " * 50_000 + "a",
    "keys of keys": lambda: "? " * 20_000 + "a",
    "a billion laughs": lambda: (
        "a: &a [x, x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20))
    ),
    "an alias to itself": lambda: "&a [*a]",
    "a merge key": lambda: "a: &a {b: 1}\nc: {<<: *a}",
    "a number of 5,000 digits": lambda: f"rows: {'9' * 5_000}",
    "a hexadecimal number of a million digits": lambda: f"rows: 0x{'f' * 900_000}",
    "a number to base 60": lambda: "rows: 1" + ":59" * 20_000,
    "an exponent": lambda: "rows: 1e999999999",
    "not a number": lambda: "rows: .nan\nseed: .inf\nas_of: 2024-13-45",
    "an impossible date": lambda: "as_of: 2024-02-30",
    "an impossible time": lambda: "as_of: 2024-02-28 99:99:99",
    "a tag": lambda: "!!python/object/apply:os.system [true]",
    "a set and pairs": lambda: "rows: !!set {a, b}\nseed: !!pairs [a: 1]\nlocale: !!binary x",
    "a list as a key": lambda: "? [a, b]\n: 1",
    "a key twice": lambda: "rows: 1\nrows: 2",
    "null keys": lambda: "~: 1\ntrue: 2\n1.5: 3",
    "a long string": lambda: "prompt: " + "x" * 900_000,
    "20,000 keys": lambda: "".join(f"k{i}: 1\n" for i in range(20_000)),
    "tabs": lambda: "rows:\t1\n\tseed: 2",
    "NUL": lambda: "rows: \0",
    "lone surrogates": lambda: "prompt: \ud800",
    "a byte order mark": lambda: "\ufeffrows: 1",
    "two documents": lambda: "rows: 1\n---\nrows: 2",
    "a directive": lambda: "%YAML 9.9\n---\nrows: 1",
    "overrides of everything": lambda: "overrides: {t: {columns: {" + ", ".join(f"c{i}: {{unique: maybe}}" for i in range(10_000)) + "}}}",
    "bool as a count": lambda: "rows: yes\nseed: no",
}


def _read_ddl(text: str | bytes, number: int) -> None:
    from synth_assets.ddl import DIALECTS, read_ddl

    for dialect in (None, DIALECTS[number % len(DIALECTS)]):
        result = read_ddl(text, source="x.sql", dialect=dialect)
        assert result.schema is not None or result.errors


def _read_yaml(text: str, _number: int) -> None:
    from synth_assets.errors import PlanError, RequestError
    from synth_assets.plan import load_plan
    from synth_assets.plan.request import read_request

    for read, refusal in ((read_request, RequestError), (load_plan, PlanError)):
        try:
            read(text, "x.yaml")
        except refusal as error:
            assert error.diagnostics  # noqa: PT017 - this is no test but the process under test


def main(kind: str) -> None:
    """Read every text of a kind, each within its bounds of time; all within the bound of memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    texts, read = (DDL, _read_ddl) if kind == "ddl" else (YAML, _read_yaml)
    for number, (name, text) in enumerate(texts.items()):
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(name, flush=True)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS, resource.RLIM_INFINITY))
        read(text(), number)  # type: ignore[operator]
    print("all read", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
