"""One column's answer: what it decides, or why it does not fit; one bad column never spoils the others."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from synth_assets.llm.plan_answers import ColumnAnswer, MisfitError, decide, find_column, read_answer, response_schema
from synth_assets.plan.distributions import Exponential, LogNormal, Normal, Power, Uniform
from synth_assets.plan.free_columns import Decision, free_columns, with_decisions
from synth_assets.plan.strategies import Categorical, Number, Template, Temporal
from synth_assets.plan.validation import validate_plan
from synth_assets_tests.llm.clinic import clinic, clinic_plan, free


def decided(table: str, column: str, **said: Any) -> tuple[Decision | None, str]:
    answer = ColumnAnswer.model_validate({"column": column, "reason": "because", **said})
    return decide(answer, free(table, column), clinic().table(table), "en_US")


def strategy_of(table: str, column: str, **said: Any) -> Any:
    decision, _ = decided(table, column, **said)
    assert decision is not None
    return decision.strategy


# Reading


def test_a_bad_column_is_passed_over_and_the_others_are_read() -> None:
    good = {"column": "cost", "kind": "number", "low": 1, "high": 2, "reason": "r", "more": "ignored"}
    read = read_answer({"columns": [{"column": "ward"}, good, {**good, "high": 99}, {**good, "column": "x", "null_fraction": 3}]})
    assert [(a.column, a.high) for a in read.columns] == [("cost", 2.0)]
    assert len(read.notes) == 2


@pytest.mark.parametrize("document", [None, [], "text", {}, {"columns": {}}, {"columns": [{"column": "ward"}]}])
def test_an_answer_of_another_form_is_asked_again(document: object) -> None:
    with pytest.raises(ValueError):
        read_answer(document)


def test_nothing_to_improve_is_an_answer() -> None:
    assert read_answer({"columns": []}).columns == ()


def test_the_schema_holds_no_nulls_and_little_else() -> None:
    text = str(response_schema())
    assert "anyOf" not in text
    assert "'ge'" not in text


@pytest.mark.parametrize(("said", "found"), [("Cost", "cost"), ("COST", "cost"), ('"cost"', "cost"), ("cost ", "cost"), ("price", None)])
def test_columns_are_found_whatever_their_letter_case(said: str, found: str | None) -> None:
    assert find_column(said, ["cost", "Ward", "ward"]) == found


def test_a_name_that_may_mean_two_columns_means_none() -> None:
    assert find_column("WARD", ["cost", "Ward", "ward"]) is None


# What fits


def test_values_keep_their_weights() -> None:
    strategy = strategy_of("visits", "status", kind="categorical", values=[{"value": "seen", "weight": 3}, {"value": "missed"}])
    assert strategy == Categorical(values=("seen", "missed"), weights=(0.75, 0.25))


@pytest.mark.parametrize(
    ("said", "distribution"),
    [
        ({}, Uniform()),
        ({"shape": "normal", "typical": 20}, Normal(mean=20, standard_deviation=15)),
        ({"shape": "normal", "typical": 500}, Normal(mean=55, standard_deviation=15)),
        ({"shape": "lognormal", "typical": 20}, LogNormal(median=20, sigma=0.7)),
        ({"shape": "lognormal"}, Power(exponent=2.0)),
        ({"shape": "exponential", "typical": 30}, Exponential(mean=20)),
        ({"shape": "rising"}, Power(exponent=0.5)),
    ],
)
def test_a_range_has_a_shape(said: dict[str, Any], distribution: object) -> None:
    strategy = strategy_of("visits", "waited_minutes", kind="number", low=9.5, high=100.4, **said)
    assert (strategy.low, strategy.high) == (10, 100)
    assert strategy.distribution == distribution


def test_a_range_has_the_digits_of_its_column() -> None:
    strategy = strategy_of("visits", "cost", kind="number", low=0.101, high=9.999)
    assert (str(strategy.low), str(strategy.high)) == ("0.11", "9.99")
    assert isinstance(strategy, Number)


def test_a_period_keeps_what_the_rules_say_of_its_order() -> None:
    before = free("clinics", "opened_on").plan.strategy
    strategy = strategy_of("clinics", "opened_on", kind="temporal", first_day="2015-03-01", shape="rising")
    assert isinstance(before, Temporal)
    assert strategy == before.model_copy(update={"low": strategy.low, "distribution": Power(exponent=0.5)})
    assert str(strategy.low) == "2015-03-01"


def test_a_template_may_name_a_column_that_always_holds_a_value() -> None:
    said = {"kind": "template", "templates": ["{vocabulary:noun|title} at {column:cost}", "{pattern:[A-Z]{2}}"]}
    assert isinstance(strategy_of("visits", "remark", **said), Template)


def test_only_the_share_of_null_changes() -> None:
    assert decided("visits", "ward", kind="keep", null_fraction=0.5) == (Decision(None, 0.5, "because"), "")
    assert decided("visits", "ward", kind="keep") == (None, "")


def test_what_the_rules_say_already_decides_nothing() -> None:
    plan = free("visits", "ward").plan
    assert decided("visits", "ward", kind="keep", null_fraction=plan.null_fraction) == (None, "")


def test_a_reason_is_one_short_line() -> None:
    decision, _ = decided("visits", "ward", kind="keep", null_fraction=0.5, reason="a\n\tb\x00 " + "c" * 400)
    assert decision is not None
    assert decision.reason.startswith("a b c")
    assert len(decision.reason) == 300


# What does not


@pytest.mark.parametrize(
    ("table", "column", "said", "told"),
    [
        ("visits", "status", {"kind": "number", "low": 1, "high": 2}, "does not suit"),
        ("visits", "cost", {"kind": "temporal", "first_day": "2020-01-01", "last_day": "2021-01-01"}, "does not suit"),
        ("visits", "waited_minutes", {"kind": "vocabulary", "vocabulary": "noun"}, "words do not suit"),
        ("visits", "cost", {"kind": "number", "low": 5, "high": 5}, "not below"),
        ("visits", "cost", {"kind": "number", "low": 5}, "no low or no high"),
        ("visits", "cost", {"kind": "number", "low": 5, "high": 1e300}, "beyond"),
        ("visits", "cost", {"kind": "categorical", "values": [{"value": "1.234"}, {"value": 2}]}, "more digits"),
        ("visits", "waited_minutes", {"kind": "categorical", "values": [{"value": "a lot"}, {"value": 2}]}, "no number"),
        ("visits", "is_urgent", {"kind": "categorical", "values": [{"value": "maybe"}, {"value": True}]}, "no truth value"),
        ("visits", "status", {"kind": "categorical", "values": [{"value": "seen"}]}, "1 values"),
        ("visits", "status", {"kind": "categorical", "values": [{"value": "seen", "weight": -1}]}, "no positive number"),
        ("visits", "status", {"kind": "categorical"}, "0 values"),
        ("visits", "ward", {"kind": "categorical", "values": [{"value": "x" * 13}, {"value": "y"}]}, "longer than"),
        ("visits", "ward", {"kind": "categorical", "values": [{"value": " "}, {"value": "y"}]}, "empty"),
        ("visits", "ward", {"kind": "categorical", "values": [{"value": "a\x00"}, {"value": "y"}]}, "control"),
        ("visits", "ward", {"kind": "vocabulary", "vocabulary": "job_title"}, "may be longer"),
        ("visits", "ward", {"kind": "vocabulary", "vocabulary": "secrets"}, "no word list"),
        ("visits", "remark", {"kind": "template", "templates": ["{vocabulary:noun"]}, "cannot be read"),
        ("visits", "remark", {"kind": "template", "templates": ["{column:ward}"]}, "always holds a value"),
        ("visits", "remark", {"kind": "template", "templates": ["{column:remark}"]}, "always holds a value"),
        ("visits", "remark", {"kind": "template", "templates": ["{subject}"]}, "{subject}"),
        ("visits", "remark", {"kind": "template", "templates": ["{vocabulary:nothing}"]}, "cannot be read"),
        ("visits", "remark", {"kind": "template", "templates": []}, "0 templates"),
        ("clinics", "opened_on", {"kind": "temporal", "last_day": "2040-01-01"}, "out of the ordinary"),
        ("clinics", "opened_on", {"kind": "temporal", "last_day": "2027-01-01"}, "leave no room"),
        ("clinics", "opened_on", {"kind": "temporal", "first_day": "soon"}, "no day"),
        ("clinics", "opened_on", {"kind": "temporal", "first_day": "2030-01-01", "last_day": "2020-01-01"}, "not before"),
    ],
)
def test_what_does_not_fit_is_told(table: str, column: str, said: dict[str, Any], told: str) -> None:
    with pytest.raises(MisfitError) as raised:
        decided(table, column, **said)
    assert told in str(raised.value)


def test_a_share_of_null_that_may_not_change_leaves_the_rest() -> None:
    decision, note = decided("visits", "cost", kind="number", low=1, high=2, null_fraction=0.5)
    assert decision is not None
    assert decision.null_fraction is None
    assert note == "its share of NULL stays, it is NOT NULL"


# Whatever is said


_ANSWERS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["categorical", "number", "temporal", "vocabulary", "template", "keep"]),
        "reason": st.text(max_size=20),
    },
    optional={
        "null_fraction": st.floats(0, 1),
        "values": st.lists(
            st.fixed_dictionaries({"value": st.text(max_size=8) | st.integers() | st.booleans(), "weight": st.floats(0, 1e6)}), max_size=5
        ),
        "low": st.floats(-1e12, 1e12),
        "high": st.floats(-1e12, 1e12),
        "typical": st.floats(-1e12, 1e12),
        "shape": st.sampled_from(["uniform", "normal", "lognormal", "exponential", "falling", "rising"]),
        "first_day": st.dates().map(str) | st.text(max_size=12),
        "last_day": st.dates().map(str),
        "vocabulary": st.sampled_from(["noun", "city", "sentences.review", "?"]),
        "templates": st.lists(st.text(max_size=12) | st.sampled_from(["{number:1-9}", "{column:cost}", "{pattern:[A-Z]{3}}"]), max_size=3),
    },
)


@given(_ANSWERS, st.sampled_from([(t, c) for t, columns in free_columns(clinic(), clinic_plan()).items() for c in columns]))
def test_whatever_is_said_of_a_column_is_refused_or_suits_its_type(said: dict[str, Any], cell: tuple[str, str]) -> None:
    table, column = cell
    try:
        decision, _ = decided(table, column, **said)
    except (MisfitError, ValidationError):
        return
    changed = with_decisions(clinic(), clinic_plan(), {cell: decision} if decision else {})
    wrong = [d for d in validate_plan(clinic(), changed) if d.is_error]
    # What depends on more than the column itself (its CHECKs, its type's range) is the whole plan's to judge: see test_ai_plan.
    assert {d.code for d in wrong} <= {"PLAN127", "PLAN126", "PLAN401", "PLAN123"}
