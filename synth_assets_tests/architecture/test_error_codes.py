"""Every code a diagnostic can carry is explained in docs/errors.md, and nothing else is."""

import re
from pathlib import Path

import pytest

from synth_assets_tests.architecture.sources import REPOSITORY, package_modules

# Any family: a new one is noticed by itself.
CODE = r"[A-Z]{2,4}[0-9]{3}"
PAGE = (REPOSITORY / "docs/errors.md").read_text(encoding="utf-8")
ENTRIES = {entry[1]: entry[2] for entry in re.finditer(rf"^### ({CODE})\b[^\n]*\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)}


def codes_in(path: Path) -> set[str]:
    """Return the codes that stand alone in quotes: those a Diagnostic is made with."""
    return set(re.findall(rf"""["']({CODE})["']""", (REPOSITORY / path).read_text(encoding="utf-8")))


def test_codes_and_entries_are_the_same_set() -> None:
    used = {code: str(path) for path in package_modules() for code in codes_in(path)}
    undocumented = [f"{code} ({path}) has no entry in docs/errors.md" for code, path in sorted(used.items()) if code not in ENTRIES]
    unused = [f"{code} is in docs/errors.md and nowhere in the code" for code in ENTRIES if code not in used]
    assert not undocumented + unused, "\n".join(undocumented + unused)


@pytest.mark.parametrize("code", ENTRIES)
def test_an_entry_says_symptom_cause_and_fix(code: str) -> None:
    parts = re.findall(r"^\*\*(Symptom|Cause|Fix)\*\*:? (\S.*)", ENTRIES[code], re.MULTILINE)
    assert [name for name, _ in parts] == ["Symptom", "Cause", "Fix"]


def test_entries_are_in_order() -> None:
    codes = re.findall(rf"^### ({CODE})\b", PAGE, re.MULTILINE)
    assert len(codes) == len(set(codes))
    for family in re.findall(r"^## (\w+)", PAGE, re.MULTILINE):
        mine = [code for code in codes if code.startswith(family)]
        assert mine == sorted(mine)
