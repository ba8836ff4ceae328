"""The fixtures of everything that is traced; listed in the top conftest, so that every test may take them."""

from collections.abc import Iterator

import pytest

from synth_assets_tests.langfuse.server import LangfuseReceiver


@pytest.fixture(scope="session")
def _langfuse_server() -> Iterator[LangfuseReceiver]:
    with LangfuseReceiver() as receiver:
        yield receiver


@pytest.fixture
def langfuse(_langfuse_server: LangfuseReceiver) -> LangfuseReceiver:
    """The receiver, empty. The environment does not point to it: see `langfuse_environment`."""
    _langfuse_server.reset()
    return _langfuse_server


@pytest.fixture
def langfuse_environment(langfuse: LangfuseReceiver, monkeypatch: pytest.MonkeyPatch) -> LangfuseReceiver:
    """The receiver, with the environment of this process (and of those it starts) pointing to it."""
    for name, value in langfuse.environment.items():
        monkeypatch.setenv(name, value)
    return langfuse
