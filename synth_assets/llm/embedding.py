"""Vectors of texts, each asked once: the same cache, budget and attempts as questions have.

Here: batches of embeddings. Not here: searching with them.
"""

import json
import math
from collections.abc import Sequence
from time import time

from synth_assets.errors import LlmError
from synth_assets.llm.answer_store import StoredAnswer, key_of_embedding
from synth_assets.llm.attempts import Attempts, Spending
from synth_assets.llm.calls import CallRecord
from synth_assets.llm.door import Door
from synth_assets.llm.failures import not_in_cache, unusable
from synth_assets.llm.ledger import Order
from synth_assets.llm.prices import price_of
from synth_assets.llm.questions import Usage
from synth_assets.llm.wire import send_embedding, tokens_of_texts

SIZE = 768
"""Numbers in a vector: a quarter of what the model can give, and enough for the passages of a folder."""

_BATCH = 100
_PURPOSE = "embed"

Vector = list[float]


def embed_texts(door: Door, texts: Sequence[str], label: str) -> list[Vector]:
    """Return one unit vector a text, in order. Raises LlmError, StorageError."""
    keys = {text: key_of_embedding(text, door.embedding_model, SIZE) for text in texts}
    kept = door.store.get_all(list(keys.values())) if door.reads_answers else {}
    vectors: dict[str, Vector] = {text: json.loads(kept[key].text) for text, key in keys.items() if key in kept}
    missing = [text for text in keys if text not in vectors]
    if missing and door.cache == "replay":
        raise not_in_cache(f"{label}: {_PURPOSE}", keys[missing[0]])
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        vectors |= zip(batch, _ask(door, batch, [keys[text] for text in batch], label), strict=True)
    return [vectors[text] for text in texts]


def _ask(door: Door, texts: Sequence[str], keys: Sequence[str], label: str) -> list[Vector]:
    where, started = f"{label}: {_PURPOSE}", time()
    door.terms.refuse_unpriced(door.embedding_model, where)
    usage = Usage(input_tokens=tokens_of_texts(texts))  # the API does not always count them; this is more than it would
    attempts = Attempts(
        door.terms,
        _order(door, label, keys[0], usage),
        send=lambda _: send_embedding(door.client(), door.embedding_model, texts, SIZE),
        usage_of=lambda _: usage,
        accept=lambda raw, _: _accept(door, raw, keys, where),
    )
    error_code = ""
    try:
        return attempts.run()
    except LlmError as error:
        error_code = error.code
        raise
    finally:
        door.tell(_record(door, label, keys[0], attempts.spending, started, error_code, len(texts)))


def _accept(door: Door, raw: Sequence[Vector], keys: Sequence[str], where: str) -> list[Vector]:
    if len(raw) != len(keys) or not all(raw):
        raise unusable(where, f"{len(raw)} vectors for {len(keys)} texts")
    vectors = [_unit(vector) for vector in raw]
    if door.keeps_answers:
        made = {key: StoredAnswer(json.dumps(vector), door.embedding_model) for key, vector in zip(keys, vectors, strict=True)}
        kept = door.store.put_all(made, purpose=_PURPOSE, prompt="", replace=door.cache == "refresh")
        vectors = [json.loads(kept[key].text) for key in keys]
    return vectors


def _unit(vector: Vector) -> Vector:
    """Return a vector of length 1: a shortened one of the model's is not."""
    length = math.sqrt(sum(x * x for x in vector)) or 1.0
    return [x / length for x in vector]


def _order(door: Door, label: str, key: str, usage: Usage) -> Order:
    price = price_of(door.embedding_model)
    return Order(
        account=door.account,
        label=label,
        purpose=_PURPOSE,
        prompt="",
        model=door.embedding_model,
        key=key,
        attempt=1,
        input_tokens=usage.input_tokens,
        tokens=usage.total,
        dollars=price.of(usage) if price else 0.0,
        lease_seconds=door.terms.lease_seconds,
    )


def _record(door: Door, label: str, key: str, spent: Spending, started: float, error_code: str, count: int) -> CallRecord:
    return CallRecord(
        purpose=_PURPOSE,
        prompt="",
        label=label,
        model=door.embedding_model,
        key=key,
        cached=False,
        attempts=spent.attempts,
        usage=spent.usage,
        dollars=spent.dollars,
        started_at=started,
        ended_at=time(),
        error_code=error_code,
        parts=(f"<{count:,} texts>",),
    )
