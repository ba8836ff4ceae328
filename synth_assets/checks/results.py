"""Great Expectations' answers as our results: one an expectation, then one a check."""

from collections.abc import Iterable, Mapping
from typing import Any

from synth_assets.checks.model import MAX_FAILING_VALUE_LENGTH, MAX_FAILING_VALUES, CheckResult, CheckSpec, ExpectationResult
from synth_assets.checks.sql_rules import DATA_ERRORS
from synth_assets.checks.suite import Question
from synth_assets.errors import CheckError, Diagnostic


def expectation_result(question: Question, answer: Any, wrong_types: Mapping[str, str]) -> ExpectationResult:
    """Return the result of one question.

    Args:
        question: What was asked.
        answer: The `ExpectationValidationResult`.
        wrong_types: By column, what it holds instead of its type: an answer that failed on one of these is the data's fault.

    Raises:
        CheckError: The expectation raised, and no column of it is to blame.
    """
    about = {"expectation": answer.expectation_config.type, "subject": question.subject, "columns": question.columns}
    if reason := _raised(answer):
        return ExpectationResult(**about, passed=False, note=_blame(question, reason, wrong_types))
    found = answer.result
    values = tuple(as_failing_value(v) for v in (found.get("partial_unexpected_list") or ())[:MAX_FAILING_VALUES])
    return ExpectationResult(
        **about,
        passed=bool(answer.success),
        element_count=found.get("element_count"),
        unexpected_count=int(found.get("unexpected_count") or 0),
        failing_values=values or _observed_columns(question, answer),
        statistic=_statistic(question, found.get("observed_value")),
        threshold=question.threshold,
        note=question.note,
    )


def _blame(question: Question, reason: str, wrong_types: Mapping[str, str]) -> str:
    """Return what about the data made an expectation raise. Raises CheckError when it was not the data."""
    if blamed := [wrong_types[name] for name in question.columns if name in wrong_types]:
        return "; ".join(blamed)
    if reason.startswith(DATA_ERRORS):
        return f"a value cannot be evaluated: {reason.splitlines()[0][:300]}"
    message = "the expectation could not be evaluated"
    problem = Diagnostic(code="CHK103", where=question.subject, message=message, found=reason[:500])
    raise CheckError(f"check '{question.check}' could not be run", [problem])


def check_result(spec: CheckSpec, results: Iterable[ExpectationResult], row_count: int) -> CheckResult:
    """Return the result of a check from those of its expectations."""
    expectations = tuple(results)
    failed = [e for e in expectations if e.passed is False]
    nearest = max((e for e in expectations if e.statistic is not None), key=_nearness, default=None)
    return CheckResult(
        name=spec.name,
        table=spec.table,
        passed=not failed,
        severity=spec.severity,
        blocking=spec.blocking,
        element_count=row_count,
        unexpected_count=sum(e.unexpected_count for e in expectations),
        failing_values=tuple(v for e in failed for v in e.failing_values)[:MAX_FAILING_VALUES],
        statistic=nearest.statistic if nearest else None,
        threshold=nearest.threshold if nearest else None,
        expectations=expectations,
        note=_note(expectations),
    )


def as_failing_value(value: Any) -> str:
    """Return a value as text of at most 200 characters; a row becomes `a=1, b=NULL`, a row of one column its value."""
    if isinstance(value, dict):
        pairs = [(name, _text(v)) for name, v in value.items()]
        text = pairs[0][1] if len(pairs) == 1 else ", ".join(f"{name}={v}" for name, v in pairs)
    else:
        text = _text(value)
    return text if len(text) <= MAX_FAILING_VALUE_LENGTH else text[: MAX_FAILING_VALUE_LENGTH - 1] + "…"


def _text(value: Any) -> str:
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return "NULL"
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _raised(answer: Any) -> str:
    """Return what the expectation raised, or an empty string; the record is flat or keyed by metric."""
    info = answer.exception_info or {}
    for record in (info, *(v for v in info.values() if isinstance(v, dict))):
        if record.get("raised_exception"):
            return str(record.get("exception_message") or "no message")
    return ""


def _observed_columns(question: Question, answer: Any) -> tuple[str, ...]:
    """Return the columns out of place, for the expectation that compares column lists."""
    details = answer.result.get("details") or {}
    places = [f"expected {_name(m['Expected'])}, found {_name(m['Found'])}" for m in details.get("mismatched", ())]
    return tuple(as_failing_value(p) for p in places[:MAX_FAILING_VALUES]) if question.check == "columns_and_types" else ()


def _name(column: Any) -> str:
    return "nothing" if column is None else f"'{column}'"


def _statistic(question: Question, observed: Any) -> float | None:
    if question.threshold is None or observed is None:
        return None
    return float(observed) if question.expected is None else abs(float(observed) - question.expected)


def _nearness(result: ExpectationResult) -> tuple[bool, float]:
    statistic, threshold = result.statistic or 0.0, result.threshold or 0.0
    return result.passed is False, statistic / threshold if threshold else statistic


def _note(expectations: Iterable[ExpectationResult]) -> str:
    failed = [f"{e.subject}: {e.note}" for e in expectations if e.passed is False and e.note]
    skipped = [f"{e.subject} ({e.note})" for e in expectations if e.passed is None]
    said = [f"{e.subject}: {e.note}" for e in expectations if e.passed and e.note]
    return "; ".join([*failed, *(["not judged: " + ", ".join(skipped)] if skipped else []), *said])
