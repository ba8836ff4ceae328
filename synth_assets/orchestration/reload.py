"""Asking this code location to read the uploads again and load what follows: the one place that needs Dagster's internals.

The daemon tells a sensor the address of its own code server, so no web server, URL or login is needed;
where the code location is not behind gRPC, the web server's GraphQL does the same. Both calls are
covered by tests with real processes, because Dagster does not promise them.
"""

import json
import urllib.error
import urllib.request
from typing import Any

import dagster as dg

from synth_assets.errors import ExternalServiceError
from synth_assets.settings import load_settings

RELOAD_TIMEOUT_SECONDS = 300

_MUTATION = """mutation($location: String!, $key: String!) {
  refreshComponentState(locationName: $location, defsStateKey: $key) {
    __typename
    ... on RefreshComponentStateError { message }
    ... on PythonError { message }
    ... on UnauthorizedError { message }
  }
}"""


def refresh_and_reload(context: dg.SensorEvaluationContext, state_key: str) -> str:
    """Have the component's state written anew, then the location loaded from it; return what was done.

    The code server that evaluates the calling tick keeps running until the tick ends; the next tick runs in its successor.

    Raises:
        ExternalServiceError: The server refused or failed; the definitions loaded before stay in use.
    """
    from dagster._core.remote_origin import GrpcServerCodeLocationOrigin

    origin = context.code_location_origin
    if isinstance(origin, GrpcServerCodeLocationOrigin):
        return _by_grpc(origin, state_key)
    return _by_graphql(origin.location_name if origin else "synth_assets", state_key)


def _by_grpc(origin: Any, state_key: str) -> str:
    from dagster_shared.serdes import deserialize_value

    client = origin.create_client()
    reply = client.refresh_component_state(defs_state_keys=[state_key])
    if reply.serialized_error:
        error: Any = deserialize_value(reply.serialized_error)
        raise ExternalServiceError(f"the code server could not read the uploads: {error.message}")
    client.reload_code(timeout=RELOAD_TIMEOUT_SECONDS)
    return f"reloaded {origin.location_name}"


def _by_graphql(location: str, state_key: str) -> str:
    url = f"{load_settings().webserver_url.rstrip('/')}/graphql"
    body = json.dumps({"query": _MUTATION, "variables": {"location": location, "key": state_key}}).encode()
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=RELOAD_TIMEOUT_SECONDS) as response:  # noqa: S310
            reply = json.load(response)
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        raise ExternalServiceError(f"no answer from the web server at {url}: {error}") from error
    outcome = (reply.get("data") or {}).get("refreshComponentState") or {"message": json.dumps(reply.get("errors"))}
    if "message" in outcome:
        raise ExternalServiceError(f"the web server could not reload {location}: {outcome['message']}")
    return f"reloaded {location} by {url}"
