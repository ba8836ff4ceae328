"""What is certain of a condition on one text column, judged by the texts that its strategy can write."""

from functools import lru_cache

from synth_assets.plan.certainty import NOT_NULL, Situation, decided_strategy, describe
from synth_assets.plan.languages import Language, UnreadablePatternError, language_of, texts_of
from synth_assets.plan.shapes import Neighbours, lengths_of
from synth_assets.plan.strategies import Strategy
from synth_assets.schema.expressions import (
    ColumnRef,
    Comparison,
    Expression,
    InList,
    IsNull,
    Literal,
    Match,
    Or,
    columns_of,
    walk_expression,
)
from synth_assets.schema.types import TextType


def text_verdicts(expression: Expression, case: Situation) -> frozenset[bool | None] | None:
    """Return the truth values of a condition on one text column, or None where texts do not decide it.

    None stands for SQL's UNKNOWN among the values.
    """
    if not isinstance(expression, Match | Comparison | InList | Or):
        return None
    columns = columns_of(expression)
    if len(columns) != 1 or any(isinstance(e, IsNull) for e in walk_expression(expression)):
        return None
    logical = case.table.column(columns[0]).type
    if not isinstance(logical, TextType) or columns[0] not in case.plan.columns_by_name:
        return None
    known = describe(case, columns[0])
    if known.null:
        return frozenset({None})
    fact = case.facts.get(columns[0], NOT_NULL)
    verdicts = _of_column(expression, columns[0], logical, fact, case)
    if verdicts is None or len(verdicts) != 1:
        return None
    return frozenset(verdicts) if known.null is False else frozenset({*verdicts, None})


def _of_column(expression: Expression, name: str, logical: TextType, fact: str | None, case: Situation) -> frozenset[bool] | None:
    if fact is not None and fact != NOT_NULL:
        language = language_of_check(expression, name, one_character=logical.max_length == 1)
        return None if language is None else _of_text(language, fact)
    plan, strategy = case.plan.columns_by_name[name], decided_strategy(case, name)
    return verdicts_of(expression, name, strategy, logical.max_length, case.locale, plan.unique)


def _of_text(language: Language, text: str) -> frozenset[bool] | None:
    try:
        return frozenset({language.holds(text)})
    except UnreadablePatternError:
        return None


@lru_cache(maxsize=8192)
def language_of_check(expression: Expression, name: str, *, one_character: bool = False) -> Language | None:
    """Return what a condition says of a column's texts; see `languages.language_of`."""
    return language_of(expression, name, one_character=one_character)


@lru_cache(maxsize=8192)
def verdicts_of(
    expression: Expression, name: str, strategy: Strategy, limit: int | None, locale: str, unique: bool
) -> frozenset[bool] | None:
    """Return whether the texts of a strategy meet a condition: always, never or both; None where nobody can say.

    Args:
        limit: Characters the column holds; longer texts are cut by the engine, so nothing is said about those.
    """
    language = language_of_check(expression, name, one_character=limit == 1)
    if language is None:
        return None
    try:
        lengths = lengths_of(strategy, Neighbours(locale))
    except ValueError:
        return None
    texts = texts_of(strategy, locale, unique=unique)
    if texts is None or lengths is None or (limit is not None and (lengths.longest is None or lengths.longest > limit)):
        return None
    return language.verdicts(texts)


def may_write(case: Situation, name: str, text: str) -> bool:
    """Tell whether a text column may hold a text in a case: False only where none of its strategy's texts is that one."""
    logical = case.table.column(name).type
    if not isinstance(logical, TextType):
        return True
    plan = case.plan.columns_by_name[name]
    equality = Comparison(operator="=", left=ColumnRef(name=name), right=Literal(type="text", text=text))
    return verdicts_of(equality, name, decided_strategy(case, name), logical.max_length, case.locale, plan.unique) != frozenset({False})
