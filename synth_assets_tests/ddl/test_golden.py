"""Golden files: `golden/x.sql` gives `golden/x.schema.txt` and `golden/x.diagnostics.txt`.

After a wanted change: `UPDATE_GOLDEN=1 pytest synth_assets_tests/ddl/test_golden.py`, then read the difference.
"""

import os
from pathlib import Path

import pytest

from synth_assets.ddl import read_ddl
from synth_assets_tests.ddl.summaries import summarise_schema

GOLDEN = Path(__file__).parent / "golden"
SOURCES = sorted(GOLDEN.glob("*.sql"))


def test_there_are_golden_files() -> None:
    assert len(SOURCES) >= 8


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.name)
def test_reading_gives_what_is_on_file(path: Path) -> None:
    result = read_ddl(path.read_bytes(), source=path.name)
    actual = {
        ".schema.txt": summarise_schema(result.schema),
        ".diagnostics.txt": "".join(f"{d.severity} {d.render()}\n" for d in result.diagnostics),
    }
    for suffix, text in actual.items():
        expected = path.with_name(path.name.removesuffix(".sql") + suffix)
        if os.environ.get("UPDATE_GOLDEN"):
            expected.write_text(text, encoding="utf-8")
        assert text == expected.read_text(encoding="utf-8"), f"{expected.name} differs; UPDATE_GOLDEN=1 rewrites it"
