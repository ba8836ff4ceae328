"""The expectations of a table: from schema and plan to Great Expectations, grouped by check.

Imported only when checks run. What cannot be asked of these rows (a missing column) or at all (a CHECK
DuckDB does not understand) gets its verdict here, so that the suite holds answerable questions only.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa
from great_expectations.expectations.core.expect_column_proportion_of_non_null_values_to_be_between import (
    ExpectColumnProportionOfNonNullValuesToBeBetween,
)
from great_expectations.expectations.core.expect_column_value_lengths_to_be_between import ExpectColumnValueLengthsToBeBetween
from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_column_values_to_be_json_parseable import ExpectColumnValuesToBeJsonParseable
from great_expectations.expectations.core.expect_column_values_to_match_regex import ExpectColumnValuesToMatchRegex
from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
from great_expectations.expectations.core.expect_table_columns_to_match_ordered_list import ExpectTableColumnsToMatchOrderedList
from great_expectations.expectations.core.expect_table_row_count_to_equal import ExpectTableRowCountToEqual
from numpy.typing import NDArray

from synth_assets.checks.arrow_types import is_number, is_same_type
from synth_assets.checks.build import extra_unique_constraints, max_length, not_null_columns, unique_label
from synth_assets.checks.distances import CategoryReference, fraction_threshold
from synth_assets.checks.exclusion_rules import columns_of_exclusion, exclusion_rule
from synth_assets.checks.expectations import (
    RULES_BY_CHECK,
    ExpectColumnKolmogorovSmirnovDistanceToBeAtMost,
    ExpectColumnTotalVariationDistanceToBeAtMost,
)
from synth_assets.checks.model import MAX_FAILING_VALUES, CheckKind, ExpectationResult
from synth_assets.checks.reference import NotCompared, null_fraction_of, reference_of
from synth_assets.checks.registry import Registration
from synth_assets.checks.sql_rules import (
    CheckRule,
    ForeignKeyRule,
    RowRule,
    SqlJudge,
    UniqueRule,
    compared,
    quote,
    standard_quotes,
)
from synth_assets.plan.model import Plan
from synth_assets.schema.arrow import arrow_schema
from synth_assets.schema.clock import pin_today
from synth_assets.schema.model import CheckConstraint, ForeignKey, Schema, Table, UniqueConstraint
from synth_assets.schema.types import BinaryType, EnumType, IntegerType, JsonType, TextType, UuidType

LoadParent = Callable[[str, tuple[str, ...]], pa.Table]

UUID_PATTERN = r"^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$"

MEDIUMINT_BITS = 24
"""Held in 32 bits by Arrow, so the type alone does not bound it."""


@dataclass(frozen=True)
class Question:
    """One expectation to ask, and what its verdict belongs to.

    Attributes:
        check: The check it is part of.
        subject: What it judges, in the DDL's words.
        columns: The columns it reads.
        expectation: The Great Expectations object.
        note: Said with the verdict, whatever that is.
        expected: The planned share the observed one is compared with; None where the observed value is the statistic.
        threshold: The largest statistic that passes; None where no distribution is compared.
    """

    check: CheckKind
    subject: str
    columns: tuple[str, ...]
    expectation: Any
    note: str = ""
    expected: float | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class Verdict:
    """A result that needs no asking."""

    check: CheckKind
    result: ExpectationResult


Item = Question | Verdict


@dataclass
class SuiteBuilder:
    """Makes the questions about one table's rows; parents are loaded once each, as their keys are first needed."""

    schema: Schema
    plan: Plan
    table: Table
    given: pa.Table
    load_parent: LoadParent
    register: Registration
    judge: SqlJudge
    _parents: dict[str, pa.Table] = field(default_factory=dict, init=False)

    @cached_property
    def expected(self) -> pa.Schema:
        """The Arrow schema the rows should have."""
        return arrow_schema(self.table)

    def items(self, kinds: frozenset[str]) -> list[Item]:
        """Return the questions and ready verdicts of the checks named, in the order of their makers.

        Raises:
            KeyError: If a check named has no maker: asked nothing, it would pass.
        """
        makers: dict[str, Callable[[], Iterator[Item]]] = {
            "columns_and_types": self._columns_and_types,
            "row_count": self._row_count,
            "not_null": self._not_null,
            "primary_key": self._primary_key,
            "unique": self._unique,
            "foreign_keys": self._foreign_keys,
            "check_constraints": self._check_constraints,
            "lengths": self._lengths,
            "value_sets": self._value_sets,
            "distributions": self._distributions,
        }
        if unmade := kinds - makers.keys():
            raise KeyError(f"no maker of questions for {', '.join(sorted(unmade))}")
        return [item for kind, make in makers.items() if kind in kinds for item in make()]

    @cached_property
    def rows(self) -> pa.Table:
        """The rows given, with the first column of every name: a frame cannot hold two of one name."""
        names = self.given.column_names
        return self.given.select([names.index(name) for name in dict.fromkeys(names)])

    @cached_property
    def wrong_types(self) -> dict[str, str]:
        """What each present column of another type than the schema's holds instead, by column."""
        found = {}
        for name in self.table.columns_by_name:
            if name in self.rows.column_names and name in self.expected.names:
                actual, expected = self.rows.schema.field(name).type, self.expected.field(name).type
                if not is_same_type(actual, expected):
                    found[name] = f"column '{name}' holds {actual}, not {expected}"
        return found

    def _columns_and_types(self) -> Iterator[Item]:
        names = self.expected.names
        yield Question("columns_and_types", "columns", tuple(names), ExpectTableColumnsToMatchOrderedList(column_list=names))
        yield Verdict("columns_and_types", self._judge_types())
        if repeated := tuple(n for n, times in Counter(self.given.column_names).items() if times > 1):
            yield Verdict("columns_and_types", _repeated(repeated))
        for column in self.table.stored_columns:
            name, where = column.name, (column.name,)
            match column.type:
                case UuidType():
                    yield self._ask("columns_and_types", name, where, ExpectColumnValuesToMatchRegex, column=name, regex=UUID_PATTERN)
                case JsonType():
                    yield self._ask("columns_and_types", name, where, ExpectColumnValuesToBeJsonParseable, column=name)
                case IntegerType(bits=bits, low=low, high=high) if bits == MEDIUMINT_BITS:
                    bounds = {"min_value": low, "max_value": high}
                    yield self._ask("columns_and_types", name, where, ExpectColumnValuesToBeBetween, column=name, **bounds)

    def _judge_types(self) -> ExpectationResult:
        """Judge the types on Arrow's own schema: in pandas some of them have no name of their own."""
        present = tuple(n for n in self.expected.names if n in self.rows.column_names)
        return ExpectationResult(
            expectation="expect_column_types_to_match_arrow_schema",
            subject="types",
            columns=present,
            passed=not self.wrong_types,
            element_count=len(present),
            unexpected_count=len(self.wrong_types),
            failing_values=tuple(f"{n}: {self.rows.schema.field(n).type}" for n in self.wrong_types)[:MAX_FAILING_VALUES],
            note="; ".join(self.wrong_types.values()),
        )

    def _row_count(self) -> Iterator[Item]:
        planned = self.plan.table(self.table.key).row_count
        note = "" if self.rows.num_rows == planned else f"{self.rows.num_rows} rows instead of {planned}"
        yield Question("row_count", "rows", (), ExpectTableRowCountToEqual(value=planned), note)

    def _not_null(self) -> Iterator[Item]:
        for name in not_null_columns(self.table):
            yield self._ask("not_null", name, (name,), ExpectColumnValuesToNotBeNull, column=name)

    def _primary_key(self) -> Iterator[Item]:
        key = self.table.primary_key
        if key is None:
            return
        for name in key.columns:
            yield self._ask("primary_key", name, (name,), ExpectColumnValuesToNotBeNull, column=name)
        label = key.name or f"PRIMARY KEY ({', '.join(key.columns)})"
        yield self._ask_rule("primary_key", label, key.columns, UniqueRule(self._compared(key.columns)))

    def _unique(self) -> Iterator[Item]:
        for unique in extra_unique_constraints(self.table):
            expressions = (*unique.expressions, unique.predicate or "")
            columns = tuple(dict.fromkeys((*unique.columns, *self._named_in(expressions))))
            rule = self._unique_rule(unique)
            yield self._ask_rule("unique", unique_label(unique), columns, rule)
        for exclusion in self.table.exclusions:
            texts = (*exclusion.expressions, exclusion.predicate or "")
            columns = tuple(dict.fromkeys((*columns_of_exclusion(exclusion), *self._named_in(texts))))
            apart = exclusion_rule(self.table, exclusion, self.schema.dialect)
            if apart is None:
                note = "spans of its type have no order here"
                yield self._ready("unique", exclusion.label, columns, _rule_kind("unique", columns), passed=None, note=note)
            else:
                yield self._ask_rule("unique", exclusion.label, columns, apart)

    def _unique_rule(self, unique: UniqueConstraint) -> UniqueRule:
        expressions = tuple(standard_quotes(e, self.schema.dialect) for e in unique.expressions)
        predicate = None if unique.predicate is None else standard_quotes(unique.predicate, self.schema.dialect)
        keys, keeps_empty = (*self._compared(unique.columns), *expressions), self.schema.dialect == "oracle"
        return UniqueRule(keys, predicate, unique.nulls_distinct, keeps_empty)

    def _compared(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Return the columns as the database compares them: a key is unique as its collations see it."""
        return tuple(compared(name, self.table.column(name).collation) for name in columns)

    def _foreign_keys(self) -> Iterator[Item]:
        for key in self.table.foreign_keys:
            missing = [name for name in key.parent_columns if name not in self._parent(key.parent_table).column_names]
            if missing:
                note = f"the parent '{key.parent_table}' has no column {', '.join(repr(n) for n in missing)}"
                kind = _rule_kind("foreign_keys", key.columns)
                yield self._ready("foreign_keys", key.label, key.columns, kind, passed=False, note=note)
            elif absent := self._missing("foreign_keys", key.label, key.columns, _rule_kind("foreign_keys", key.columns)):
                yield absent
            else:
                rule = self._foreign_key_rule(key)
                yield self._ask_rule("foreign_keys", key.label, key.columns, rule)

        for missing_parent in self.table.missing_parents:
            note = f"the DDL does not declare the table '{missing_parent.parent_table}', so whether its rows exist was not judged"
            kind = _rule_kind("foreign_keys", missing_parent.columns)
            yield self._ready("foreign_keys", missing_parent.label, missing_parent.columns, kind, passed=None, note=note)

    def _foreign_key_rule(self, key: ForeignKey) -> ForeignKeyRule:
        parent = self._parent(key.parent_table)
        types = [
            (self.rows.schema.field(child).type, parent.schema.field(own).type)
            for child, own in zip(key.columns, key.parent_columns, strict=True)
        ]
        unlike = tuple(child != own and not (is_number(child) and is_number(own)) for child, own in types)
        return ForeignKeyRule(key.columns, parent, key.parent_columns, unlike)

    def _parent(self, key: str) -> pa.Table:
        if key == self.table.key:
            return self.rows
        if key not in self._parents:
            wanted = [name for fk in self.table.foreign_keys if fk.parent_table == key for name in fk.parent_columns]
            self._parents[key] = self.load_parent(key, tuple(dict.fromkeys(wanted)))
        return self._parents[key]

    def _check_constraints(self) -> Iterator[Item]:
        for check in self.table.checks:
            yield self._check_constraint(check)

    def _check_constraint(self, check: CheckConstraint) -> Item:
        if check.duckdb_sql is None:
            note = "it has no form that DuckDB understands"
            return self._ready(
                "check_constraints", check.label, check.columns, _rule_kind("check_constraints", check.columns), passed=None, note=note
            )
        rule = CheckRule(pin_today(check.duckdb_sql, self.plan.as_of))
        # A CHECK of no column still needs a frame with rows to be judged on.
        columns = check.columns or tuple(self.expected.names[:1])
        return self._ask_rule("check_constraints", check.label, columns, rule)

    def _lengths(self) -> Iterator[Item]:
        for column in self.table.stored_columns:
            name, limit = column.name, max_length(column)
            if limit is None:
                continue
            if isinstance(column.type, BinaryType):
                # Great Expectations measures text: bytes that are no UTF-8 stop it.
                rule = CheckRule(f"octet_length({quote(name)}) <= {limit}")
                yield self._ask_rule("lengths", f"{name}: at most {limit} bytes", (name,), rule)
            elif isinstance(column.type, TextType) and column.type.in_bytes:
                yield self._ask_rule("lengths", f"{name}: at most {limit} bytes", (name,), CheckRule(f"strlen({quote(name)}) <= {limit}"))
            else:
                bound, kind = {"column": name, "max_value": limit}, ExpectColumnValueLengthsToBeBetween
                yield self._ask("lengths", f"{name}: at most {limit} characters", (name,), kind, **bound)

    def _value_sets(self) -> Iterator[Item]:
        for column in self.table.stored_columns:
            if isinstance(column.type, EnumType):
                values = list(column.type.values)
                yield self._ask(
                    "value_sets", column.name, (column.name,), ExpectColumnValuesToBeInSet, column=column.name, value_set=values
                )

    def _distributions(self) -> Iterator[Item]:
        for column in self.table.stored_columns:
            yield self._distribution(column.name)
            if column.nullable:
                yield self._null_fraction(column.name)

    def _distribution(self, name: str) -> Item:
        reference = reference_of(self.plan, self.table, name)
        categories = isinstance(reference, CategoryReference)
        kind = ExpectColumnTotalVariationDistanceToBeAtMost if categories else ExpectColumnKolmogorovSmirnovDistanceToBeAtMost
        if isinstance(reference, NotCompared):
            return self._ready("distributions", name, (name,), kind, passed=None, note=reference.reason)
        if reason := self._not_comparable(name):
            return self._ready("distributions", name, (name,), kind, passed=None, note=reason)
        count = self.rows.num_rows - self.rows.column(name).null_count
        if count == 0:
            return self._ready("distributions", name, (name,), kind, passed=None, note="there are no values")
        limit = reference.threshold(count)
        expectation = kind(column=name, reference=self.register.hold(reference), max_distance=limit)
        note = "too few rows: any distribution would pass" if limit >= 1 else ""
        return Question("distributions", name, (name,), expectation, note, threshold=limit)

    def _null_fraction(self, name: str) -> Item:
        kind, subject = ExpectColumnProportionOfNonNullValuesToBeBetween, f"NULLs of {name}"
        fraction = null_fraction_of(self.plan, self.table, name)
        if isinstance(fraction, NotCompared):
            return self._ready("distributions", subject, (name,), kind, passed=None, note=fraction.reason)
        if name not in self.rows.column_names or not self.rows.num_rows:
            note = "there are no values" if name in self.rows.column_names else f"column '{name}' is missing"
            return self._ready("distributions", subject, (name,), kind, passed=None, note=note)
        limit = fraction_threshold(fraction, self.rows.num_rows)
        low, high = max(0.0, 1 - fraction - limit), min(1.0, 1 - fraction + limit)
        return Question(
            "distributions", subject, (name,), kind(column=name, min_value=low, max_value=high), expected=1 - fraction, threshold=limit
        )

    def _not_comparable(self, name: str) -> str:
        """A column that is missing or of another type fails `columns_and_types`; its distribution says nothing more."""
        return f"column '{name}' is missing" if name not in self.rows.column_names else self.wrong_types.get(name, "")

    def _ask(self, check: CheckKind, subject: str, columns: tuple[str, ...], kind: type[Any], **arguments: Any) -> Item:
        absent = self._missing(check, subject, columns, kind)
        return absent or Question(check, subject, columns, kind(**arguments))

    def _ask_rule(self, check: CheckKind, subject: str, columns: tuple[str, ...], rule: RowRule) -> Item:
        """Ask a rule, unless a column is missing, is not stored, or DuckDB cannot read the rule."""
        kind = _rule_kind(check, columns)
        computed = [name for name in columns if name not in self.expected.names]
        if computed:
            note = f"it reads {', '.join(repr(n) for n in computed)}, which the database computes"
            return self._ready(check, subject, columns, kind, passed=None, note=note)
        if absent := self._missing(check, subject, columns, kind):
            return absent
        if reason := self.judge.why_not_judgeable(rule, pa.schema([self.expected.field(n) for n in columns])):
            return self._ready(check, subject, columns, kind, passed=None, note=f"DuckDB cannot read it: {reason}")
        domain: dict[str, Any] = {"column": columns[0]} if len(columns) == 1 else {"column_list": list(columns)}
        return Question(check, subject, columns, kind(**domain, rule=self.register.hold(partial(self._find_violations, rule))))

    def _find_violations(self, rule: RowRule, frame_rows: pa.Table) -> NDArray[np.bool_]:
        """Judge a rule on rows of the frame, with the zones that timestamps lost on their way into it."""
        zoned = {f.name: f.type for f in self.rows.schema if pa.types.is_timestamp(f.type)}
        typed = pa.schema([f.with_type(zoned.get(f.name, f.type)) for f in frame_rows.schema])
        return self.judge.find_violations(rule, frame_rows.cast(typed))

    def _missing(self, check: CheckKind, subject: str, columns: tuple[str, ...], kind: type[Any]) -> Verdict | None:
        absent = [n for n in columns if n in self.expected.names and n not in self.rows.column_names]
        note = f"column {', '.join(repr(n) for n in absent)} is missing"
        return self._ready(check, subject, columns, kind, passed=False, note=note) if absent else None

    def _ready(
        self, check: CheckKind, subject: str, columns: tuple[str, ...], kind: type[Any], *, passed: bool | None, note: str
    ) -> Verdict:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
        return Verdict(check, ExpectationResult(expectation=name, subject=subject, columns=columns, passed=passed, note=note))

    def _named_in(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """Return the table's columns whose names appear in SQL texts; letter case does not matter."""
        words = {word.casefold() for text in texts for word in re.findall(r"\w+", text)}
        return tuple(c.name for c in self.table.columns if c.name.casefold() in words or any(c.name in t for t in texts if " " in c.name))


def _repeated(names: tuple[str, ...]) -> ExpectationResult:
    return ExpectationResult(
        expectation="expect_column_names_to_be_distinct",
        subject="names",
        columns=names,
        passed=False,
        unexpected_count=len(names),
        failing_values=names[:MAX_FAILING_VALUES],
        note=f"{', '.join(repr(n) for n in names)} appears more than once; the first one is judged",
    )


def _rule_kind(check: CheckKind, columns: tuple[str, ...]) -> type[Any]:
    one, several = RULES_BY_CHECK[check]
    return one if len(columns) == 1 else several
