"""All rules in the order they are asked: the one list to read, and to add to."""

from collections.abc import Callable, Collection

from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules import (
    by_cases,
    categories,
    codes,
    coherence_dates,
    coherence_numbers,
    coherence_people,
    coherence_places,
    coherence_status,
    conditional_keys,
    diamonds,
    differing_parents,
    exclusions,
    fitting,
    implausible,
    keys,
    missing_parents,
    moments,
    null_logic,
    null_patterns,
    number_boxes,
    numbers,
    ordered_pairs,
    orders,
    organizations,
    people,
    places,
    plain_values,
    polymorphic,
    present_parents,
    prose,
    requirements,
    rollups,
    sums,
    text_forms,
    types,
    unique_as_seen,
    unique_keys,
    unique_room,
)
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence

ColumnRule = Callable[[Evidence], ColumnPlan | None]
TableRule = Callable[[TableDraft], None]

COLUMN_RULES: tuple[ColumnRule, ...] = (
    # what the DDL decides
    keys.identity_column,
    categories.enum_values,
    text_forms.text_form,
    categories.listed_values,
    keys.single_primary_key,
    missing_parents.key_of_missing_parent,
    categories.commented_values,
    categories.boolean,
    # persons
    people.email,
    people.username,
    people.full_name,
    people.person_words,
    people.gender,
    people.papers,
    # the internet and other fixed shapes
    codes.secret,
    codes.slug,
    codes.isbn,
    codes.web_address,
    moments.moment_as_text,
    codes.shaped_code,
    # places
    places.place,
    places.street,
    # things and their names
    organizations.genre,
    organizations.thing_name,
    organizations.title,
    categories.status,
    places.place_words,
    organizations.noun_vocabulary,
    prose.free_text,
    codes.plain_code,
    categories.marital_or_type,
    # numbers
    numbers.rating,
    numbers.share_of_one,
    numbers.menu_price,
    categories.flag_number,
    numbers.measure,
    numbers.counted_things,
    categories.small_code,
    # dates and times
    moments.birth_date,
    moments.death_date,
    moments.publication_date,
    moments.founding_date,
    moments.long_tie,
    moments.future_moment,
    moments.event_moment,
    moments.time_of_day,
    # anything else
    types.by_type,
)
"""The first rule that answers decides; the last one always answers."""

COHERENCE_RULES: tuple[TableRule, ...] = (
    coherence_people.first_names_follow_gender,
    coherence_people.dishes_follow_category,
    coherence_people.reviews_follow_ratings,
    coherence_people.salaries_follow_jobs,
    coherence_places.addresses_are_whole,
    polymorphic.pairs_refer_to_rows,
    rollups.children_are_counted,
    rollups.totals_add_up,
    rollups.what_is_lent_is_not_available,
    coherence_numbers.parts_of_wholes,
    coherence_numbers.products,
    rollups.spending_adds_up,
    rollups.ratings_are_averages,
    coherence_dates.births_precede_ties,
    coherence_dates.order_dates,
    coherence_dates.dates_follow_parents,
    coherence_dates.dates_follow_parents_in_circles,
    rollups.last_events_are_the_last,
    coherence_dates.open_rows_are_recent,
    coherence_dates.leave_is_rare,
    coherence_status.dates_follow_status,
    coherence_status.fines_follow_status,
    coherence_status.flags_follow_dates,
)
"""Asked all, in order, once every column of the table has a plan: what needs several columns."""

CONSTRAINT_RULES: tuple[TableRule, ...] = (
    fitting.fit_domains,
    plain_values.give_up_meanings,
    plain_values.tell_apart,
    orders.equals_are_copies,
    plain_values.order_texts,
    sums.sums_obey_checks,
    coherence_numbers.numbers_obey_checks,
    coherence_dates.dates_obey_checks,
    null_logic.obey_null_logic,
    fitting.fit_types,
    unique_as_seen.leave_out_empty_texts,
    unique_as_seen.keep_texts_apart,
    unique_keys.guarantee_unique_keys,
    unique_room.widen_unique_columns,
    conditional_keys.guarantee_conditional_keys,
    exclusions.keep_spans_apart,
    unique_as_seen.repeat_no_null,
    null_patterns.obey_null_patterns,
    orders.keep_chains_in_order,
    number_boxes.obey_arithmetic,
    implausible.draw_what_checks_rule_out,
    by_cases.obey_case_by_case,
    by_cases.leave_out_what_nobody_judges,
    fitting.respect_not_null,
)
"""Asked last, all, in order: whatever was chosen before must fit the CHECKs, the types and the keys."""

KEY_RULES: tuple[TableRule, ...] = (
    present_parents.fill_from_parents,
    present_parents.pick_parents_with_values,
    differing_parents.let_parents_differ,
    ordered_pairs.keep_pairs_in_order,
    requirements.require_matches,
)
"""Asked once it is settled where the rows of every table lie: every key that must find a row that agrees with it will."""

KEY_COHERENCE_RULES: tuple[TableRule, ...] = (
    differing_parents.roles_differ,
    diamonds.managers_share_scope,
    diamonds.diamonds_close,
)
"""Coherence rules that narrow keys, after what keys themselves ask for."""

LAST_RULES: tuple[TableRule, ...] = (sums.fit_sums,)
"""Asked at the very end: sums fit however rows spread."""

RULES_ACROSS_TABLES: tuple[tuple[str, ...], ...] = (
    ("dates_follow_parents_in_circles",),
    (
        "children_are_counted",
        "totals_add_up",
        "what_is_lent_is_not_available",
        "spending_adds_up",
        "ratings_are_averages",
        "last_events_are_the_last",
        "dates_follow_parents",
    ),
)
"""Coherence rules that give way, the first group first, where a row that is drawn again would have to wait for itself."""

ALL_RULES = "all"
"""Stands for every coherence rule where a request names those it does without."""


def table_rules(off: Collection[str] = ()) -> tuple[TableRule, ...]:
    """Return the rules over whole tables in order, without the coherence rules named in `off`."""
    first, last = (
        tuple(rule for rule in rules if rule.__name__ not in off and ALL_RULES not in off)
        for rules in (COHERENCE_RULES, KEY_COHERENCE_RULES)
    )
    return (*first, *CONSTRAINT_RULES, *KEY_RULES, *last, *LAST_RULES)


def coherence_rule_names() -> tuple[str, ...]:
    """Return what a request may switch off: the names of the coherence rules, in the order they are asked."""
    return tuple(rule.__name__ for rule in (*COHERENCE_RULES, *KEY_COHERENCE_RULES))
