"""Expectations that Great Expectations does not have: keys and CHECKs over rows, distances between distributions.

Imported only when checks run: loading Great Expectations takes seconds. Importing this module adds the
expectations and their metrics to its registry.
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnAggregateExpectation, ColumnMapExpectation, MulticolumnMapExpectation
from great_expectations.expectations.metrics.column_aggregate_metric_provider import ColumnAggregateMetricProvider, column_aggregate_value
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import column_condition_partial
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import ColumnMapMetricProvider
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import multicolumn_condition_partial
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import MulticolumnMapMetricProvider

from synth_assets.checks.registry import held

_METADATA = {"tags": ["synth_assets"], "contributors": [], "maturity": "production"}


class ColumnMeetsRule(ColumnMapMetricProvider):
    """One flag a row: True where the row, seen through one column, does not break the held rule (a function of the rows)."""

    condition_metric_name = "column_values.meet_rule"
    condition_value_keys = ("rule",)
    filter_column_isnull = False  # the rule decides which rows a NULL exempts

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, rule: str, **kwargs: Any) -> pd.Series:  # noqa: ARG002, N805
        return _meets(rule, column.to_frame())


class ColumnsMeetRule(MulticolumnMapMetricProvider):
    """The same seen through two columns or more: the engine refuses a list of one."""

    condition_metric_name = "multicolumn_values.meet_rule"
    condition_domain_keys = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")
    condition_value_keys = ("rule",)

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, rule: str, **kwargs: Any) -> pd.Series:  # noqa: ARG002, N805
        return _meets(rule, column_list)


def _meets(rule: str, frame: pd.DataFrame) -> pd.Series:
    broken = held(rule)(pa.Table.from_pandas(frame, preserve_index=False))
    return pd.Series(~broken, index=frame.index)


class _ColumnRule(ColumnMapExpectation):
    """Every row meets the rule held under token `rule`, which reads one column."""

    rule: str
    map_metric: ClassVar[str] = "column_values.meet_rule"
    success_keys: ClassVar[tuple[str, ...]] = ("rule", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "rule")
    library_metadata: ClassVar[dict[str, Any]] = _METADATA


class _ColumnsRule(MulticolumnMapExpectation):
    """Every row meets the rule held under token `rule`, which reads two columns or more."""

    rule: str
    ignore_row_if: Literal["all_values_are_missing", "any_value_is_missing", "never"] = "never"
    map_metric: ClassVar[str] = "multicolumn_values.meet_rule"
    success_keys: ClassVar[tuple[str, ...]] = ("rule", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column_list", "rule")
    library_metadata: ClassVar[dict[str, Any]] = _METADATA


class ExpectColumnValuesToReferenceParentKey(_ColumnRule):
    """Every value but NULL exists in the parent table."""


class ExpectColumnsToReferenceParentKey(_ColumnsRule):
    """Every key without NULL exists in the parent table."""


class ExpectColumnValuesToFormUniqueKey(_ColumnRule):
    """No value repeats, with SQL's treatment of NULL, predicates and expressions."""


class ExpectColumnsToFormUniqueKey(_ColumnsRule):
    """No key repeats, with SQL's treatment of NULL, predicates and expressions."""


class ExpectColumnValuesToMeetCheckConstraint(_ColumnRule):
    """No value makes the CHECK false."""


class ExpectColumnsToMeetCheckConstraint(_ColumnsRule):
    """No row makes the CHECK false."""


RULES_BY_CHECK: dict[str, tuple[type[Any], type[Any]]] = {
    "primary_key": (ExpectColumnValuesToFormUniqueKey, ExpectColumnsToFormUniqueKey),
    "unique": (ExpectColumnValuesToFormUniqueKey, ExpectColumnsToFormUniqueKey),
    "foreign_keys": (ExpectColumnValuesToReferenceParentKey, ExpectColumnsToReferenceParentKey),
    "check_constraints": (ExpectColumnValuesToMeetCheckConstraint, ExpectColumnsToMeetCheckConstraint),
    "lengths": (ExpectColumnValuesToMeetCheckConstraint, ExpectColumnsToMeetCheckConstraint),
}
"""The expectation each check asks a row rule with: over one column, over several."""


class ColumnDistance(ColumnAggregateMetricProvider):
    """Distance of a column's non-NULL values from the held reference distribution, in [0, 1]; None without values."""

    metric_name = "column.distance_from_reference"
    value_keys = ("reference",)

    @column_aggregate_value(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, reference: str, **kwargs: Any) -> float | None:  # noqa: ARG002, N805
        values = pa.Array.from_pandas(column)
        values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        values = values.drop_null()
        return float(np.float64(held(reference).distance(values))) if len(values) else None


class _DistanceExpectation(ColumnAggregateExpectation):
    """The distance from the reference held under token `reference` is at most `max_distance`."""

    reference: str
    max_distance: float
    metric_dependencies: ClassVar[tuple[str, ...]] = ("column.distance_from_reference",)
    success_keys: ClassVar[tuple[str, ...]] = ("reference", "max_distance")
    library_metadata: ClassVar[dict[str, Any]] = _METADATA

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: Any = None,  # noqa: ARG002  (the base calls by these names)
        execution_engine: Any = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        distance = metrics["column.distance_from_reference"]
        return {"success": distance is None or distance <= self.max_distance, "result": {"observed_value": distance}}


class ExpectColumnKolmogorovSmirnovDistanceToBeAtMost(_DistanceExpectation):
    """The largest gap between the column's distribution function and the planned one is small."""


class ExpectColumnTotalVariationDistanceToBeAtMost(_DistanceExpectation):
    """Half the sum of the gaps between the shares of categories and the planned ones is small."""
