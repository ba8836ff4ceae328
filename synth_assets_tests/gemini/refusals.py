"""What the server refuses with 400, or 404 for a model it does not know: our model of the real one's checks."""

from typing import Any, NoReturn

from synth_assets_tests.gemini.wire import MODELS, RecordedRequest, WireError, content_tokens

_CONFIG_FIELDS = {
    "temperature",
    "topP",
    "topK",
    "candidateCount",
    "maxOutputTokens",
    "stopSequences",
    "responseLogprobs",
    "logprobs",
    "presencePenalty",
    "frequencyPenalty",
    "seed",
    "responseMimeType",
    "responseSchema",
    "responseJsonSchema",
    "routingConfig",
    "responseModalities",
    "mediaResolution",
    "speechConfig",
    "audioTimestamp",
    "thinkingConfig",
    "imageConfig",
    "enableEnhancedCivicAnswers",
    "modelSelectionConfig",
    "audioTranscriptionConfig",
    "responseFormat",
}
_REQUEST_FIELDS = {
    "contents",
    "systemInstruction",
    "generationConfig",
    "safetySettings",
    "tools",
    "toolConfig",
    "cachedContent",
    "labels",
    "model",
    "serviceTier",
    "store",
    "modelArmorConfig",
    "continuationToken",
    "generationOutputConfig",
}
_SCHEMA_KEYWORDS = {
    "$id",
    "$defs",
    "$ref",
    "$anchor",
    "type",
    "format",
    "title",
    "description",
    "enum",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "anyOf",
    "oneOf",
    "properties",
    "additionalProperties",
    "required",
    "propertyOrdering",
}
_TOO_MANY_STATES = "The specified schema produces a constraint that has too many states for serving."
MOST_PROPERTIES = 1000
DEEPEST_SCHEMA = 12


def refuse_request(request: RecordedRequest) -> None:
    """Raise WireError for what the server does not take."""
    if request.model not in MODELS:
        where = f"for API version {request.version}, or is not supported for {request.action}"
        raise WireError(404, "NOT_FOUND", f"models/{request.model} is not found {where}.")
    config = request.config
    for name in [*(n for n in request.body if n not in _REQUEST_FIELDS), *(n for n in config if n not in _CONFIG_FIELDS)]:
        _refuse(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
    if not request.body.get("contents"):
        _refuse("* GenerateContentRequest.contents: contents is not specified")
    _refuse_config(request, config)
    if schema := config.get("responseJsonSchema"):
        _refuse_schema(schema)
    if content_tokens(request.body) > MODELS[request.model][0]:
        _refuse(f"The input token count exceeds the maximum number of tokens allowed ({MODELS[request.model][0]}).")


def _refuse_config(request: RecordedRequest, config: dict[str, Any]) -> None:
    if config.get("responseSchema") and config.get("responseJsonSchema"):
        _refuse("response_schema and response_json_schema cannot both be set.")
    if request.schema and config.get("responseMimeType") not in {"application/json", "text/x.enum"}:
        _refuse("response_mime_type must be application/json when a response schema is set.")
    thinking = config.get("thinkingConfig") or {}
    if thinking.get("thinkingBudget") is not None and thinking.get("thinkingLevel"):
        _refuse("You can only set only one of thinking budget and thinking level.")
    if thinking.get("thinkingLevel") and str(request.model).startswith("gemini-2"):
        _refuse("Thinking level is not supported for this model.")
    limit = MODELS[request.model or ""][1]
    if not 1 <= int(config.get("maxOutputTokens") or 1) <= limit:
        _refuse(f"Unable to submit request because it has a maxOutputTokens value above {limit}.")


def _refuse_schema(schema: dict[str, Any]) -> None:
    count = 0
    below: list[tuple[Any, int]] = [(schema, 0)]
    while below:
        node, depth = below.pop()
        if not isinstance(node, dict):
            continue
        if unknown := next((k for k in node if k not in _SCHEMA_KEYWORDS), None):
            _refuse(f'Unknown keyword "{unknown}" in response_json_schema.')
        named = [*(node.get("properties") or {}).values()]
        count += len(named)
        if depth > DEEPEST_SCHEMA or count > MOST_PROPERTIES:
            _refuse(_TOO_MANY_STATES)
        inner = [*named, *(node.get("$defs") or {}).values(), *(node.get("anyOf") or []), *(node.get("oneOf") or []), node.get("items")]
        below += [(one, depth + 1) for one in inner]


def _refuse(message: str) -> NoReturn:
    violation = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"description": message}]}
    raise WireError(400, "INVALID_ARGUMENT", message, [violation])
