"""The HTTP server: routes, logins, faults of the transport, the log of requests."""

import copy
import json
import math
import re
import socket
import struct
import threading
import time
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from synth_assets_tests.gemini.answers import build_embeddings, build_response, split_stream
from synth_assets_tests.gemini.faults import HTTP_ERRORS, Fault, rate_limit_body, spoil_response
from synth_assets_tests.gemini.refusals import refuse_request
from synth_assets_tests.gemini.wire import MODELS, RecordedRequest, Reply, WireError, content_tokens, error_body, in_camel_case

_ROUTE = re.compile(r"^/(?P<version>v1(?:alpha|beta)?\d?)/(?:projects/(?P<project>[^/]+)/locations/[^/]+/)?(?P<rest>.+)$")
_MODEL = re.compile(r"(?:publishers/[^/]+/)?models/([^/:]+)$")
_GENERATING = {"generateContent", "streamGenerateContent"}
_EMBEDDING = {"embedContent", "batchEmbedContents", "predict"}

Asks = Callable[[RecordedRequest], bool]
Answers = Callable[[RecordedRequest], Any]


class GeminiEmulator:
    """The server, what it is told to answer, and the log of what it was asked.

    Args:
        host, port: Where it listens; port 0 takes any free one.
        api_keys: Keys it lets in; None takes any.
        requests_per_minute: Above this it answers 429; None sets no limit.
        latency: Seconds before every answer.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        api_keys: set[str] | None = None,
        requests_per_minute: int | None = None,
        latency: float = 0.0,
    ) -> None:
        self.api_keys, self.requests_per_minute, self.latency = api_keys, requests_per_minute, latency
        self.lock = threading.RLock()
        self.requests: list[RecordedRequest] = []
        self.faults: list[Fault] = []
        self.most_in_flight = self._in_flight = 0
        self._scripts: list[tuple[Asks, Answers]] = []
        self._answered_at: list[float] = []
        self._server = _Server((host, port), type("Handler", (_Handler,), {"emulator": self}))

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point a process of the product here."""
        return {"GEMINI_API_KEY": "emulated-key", "SYNTH_GEMINI_BASE_URL": self.url}

    def serve(self) -> None:
        """Answer until the process ends."""
        self._server.serve_forever()

    def __enter__(self) -> Self:
        serve = self._server.serve_forever
        threading.Thread(target=serve, kwargs={"poll_interval": 0.02}, daemon=True, name="gemini-emulator").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def on(self, match: str | Asks, answer: Any) -> None:
        """Script an answer; what was scripted last is looked at first.

        Args:
            match: Words that the prompt holds, or a function of the request.
            answer: A JSON value, a text, a Reply, or a function of the request that gives one (None leaves it to the next script).
        """
        asks: Asks = match if callable(match) else (lambda request, words=match: words in request.prompt)
        gives: Answers = answer if callable(answer) else (lambda _, value=answer: copy.deepcopy(value))
        with self.lock:
            self._scripts.insert(0, (asks, gives))

    def inject(self, kind: str, **details: Any) -> Fault:
        """Let something go wrong; see `Fault` for the details. Faults happen in the order they were injected."""
        fault = Fault(kind, **details)
        with self.lock:
            self.faults.append(fault)
        return fault

    def calls(self, action: str | None = None) -> list[RecordedRequest]:
        """Return the requests so far, in order; of one action, or of all."""
        with self.lock:
            return [r for r in self.requests if action is None or r.action == action]

    def reset(self) -> None:
        """Forget scripts, faults and the log."""
        with self.lock:
            for forgotten in (self.requests, self.faults, self._scripts, self._answered_at):
                forgotten.clear()
            self.most_in_flight, self.latency, self.requests_per_minute, self.api_keys = self._in_flight, 0.0, None, None

    def enter(self, request: RecordedRequest) -> None:
        with self.lock:
            self.requests.append(request)
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)

    def leave(self) -> None:
        with self.lock:
            self._in_flight -= 1

    def take_fault(self, request: RecordedRequest) -> Fault | None:
        """Return the fault that happens to a request now, and count it down."""
        with self.lock:
            fault = next((f for f in self.faults if f.takes(request) and _concerns(f, request)), None)
            if fault is not None and fault.times > 0:
                fault.times -= 1
        request.fault = fault.kind if fault else None
        return fault

    def answer(self, request: RecordedRequest) -> dict[str, Any]:
        """Return the response to a request that nothing happens to. Raises WireError."""
        refuse_request(request)
        with self.lock:
            scripts = list(self._scripts)
        for asks, gives in scripts:
            if asks(request) and (value := gives(request)) is not None:
                return build_response(request, value if isinstance(value, Reply) else Reply(value))
        return build_response(request, None)

    def wait_of_quota(self) -> float | None:
        """Return the seconds until there is room for one more request, None where there is."""
        if self.requests_per_minute is None:
            return None
        now = time.monotonic()
        with self.lock:
            self._answered_at[:] = [t for t in self._answered_at if now - t < 60]
            if len(self._answered_at) < self.requests_per_minute:
                self._answered_at.append(now)
                return None
            return round(60 - (now - self._answered_at[0]), 1)


def _concerns(fault: Fault, request: RecordedRequest) -> bool:
    return fault.kind != "refuses_sampling" or bool({"temperature", "topP"} & request.config.keys())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # the default of 5 drops connections as soon as a client opens a pool

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients hang up on purpose in tests of timeouts."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "gemini-emulator"
    emulator: GeminiEmulator

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urllib.parse.urlsplit(self.path)
        if url.path.startswith("/__emulator/"):
            self._control(url.path, raw)
            return
        route = _ROUTE.match(url.path)
        try:
            body = in_camel_case(json.loads(raw) if raw else {})
        except json.JSONDecodeError:
            self._send(400, error_body(400, "INVALID_ARGUMENT", "Invalid JSON payload received."))
            return
        resource, _, action = (route["rest"] if route else "").partition(":")
        model = _MODEL.match(resource)
        request = RecordedRequest(
            method=self.command,
            path=url.path,
            query=dict(urllib.parse.parse_qsl(url.query)),
            headers={k.lower(): v for k, v in self.headers.items()},
            body=body,
            mode="vertex" if route and (route["project"] or resource.startswith("publishers/")) else "developer",
            version=route["version"] if route else "",
            model=model[1] if model else None,
            action=action or None,
        )
        self._handle(request)

    do_GET = do_POST  # noqa: N815

    def _handle(self, request: RecordedRequest) -> None:
        self.emulator.enter(request)
        try:
            self._let_in(request)
            self._route(request)
        except WireError as error:
            request.status = error.status
            self._send(error.status, error.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.emulator.leave()

    def _let_in(self, request: RecordedRequest) -> None:
        key = request.headers.get("x-goog-api-key") or request.query.get("key")
        if request.mode == "vertex" and not key:
            if not request.headers.get("authorization", "").startswith("Bearer "):
                raise WireError(401, "UNAUTHENTICATED", "Request is missing required authentication credential.")
        elif not key:
            raise WireError(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")
        if key and self.emulator.api_keys is not None and key not in self.emulator.api_keys:
            reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
            raise WireError(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [reason])

    def _route(self, request: RecordedRequest) -> None:
        fault = self.emulator.take_fault(request)
        time.sleep(self.emulator.latency + (fault.delay if fault and fault.kind == "slow" else 0))
        if self._fail(request, fault):
            return
        if request.action in _GENERATING and (wait := self.emulator.wait_of_quota()) is not None:
            self._refuse_rate(request, wait)
        elif request.action == "generateContent":
            response = spoil_response(fault, self.emulator.answer(request))
            request.status = 200
            self._send(200, response)
        elif request.action == "streamGenerateContent":
            self._stream(request, fault)
        elif request.action == "countTokens":
            request.status = 200
            self._send(200, {"totalTokens": content_tokens(request.body.get("generateContentRequest") or request.body)})
        elif request.action in _EMBEDDING and request.model in MODELS:
            request.status = 200
            self._send(200, build_embeddings(request))
        else:
            raise WireError(404, "NOT_FOUND", f"no route {request.path}")

    def _fail(self, request: RecordedRequest, fault: Fault | None) -> bool:
        """Let a fault of the transport happen; False where the request is answered after all."""
        if fault is None:
            return False
        if fault.kind in HTTP_ERRORS:
            status, code = HTTP_ERRORS[fault.kind]
            raise WireError(status, code, fault.message or f"emulated {code}")
        if fault.kind == "refuses_sampling":
            raise WireError(400, "INVALID_ARGUMENT", "temperature and topP are not supported by this model.")
        if fault.kind == "rate_limit":
            self._refuse_rate(request, fault.retry_after)
        elif fault.kind == "html_502":
            request.status = 502
            self._send(502, b"<html><title>502 Bad Gateway</title></html>", {"Content-Type": "text/html"})
        elif fault.kind == "bad_json_body":
            request.status = 200
            self._send(200, b'{"candidates": [{"content"')
        elif fault.kind == "reset_before":
            self._hang_up()
        else:
            return False
        return True

    def _refuse_rate(self, request: RecordedRequest, seconds: float) -> None:
        request.status = 429
        self._send(429, rate_limit_body(seconds, request.model or ""), {"Retry-After": str(math.ceil(seconds))})

    def _stream(self, request: RecordedRequest, fault: Fault | None) -> None:
        chunks = split_stream(spoil_response(fault, self.emulator.answer(request)))
        request.status = 200
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number, chunk in enumerate(chunks):
            if fault and number == fault.after_chunks and fault.kind == "reset_mid_stream":
                time.sleep(0.05)
                self._hang_up()
                return
            if fault and number == fault.after_chunks and fault.kind == "stream_error_event":
                self._send_event(error_body(503, "UNAVAILABLE", "The model is overloaded."))
                break
            self._send_event(chunk)
        self.wfile.write(b"0\r\n\r\n")

    def _send_event(self, event: dict[str, Any]) -> None:
        data = b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\r\n\r\n"
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json; charset=UTF-8", "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _hang_up(self) -> None:
        """Close with a reset, as a machine that dies does."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _control(self, path: str, raw: bytes) -> None:
        """Serve another process: inject a fault, forget everything, give the log."""
        emulator = self.emulator
        if path.endswith("/faults"):
            emulator.inject(**json.loads(raw))
        elif path.endswith("/reset"):
            emulator.reset()
        log = [{"action": r.action, "model": r.model, "prompt": r.prompt, "status": r.status, "fault": r.fault} for r in emulator.calls()]
        self._send(200, {"requests": log, "most_in_flight": emulator.most_in_flight})
