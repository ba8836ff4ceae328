"""What a check is before it is run, and what it says afterwards."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from synth_assets.errors import Severity

CheckKind = Literal[
    "columns_and_types",
    "row_count",
    "not_null",
    "primary_key",
    "unique",
    "foreign_keys",
    "check_constraints",
    "lengths",
    "value_sets",
    "distributions",
]

MAX_FAILING_VALUES = 5
MAX_FAILING_VALUE_LENGTH = 200


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckSpec(_Model):
    """One named check of one table.

    Attributes:
        name: Letters, digits and underscores; stable, equal to `kind`: a table has one check of each kind.
        table: The table's key.
        kind: What is judged.
        blocking: Failing stops whatever is built on the table.
        severity: ERROR where rows break the schema, WARNING where they differ from the plan's distributions.
        description: One sentence for people.
        columns: The columns it reads, in schema order; empty where it reads the table as a whole.
    """

    name: str
    table: str
    kind: CheckKind
    blocking: bool
    severity: Severity
    description: str
    columns: tuple[str, ...] = ()


class ExpectationResult(_Model):
    """The verdict on one expectation, such as one foreign key or one column's lengths.

    Attributes:
        expectation: Its type in snake case, such as `expect_column_values_to_not_be_null`.
        subject: What it judges in the DDL's words: a column, a constraint's label.
        columns: The columns it reads.
        passed: True or False; None where it was not judged, and `note` says why.
        element_count: Rows (or values) judged; None for whole-table expectations.
        unexpected_count: How many of them break it.
        failing_values: Up to five of those, as text of at most 200 characters.
        statistic: Distance from the reference, in [0, 1]; None where no distribution is compared.
        threshold: The largest distance that passes.
        note: What else there is to say; empty when nothing.
    """

    expectation: str
    subject: str
    columns: tuple[str, ...] = ()
    passed: bool | None
    element_count: int | None = None
    unexpected_count: int = 0
    failing_values: tuple[str, ...] = ()
    statistic: float | None = None
    threshold: float | None = None
    note: str = ""


class CheckResult(_Model):
    """The verdict of one check: it passes when no expectation of it fails.

    Attributes:
        name, table, severity, blocking: As in its `CheckSpec`.
        passed: No expectation failed. Expectations that were not judged do not count, and are named in `note`.
        element_count: Rows of the table.
        unexpected_count: Sum over the expectations.
        failing_values: Up to five, from the failing expectations in order.
        statistic, threshold: Of the expectation nearest to failing (or farthest beyond); None without distributions.
        expectations: Every expectation of the check.
        note: Sentences on failures that values do not show, and on what was not judged.
    """

    name: str
    table: str
    passed: bool
    severity: Severity
    blocking: bool
    element_count: int
    unexpected_count: int
    failing_values: tuple[str, ...] = ()
    statistic: float | None = None
    threshold: float | None = None
    expectations: tuple[ExpectationResult, ...] = ()
    note: str = ""
