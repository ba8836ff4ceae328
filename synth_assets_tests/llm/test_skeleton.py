"""What a skeleton shows of rows: what tells a writer something, and nothing that changes when tables grow."""

from synth_assets.ddl import read_ddl
from synth_assets.llm.row_filler import shown_references
from synth_assets.llm.row_filler.skeleton import rows_as_text, shown_name, shown_value
from synth_assets.llm.row_filler.task import SkeletonRow
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.filling import with_filled
from synth_assets.plan.request import DatasetRequest

DDL = """
CREATE TABLE authors (id serial PRIMARY KEY, name varchar(80) NOT NULL, biography text, email varchar(200) UNIQUE, book_count int);
CREATE TABLE books (
  id serial PRIMARY KEY, author_id int NOT NULL REFERENCES authors(id), title varchar(120) NOT NULL, isbn varchar(20) UNIQUE,
  genre varchar(20) CHECK (genre IN ('novel', 'essay')), summary text, published date, token uuid, parent_id int REFERENCES books(id));
"""


def shown(table: str) -> list[str]:
    schema = read_ddl(DDL, source="library.sql", dialect="postgres").schema
    assert schema is not None
    request = DatasetRequest(rows=100)
    plan = with_filled(schema, plan_dataset(schema, request).plan, request)
    return [shown_name(r) for r in shown_references(schema, plan, table)]


def test_facts_of_the_row_and_of_its_parents_are_shown():
    assert shown("books") == ["genre", "published", "author_id.name", "author_id.biography"]


def test_keys_codes_and_what_children_add_up_to_are_not():
    assert shown("authors") == ["name"]


def test_values_stand_in_one_line_of_bounded_length():
    assert shown_value("two\nlines") == "two lines"
    assert len(shown_value("x" * 1000)) == 160
    row = SkeletonRow(7, (("genre", "novel"), ("author_id.name", "Ann")))
    assert rows_as_text([row], {7: {"summary": "One\nday"}}) == "row 7 | genre: novel | author_id.name: Ann | summary = One day"
