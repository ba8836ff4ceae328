"""What the UI shows of a table: its columns and constraints, where its keys point, a preview, its plan."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dagster as dg

from synth_assets.errors import SourcePosition
from synth_assets.orchestration.translator import SchemaNames
from synth_assets.plan.explain import describe_fan_out, explain_table
from synth_assets.plan.model import TablePlan
from synth_assets.schema.model import Column, Schema, Table

PREVIEW_ROWS = 10
_CELL_WIDTH = 60
_TEXT_WIDTH = 400


def table_schema(table: Table) -> dg.TableSchema:
    """Return columns, types, comments and constraints as Dagster's TableSchema."""
    keys = [f"PRIMARY KEY ({', '.join(table.primary_key.columns)})"] if table.primary_key else []
    keys += [
        f"UNIQUE ({', '.join([*u.columns, *u.expressions])})" + (f" WHERE {u.predicate}" if u.predicate else "")
        for u in table.unique_constraints
    ]
    keys += [exclusion.label for exclusion in table.exclusions]
    keys += [f"FOREIGN KEY {fk.label}" for fk in table.foreign_keys]
    keys += [f"CHECK ({c.sql})" for c in table.checks]
    columns = [_table_column(table, column) for column in table.columns]
    return dg.TableSchema(columns=columns, constraints=dg.TableConstraints(other=keys))


def _table_column(table: Table, column: Column) -> dg.TableColumn:
    alone = (column.name,)
    other = ["PRIMARY KEY"] if table.primary_key and column.name in table.primary_key.columns else []
    for fk in table.foreign_keys:
        pairs = dict(zip(fk.columns, fk.parent_columns, strict=True))
        other += [f"REFERENCES {fk.parent_table}({pairs[column.name]})"] if column.name in pairs else []
    other += [f"CHECK ({c.sql})" for c in table.checks if c.columns == alone]
    other += [f"DEFAULT {column.default}"] if column.default else []
    other += [f"GENERATED ALWAYS AS ({column.generated})"] if column.generated else []
    constraints = dg.TableColumnConstraints(nullable=column.nullable, unique=alone in table.unique_keys, other=other)
    return dg.TableColumn(column.name, column.sql_type, description=column.comment, constraints=constraints)


def column_lineage(names: SchemaNames, table: Table) -> dg.TableColumnLineage:
    """Return which parent column each foreign key column takes its values from."""
    lineage: dict[str, list[dg.TableColumnDep]] = {}
    for fk in table.foreign_keys:
        for column, parent_column in zip(fk.columns, fk.parent_columns, strict=True):
            lineage.setdefault(column, []).append(dg.TableColumnDep(names.table_key(fk.parent_table), parent_column))
    return dg.TableColumnLineage(lineage)


def ddl_reference(file: Path, where: SourcePosition) -> dg.CodeReferencesMetadataValue:
    """Return the link from an asset to the line of the DDL that declares it."""
    reference = dg.LocalFileCodeReference(file_path=str(file), line_number=where.line, label=f"{file.name}:{where.line}")
    return dg.CodeReferencesMetadataValue(code_references=[reference])


def table_description(table: Table) -> str:
    """Return the table's comment, or one line made of its columns, key and parents."""
    if table.comment:
        return table.comment
    key = f"key ({', '.join(table.primary_key.columns)})" if table.primary_key else "no primary key"
    parents = ", ".join(dict.fromkeys(fk.parent_table for fk in table.foreign_keys))
    return f"`{table.key}`: {len(table.columns)} columns, {key}" + (f", refers to {parents}" if parents else "")


def definition_metadata(names: SchemaNames, schema: Schema, table: Table, ddl_file: Path | None) -> dict[str, Any]:
    """Return the metadata an asset carries before any row exists."""
    metadata: dict[str, Any] = {
        "dagster/table_name": f"{schema.name}.{table.key}",
        "dagster/column_schema": table_schema(table),
        "dagster/column_lineage": column_lineage(names, table),
    }
    if ddl_file is not None:
        metadata["dagster/code_references"] = ddl_reference(ddl_file, table.where)
    return metadata


def preview_markdown(rows: Any) -> dg.MarkdownMetadataValue:
    """Return the first ten rows of a pyarrow Table as a markdown table; NULL is shown as an italic *null*."""
    head = rows.slice(0, PREVIEW_ROWS)
    columns = [head.column(index).to_pylist() for index in range(head.num_columns)]
    return dg.MetadataValue.md(escaped_table(head.column_names, zip(*columns, strict=True), width=_CELL_WIDTH))


def markdown_table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> dg.MarkdownMetadataValue:
    """Return a table of texts as markdown, cells escaped and cut."""
    return dg.MetadataValue.md(escaped_table(header, rows))


def plan_markdown(plan: TablePlan) -> dg.MarkdownMetadataValue:
    """Return a table's plan: what each column holds, who decided and why; relations after.

    Three columns each: Dagster cuts off what is wider than its page.
    """
    columns = [[e.column, e.strategy + _nulls(e.null_share), f"{e.origin}: {e.reason}"] for e in explain_table(plan)]
    text = escaped_table(["column", "holds", "decided by"], columns)
    if plan.relations:
        relations = [
            [f"{r.name} -> {r.parent_table}", describe_fan_out(r) + _nulls(r.null_fraction), f"{r.origin}: {r.reason}"]
            for r in plan.relations
        ]
        text += "\n\n" + escaped_table(["foreign key", "rows take", "decided by"], relations)
    return dg.MetadataValue.md(text)


def image_markdown(title: str, png: bytes) -> dg.MarkdownMetadataValue:
    """Return PNG bytes as markdown that needs no file."""
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{base64.b64encode(png).decode()})")


def escaped_table(header: Iterable[str], rows: Iterable[Iterable[Any]], width: int = _TEXT_WIDTH) -> str:
    """Return a markdown table; what a cell cannot hold is escaped, what is longer than `width` is cut."""
    lines = [[_cell(name, width) for name in header], *([_cell(value, width) for value in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: Any, width: int) -> str:
    if value is None:
        return "*null*"
    text = value.hex() if isinstance(value, bytes) else str(value)
    text = text if len(text) <= width else text[: width - 1] + "…"
    text = text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
    return text.replace("](", "]\\(")  # no links and no images out of a comment or a reason


def _nulls(fraction: float) -> str:
    return f"; {fraction:.0%} NULL" if fraction else ""
