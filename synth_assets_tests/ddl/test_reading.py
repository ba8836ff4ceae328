"""`read_ddl` as a whole: dialects, bytes, names, codes, and that nothing makes it raise."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.ddl import CODES, DIALECTS, detect_dialect, read_ddl
from synth_assets.errors import Severity
from synth_assets.schema.expressions import InList, walk_expression
from synth_assets.schema.fingerprint import fingerprint_schema
from synth_assets.schema.model import Schema

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = {p.name: p.read_text(encoding="utf-8") for p in sorted(GOLDEN.glob("*.sql"))}
ROOT = Path(__file__).parents[2]


def schema_of(text: str, dialect: str = "postgres") -> Schema:
    result = read_ddl(text, source="x.sql", dialect=dialect)
    assert result.errors == ()
    assert result.schema is not None
    return result.schema


@pytest.mark.parametrize("name", [n for n in SAMPLES if n.count(".") == 2])
def test_dialect_is_detected_from_the_text_alone(name: str) -> None:
    if not name.startswith(("broken", "names")):
        assert detect_dialect(SAMPLES[name]) == name.split(".")[1]


def test_dialect_hint_in_the_file_name_decides_for_plain_text() -> None:
    text = "CREATE TABLE t (id INT PRIMARY KEY);"
    assert detect_dialect(text) == "postgres"
    assert detect_dialect(text, "shop.mysql.ddl") == "mysql"
    assert detect_dialect(text, "dir/mssql-shop.sql") == "tsql"


def test_unknown_dialect_is_told() -> None:
    result = read_ddl("CREATE TABLE t (a int);", source="x.sql", dialect="postgress")
    assert [d.code for d in result.errors] == ["DDL108"]
    assert result.schema is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "DDL101"),
        (b" \n\t", "DDL101"),
        (b"PK\x03\x04\x00\x00binary", "DDL102"),
        (bytes(range(1, 256)) * 10, "DDL102"),
        (b"-- only a comment\n", "DDL106"),
        (b"SELECT 1;", "DDL106"),
        (b"\xff\xfe\x00", "DDL102"),
    ],
)
def test_input_without_tables_is_told(data: bytes, code: str) -> None:
    result = read_ddl(data, source="x.sql")
    assert result.schema is None
    assert [d.code for d in result.errors] == [code]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_decoded(encoding: str) -> None:
    text = "CREATE TABLE straße (größe int, name text DEFAULT 'é');\n" * 1 + "-- " + "plain words " * 20
    result = read_ddl(text.encode(encoding), source="x.sql")
    assert result.schema is not None
    assert result.schema.tables[0].name == "straße"
    assert [d.code for d in result.diagnostics] == (["DDL304"] if encoding == "cp1252" else [])


@pytest.mark.parametrize(
    ("source", "slug"), [("a/b/My Shop-2.postgres.ddl", "my_shop_2"), ("2024.sql", "s_2024"), ("C:\\x\\Ü.sql", "schema"), ("", "schema")]
)
def test_schema_is_named_after_the_file(source: str, slug: str) -> None:
    result = read_ddl("CREATE TABLE t (a int);", source=source)
    assert result.schema is not None
    assert result.schema.name == slug


def test_crlf_changes_nothing_but_nothing() -> None:
    unix = SAMPLES["shop.postgres.sql"]
    dos = unix.replace("\n", "\r\n")
    a, b = (read_ddl(t.encode(), source="x.sql") for t in (unix, dos))
    assert a == b


def test_position_is_where_the_name_stands() -> None:
    text = "\n\nCREATE TABLE a (\n  id int,\n  b int REFERENCES nowhere(id)\n);"
    result = read_ddl(text, source="dir/x.sql")
    assert [d.where for d in result.errors] == ["dir/x.sql:5:9"]
    assert result.schema is not None
    assert str(result.schema.table("a").column("b").where) == "dir/x.sql:5:3"


def test_model_survives_json() -> None:
    schema = read_ddl(SAMPLES["shop.postgres.sql"], source="shop.sql").schema
    assert schema is not None
    assert Schema.model_validate_json(schema.model_dump_json()) == schema


def test_comments_beside_columns_and_above_tables() -> None:
    table = schema_of("-- About\n-- people\nCREATE TABLE p ( -- not a column's\n a int, -- first\n b int -- second\n); -- after\n").tables[
        0
    ]
    assert table.comment == "About people"
    assert [c.comment for c in table.columns] == ["first", "second"]


@pytest.mark.parametrize(
    "comment",
    ["Create the 'Order_Items' table", "Order_Items table", "Table Order_Items", "order items", "OrderItems", "3. Table: `order_item`",
     "Create table", "TABLE sales.Order_Items"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["-- {}\nCREATE TABLE {} (a int);", "CREATE TABLE {1} (a int);COMMENT ON TABLE {1} IS '{0}';"])
def test_a_comment_that_repeats_the_tables_name_is_no_description(comment: str, form: str) -> None:
    sql = form.format(comment.replace("'", "''") if "IS" in form else comment, "sales.Order_Items")
    assert schema_of(sql).tables[0].comment is None


@pytest.mark.parametrize(
    "comment",
    [
        "Order items that were sent back",
        "Items of an order.",
        "Create the table of what was ordered",
        "Books table",
        "What people order",
        "订单",
        "Lookup table",
    ],
)
def test_a_comment_that_says_more_than_the_name_is_kept_as_written(comment: str) -> None:
    assert schema_of(f"-- {comment}\nCREATE TABLE Order_Items (a int);").tables[0].comment == comment


def test_comment_apart_from_the_table_is_not_its_description() -> None:
    assert schema_of("-- licence\n\nCREATE TABLE p (a int);").tables[0].comment is None
    assert schema_of("CREATE TABLE o (a int); -- about o\nCREATE TABLE p (a int);").table("p").comment is None


def test_foreign_key_without_columns_takes_the_primary_key_in_any_order_of_tables() -> None:
    schema = schema_of("CREATE TABLE c (x int, y int, FOREIGN KEY (x, y) REFERENCES p); CREATE TABLE p (a int, b int, PRIMARY KEY (b, a));")
    assert schema.table("c").foreign_keys[0].parent_columns == ("b", "a")


def test_mysql_takes_a_foreign_key_to_columns_that_are_not_unique() -> None:
    text = "CREATE TABLE p (id INT PRIMARY KEY, g INT, KEY (g)) ENGINE=InnoDB; CREATE TABLE c (g INT, FOREIGN KEY (g) REFERENCES p (g));"
    result = read_ddl(text, source="x.sql", dialect="mysql")
    assert result.schema is not None
    assert [(d.code, d.severity) for d in result.diagnostics] == [("DDL204", Severity.WARNING)]
    assert len(result.schema.table("c").foreign_keys) == 1
    assert [
        d.code for d in read_ddl(text.replace("ENGINE=InnoDB", "").replace(", KEY (g)", ""), source="x.sql", dialect="postgres").errors
    ] == ["DDL204"]


def test_use_and_qualified_names_of_one_mysql_database_are_one_namespace() -> None:
    schema = schema_of("USE `shop`; CREATE TABLE `shop`.`a` (id INT PRIMARY KEY); CREATE TABLE b (a INT REFERENCES shop.a(id));", "mysql")
    assert [t.key for t in schema.tables] == ["a", "b"]


def test_same_table_name_in_two_namespaces_gives_two_keys() -> None:
    schema = schema_of("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE s.a (id int REFERENCES a, o int REFERENCES public.a(id));")
    assert [t.key for t in schema.tables] == ["a", "s.a"]
    assert {fk.parent_table for fk in schema.table("s.a").foreign_keys} == {"a"}


def test_adventureworks_style_create_schema_with_elements() -> None:
    schema = schema_of("CREATE SCHEMA s\n CREATE TABLE a (id int PRIMARY KEY)\n CREATE TABLE b (id int);\nCREATE TABLE c (id int);")
    assert [t.key for t in schema.tables] == ["s.a", "s.b", "c"]


def test_drop_table_before_create_and_drop_column() -> None:
    schema = schema_of(
        "DROP TABLE IF EXISTS a; CREATE TABLE a (x int, y int UNIQUE); ALTER TABLE a DROP COLUMN y; CREATE TABLE b (x int); DROP TABLE b;"
    )
    assert [(t.key, [c.name for c in t.columns], t.unique_constraints) for t in schema.tables] == [("a", ["x"], ())]


def test_markdown_fence_is_ignored_with_a_warning() -> None:
    result = read_ddl("```sql\nCREATE TABLE a (x int);\n```\n", source="x.sql")
    assert [d.code for d in result.diagnostics] == ["DDL312"]
    assert result.schema is not None


def test_table_that_cannot_be_read_never_hides_another() -> None:
    for broken in (
        "CREATE TABLE x (a int b int);",
        "CREATE TABLE x (a int;",
        "CREATE TABLE x a int);",
        "CREATE TABLE (a int);",
        "CREATE TABLE x (a 'int);",
    ):
        result = read_ddl(f"CREATE TABLE first (id int);\n{broken}\nCREATE TABLE last (id int);", source="x.sql")
        assert result.schema is not None
        assert [t.key for t in result.schema.tables] == ["first", "last"], broken
        assert result.errors, broken


def test_wide_and_long_inputs_stay_linear() -> None:
    columns = ",".join(f"c{i} int" for i in range(3000))
    comments = "".join(f"COMMENT ON COLUMN t.c{i} IS 'x';" for i in range(3000))
    references = "".join(f"CREATE TABLE k{i} (a int REFERENCES missing_{i}(a));" for i in range(1500))
    result = read_ddl(f"CREATE TABLE t ({columns});{comments}{references}", source="x.sql", dialect="postgres")
    assert result.schema is not None
    assert len(result.schema.tables) == 1501
    assert result.diagnostics[-1].code == "DDL311"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.sampled_from([None, *DIALECTS]))
def test_no_text_makes_it_raise(text: str, dialect: str | None) -> None:
    result = read_ddl(text, source="x.sql", dialect=dialect)
    assert result.schema is not None or result.errors


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    result = read_ddl(data, source="x.sql")
    assert result.schema is not None or result.errors


WORDS = [
    "CREATE", "TABLE", "ALTER", "a", "\"b\"", "(", ")", ",", ";", "int", "varchar", "PRIMARY KEY", "REFERENCES", "CHECK", "DEFAULT",
    "NOT NULL", "ADD", "CONSTRAINT", "UNIQUE", "INDEX", "ON", "'x'", "1", "$$", "TYPE", "AS", "ENUM", "DOMAIN", "COMMENT", "IS",
    "GENERATED ALWAYS AS", "IDENTITY", "[", "]", ".", "=", "\n", "--", "/*", "*/", "COLUMN", "DROP", "RENAME", "TO", "MODIFY", "LIKE",
    "PARTITION OF", "INHERITS", "SET", "search_path", "USE", "GO", "DELIMITER $$", "FOREIGN KEY", "WITH", "EXCLUDE",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40), st.sampled_from(DIALECTS))
def test_no_salad_of_ddl_words_makes_it_raise(words: list[str], dialect: str) -> None:
    result = read_ddl("CREATE TABLE " + " ".join(words), source="x.sql", dialect=dialect)
    assert result.schema is not None or result.errors


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_no_truncation_or_deletion_makes_it_raise(name: str, data: st.DataObject) -> None:
    text = SAMPLES[name]
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.one_of(st.integers(0, 3), st.integers(0, len(text))))
    result = read_ddl(text[:start] + text[start + length :], source=name)
    assert result.schema is not None or result.errors
    if result.schema is not None:
        assert len(result.schema.tables_by_key) == len(result.schema.tables)
        assert len(fingerprint_schema(result.schema)) == 64


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_references_inside_a_schema_always_resolve(name: str) -> None:
    schema = read_ddl(SAMPLES[name], source=name).schema
    for table in schema.tables if schema else ():
        for fk in table.foreign_keys:
            parent = schema.table(fk.parent_table)  # type: ignore[union-attr]
            assert len(fk.columns) == len(fk.parent_columns)
            assert {*fk.columns} <= {*table.columns_by_name}
            assert {*fk.parent_columns} <= {*parent.columns_by_name}
        for check in table.checks:
            assert {*check.columns} <= {*table.columns_by_name}


def test_every_code_is_explained_in_the_documentation() -> None:
    text = (ROOT / "docs" / "ddl.md").read_text(encoding="utf-8")
    assert [code for code in CODES if f"`{code}`" not in text] == []


def test_every_code_is_used() -> None:
    sources = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "synth_assets" / "ddl").glob("*.py") if p.name != "codes.py")
    assert [code for code in CODES if f'"{code}"' not in sources and f'code="{code}"' not in sources] == []


def test_zero_and_one_beside_a_boolean_column_are_truth_values() -> None:
    table = schema_of("CREATE TABLE t (f BOOLEAN CHECK (f IN (0, 1)), n INT CHECK (n IN (0, 1) OR f = 1));", "sqlite").tables[0]
    kinds = [[o.type for o in e.options] for c in table.checks for e in walk_expression(c.expression) if isinstance(e, InList)]  # type: ignore[union-attr]
    assert kinds == [["boolean", "boolean"], ["number", "number"]]


@pytest.mark.parametrize(
    ("dialect", "definition", "default", "nullable"),
    [
        ("postgres", "int[] DEFAULT array[1,2] NOT NULL", "array[1,2]", False),
        ("postgres", "time with time zone DEFAULT now() at time zone 'utc' NOT NULL", "now() at time zone 'utc'", False),
        ("postgres", "text DEFAULT 'a'::character varying COLLATE \"C\"", "'a'::character varying", True),
        ("postgres", "text DEFAULT NULL::character varying", None, True),
        ("postgres", "text DEFAULT 'x' CHECK (c <> '') NOT NULL", "'x'", False),
        ("sqlite", "text NOT NULL DEFAULT '' COLLATE NOCASE", "''", False),
        ("oracle", "INTERVAL DAY(2) TO SECOND(6) DEFAULT INTERVAL '1' DAY NOT NULL ENABLE", "INTERVAL '1' DAY", False),
        ("mysql", "DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)", "CURRENT_TIMESTAMP(6)", True),
    ],
)
def test_default_ends_where_the_next_option_begins(dialect: str, definition: str, default: str | None, nullable: bool) -> None:
    column = schema_of(f"CREATE TABLE t (b int, c {definition}, d int);", dialect).tables[0].column("c")
    assert (column.default, column.nullable) == (default, nullable)
