"""Questions as the SDK takes them, responses as plain data: the only module that knows both.

Here: the translation, in both directions, and what is left out on the way. Not here: when to send (`attempts`), what an answer is
worth (`answers`). The SDK is imported inside functions: a process that asks nothing never loads it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synth_assets.llm.answers import RawAnswer
from synth_assets.llm.prices import facts_of
from synth_assets.llm.questions import BytesPart, Part, Question, Usage

if TYPE_CHECKING:
    from google.genai import Client, types

DEFAULT_MAX_OUTPUT_TOKENS = 16_384

_KEYWORDS = frozenset(
    {"$id", "$defs", "$ref", "$anchor", "type", "format", "title", "description", "enum", "items", "prefixItems", "minItems", "maxItems"}
    | {"minimum", "maximum", "anyOf", "oneOf", "properties", "additionalProperties", "required", "propertyOrdering"}
)
"""What the server knows of JSON schema; anything else it ignores or refuses, by model. Whoever asks checks the whole schema anyway."""

_NAMED_SCHEMAS = frozenset({"properties", "$defs"})
_LISTED_SCHEMAS = frozenset({"anyOf", "oneOf", "prefixItems"})


@dataclass(frozen=True)
class Outgoing:
    """A question on its way: what of it is sent.

    Attributes:
        question: With its model named.
        settings: The optional settings that are sent: names out of `failures.OPTIONAL_SETTINGS`.
        notes: What was left out, in sentences.
    """

    question: Question
    settings: frozenset[str]
    notes: tuple[str, ...]

    def without(self, settings: frozenset[str]) -> "Outgoing":
        """Return it without settings that the server refused, and a note that says so."""
        words = " and ".join(sorted(settings & self.settings))
        note = f"{self.question.model} refuses {words}: asked without"
        return Outgoing(self.question, self.settings - settings, (*self.notes, note))


def prepare(question: Question) -> Outgoing:
    """Return what of a question its model takes, and notes of the rest."""
    facts, sampling = facts_of(question.model), question.sampling
    wanted = {"temperature": sampling.temperature, "top_p": sampling.top_p, "thinking": question.thinking or None}
    asked = {name for name, value in wanted.items() if value is not None}
    ignored = sorted(asked & {"temperature", "top_p"}) if not facts.sampling else []
    notes = (f"{question.model} ignores {' and '.join(ignored)}: not sent",) if ignored else ()
    return Outgoing(question, frozenset(asked - set(ignored) - (set() if facts.thinking else {"thinking"})), notes)


def send(client: "Client", outgoing: Outgoing, seed: int, on_text: Callable[[str], None] | None) -> RawAnswer:
    """Send one request and return its whole answer; with `on_text`, in pieces as they arrive. Raises what the SDK raises."""
    contents = [_content(outgoing.question.parts)]
    config = _config(outgoing, seed)
    if on_text is None:
        return read_response([client.models.generate_content(model=outgoing.question.model, contents=contents, config=config)])
    chunks = []
    for chunk in client.models.generate_content_stream(model=outgoing.question.model, contents=contents, config=config):
        chunks.append(chunk)
        if text := _text_of(chunk):
            on_text(text)
    return read_response(chunks)


def send_embedding(client: "Client", model: str, texts: Sequence[str], size: int) -> list[list[float]]:
    """Return one vector a text. Raises what the SDK raises."""
    from google.genai import types

    # One content a text: the newer models make ONE vector of a list of plain strings.
    contents: Any = [types.Content(parts=[types.Part(text=text)]) for text in texts]
    response = client.models.embed_content(model=model, contents=contents, config=types.EmbedContentConfig(output_dimensionality=size))
    return [list(found.values or []) for found in response.embeddings or []]


def read_response(chunks: "Sequence[types.GenerateContentResponse]") -> RawAnswer:
    """Return a response, or all chunks of a streamed one, as plain data."""
    candidates = [chunk.candidates[0] for chunk in chunks if chunk.candidates]
    finished = next((c for c in reversed(candidates) if c.finish_reason), None)
    blocked = next((c.prompt_feedback for c in chunks if c.prompt_feedback and c.prompt_feedback.block_reason), None)
    usage = next((chunk.usage_metadata for chunk in reversed(chunks) if chunk.usage_metadata), None)
    return RawAnswer(
        text="".join(_text_of(chunk) for chunk in chunks),
        finish=finished.finish_reason.value if finished and finished.finish_reason else "",
        finish_words=(finished.finish_message or "") if finished else "",
        blocked=blocked.block_reason.value if blocked and blocked.block_reason else "",
        candidates=min(1, len(candidates)),
        usage=_usage(usage) if usage else Usage(),
        model=next((chunk.model_version for chunk in reversed(chunks) if chunk.model_version), ""),
    )


def most_input_tokens(question: Question) -> int:
    """Return more tokens than a question can have: three bytes each, and generous figures for files."""
    texts = [question.system, str(question.response_schema or ""), *(p for p in question.parts if isinstance(p, str))]
    files = [p for p in question.parts if isinstance(p, BytesPart)]
    return tokens_of_texts(texts) + sum(1_300 + len(part.data) // 100 for part in files)


def tokens_of_texts(texts: Iterable[str]) -> int:
    """Return more tokens than texts have."""
    return sum(len(text.encode("utf-8", errors="surrogatepass")) // 3 + 1 for text in texts)


def most_output_tokens(question: Question) -> int:
    """Return the limit that is sent with a question; thoughts count into it."""
    return question.sampling.max_output_tokens or DEFAULT_MAX_OUTPUT_TOKENS


def strip_schema(schema: Any) -> Any:
    """Return a JSON schema with only the keywords that the server knows; names of properties are no keywords."""
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "const":  # the server knows no constants, and lists of one value say the same
            kept.setdefault("enum", [value])
        elif key not in _KEYWORDS:
            continue
        elif key in _NAMED_SCHEMAS:
            kept[key] = {name: strip_schema(inner) for name, inner in value.items()}
        elif key in _LISTED_SCHEMAS:
            kept[key] = [strip_schema(inner) for inner in value]
        else:
            kept[key] = strip_schema(value) if key in {"items", "additionalProperties"} else value
    return kept


def _content(parts: Sequence[Part]) -> "types.Content":
    from google.genai import types

    made = [
        types.Part(text=p) if isinstance(p, str) else types.Part(inline_data=types.Blob(data=p.data, mime_type=p.mime_type)) for p in parts
    ]
    return types.Content(role="user", parts=made)


def _config(outgoing: Outgoing, seed: int) -> "types.GenerateContentConfig":
    from google.genai import types

    question, sampling = outgoing.question, outgoing.question.sampling
    given: dict[str, Any] = {}
    if question.response_schema is not None:
        given |= {"response_mime_type": "application/json", "response_json_schema": strip_schema(question.response_schema)}
    if "temperature" in outgoing.settings:
        given["temperature"] = sampling.temperature
    if "top_p" in outgoing.settings:
        given["top_p"] = sampling.top_p
    if "thinking" in outgoing.settings:
        given["thinking_config"] = types.ThinkingConfig(thinking_level=types.ThinkingLevel(question.thinking.upper()))
    return types.GenerateContentConfig(
        system_instruction=question.system or None,
        seed=seed % 2**31,  # the API's seed has 32 bits, with a sign
        max_output_tokens=most_output_tokens(question),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,  # it would send further requests that no budget has seen
        **given,
    )


def _text_of(response: "types.GenerateContentResponse") -> str:
    content = response.candidates[0].content if response.candidates else None
    return "".join(part.text or "" for part in (content.parts if content else None) or [] if not part.thought)


def _usage(found: "types.GenerateContentResponseUsageMetadata") -> Usage:
    return Usage(
        input_tokens=(found.prompt_token_count or 0) + (found.tool_use_prompt_token_count or 0),
        cached_input_tokens=found.cached_content_token_count or 0,
        output_tokens=found.candidates_token_count or 0,
        thought_tokens=found.thoughts_token_count or 0,
    )
