"""What every test runs under: no network, no one's keys, a throw-away DAGSTER_HOME, hypothesis profiles.

Here: the surroundings of the whole suite. Not here: fixtures of one package (they live beside its tests),
and any import of dagster, great_expectations, pandas or pyarrow (each worker would pay for it).
"""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from synth_assets_tests.properties.tally import pytest_terminal_summary  # noqa: F401  (a hook: how many random schemas were tried)

pytest_plugins = ("synth_assets_tests.gemini.plugin", "synth_assets_tests.langfuse.plugin")

# `ci` repeats itself exactly, so that a red run can be run again; `dev` looks somewhere new each time.
# No deadlines and no complaints of slowness: the machine is shared, and a slow example is not a wrong one.
_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", max_examples=40, derandomize=True, print_blob=True, **_PATIENT)
settings.register_profile("dev", max_examples=40, print_blob=True, **_PATIENT)
settings.register_profile("thorough", max_examples=1_000, print_blob=True, **_PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

LOOPBACK_NAMES = {"localhost", "localhost.localdomain", "ip6-localhost", "", None}
PERSONAL_SETTINGS = (
    "GOOGLE_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "SYNTH_GEMINI_BASE_URL",
    "SYNTH_GEMINI_VERTEX_PROJECT",
    "SYNTH_GEMINI_CACHE",
    "SYNTH_GEMINI_MODEL",
    "SYNTH_LLM_DIR",
    "LANGFUSE_PUBLIC_KEY",
    "LANGFUSE_SECRET_KEY",
    "LANGFUSE_BASE_URL",
    "LANGFUSE_HOST",
    "DAGSTER_POSTGRES_URL",
)


class NetworkBlockedError(RuntimeError):
    """A test tried to leave the machine. Not an OSError: code that forgives those must not hide it."""


def is_loopback(host: object) -> bool:
    """Return whether a host, as sockets are given it, is this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    return name in LOOPBACK_NAMES or str(name).startswith("127.") or str(name) in {"::1", "::ffff:127.0.0.1", "0.0.0.0", "::"}


def _refuse_strangers(sock: socket.socket, address: Any) -> None:
    if sock.family in {socket.AF_INET, socket.AF_INET6} and not is_loopback(address[0]):
        message = f"the tests are offline, and this one dialled {address[0]}:{address[1]}"
        raise NetworkBlockedError(message)


@pytest.fixture(scope="session", autouse=True)
def offline() -> Iterator[None]:
    """Let sockets reach this machine and nothing else; names other than localhost are not even looked up."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _refuse_strangers(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_strangers(self, address)
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_loopback(host) and host != socket.gethostname():
            message = f"the tests are offline, and this one looked up {host!r}"
            raise NetworkBlockedError(message)
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(scope="session", autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the session its own DAGSTER_HOME, silence what phones home, and forget the user's own keys."""
    dagster_home = tmp_path_factory.mktemp("dagster_home")
    (dagster_home / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(dagster_home))
        patch.setenv("GX_ANALYTICS_ENABLED", "false")
        patch.setenv("MPLBACKEND", "Agg")
        for name in PERSONAL_SETTINGS:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository: the folder that holds pyproject.toml."""
    return Path(__file__).resolve().parents[1]
