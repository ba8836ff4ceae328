"""The only module that touches Langfuse's SDK: observations as OTLP, scores as its API takes them, each in one bounded request.

The SDK's own client is left out on purpose: its worker threads and its exit handler wait for a server without an end. What is sent is
the same (measured with langfuse 5.0): protobuf to `/api/public/otel/v1/traces`, lists to `/api/public/scores`.
"""

import gzip
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from synth_assets.llm.tracing.address import Address
from synth_assets.llm.tracing.masks import Mask
from synth_assets.llm.tracing.probe import UnreachableError, reason_of
from synth_assets.llm.tracing.subject import Score, Span, TraceSubject, score_id_of

if TYPE_CHECKING:
    import httpx
    from opentelemetry.sdk.trace import ReadableSpan

REQUEST_SECONDS = 1.2
_TAGS = ("synth_assets",)
_LONGEST_SCORE = 500


class Wire:
    """Sends what belongs to one trace. Making the first one of a process loads the SDK.

    Args:
        mask: Applied to every text before it is encoded.
    """

    def __init__(self, address: Address, subject: TraceSubject, mask: Mask) -> None:
        self._address, self._subject, self._mask = address, subject, mask
        self._client = _client_of(address)

    def send(self, items: Sequence[Span | Score]) -> None:
        """Send observations, then scores. Raises UnreachableError when either is not taken."""
        spans = [item for item in items if isinstance(item, Span)]
        scores = [item for item in items if isinstance(item, Score)]
        if spans:
            self._send_spans(spans)
        if scores:
            self._send_scores(scores)

    def _send_spans(self, spans: Sequence[Span]) -> None:
        import httpx
        from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

        body = gzip.compress(encode_spans([self._encode(span) for span in spans]).SerializeToString())
        headers = {**_headers(self._address), "Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
        try:
            response = self._client.post(f"{self._address.host}/api/public/otel/v1/traces", content=body, headers=headers)
        except (httpx.HTTPError, OSError) as error:
            raise UnreachableError(_reason(error)) from None
        if not response.is_success:
            raise UnreachableError(f"HTTP {response.status_code}")

    def _send_scores(self, scores: Sequence[Score]) -> None:
        import httpx
        from langfuse import __version__
        from langfuse.api import LangfuseAPI
        from langfuse.api.core import ApiError

        address = self._address
        api = LangfuseAPI(
            base_url=address.host,
            username=address.public_key,
            password=address.secret_key,
            x_langfuse_sdk_name="python",
            x_langfuse_sdk_version=__version__,
            x_langfuse_public_key=address.public_key,
            httpx_client=self._client,
            timeout=REQUEST_SECONDS,
        )
        documents: Any = [self._score(score) for score in scores]
        try:
            answer = api.scores.create(request=documents, request_options={"max_retries": 0})
        except ApiError as error:
            raise UnreachableError(f"HTTP {error.status_code}") from None
        except (httpx.HTTPError, OSError) as error:
            raise UnreachableError(_reason(error)) from None
        if rejected := getattr(answer, "rejected", 0):
            raise UnreachableError(f"{rejected} of {len(scores)} scores were rejected")

    def _score(self, score: Score) -> dict[str, Any]:
        value, kind = score.value, "NUMERIC"
        if isinstance(value, bool):
            value, kind = float(value), "BOOLEAN"
        elif isinstance(value, str):
            value, kind = self._mask.apply(value)[:_LONGEST_SCORE] or "-", "CATEGORICAL"
        trace_id = self._subject.trace_id
        document = {
            "id": score_id_of(trace_id, score.name),
            "traceId": trace_id,
            "name": self._mask.apply(score.name),
            "value": value,
            "dataType": kind,
            "comment": self._mask.apply(score.comment),
            "metadata": self._mask.apply_deep({**self._subject.metadata, **score.metadata}),
        }
        return {name: given for name, given in document.items() if given not in ("", {})}

    def _encode(self, span: Span) -> "ReadableSpan":
        from langfuse import __version__
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope
        from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags

        def context(span_id: str) -> SpanContext:
            return SpanContext(
                int(self._subject.trace_id, 16), int(span_id, 16), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)
            )

        return ReadableSpan(
            name=self._mask.apply(span.name),
            context=context(span.span_id),
            parent=context(span.parent_id) if span.parent_id else None,
            resource=Resource({"service.name": "synth_assets"}),
            attributes=self._attributes(span),
            status=Status(StatusCode.ERROR, span.error) if span.error else Status(StatusCode.UNSET),
            start_time=int(span.started_at * 1e9),
            end_time=int(max(span.started_at, span.ended_at) * 1e9),
            instrumentation_scope=InstrumentationScope("langfuse-sdk", __version__, attributes={"public_key": self._address.public_key}),
        )

    def _attributes(self, span: Span) -> dict[str, Any]:
        from langfuse import LangfuseOtelSpanAttributes as Name

        subject = self._subject
        attributes: dict[str, Any] = {
            Name.TRACE_NAME: self._mask.apply(subject.name),
            Name.TRACE_SESSION_ID: subject.session,
            Name.TRACE_TAGS: _TAGS,
            Name.OBSERVATION_TYPE: span.kind,
            **self._metadata(Name.TRACE_METADATA, subject.metadata),
            **self._metadata(Name.OBSERVATION_METADATA, span.metadata),
        }
        told = {
            Name.OBSERVATION_INPUT: self._mask.apply(span.input),
            Name.OBSERVATION_OUTPUT: self._mask.apply(span.output),
            Name.OBSERVATION_MODEL: span.model,
            Name.OBSERVATION_LEVEL: "ERROR" if span.error else "",
            Name.OBSERVATION_STATUS_MESSAGE: span.error,
            Name.OBSERVATION_USAGE_DETAILS: json.dumps(dict(span.usage)) if span.usage else "",
            Name.OBSERVATION_COST_DETAILS: json.dumps({"total": span.dollars}) if span.dollars is not None else "",
            Name.OBSERVATION_MODEL_PARAMETERS: json.dumps(dict(span.parameters)) if span.parameters else "",
        }
        attributes |= {name: text for name, text in told.items() if text}
        return attributes | ({} if span.parent_id else {Name.IS_APP_ROOT: True})

    def _metadata(self, prefix: str, metadata: Any) -> dict[str, str]:
        """Return one attribute an entry; Langfuse reads each as JSON from an SDK of this version."""
        return {f"{prefix}.{name}": json.dumps(self._mask.apply_deep(value), ensure_ascii=False) for name, value in metadata.items()}


def _headers(address: Address) -> dict[str, str]:
    from langfuse import __version__

    return {
        "Authorization": address.authorization,
        "x-langfuse-sdk-name": "python",
        "x-langfuse-sdk-version": __version__,
        "x-langfuse-public-key": address.public_key,
        "x-langfuse-ingestion-version": "4",
    }


@lru_cache(maxsize=2)
def _client_of(address: Address) -> "httpx.Client":  # noqa: ARG001  (a pool of connections for each)
    """Return the connections to a server, kept: their certificates take longer to load than most requests."""
    import httpx
    import langfuse  # noqa: F401  (everything that is slow to load is loaded here, before anybody's time runs)
    import opentelemetry.exporter.otlp.proto.common.trace_encoder
    import opentelemetry.sdk.trace  # noqa: F401

    return httpx.Client(timeout=REQUEST_SECONDS, follow_redirects=False)


def _reason(error: Exception) -> str:
    name = type(error).__name__
    known = {"ConnectError": "connection refused", "ReadTimeout": "no answer in time", "ConnectTimeout": "no answer in time"}
    return known.get(name, reason_of(error))
