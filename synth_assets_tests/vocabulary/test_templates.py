"""Templates and sentences: every slot resolves, nesting is bounded, and what comes out is English."""

import re
from itertools import pairwise

import pytest

from synth_assets.engine.patterns import compile_pattern
from synth_assets.plan.templates import parse_number_range, parse_template
from synth_assets.vocabulary import load_words, word_list_names
from synth_assets_tests.vocabulary.rendering import holds_templates, nesting, render, slots

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pt_BR", "pl_PL", "sv_SE", "ja_JP")
TOPICS = tuple(name for name in word_list_names() if name.startswith("sentences."))
TEMPLATE_LISTS = tuple(name for name in word_list_names() if holds_templates(name))
SUBJECTS = ("book", "online course", "order")


def test_the_topics_the_plan_relies_on_exist() -> None:
    wanted = {
        "generic description product book biography dish project comment goal special_instructions message support_ticket medical_note",
        "event company course job_description news address_note reason feedback film department place profile",
        *(f"{kind}.{mood}" for kind in ("review", "restaurant_review", "performance_review") for mood in ("positive", "mixed", "negative")),
    }
    assert {f"sentences.{topic}" for line in wanted for topic in line.split()} == set(TOPICS)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_slot_resolves(locale: str) -> None:
    known = set(word_list_names())
    for name in TEMPLATE_LISTS:
        for template in load_words(name, locale).values:
            for slot in slots(template):
                assert slot.kind in {"vocabulary", "number", "pattern", "subject"}, template
                assert slot.kind != "subject" or name in TOPICS, template
                if slot.kind == "vocabulary":
                    assert slot.argument in known, template
                elif slot.kind == "number":
                    parse_number_range(slot.argument)
                elif slot.kind == "pattern":
                    compile_pattern(slot.argument)


@pytest.mark.parametrize("locale", LOCALES)
def test_templates_nest_at_most_four_deep(locale: str) -> None:
    assert max(nesting(name, locale) for name in TEMPLATE_LISTS) <= 4


def test_lists_of_plain_words_hold_no_braces() -> None:
    for name in set(word_list_names()) - set(TEMPLATE_LISTS):
        assert not [value for value in load_words(name, "en_US").values if "{" in value or "}" in value], name


@pytest.mark.parametrize("topic", TOPICS)
def test_topics_have_enough_varied_sentences(topic: str) -> None:
    templates = load_words(topic, "en_US").values
    assert len(templates) >= 25
    rendered = {render(template, "en_US", turn) for template in templates for turn in range(20)}
    assert len(rendered) > 5 * len(templates)


@pytest.mark.parametrize("topic", TOPICS)
def test_sentences_are_whole_sentences(topic: str) -> None:
    for template in load_words(topic, "en_US").values:
        for turn, subject in enumerate(SUBJECTS * 4):
            text = render(template, "en_US", turn, subject)
            assert text[0].isupper(), f"{template}: {text}"
            assert text[-1] in ".!?", f"{template}: {text}"
            assert "  " not in text, f"{template}: {text}"
            assert not re.search(r"[{}|]| [.,;!?]|\.\.", text), f"{template}: {text}"


def test_a_slot_that_opens_a_sentence_has_capitals_only() -> None:
    for topic in TOPICS:
        for template in load_words(topic, "en_US").values:
            first = parse_template(template)[0]
            if not isinstance(first, str):
                assert first.kind == "vocabulary", template
                assert all(value[0].isupper() for value in load_words(first.argument, "en_US").values), template


@pytest.mark.parametrize("name", TEMPLATE_LISTS)
def test_articles_fit_whatever_follows(name: str) -> None:
    for template in load_words(name, "en_US").values:
        parts = parse_template(template)
        for before, slot in pairwise(parts):
            article = isinstance(before, str) and re.search(r"\b(an?) $", before, re.IGNORECASE)
            if not article or isinstance(slot, str):
                continue
            assert slot.kind == "vocabulary", f"{template}: {slot.kind} after an article"
            vowels = {
                bool(re.match(r"[aeiou]|heir|hour|honest|honor", v, re.IGNORECASE)) for v in load_words(slot.argument, "en_US").values
            }
            assert vowels == {article[1].lower() == "an"}, template


@pytest.mark.parametrize("name", [n for n in TEMPLATE_LISTS if n not in TOPICS])
@pytest.mark.parametrize("locale", ["en_US", "de_DE", "ja_JP"])
def test_rendered_templates_are_tidy(name: str, locale: str) -> None:
    for template in load_words(name, locale).values:
        for turn in range(5):
            text = render(template, locale, turn)
            assert text == text.strip() != "", template
            assert not re.search(r"  |[{}|]", text), f"{template}: {text}"


@pytest.mark.parametrize("topic", TOPICS)
def test_sentences_that_cannot_vary_are_rare(topic: str) -> None:
    sentences = load_words(topic, "en_US")
    assert sentences.weights is not None
    fixed = [w for t, w in zip(sentences.values, sentences.weights, strict=True) if not any(s.kind != "subject" for s in slots(t))]
    assert sum(fixed) / sum(sentences.weights) < 0.15
