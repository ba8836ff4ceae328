"""The checks of a table as one op that runs any subset of them, each with its own verdict in the UI.

Great Expectations is imported by the pipeline when a check runs, never when definitions load.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from synth_assets.checks import CheckResult, CheckSpec, ExpectationResult, build_checks
from synth_assets.errors import Severity
from synth_assets.orchestration.datasets import SchemaSource, open_store
from synth_assets.orchestration.failures import our_errors_as_failures
from synth_assets.orchestration.table_assets import load_dataset
from synth_assets.orchestration.tracing import traced_checks
from synth_assets.orchestration.translator import SchemaNames
from synth_assets.pipeline.check import check_table
from synth_assets.schema.graph import Edge, parents_of
from synth_assets.schema.model import Table

_SEVERITIES = {
    Severity.ERROR: dg.AssetCheckSeverity.ERROR,
    Severity.WARNING: dg.AssetCheckSeverity.WARN,
    Severity.INFO: dg.AssetCheckSeverity.WARN,
}


def build_table_checks(names: SchemaNames, source: SchemaSource, table: Table, dropped: tuple[Edge, ...]) -> list[dg.AssetChecksDefinition]:
    """Return the check ops of a table: one, or two when a dependency of it was left out to break a cycle.

    The foreign key check of such a table needs a parent that is made later, so it runs in an op of
    its own after both, and cannot block what the table's own descendants wait for.
    """
    specs = build_checks(source.schema, None, table.key)
    left_out = {e.parent for e in dropped if e.child == table.key}
    late = [s for s in specs if left_out and s.kind == "foreign_keys"]
    ops = [_build_op(names, source, table, names.checks_op(table.key), [s for s in specs if s not in late], blocking=True)]
    if late:
        ops.append(_build_op(names, source, table, names.late_checks_op(table.key), late, blocking=False))
    return ops


def _build_op(
    names: SchemaNames, source: SchemaSource, table: Table, op: str, specs: list[CheckSpec], *, blocking: bool
) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(name=op, specs=[_dagster_spec(names, table, s, blocking=blocking) for s in specs], can_subset=True)
    def checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        only = sorted(key.name for key in context.selected_asset_check_keys)
        with our_errors_as_failures():
            store = open_store()
            dataset = load_dataset(context, store, names, source, table.key)
            with traced_checks(context, dataset.request.ai, names.table_key(table.key), names.schema_name, table.key) as trace:
                results = check_table(store, dataset.schema, dataset.plan, dataset.key, table.key, only=only)
                trace.score(results)
        yield from (_dagster_result(names, result) for result in results)

    return checks


def _dagster_spec(names: SchemaNames, table: Table, spec: CheckSpec, *, blocking: bool) -> dg.AssetCheckSpec:
    parents = [names.table_key(p) for p in parents_of(table)] if spec.kind == "foreign_keys" else []
    return dg.AssetCheckSpec(
        spec.name,
        asset=names.table_key(table.key),
        description=spec.description,
        additional_deps=parents,
        blocking=blocking and spec.blocking,
        partitions_def=names.partitions,
        metadata={"columns": list(spec.columns)} if spec.columns else None,
    )


def _dagster_result(names: SchemaNames, result: CheckResult) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {"rows": result.element_count, "unexpected": result.unexpected_count}
    if result.failing_values:
        metadata["failing values"] = dg.MetadataValue.json(list(result.failing_values))
    if result.statistic is not None:
        metadata["statistic"] = result.statistic
    if result.threshold is not None:
        metadata["threshold"] = result.threshold
    if result.note:
        metadata["note"] = result.note
    metadata["expectations"] = _expectations_table(result)
    return dg.AssetCheckResult(
        asset_key=names.table_key(result.table),
        check_name=result.name,
        passed=result.passed,
        severity=_SEVERITIES[result.severity],
        metadata=metadata,
    )


def _expectations_table(result: CheckResult) -> dg.TableMetadataValue:
    """Return the expectations with the columns that decide first, since the UI cuts what is wide; empty columns are left out."""
    rows = [_expectation_row(e) for e in result.expectations]
    columns = [name for name in (rows[0] if rows else ()) if any(row[name] != "" for row in rows)]
    records = [dg.TableRecord({name: row[name] for name in columns}) for row in rows]
    return dg.MetadataValue.table(records, schema=dg.TableSchema([dg.TableColumn(name, "string") for name in columns]))


def _expectation_row(expectation: ExpectationResult) -> dict[str, str | int | float]:
    return {
        "subject": expectation.subject,
        "passed": "not judged" if expectation.passed is None else ("yes" if expectation.passed else "no"),
        "statistic": _rounded(expectation.statistic),
        "threshold": _rounded(expectation.threshold),
        "unexpected": expectation.unexpected_count,
        "failing values": ", ".join(expectation.failing_values),
        "judged": "" if expectation.element_count is None else expectation.element_count,
        "expectation": expectation.expectation,
        "note": expectation.note,
    }


def _rounded(number: float | None) -> str | float:
    return "" if number is None else round(number, 6)
