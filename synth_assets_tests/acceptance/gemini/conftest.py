"""The kitchen of these tests: an emulator whose answers cost no waiting, beside a folder and an environment of the test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from synth_assets.llm import attempts
from synth_assets_tests.acceptance.gemini.restaurateur import let_cook
from synth_assets_tests.gemini import GeminiEmulator


@contextmanager
def cooking(folder: Path) -> Iterator[GeminiEmulator]:
    """Yield an emulator with a model that knows restaurants, this process pointed to it; it waits next to nothing between attempts."""
    with pytest.MonkeyPatch.context() as patch, GeminiEmulator() as gemini:
        more = {"SYNTH_LLM_DIR": folder / "llm", "SYNTH_DATA_DIR": folder / "data", "SYNTH_GEMINI_REQUESTS_PER_MINUTE": 1_000_000}
        for name, value in {**gemini.environment, **more}.items():
            patch.setenv(name, str(value))
        patch.setattr(attempts, "_FIRST_WAIT_SECONDS", 0.01)
        let_cook(gemini)
        yield gemini


@pytest.fixture
def cook(tmp_path: Path) -> Iterator[GeminiEmulator]:
    """The same for one test."""
    with cooking(tmp_path) as gemini:
        yield gemini
