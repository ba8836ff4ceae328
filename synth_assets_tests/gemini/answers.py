"""The answers of a server that nothing goes wrong in: scripted ones, or values that the schema allows."""

import hashlib
import json
import math
import random
import re
from typing import Any

from synth_assets_tests.gemini.faker import WORDS, fake_value, stable_seed
from synth_assets_tests.gemini.wire import RecordedRequest, Reply, content_tokens, count_tokens, prompt_text

_THOUGHTS = {"MINIMAL": 0, "LOW": 32, "MEDIUM": 128, "HIGH": 512, "XHIGH": 2048}


def seed_of(request: RecordedRequest) -> int:
    """Return what an unscripted answer depends on: model, texts, schema and the request's own seed."""
    body = request.body
    return stable_seed(request.model, body.get("contents"), body.get("systemInstruction"), request.schema, request.config.get("seed"))


def build_response(request: RecordedRequest, reply: Reply | None) -> dict[str, Any]:
    """Return a whole GenerateContentResponse, cut at maxOutputTokens as the server would."""
    finish, text = (reply.finish_reason if reply else "STOP"), _text_of(request, reply)
    config = request.config
    thoughts = _THOUGHTS.get(str((config.get("thinkingConfig") or {}).get("thinkingLevel", "")).upper(), 128)
    most = config.get("maxOutputTokens")
    if most is not None and thoughts + count_tokens(text) > most:
        finish = "MAX_TOKENS"
        text = text.encode()[: 4 * max(0, most - thoughts)].decode(errors="ignore")
        thoughts = min(thoughts, most)
    candidate: dict[str, Any] = {"index": 0, "finishReason": finish}
    if text:
        candidate["content"] = {"role": "model", "parts": [{"text": text}]}
    if finish != "STOP":
        candidate["finishMessage"] = f"Model generation stopped: {finish}"
    asked, answered = content_tokens(request.body), count_tokens(text)
    usage = {"promptTokenCount": asked, "candidatesTokenCount": answered, "totalTokenCount": asked + answered + thoughts}
    if thoughts:
        usage["thoughtsTokenCount"] = thoughts
    response_id = f"emulated-{seed_of(request):016x}"
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": request.model, "responseId": response_id}


def _text_of(request: RecordedRequest, reply: Reply | None) -> str:
    if reply is not None:
        return reply.value if isinstance(reply.value, str) else json.dumps(reply.value, ensure_ascii=False)
    seed = seed_of(request)
    if request.schema:
        asked = re.search(r"(\d+)\s+(?:\w+\s+){0,2}(?:rows|records|items|examples)", request.prompt, re.IGNORECASE)
        return json.dumps(fake_value(request.schema, seed=seed, rows=int(asked[1]) if asked else None), ensure_ascii=False)
    rng = random.Random(seed)
    return f"Answer {seed % 10**6}: " + " ".join(rng.choice(WORDS) for _ in range(12)) + "."


def split_stream(response: dict[str, Any], pieces: int = 4) -> list[dict[str, Any]]:
    """Return the chunks of a stream; finish reason and full usage come with the last."""
    candidates = response.get("candidates") or []
    if not candidates or "content" not in candidates[0]:
        return [response]
    usage = response["usageMetadata"]
    partial = {k: v for k, v in usage.items() if k not in {"candidatesTokenCount", "totalTokenCount"}}
    text = candidates[0]["content"]["parts"][0]["text"]
    step = max(1, math.ceil(len(text) / pieces))
    named = {k: response[k] for k in ("modelVersion", "responseId")}
    chunks: list[dict[str, Any]] = [
        {
            **named,
            "candidates": [{"index": 0, "content": {"role": "model", "parts": [{"text": text[i : i + step]}]}}],
            "usageMetadata": {**partial, "totalTokenCount": usage["promptTokenCount"]},
        }
        for i in range(0, max(1, len(text)), step)
    ]
    chunks[-1]["candidates"][0] |= {k: v for k, v in candidates[0].items() if k != "content"}
    chunks[-1]["usageMetadata"] = usage
    return chunks


def embed_text(text: str, size: int) -> list[float]:
    """Return a unit vector in which texts that share words are near each other."""
    vector = [0.0] * size
    for word in re.findall(r"\w+", text.lower()) or [""]:
        digest = hashlib.sha256(word.encode()).digest()
        for low, high in zip(digest[::2], digest[1::2], strict=True):
            vector[(256 * high + low) % size] += 1.0 if low % 2 else -1.0
    length = math.sqrt(sum(x * x for x in vector)) or 1.0
    return [x / length for x in vector]


def build_embeddings(request: RecordedRequest) -> dict[str, Any]:
    """Return the response of embedContent (one), batchEmbedContents (several) or predict (Vertex)."""
    if request.action == "predict":
        size = int((request.body.get("parameters") or {}).get("outputDimensionality") or 768)
        texts = [instance.get("content", "") for instance in request.body.get("instances") or []]
        statistics = [{"token_count": count_tokens(text)} for text in texts]
        vectors = [embed_text(text, size) for text in texts]
        return {"predictions": [{"embeddings": {"values": v, "statistics": s}} for v, s in zip(vectors, statistics, strict=True)]}
    asked = request.body.get("requests") or [request.body]
    embeddings, tokens = [], 0
    for one in asked:
        text = prompt_text({"contents": [one.get("content") or {}]})
        inner = one.get("embedContentConfig") or {}
        size = one.get("outputDimensionality") or inner.get("outputDimensionality") or request.body.get("outputDimensionality") or 3072
        tokens += count_tokens(text)
        embeddings.append({"values": embed_text(text, int(size))})
    body = {"embedding": embeddings[0]} if request.action == "embedContent" else {"embeddings": embeddings}
    return {**body, "usageMetadata": {"promptTokenCount": tokens}}
