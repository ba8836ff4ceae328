"""Words about one column of a dataset that Gemini filled: nothing else gets another byte, and the way back gives the first ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from synth_assets_tests.acceptance.gemini.conftest import cooking
from synth_assets_tests.acceptance.gemini.kitchen import RESTAURANTS, digests
from synth_assets_tests.cli.test_commands import run
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.pipeline.test_modify import column_chunks

WORDS = "Half of the guests are vegans."
ANSWER: dict[str, Any] = {
    "answer": "Half of all guests will be vegans.",
    "changes": [
        {"table": "customers", "column": "diet", "null_share": 0.2, "shares": [{"value": "vegan", "share": 0.6}], "reason": "half"}
    ],
    "not_possible": [],
}
ROWS = 120


@dataclass(frozen=True)
class Served:
    folder: Path
    gemini: GeminiEmulator


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with cooking(folder) as gemini:
        (folder / "request.yaml").write_text(f"rows: {ROWS}\nai: required\ngemini: {{rows: 25}}\n")
        run("generate", RESTAURANTS, "--request", folder / "request.yaml", "--format", "parquet", "--out", folder / "out")
        gemini.on(WORDS, ANSWER)
        yield Served(folder / "out", gemini)


def chunks_of(folder: Path) -> dict[str, list[bytes]]:
    """Return the column chunks of every Parquet file of a dataset, by file and column."""
    return {f"{p.name}: {c}": chunks for p in sorted(folder.glob("*.parquet")) for c, chunks in column_chunks(p).items()}


# A run streams no answer; these words do, so the two faults of streams are met here.
@pytest.mark.parametrize("fault", [None, "reset_mid_stream", "stream_error_event"])
def test_one_column_changes_and_comes_back(served: Served, monkeypatch: pytest.MonkeyPatch, fault: str | None) -> None:
    monkeypatch.setenv("SYNTH_GEMINI_CACHE", "off")
    folder, gemini = served.folder, served.gemini
    first, chunks = digests(folder), chunks_of(folder)
    gemini.requests.clear()
    if fault:
        gemini.inject(fault)
    said = run("modify", folder, WORDS, "--yes")
    assert "made again: customers\n" in said.stdout
    assert [(r.action, r.fault) for r in gemini.calls()] == [("streamGenerateContent", f) for f in ([fault] if fault else []) + [None]]
    now, changed = digests(folder), chunks_of(folder)
    assert {name for name in first if first[name] != now[name]} == {"customers.parquet", "manifest.json", "plan.yaml"}
    assert first.keys() == now.keys()
    assert len(chunks) > 50
    assert [name for name in chunks if chunks[name] != changed[name]] == ["customers.parquet: diet"]
    diets = pq.read_table(folder / "customers.parquet").column("diet").to_pylist()
    assert 0.35 < diets.count("vegan") / ROWS < 0.65
    assert "every byte can be made again" in run("verify", folder).stdout
    run("revert", folder, "--to", 1)
    assert digests(folder) == first
