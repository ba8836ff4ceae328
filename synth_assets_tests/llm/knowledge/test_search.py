"""Which passages answer a query: by words, offline; by meaning too, where the emulator gives vectors; else by words again."""

import random
from pathlib import Path

import pytest

from synth_assets.llm.access import open_gateway
from synth_assets.llm.gateway import Gateway
from synth_assets.llm.knowledge.building import build_index
from synth_assets.llm.knowledge.model import Chunk, KnowledgeIndex
from synth_assets.llm.knowledge.search import KnowledgeSearch, find_passages, words_of
from synth_assets.plan.request import GeminiRequest
from synth_assets.settings import load_llm_settings
from synth_assets_tests.gemini.server import GeminiEmulator

HANDBOOK = """# Returns
An item may be sent back within 14 days. A refund is paid to the card that was used.
# Couriers
Parcels travel with two companies; heavy ones by rail.
# Kunden
Kunden bestellen meist freitags, viele in Köln.
# 商品
商品は木のおもちゃです。
"""


@pytest.fixture
def index(tmp_path: Path) -> KnowledgeIndex:
    folder = tmp_path / "shop.knowledge"
    folder.mkdir()
    (folder / "handbook.md").write_text(HANDBOOK)
    return build_index(folder, None)


def chunks(*texts: str) -> KnowledgeIndex:
    return KnowledgeIndex(chunks=tuple(Chunk(id=str(n), source="a.txt", place="", text=t) for n, t in enumerate(texts)))


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("refunds", "Returns, line 2"),
        ("order_item returned return", "Returns, line 2"),
        ("companyParcels", "Couriers, line 4"),
        ("KUNDE Köln", "Kunden, line 6"),
        ("木のおもちゃ", "商品, line 8"),
        ("courier", "Couriers, line 4"),
    ],
)
def test_words_find_the_passage_that_holds_them(index: KnowledgeIndex, query: str, place: str) -> None:
    assert find_passages(index, query, 1)[0].place == place


def test_what_holds_no_word_is_no_answer(index: KnowledgeIndex) -> None:
    assert find_passages(index, "zebra") == ()
    assert find_passages(index, "") == ()
    assert find_passages(KnowledgeIndex(), "refund") == ()


def test_rare_words_weigh_more_and_equal_passages_keep_their_order() -> None:
    found = find_passages(chunks("order order paid", "order refund", "order paid", "order paid"), "order refund", 4)
    assert found[0].text == "order refund"
    same = find_passages(chunks("toy", "toy", "toy"), "toys")
    assert [p.score for p in same] == sorted((p.score for p in same), reverse=True)
    assert find_passages(chunks("b toy", "a toy"), "toy")[0].text == "b toy"


def test_the_same_question_has_the_same_answer() -> None:
    rng = random.Random(5)
    texts = [" ".join(rng.choices(["order", "item", "paid", "card", "late", "toy", "rail"], k=12)) for _ in range(300)]
    first = find_passages(chunks(*texts), "late orders paid by rail", 20)
    assert first == find_passages(chunks(*texts), "late orders paid by rail", 20)
    assert len(first) == 20


def test_names_count_as_their_words() -> None:
    assert words_of("order_items.OrderItemID2 Categories boxes addresses status bus") == [
        *("order", "item", "order", "item", "id2", "category", "boxe", "addresse", "status", "bus")
    ]


def test_a_citation_says_where_and_begins_the_text(index: KnowledgeIndex) -> None:
    cited = find_passages(index, "refund", 1)[0].cited
    assert cited == "handbook.md, Returns, line 2: An item may be sent back within 14 days. A refund is paid to the card that was …"
    long = find_passages(chunks("toy " * 50), "toy")[0].cited
    assert len(long) < 100
    assert long.endswith("…")


@pytest.fixture
def gateway(gemini_environment: GeminiEmulator) -> Gateway:
    opened = open_gateway(load_llm_settings(), "required", GeminiRequest(), "shop/shop-1")
    assert opened is not None
    return opened


def test_vectors_find_what_words_do_not(index: KnowledgeIndex, gateway: Gateway, gemini: GeminiEmulator) -> None:
    """The emulator puts texts that share words near each other, stop words and endings included; BM25 alone compares stems."""
    query = "the card was used for Returns"
    fused = KnowledgeSearch(index, gateway)
    assert fused.find(query, 1)[0].place == "Returns, line 2"
    assert fused.problem is None
    assert len(fused.find("zebra", 4)) > 0  # Nearness has no zero: something is always nearest.
    assert all(p.score <= 2 / 61 for p in fused.find(query, 4))


def test_passages_are_sent_once_and_queries_together(index: KnowledgeIndex, gateway: Gateway, gemini: GeminiEmulator) -> None:
    queries = ["refund", "courier", "refund", " "]
    found = KnowledgeSearch(index, gateway).find_each(queries, 2)
    assert found[0] == found[2]
    assert found[3] == ()
    sent = len(gemini.requests)
    assert sent == 2  # The passages, and the queries.
    assert KnowledgeSearch(index, gateway).find_each(queries, 2) == found
    assert len(gemini.requests) == sent


def test_without_vectors_words_still_find_and_the_failure_is_told(index: KnowledgeIndex, gemini_environment: GeminiEmulator) -> None:
    no_calls = GeminiRequest.model_validate({"budget": {"calls": 0}})
    search = KnowledgeSearch(index, open_gateway(load_llm_settings(), "auto", no_calls, "shop/shop-1"))
    assert search.find("refund", 1) == find_passages(index, "refund", 1)
    assert search.problem is not None
    assert (search.problem.code, search.problem.found.split()[0]) == ("LLM159", "LLM102")
    assert not gemini_environment.requests
