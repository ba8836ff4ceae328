"""A lending library: members of four kinds with their births, books, loans; what feedback is tried on."""

from pathlib import Path

from synth_assets.ddl import read_ddl
from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.model import Plan
from synth_assets.plan.patch import PlanPatch, read_patch
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema

DDL = """
CREATE TYPE membership AS ENUM ('regular', 'premium', 'student', 'senior');
CREATE TABLE members (
    member_id SERIAL PRIMARY KEY,
    first_name VARCHAR(60) NOT NULL,
    last_name VARCHAR(60) NOT NULL,
    email VARCHAR(120) NOT NULL UNIQUE,
    date_of_birth DATE,
    join_date DATE NOT NULL,
    kind membership NOT NULL,
    city VARCHAR(60)
);
CREATE TABLE books (
    book_id SERIAL PRIMARY KEY,
    title VARCHAR(200) NOT NULL,
    pages INT CHECK (pages BETWEEN 20 AND 2000),
    price NUMERIC(8, 2) NOT NULL CHECK (price >= 0)
);
CREATE TABLE loans (
    loan_id SERIAL PRIMARY KEY,
    member_id INT NOT NULL REFERENCES members (member_id),
    book_id INT NOT NULL REFERENCES books (book_id),
    loaned_on DATE NOT NULL,
    due_on DATE NOT NULL,
    CHECK (due_on >= loaned_on)
);
"""
ROWS = 120

HALF_STUDENTS = read_patch(
    """
    reason: half of the members are students
    tables:
      members:
        columns:
          kind: {strategy: {kind: categorical, values: [regular, premium, student, senior], weights: [30, 12, 50, 8]}}
    """,
    "patch.yaml",
)
NEVER_TRUE = read_patch("tables: {members: {columns: {member_id: {strategy: {kind: constant, value: '7'}}}}}", "patch.yaml")


def library() -> Schema:
    schema = read_ddl(DDL, source="library.sql", name="library", dialect="postgres").schema
    assert schema is not None
    return schema


def planned(rows: int = ROWS) -> tuple[Schema, Plan]:
    schema = library()
    return schema, plan_dataset(schema, DatasetRequest(rows=rows)).plan


def generated(out: Path, format_name: str = "parquet", rows: int = ROWS) -> Path:
    schema, plan = planned(rows)
    generate_directory(schema, plan, out, format_name, ddl_text=DDL, request=DatasetRequest(rows=rows))
    return out


def patch_of(text: str) -> PlanPatch:
    return read_patch(text, "patch.yaml")
