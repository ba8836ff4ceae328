"""One Great Expectations validation of one frame, without its noise. Imported only when checks run."""

import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

# Read by Great Expectations while it is imported, so it must be set before.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
import pandas as pd
import pyarrow as pa
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.exceptions.exceptions import GreatExpectationsError

from synth_assets.checks.model import MAX_FAILING_VALUES
from synth_assets.errors import CheckError, Diagnostic

_ORDINARY: tuple[Callable[[pa.DataType], bool], ...] = (
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_date,
    pa.types.is_time,
    pa.types.is_timestamp,
    pa.types.is_null,
    lambda kind: pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type),
)


def frame_of(rows: pa.Table) -> pd.DataFrame:
    """Return the rows as a DataFrame backed by Arrow: integers with NULLs, decimals and dates stay exact, nothing is copied.

    Timestamps with a zone become plain ones in UTC: hashing a frame turns every one of theirs into a
    Python object, 3.6 seconds a million. `SuiteBuilder` gives the zones back where SQL reads them.
    Types that no column of ours has (lists, durations, ...) become text: pandas or Great Expectations would raise.
    """
    for i, field in enumerate(rows.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is not None:
            rows = rows.set_column(i, field.name, rows.column(i).cast(pa.timestamp(field.type.unit)))
        elif not any(holds(field.type) for holds in _ORDINARY):
            texts = [None if value is None else str(value) for value in rows.column(i).to_pylist()]
            rows = rows.set_column(i, field.name, pa.array(texts, pa.string()))
    frame: pd.DataFrame = rows.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def validate_frame(name: str, frame: pd.DataFrame, expectations: Sequence[Any]) -> list[Any]:
    """Judge all expectations in one validation, which hashes the frame once.

    Returns:
        The `ExpectationValidationResult`s, in Great Expectations' order.

    Raises:
        CheckError: Great Expectations itself failed.
    """
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    try:
        # A context of its own for every run keeps concurrent runs apart.
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        batch = context.data_sources.add_pandas("memory").add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
        suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=list(expectations)))
        definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
        outcome = definition.run(
            batch_parameters={"dataframe": frame},
            result_format={"result_format": "BASIC", "partial_unexpected_count": MAX_FAILING_VALUES},
        )
    except GreatExpectationsError as error:
        problem = Diagnostic(code="CHK102", where=name, message="great expectations could not run the checks", found=str(error)[:500])
        raise CheckError(f"the checks of '{name}' could not be run", [problem]) from error
    return list(outcome.results)
