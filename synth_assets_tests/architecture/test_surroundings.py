"""The guard around the suite holds: nothing leaves the machine, and the machine itself stays reachable."""

import os
import socket
from pathlib import Path

import pytest

from synth_assets_tests.conftest import NetworkBlockedError

# An address reserved for documentation: nothing listens there.
STRANGER = "192.0.2.1"


@pytest.fixture(autouse=True)
def guard_is_up() -> None:
    """Fail here, before anything is dialled, when the guard is not installed."""
    assert socket.socket.connect.__name__ == "guarded_connect"
    assert socket.getaddrinfo.__name__ == "guarded_look_up"


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_stranger_cannot_be_dialled(method: str) -> None:
    with socket.socket() as sock, pytest.raises(NetworkBlockedError, match=r"192\.0\.2\.1:443"):
        getattr(sock, method)((STRANGER, 443))


def test_a_foreign_name_is_not_looked_up() -> None:
    with pytest.raises(NetworkBlockedError, match=r"host\.invalid"):
        socket.create_connection(("host.invalid", 443))


def test_this_machine_can_be_reached(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(("localhost", server.getsockname()[1])) as client:
        assert client.getpeername()[0] == "127.0.0.1"
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))


def test_no_key_of_the_user_is_visible() -> None:
    assert "GEMINI_API_KEY" not in os.environ
    assert Path(os.environ["DAGSTER_HOME"], "dagster.yaml").exists()
