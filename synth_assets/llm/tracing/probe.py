"""Whether Langfuse answers at all, found out with the standard library before anything of its SDK is loaded.

A server that refuses, hangs or does not know the keys then costs no import; one that answers also says which project the keys are
of, which the address of a trace needs.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

from synth_assets.llm.tracing.address import Address, known_project, remember_project

PROBE_SECONDS = 1.0
"""Of each step of connecting; the whole is bounded by whoever waits."""

_MOST_BYTES = 65_536


class UnreachableError(Exception):
    """Langfuse did not take what it was sent; the text says why, without the server's own words."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The keys are for this server and not for whom it points to."""

    def redirect_request(self, *_: Any) -> None:
        return None


def find_project(address: Address) -> str:
    """Return the id of the keys' project, asking the server once a process; empty where it does not say.

    Raises:
        UnreachableError: No connection, no answer in time, or a status that is none of success.
    """
    known = known_project(address)
    if known is not None:
        return known
    project = _ask(address)
    remember_project(address, project)
    return project


def _ask(address: Address) -> str:
    url = f"{address.host}/api/public/projects"
    if not url.startswith(("http://", "https://")):
        raise UnreachableError("LANGFUSE_BASE_URL is no web address")
    request = urllib.request.Request(url, headers={"Authorization": address.authorization})  # noqa: S310  (checked above)
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=PROBE_SECONDS) as response:
            return _project_in(json.loads(response.read(_MOST_BYTES)))
    except urllib.error.HTTPError as error:
        raise UnreachableError(f"HTTP {error.code}") from None
    except (OSError, HTTPException, ValueError) as error:
        raise UnreachableError(reason_of(error)) from None


def _project_in(document: Any) -> str:
    projects = document.get("data") if isinstance(document, Mapping) else None
    first = projects[0] if isinstance(projects, list) and projects else None
    found = first.get("id") if isinstance(first, Mapping) else None
    return found if isinstance(found, str) and found.replace("-", "").replace("_", "").isalnum() else ""


def reason_of(error: BaseException) -> str:
    """Return what went wrong on the way in a few words; never the server's, and no address, which may hold a password."""
    cause = getattr(error, "reason", error)
    cause = cause if isinstance(cause, BaseException) else error
    name = type(cause).__name__
    words = {
        "ConnectionRefusedError": "connection refused",
        "ConnectionResetError": "connection reset",
        "gaierror": "its name is not known",
        "TimeoutError": "no answer in time",
    }
    return words.get(name, f"no usable answer ({name})")
