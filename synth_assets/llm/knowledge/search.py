"""Passages that answer a query: BM25 over words, and with vectors reciprocal rank fusion of both.

Offline and deterministic: equal index and query give equal passages in equal order.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from synth_assets.llm.knowledge.model import Chunk, KnowledgeIndex, Passage

PASSAGES = 5
"""How many passages a query gets when nobody says."""

_FUSION_CONSTANT = 60
"""Of reciprocal rank fusion, as its authors chose it: high ranks in one list do not drown the other."""

_CANDIDATES = 50
_QUERY_WORDS = 400
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]{2,}")
"""Scripts whose words a search cannot tell by spaces: they are searched by pairs of characters."""


class KnowledgeSearch:
    """Search of one index; made once for many queries."""

    def __init__(self, index: KnowledgeIndex) -> None:
        self.index = index

    def find(self, query: str, k: int = PASSAGES, query_vector: Sequence[float] | None = None) -> tuple[Passage, ...]:
        """Return at most k passages, the best first; none where no word of the query occurs and there is no vector.

        Args:
            query: Words; names such as `order_items` and `orderItems` count as their words.
            k: The most passages.
            query_vector: The query as the index's embedding model sees it; None searches by words alone.
        """
        chunks = self.index.chunks
        by_words = self._by_words(query)
        if query_vector is None or self.index.embedding is None:
            return tuple(_passage(chunks[i], score) for i, score in by_words[:k])
        fused: dict[int, float] = {}
        for ranked in (by_words, self._by_meaning(query_vector)):
            for rank, (i, _) in enumerate(ranked[:_CANDIDATES], start=1):
                fused[i] = fused.get(i, 0.0) + 1 / (_FUSION_CONSTANT + rank)
        best = sorted(fused.items(), key=lambda entry: (-entry[1], entry[0]))
        return tuple(_passage(chunks[i], score) for i, score in best[:k])

    @cached_property
    def _bm25(self) -> Any:
        import bm25s

        model = bm25s.BM25(backend="numpy", auto_compile=False)
        corpus = [words_of(f"{c.source.rpartition('.')[0]} {c.place} {c.text}") for c in self.index.chunks]
        model.index(corpus, show_progress=False)
        return model

    def _by_words(self, query: str) -> list[tuple[int, float]]:
        if not self.index.chunks:
            return []
        vocabulary = self._bm25.vocab_dict
        words = [w for w in dict.fromkeys(words_of(query)) if w in vocabulary][:_QUERY_WORDS]
        return _ranked(self._bm25.get_scores(words)) if words else []

    def _by_meaning(self, query_vector: Sequence[float]) -> list[tuple[int, float]]:
        import numpy as np

        wanted = np.asarray(query_vector, dtype=np.float64)
        if self._vectors.shape[1:] != wanted.shape:
            return []
        return _ranked(self._vectors @ (wanted / (np.linalg.norm(wanted) or 1.0)))

    @cached_property
    def _vectors(self) -> Any:
        """Vectors of length 1, one row a chunk."""
        import numpy as np

        assert self.index.embedding is not None
        matrix = np.asarray(self.index.embedding.vectors, dtype=np.float64)
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        return matrix / np.where(lengths == 0, 1.0, lengths)


def find_passages(index: KnowledgeIndex, query: str, k: int = PASSAGES) -> tuple[Passage, ...]:
    """Return at most k passages of an index that hold words of the query, the best first."""
    return KnowledgeSearch(index).find(query, k)


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


def _ranked(scores: Any) -> list[tuple[int, float]]:
    """Return (position, score) of everything above zero, the best first, equal ones in order."""
    return [(i, s) for i, s in sorted(enumerate(scores.tolist()), key=lambda entry: (-entry[1], entry[0])) if s > 0]


def _passage(chunk: Chunk, score: float) -> Passage:
    return Passage(source=chunk.source, place=chunk.place, text=chunk.text, score=score)
