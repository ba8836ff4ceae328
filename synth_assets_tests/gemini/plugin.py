"""The fixtures of everything that asks Gemini; listed in the top conftest, so that every test may take them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from synth_assets_tests.gemini.server import GeminiEmulator


@pytest.fixture(scope="session")
def _gemini_server() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as emulator:
        yield emulator


@pytest.fixture
def gemini(_gemini_server: GeminiEmulator) -> GeminiEmulator:
    """The emulator, with nothing scripted and an empty log. The environment does not point to it: see `gemini_environment`."""
    _gemini_server.reset()
    return _gemini_server


@pytest.fixture
def gemini_environment(gemini: GeminiEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> GeminiEmulator:
    """The emulator, with the environment of this process (and of those it starts) pointing to it and to a folder of the test's own."""
    for name, value in {**gemini.environment, "SYNTH_LLM_DIR": str(tmp_path / "llm")}.items():
        monkeypatch.setenv(name, value)
    return gemini
