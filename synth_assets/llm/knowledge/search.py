"""Passages that answer a query: BM25 over words, and with vectors reciprocal rank fusion of both.

Offline and deterministic: equal index and query give equal passages in equal order.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

from synth_assets.errors import Diagnostic, LlmError
from synth_assets.llm.knowledge.model import KNOWLEDGE_LABEL, Chunk, KnowledgeIndex, Passage, warn

PASSAGES = 5
"""How many passages a query gets when nobody says."""

_Ranking = list[tuple[int, float]]
"""Positions of chunks with their scores, the best first."""

_FUSION_CONSTANT = 60
"""Of reciprocal rank fusion, as its authors chose it: high ranks in one list do not drown the other."""

_CANDIDATES = 50
_QUERY_WORDS = 400
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]{2,}")
"""Scripts whose words a search cannot tell by spaces: they are searched by pairs of characters."""


class Embeds(Protocol):
    """Whoever makes vectors of texts: the gateway, which keeps each one it has made."""

    def embed(self, texts: Sequence[str], *, label: str = KNOWLEDGE_LABEL) -> list[list[float]]:
        """Return one unit vector a text, in order. Raises LlmError."""
        ...


class KnowledgeSearch:
    """Search of one index; made once for many queries.

    Attributes:
        index: What is searched.
        problem: Why meanings are not searched although there is someone to ask; None while they are.
    """

    def __init__(self, index: KnowledgeIndex, embeds: Embeds | None = None) -> None:
        self.index = index
        self.problem: Diagnostic | None = None
        self._embeds = embeds if index.chunks else None

    def find(self, query: str, k: int = PASSAGES) -> tuple[Passage, ...]:
        """Return at most k passages, the best first; without vectors none where no word of the query occurs.

        Args:
            query: Words; names such as `order_items` and `orderItems` count as their words.
            k: The most passages.
        """
        return self.find_each([query], k)[0]

    def find_each(self, queries: Sequence[str], k: int = PASSAGES) -> list[tuple[Passage, ...]]:
        """Return the passages of every query, see `find`; the vectors of all of them are asked for at once."""
        meanings = self._by_meaning(queries)
        return [self._passages(_fuse(self._by_words(q), meaning), k) for q, meaning in zip(queries, meanings, strict=True)]

    def prepare(self) -> None:
        """Have the vectors of the passages made: then the first query waits no longer than the others."""
        self._by_meaning([])

    @property
    def by_meaning(self) -> bool:
        """Whether meanings are searched, as far as is known by now."""
        return self._embeds is not None

    def _passages(self, ranked: _Ranking, k: int) -> tuple[Passage, ...]:
        found = ((self.index.chunks[i], score) for i, score in ranked[:k])
        return tuple(Passage(source=c.source, place=c.place, text=c.text, score=score) for c, score in found)

    @cached_property
    def _bm25(self) -> Any:
        import bm25s

        model = bm25s.BM25(backend="numpy", auto_compile=False)
        model.index([words_of(_searched(c)) for c in self.index.chunks], show_progress=False)
        return model

    def _by_words(self, query: str) -> _Ranking:
        if not self.index.chunks:
            return []
        vocabulary = self._bm25.vocab_dict
        words = [w for w in dict.fromkeys(words_of(query)) if w in vocabulary][:_QUERY_WORDS]
        return _ranked(self._bm25.get_scores(words)) if words else []

    @cached_property
    def _vectors(self) -> Any:
        """One row a chunk. Raises LlmError."""
        import numpy as np

        assert self._embeds is not None
        return np.asarray(self._embeds.embed([_searched(c) for c in self.index.chunks], label=KNOWLEDGE_LABEL))

    def _by_meaning(self, queries: Sequence[str]) -> list[_Ranking | None]:
        """Return the chunks by nearness to each query; None for all where no vectors can be had, which `problem` tells once."""
        nothing: list[_Ranking | None] = [None] * len(queries)
        if self._embeds is None:
            return nothing
        import numpy as np

        try:
            chunks = self._vectors
            asked = [q for q in dict.fromkeys(queries) if q.strip()]
            vectors = dict(zip(asked, self._embeds.embed(asked, label=KNOWLEDGE_LABEL) if asked else [], strict=True))
        except LlmError as error:
            self._embeds = None
            self.problem = _words_only(error)
            return nothing
        return [_ranked(chunks @ np.asarray(vectors[q])) if q in vectors else None for q in queries]


def find_passages(index: KnowledgeIndex, query: str, k: int = PASSAGES) -> tuple[Passage, ...]:
    """Return at most k passages of an index that hold words of the query, the best first."""
    return KnowledgeSearch(index).find(query, k)


def _searched(chunk: Chunk) -> str:
    """The text of a chunk as it is searched: its file's name and its heading say what it is about."""
    return f"{chunk.source.rpartition('.')[0]} {chunk.place}\n{chunk.text}"


def _fuse(by_words: _Ranking, by_meaning: _Ranking | None) -> _Ranking:
    if by_meaning is None:
        return by_words
    fused: dict[int, float] = {}
    for ranking in (by_words, by_meaning):
        for rank, (i, _) in enumerate(ranking[:_CANDIDATES], start=1):
            fused[i] = fused.get(i, 0.0) + 1 / (_FUSION_CONSTANT + rank)
    return sorted(fused.items(), key=lambda entry: (-entry[1], entry[0]))


def _words_only(error: LlmError) -> Diagnostic:
    told = error.diagnostics[0].message if error.diagnostics else ""
    message, hint = "passages are found by their words alone: no vectors could be made", "they are asked for again at the next search"
    return warn("LLM159", KNOWLEDGE_LABEL, message, f"{error.code} {error.message}: {told}", hint)


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are compared: folded, English plurals as singulars."""
    folded = unicodedata.normalize("NFKC", _CAMEL.sub(" ", text)).casefold()
    words = []
    for word in _WORD.findall(folded):
        runs = _WITHOUT_SPACES.findall(word)
        words += [run[i : i + 2] for run in runs for i in range(len(run) - 1)] if runs else [_singular(word)]
    return words


def _singular(word: str) -> str:
    """Harman's S-stemmer: tables are named in the plural, documents speak of one."""
    if len(word) <= 3 or not word.endswith("s"):
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    return word if word.endswith(("us", "ss")) else word[:-1]


def _ranked(scores: Any) -> _Ranking:
    """Return (position, score) of everything above zero, the best first, equal ones in order."""
    return [(i, s) for i, s in sorted(enumerate(scores.tolist()), key=lambda entry: (-entry[1], entry[0])) if s > 0]
