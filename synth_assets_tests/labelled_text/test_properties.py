"""What holds for any labelled text: exact counts, splits within one row, no near-duplicates, growth that keeps what was there."""

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.errors import RequestError
from synth_assets.labelled_text import LabelledTextRequest, NearDuplicates, fingerprint_request, split_rows
from synth_assets.labelled_text.near_duplicates import NEAR_DUPLICATE, find_near_duplicates, jaccard, shingles_of
from synth_assets.labelled_text.splits import deal_rows
from synth_assets.labelled_text.templates import TemplateWriter
from synth_assets.labelled_text.verdicts import judge_messages, judge_split
from synth_assets.pipeline.labelled_text import make_labelled_text
from synth_assets_tests.labelled_text.samples import category, growing, inbox, small

WORDS = st.sampled_from(
    ["card", "bank", "pays", "twice", "again", "lost", "code", "never", "sent", "phone", "call", "line", "slow", "rate"]
)
TEXTS = st.lists(WORDS, min_size=0, max_size=14).map(" ".join)
SHARES = st.lists(st.integers(1, 100), min_size=1, max_size=6).map(lambda parts: {f"s{i}": p / sum(parts) for i, p in enumerate(parts)})


def brute_force(texts: list[str]) -> list[int]:
    """Positions that a greedy pass without an index keeps."""
    kept: list[int] = []
    for i, text in enumerate(texts):
        if all(jaccard(shingles_of(text), shingles_of(texts[k])) < NEAR_DUPLICATE for k in kept):
            kept.append(i)
    return kept


@given(rows=st.integers(0, 400), shares=SHARES)
def test_every_split_is_within_one_row_of_its_share_after_every_row(rows: int, shares: dict[str, float]) -> None:
    given_so_far: Counter[str] = Counter()
    for number, split in enumerate(deal_rows(rows, shares), 1):
        given_so_far[split] += 1
        for name, share in shares.items():
            assert abs(given_so_far[name] - share * number) < 1 + 1e-6


@given(rows=st.integers(0, 300), more=st.integers(0, 50), shares=SHARES)
def test_a_category_that_grows_moves_no_row(rows: int, more: int, shares: dict[str, float]) -> None:
    assert deal_rows(rows + more, shares)[:rows] == deal_rows(rows, shares)


@given(count=st.integers(1, 60), tenths=st.sampled_from([(8, 1, 1), (7, 2, 1), (5, 5), (10,)]))
def test_shares_that_come_out_even_are_met_exactly(count: int, tenths: tuple[int, ...]) -> None:
    shares = {f"s{i}": t / 10 for i, t in enumerate(tenths)}
    dealt = Counter(deal_rows(10 * count, shares))
    assert dealt == {f"s{i}": t * count for i, t in enumerate(tenths)}


@given(categories=st.lists(st.sampled_from("abcd"), max_size=200), shares=SHARES)
def test_every_category_is_dealt_by_itself(categories: list[str], shares: dict[str, float]) -> None:
    splits = split_rows(categories, shares)
    for name, count in Counter(categories).items():
        own = Counter(s for c, s in zip(categories, splits, strict=True) if c == name)
        assert all(math.floor(share * count - 1e-6) <= own[s] <= math.ceil(share * count + 1e-6) for s, share in shares.items())


@given(st.lists(TEXTS, max_size=40))
def test_the_index_finds_what_comparing_all_pairs_finds(texts: list[str]) -> None:
    index = NearDuplicates()
    assert [i for i, text in enumerate(texts) if index.add(text)] == brute_force(texts)
    left_out = {later for _, later in find_near_duplicates(texts)}
    assert sorted(set(range(len(texts))) - left_out) == brute_force(texts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("My card was declined at the shop on Monday", "my card was DECLINED at the shop on monday!!"),
        ("I was charged 49.90 on the 3rd of May by a firm", "I was charged 1,200.00 on the 17th of May by a firm"),
        ("Le café a été fermé hier soir", "le cafe a ete ferme hier soir"),
        ("Please call me back about my loan today", "Please call me back about my loans today"),
    ],
)
def test_small_changes_make_near_duplicates(one: str, other: str) -> None:
    index = NearDuplicates()
    assert index.add(one)
    assert not index.add(other)


def test_messages_on_one_matter_in_other_words_are_none() -> None:
    index = NearDuplicates()
    assert index.add("My card was declined at the supermarket this morning")
    assert index.add("The till would not take my card when I bought groceries")


def test_the_example_has_640_messages_in_8_categories_and_all_that_must_hold_holds() -> None:
    made = make_labelled_text(inbox())
    assert {name: c.made for name, c in made.report.categories.items()} == dict.fromkeys(made.report.categories, 80)
    assert (made.report.messages, len(made.report.categories)) == (640, 8)
    assert made.report.splits == {"train": 512, "validation": 64, "test": 64}
    rows = [(m.message, m.category) for m in made.messages]
    assert len({message for message, _ in rows}) == 640
    by_split = {s: [(m.message, m.category) for m in made.rows_of(s)] for s in made.request.splits}
    verdicts = [*judge_messages(made.request, rows), *(v for s in by_split for v in judge_split(made.request, s, rows, by_split))]
    assert all(v.passed for v in verdicts), verdicts
    assert not any("{" in message or "  " in message for message, _ in rows)
    assert all(0 <= m.confidence <= 1 and m.writer == "templates" for m in made.messages)


def test_order_tells_nothing_of_the_category() -> None:
    made = make_labelled_text(inbox())
    first = Counter(m.category for m in made.messages[:160])
    assert len(first) == 8
    assert max(first.values()) < 40


def test_the_same_file_and_seed_give_the_same_and_another_seed_other_messages() -> None:
    one, again = make_labelled_text(small()), make_labelled_text(small())
    other = make_labelled_text(small(seed=43))
    assert one.messages == again.messages
    assert one.splits == again.splits
    assert not {m.message for m in one.messages} & {m.message for m in other.messages}
    assert one.report.fingerprint == fingerprint_request(small()) != other.report.fingerprint


@given(counts=st.lists(st.integers(1, 25), min_size=2, max_size=3), more=st.lists(st.integers(0, 15), min_size=3, max_size=3))
@settings(max_examples=10)
def test_growing_counts_keep_every_message_its_split_and_their_order(counts: list[int], more: list[int]) -> None:
    before = make_labelled_text(growing(*counts))
    after = make_labelled_text(growing(*(n + m for n, m in zip(counts, more, strict=False))))
    kept = dict(zip(after.messages, after.splits, strict=True))
    assert all(kept.get(m) == s for m, s in zip(before.messages, before.splits, strict=True))
    there = set(before.messages)
    assert [m for m in after.messages if m in there] == list(before.messages)


def test_two_categories_of_one_matter_are_told_apart_by_their_confidence() -> None:
    same = "I want my money back for the broken kettle"
    request = LabelledTextRequest(
        name="x", categories=(category("refund", "", same), category("returns", "", same), category("q", "opening hours"))
    )
    made = make_labelled_text(request)
    shared = [m for m in made.messages if "kettle" in m.message.lower() and m.category not in m.message]
    assert {m.category for m in shared} == {"refund", "returns"}
    assert {m.confidence for m in shared} == {0.5}
    assert {m.confidence for m in made.messages if m.category == "q"} == {1.0}


def test_templates_that_are_used_up_are_said() -> None:
    kudos = category("kudos", "thanks for good work", count=3_000)
    writer = TemplateWriter(
        LabelledTextRequest(name="tiny", categories=(kudos, category("q", "opening hours"))), NearDuplicates(), patience=1
    )
    with pytest.raises(RequestError, match="REQ308") as caught:
        [writer.write("kudos") for _ in range(3_000)]
    problem = caught.value.diagnostics[0]
    assert problem.where == "tiny: kudos"
    assert problem.found.startswith("3,000 are asked for")
    assert "messages that are no near-duplicates" in problem.message


def test_messages_of_praise_have_no_trouble_to_tell() -> None:
    request = LabelledTextRequest(
        name="x", categories=(category("kudos", "thanks for good work", count=30), category("q", "opening hours"))
    )
    messages = [m.message for m in make_labelled_text(request).messages if m.category == "kudos"]
    assert not any("losing patience" in m or "hung up" in m or "It makes me nervous" in m for m in messages)
