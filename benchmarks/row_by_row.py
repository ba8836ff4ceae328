"""The baseline: what a script with Faker does, one Python call a cell, parents picked from a list."""

from faker import Faker

from synth_assets.plan.model import Plan
from synth_assets.schema.model import Column, Schema

_BY_NAME = (
    ("first_name", "first_name"),
    ("last_name", "last_name"),
    ("email", "email"),
    ("phone", "phone_number"),
    ("address", "street_address"),
    ("city", "city"),
    ("state", "state"),
    ("zip", "postcode"),
    ("country", "country"),
    ("name", "company"),
    ("title", "catch_phrase"),
)


def generate_row_by_row(schema: Schema, plan: Plan) -> dict[str, list[dict[str, object]]]:
    """Return rows of every table as dictionaries, made a cell at a time."""
    faker = Faker()
    faker.seed_instance(plan.seed)
    return {t.table: [_row(faker, schema, plan, t.table, i) for i in range(t.row_count)] for t in plan.tables}


def _row(faker: Faker, schema: Schema, plan: Plan, table: str, number: int) -> dict[str, object]:
    row: dict[str, object] = {}
    keys = {c: fk.parent_table for fk in schema.table(table).foreign_keys for c in fk.columns}
    for column in schema.table(table).stored_columns:
        if column.name in keys:
            row[column.name] = faker.random_int(1, max(1, plan.table(keys[column.name]).row_count))
        elif column.identity:
            row[column.name] = number + 1
        else:
            row[column.name] = _cell(faker, column)
    return row


def _cell(faker: Faker, column: Column) -> object:
    for part, provider in _BY_NAME:
        if part in column.name.lower():
            return getattr(faker, provider)()
    match column.type.kind:
        case "integer":
            return faker.random_int(0, 1000)
        case "decimal" | "float":
            return faker.pydecimal(left_digits=4, right_digits=2, positive=True)
        case "date":
            return faker.date_between()
        case "timestamp":
            return faker.date_time()
        case "boolean":
            return faker.boolean()
        case "enum":
            return faker.random_element(getattr(column.type, "values", ()))
        case _:
            return faker.sentence()
