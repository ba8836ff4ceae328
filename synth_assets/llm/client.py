"""The SDK's client: one a process and address, held for as long as the process lives.

Here: where requests go and with which login. Not here: what is in them (`wire`). Making one costs about 0.3 s, and the SDK closes
the connections of a client that nobody holds.
"""

import os
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from synth_assets.llm.failures import bad_address, no_key
from synth_assets.settings import LlmSettings

if TYPE_CHECKING:
    from google.genai import Client

_API_VERSION = "v1beta"
_lock = threading.Lock()
_clients: "dict[tuple[str | float | None, ...], Client]" = {}


def make_client(settings: LlmSettings) -> "Client":
    """Return the client of these settings: a new one only where this process has none yet.

    Raises:
        LlmError: `LLM101` without a key, `LLM108` for an address that is none.
    """
    if not settings.may_ask:
        raise no_key()
    if settings.base_url is not None and not _is_address(settings.base_url):
        raise bad_address(settings.base_url)
    key = settings.api_key.get_secret_value() if settings.api_key else None
    identity = (os.getpid(), key, settings.base_url, settings.vertex_project, settings.vertex_location, settings.timeout_seconds)
    with _lock:
        if identity not in _clients:
            _clients[identity] = _new_client(settings, key)
        return _clients[identity]


def _is_address(url: str) -> bool:
    """Tell whether a web server can be there: the SDK and its transport say otherwise in many ways, and name no variable."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _new_client(settings: LlmSettings, key: str | None) -> "Client":
    from google.genai import Client, types

    # No retry options: one layer tries again, and it is ours. The SDK's does not look at RetryInfo, and is in no journal.
    options = types.HttpOptions(base_url=settings.base_url, timeout=int(settings.timeout_seconds * 1000), retry_options=None)
    if settings.vertex_project is not None:
        # Both are named here: beside a base_url the SDK drops those it finds in the environment.
        return Client(enterprise=True, project=settings.vertex_project, location=settings.vertex_location, http_options=options)
    options.api_version = _API_VERSION
    return Client(enterprise=False, api_key=key, http_options=options)
