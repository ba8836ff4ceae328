"""Columns of one person or one thing that must agree: names with gender, reviews with ratings, dishes with categories."""

from decimal import Decimal

from synth_assets.plan.distributions import LogNormal
from synth_assets.plan.rules.categories import key_of
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.prose import review_topic
from synth_assets.plan.strategies import Branch, Case, Categorical, Number, Strategy, Text, Vocabulary
from synth_assets.vocabulary import load_words

_MALE = {"male", "m", "man", "boy", "masculine", "mr", "gentleman"}
_FEMALE = {"female", "f", "woman", "girl", "feminine", "w", "mrs", "ms", "lady"}


def _texts_of(draft: TableDraft, evidence: Evidence) -> tuple[str, ...]:
    """Return the values a column of few values can take."""
    match draft.strategy(evidence.name):
        case Categorical(values=values):
            return values
        case Vocabulary(name=name) if not name.startswith("templates."):
            return load_words(name, evidence.setting.locale).values
        case _:
            return ()


def first_names_follow_gender(draft: TableDraft) -> None:
    """First names and salutations are those of the row's gender."""
    gender = next((e for e in draft.evidences if e.ends("gender", "gender code", "gender id") and _texts_of(draft, e)), None)
    if gender is None:
        return
    values = _texts_of(draft, gender)
    male = tuple(v for v in values if key_of(v) in _MALE)
    female = tuple(v for v in values if key_of(v) in _FEMALE)
    if not male or not female:
        return
    for evidence in draft.evidences:
        current = draft.strategy(evidence.name)
        if isinstance(current, Vocabulary) and current.name in {"first_name", "name_prefix"} and draft.is_free(evidence.name):
            branches = tuple(
                Branch(values=v, strategy=Vocabulary(name=f"{current.name}.{sex}")) for v, sex in ((male, "male"), (female, "female"))
            )
            strategy = Case(column=gender.name, branches=branches, otherwise=current)
            draft.change(evidence.name, strategy=strategy, because=f"{draft.columns[evidence.name].reason}; follows {gender.name}")


def reviews_follow_ratings(draft: TableDraft) -> None:
    """The text of a review is kind, mixed or unkind as its row's rating is."""
    rating = next(
        (e for e in draft.evidences if e.ends("rating", "stars", "score") and isinstance(draft.strategy(e.name), Categorical)), None
    )
    if rating is None:
        return
    values = draft.strategy(rating.name).values if isinstance(draft.strategy(rating.name), Categorical) else ()  # type: ignore[union-attr]
    if len(values) < 3 or not all(v.lstrip("-").isdigit() for v in values):
        return
    ranked = sorted(values, key=int)
    cut = (len(ranked) * 2 // 5, len(ranked) * 3 // 5)
    moods = {"negative": tuple(ranked[: cut[0]]), "mixed": tuple(ranked[cut[0] : cut[1]])}
    for evidence in draft.evidences:
        current = draft.strategy(evidence.name)
        reviewed = isinstance(current, Text) and (
            current.topic.endswith(".positive") or (current.topic == "comment" and _is_review(evidence))
        )
        if isinstance(current, Text) and reviewed and draft.is_free(evidence.name):
            topic = review_topic(evidence)
            branches = tuple(
                Branch(values=v, strategy=current.model_copy(update={"topic": f"{topic}.{mood}"})) for mood, v in moods.items() if v
            )
            kind = current.model_copy(update={"topic": f"{topic}.positive"})
            strategy = Case(column=rating.name, branches=branches, otherwise=kind)
            draft.change(evidence.name, strategy=strategy, because=f"the text of a review; follows {rating.name}")


def _is_review(evidence: Evidence) -> bool:
    return bool(evidence.about("review", "rating", "feedback", "testimonial", "appraisal", "evaluation"))


_DISHES = {"appetizer": "starter", "starter": "starter", "appetizers": "starter", "main_course": "main", "main": "main", "mains": "main",
 "entree": "main",
           "side": "side", "side_dish": "side", "dessert": "dessert", "desserts": "dessert", "special": "special"}  # fmt: skip
_DISH_PRICES = {
    "starter": (5, 18, 9.5),
    "main": (10, 48, 19.0),
    "side": (3, 12, 5.5),
    "dessert": (4, 16, 8.0),
    "special": (12, 60, 26.0),
    "drink": (2, 15, 4.5),
}


def dishes_follow_category(draft: TableDraft) -> None:
    """Names and prices of dishes are those of their category: drinks for Beverage, starters for Appetizer."""
    category = next(
        (e for e in draft.evidences if e.ends("category", "course", "type") and isinstance(draft.strategy(e.name), Categorical)), None
    )
    if category is None:
        return
    kinds = {v: _dish_kind(v) for v in _texts_of(draft, category)}
    if len([k for k in kinds.values() if k]) < 2:
        return
    for evidence in draft.evidences:
        current, branches = draft.strategy(evidence.name), []
        if not draft.is_free(evidence.name):
            continue
        if isinstance(current, Vocabulary) and current.name in {"templates.dish_name", "templates.product_name"}:
            branches = [Branch(values=(v,), strategy=_dish_name(k)) for v, k in kinds.items() if k]
        elif isinstance(current, Number) and evidence.ends("price"):
            branches = [Branch(values=(v,), strategy=_dish_price(k)) for v, k in kinds.items() if k]
        if branches:
            strategy = Case(column=category.name, branches=tuple(branches), otherwise=current)
            draft.change(evidence.name, strategy=strategy, because=f"{draft.columns[evidence.name].reason}; follows {category.name}")


def _dish_kind(value: str) -> str | None:
    key = key_of(value)
    return "drink" if key in {"beverage", "beverages", "drink", "drinks"} else _DISHES.get(key)


def _dish_name(kind: str) -> Strategy:
    return Vocabulary(name="drink" if kind == "drink" else f"templates.dish_name.{kind}")


def _dish_price(kind: str) -> Strategy:
    low, high, median = _DISH_PRICES[kind]
    return Number(low=Decimal(low), high=Decimal(high), distribution=LogNormal(median=median, sigma=0.3), decimals=2)


def salaries_follow_jobs(draft: TableDraft) -> None:
    """Job title and department of one row are one record of `jobs` where the table has both as text."""
    titles = [e for e in draft.evidences if _is_vocabulary(draft, e, "job_title") and draft.is_free(e.name)]
    departments = [e for e in draft.evidences if _is_vocabulary(draft, e, "department") and draft.is_free(e.name)]
    if len(titles) == 1 and len(departments) == 1 and departments[0].bare != ("name",):
        from synth_assets.plan.strategies import Record

        for evidence, field in ((titles[0], "title"), (departments[0], "department")):
            draft.change(
                evidence.name, strategy=Record(vocabulary="jobs", field=field, group="job"), because="job title and department agree"
            )


def _is_vocabulary(draft: TableDraft, evidence: Evidence, name: str) -> bool:
    strategy = draft.strategy(evidence.name)
    return isinstance(strategy, Vocabulary) and strategy.name == name
