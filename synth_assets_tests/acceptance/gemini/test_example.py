"""`make gemini`, command by command: the example that people with a key begin with."""

import re
import shlex
from pathlib import Path

import pytest

from synth_assets_tests.cli.test_commands import run
from synth_assets_tests.gemini import GeminiEmulator

SYNTH = re.compile(r"^\t@\$\(BIN\)/synth (.*)$", re.MULTILINE)


@pytest.fixture
def commands(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The words of each command of the target, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    target = (repository / "Makefile").read_text(encoding="utf-8").split("\ngemini:")[1].split("\n\n")[0]
    found = [shlex.split(line.replace("examples/", f"{repository}/examples/")) for line in SYNTH.findall(target)]
    assert [words[0] for words in found] == ["estimate", "generate", "prove", "verify"]
    return found


def test_it_costs_what_it_says_and_every_command_ends_well(commands: list[list[str]], cook: GeminiEmulator) -> None:
    said = [run(*words).output for words in commands]
    assert f"expected: {len(cook.calls())} calls" in said[0]
    assert len(cook.calls()) == 30
    assert "over the budget" not in said[0]
    assert "every byte can be made again" in said[-1]
    run(*commands[1])
    assert len(cook.calls()) == 30, "a second time asks nothing"


def test_without_a_key_it_says_what_to_set(commands: list[list[str]]) -> None:
    assert "GEMINI_API_KEY" in run(*commands[1], code=3).stderr
