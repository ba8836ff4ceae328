"""Langfuse's HTTP API as far as the product uses it: OTLP traces, lists of scores, the project of the keys.

The wire is that of langfuse 5: protobuf, gzip, basic authentication, `x-langfuse-ingestion-version: 4`; scores as a JSON list,
answered with 202, of which the last of equal ids stays.
"""

import base64
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

PROJECT = "project-of-the-tests"
_TRACES = "/api/public/otel/v1/traces"
_SCORES = "/api/public/scores"
_PROJECTS = "/api/public/projects"


@dataclass(frozen=True)
class ReceivedSpan:
    """One observation as it arrived; ids in hex, times in nanoseconds since 1970."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any]
    is_error: bool
    started: int
    ended: int

    @property
    def kind(self) -> str:
        return str(self.attributes["langfuse.observation.type"])

    @property
    def usage(self) -> dict[str, int]:
        found: dict[str, int] = json.loads(self.attributes.get("langfuse.observation.usage_details", "{}"))
        return found

    @property
    def dollars(self) -> float:
        return float(json.loads(self.attributes.get("langfuse.observation.cost_details", '{"total": 0}'))["total"])

    def metadata(self, of: str = "observation") -> dict[str, Any]:
        """Return the metadata of the observation, or of its `trace`."""
        prefix = f"langfuse.{of}.metadata."
        return {name.removeprefix(prefix): json.loads(v) for name, v in self.attributes.items() if name.startswith(prefix)}


class LangfuseReceiver:
    """The server and what arrived; `status` other than 200 and `delay` make it fail or dawdle, on `failing_paths` alone where given."""

    def __init__(self, public_key: str = "pk-lf-of-the-tests", secret_key: str = "sk-lf-of-the-tests") -> None:
        self.public_key, self.secret_key = public_key, secret_key
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": self}))
        self.reset()

    def reset(self) -> None:
        """Forget what arrived, and answer well again."""
        with self.lock:
            self.spans: list[ReceivedSpan] = []
            self.score_writes: list[dict[str, Any]] = []
            self.paths: list[str] = []
            self.bodies: list[bytes] = []
            self.headers: list[dict[str, str]] = []
            self.status, self.delay, self.failing_paths = 200, 0.0, ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point a process to this receiver."""
        return {"LANGFUSE_PUBLIC_KEY": self.public_key, "LANGFUSE_SECRET_KEY": self.secret_key, "LANGFUSE_BASE_URL": self.url}

    @property
    def scores(self) -> dict[str, dict[str, Any]]:
        """What is kept of the scores: the last of each id."""
        with self.lock:
            return {score["id"]: score for score in self.score_writes}

    def scores_of(self, trace_id: str) -> dict[str, Any]:
        """Return the values of a trace's scores by name."""
        return {s["name"]: s["value"] for s in self.scores.values() if s["traceId"] == trace_id}

    def generations(self, trace_id: str | None = None) -> list[ReceivedSpan]:
        with self.lock:
            return [s for s in self.spans if s.kind == "generation" and trace_id in (None, s.trace_id)]

    def roots(self) -> dict[str, ReceivedSpan]:
        """Return the observations that stand below no other, by name."""
        with self.lock:
            return {s.name: s for s in self.spans if not s.parent_id}

    def holds(self, text: str) -> bool:
        """Tell whether a text occurs in any body, unpacked, or in any path."""
        with self.lock:
            return any(text.encode() in body for body in self.bodies) or any(text in path for path in self.paths)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128

    def handle_error(self, *_: Any) -> None:
        """A client that hung up is what some tests want."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: LangfuseReceiver

    def log_message(self, *_: Any) -> None:
        """Tests read the receiver's own log."""

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def _take(self) -> None:
        receiver = self.receiver
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with receiver.lock:
            receiver.paths.append(self.path)
            receiver.bodies.append(body)
            receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
        if receiver.failing_paths in self.path:
            time.sleep(receiver.delay)
            if receiver.status != 200:
                self._answer(receiver.status, {"message": f"no, {receiver.secret_key}"})
                return
        login = base64.b64encode(f"{receiver.public_key}:{receiver.secret_key}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {login}":
            self._answer(401, {"message": "Invalid credentials"})
        elif self.path == _TRACES:
            self._take_traces(body)
        elif self.path == _SCORES:
            self._take_scores(body)
        elif self.path == _PROJECTS:
            self._answer(200, {"data": [{"id": PROJECT, "name": "tests", "metadata": {}, "organization": {"id": "o", "name": "o"}}]})
        else:
            self._answer(404, {"message": f"no route {self.path}"})

    def _take_traces(self, body: bytes) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

        assert self.headers["x-langfuse-ingestion-version"] == "4"
        message = ExportTraceServiceRequest.FromString(body)
        spans = [_decode(s) for r in message.resource_spans for scope in r.scope_spans for s in scope.spans]
        with self.receiver.lock:
            self.receiver.spans += spans
        self._send(200, ExportTraceServiceResponse().SerializeToString(), "application/x-protobuf")

    def _take_scores(self, body: bytes) -> None:
        scores = json.loads(body)
        for score in scores:
            assert score["name"]
            assert isinstance(score["value"], str if score["dataType"] == "CATEGORICAL" else float), score
            assert len(score["traceId"]) == 32
        with self.receiver.lock:
            self.receiver.score_writes += scores
        self._answer(202, {"message": "Accepted"})

    def _answer(self, status: int, document: Any) -> None:
        self._send(status, json.dumps(document).encode(), "application/json")

    def _send(self, status: int, data: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _decode(span: Any) -> ReceivedSpan:
    return ReceivedSpan(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        attributes={a.key: _value(a.value) for a in span.attributes},
        is_error=span.status.code == 2,
        started=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
    )


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return [_value(v) for v in value.array_value.values] if kind == "array_value" else getattr(value, kind)


@contextmanager
def hanging_host() -> Iterator[str]:
    """Yield the address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def refusing_host() -> str:
    """Return an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"
