"""The labelled dataset of the examples, by templates and by Gemini: 640 messages, eight categories, splits within one row, no twins."""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from synth_assets.labelled_text.near_duplicates import NEAR_DUPLICATE, find_near_duplicates
from synth_assets_tests.acceptance.gemini.conftest import cooking
from synth_assets_tests.cli.test_commands import run
from synth_assets_tests.labelled_text.author import ScriptedAuthor
from synth_assets_tests.labelled_text.samples import EXAMPLE

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
PER_CATEGORY = 80


@pytest.fixture(params=["without a key", "with one"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A folder as `synth label` makes it of a file that gives no counts and no splits, and what was said."""
    document = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    assert "splits" not in document
    assert not any("count" in category for category in document["categories"])
    arguments = ("label", EXAMPLE, "--format", "parquet", "--out", tmp_path / "out")
    if request.param == "without a key":
        return tmp_path / "out", run(*arguments).output
    with cooking(tmp_path) as gemini:
        ScriptedAuthor().take_part(gemini)
        said = run(*arguments, "--ai", "required").output
        assert len(gemini.calls("generateContent")) == 8 * 4 + 26
        return tmp_path / "out", said


def test_the_default_dataset(made: tuple[Path, str]) -> None:
    folder, _ = made
    rows = {name: pq.read_table(folder / f"{name}.parquet").to_pylist() for name in ("messages", *SHARES)}
    assert list(rows["messages"][0]) == ["message", "category", "confidence"]
    counts = Counter(row["category"] for row in rows["messages"])
    assert len(rows["messages"]) == 640
    assert len(counts) == 8
    assert set(counts.values()) == {PER_CATEGORY}
    split = [row["message"] for name in SHARES for row in rows[name]]
    assert sorted(split) == sorted(row["message"] for row in rows["messages"])
    for name, share in SHARES.items():
        of_category = Counter(row["category"] for row in rows[name])
        assert all(abs(of_category[category] - share * PER_CATEGORY) <= 1 for category in counts)
    # Every pair is looked at, within a split and across two.
    assert find_near_duplicates(split) == []
    assert similar("The card was refused at a till again", "the card was refused at a till, again!")
    assert all(0 < row["confidence"] <= 1 for row in rows["messages"])


def similar(one: str, other: str) -> bool:
    """Whether the search finds a pair that it should find: or finding none would prove nothing."""
    return NEAR_DUPLICATE < 1 and len(find_near_duplicates([one, other])) == 1
