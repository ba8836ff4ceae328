"""Which files there are, where they lie, and what each is compared with."""

import csv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
DDL = SHARED / "ddl"
ORACLE = SHARED / "oracle" / "postgres_oracle.py"
CANONICAL = "postgres (canonical)"
GROUPS = (CANONICAL, "postgres", "mysql", "sqlite", "tsql", "oracle")


@dataclass(frozen=True)
class CorpusFile:
    """One DDL file; `expected` is the catalog's account of it, `expected_counts` the tables and columns it should have."""

    group: str
    path: Path
    expected: Path | None = None
    expected_counts: tuple[int, int] | None = None

    @property
    def family(self) -> str:
        return self.path.stem

    @property
    def dialect(self) -> str:
        return "postgres" if self.group == CANONICAL else self.group


def corpus_files(dialect: str | None = None, only: str | None = None) -> list[CorpusFile]:
    """Return the files of the corpus, those of a dialect, or those whose family holds the word `only`."""
    counts = _manifest_counts()
    found = []
    for group in GROUPS:
        folder = DDL / "canonical" if group == CANONICAL else DDL / "corpus" / group
        for path in sorted(folder.glob("*.sql")):
            expected = DDL / "expected" / f"{path.stem}.json"
            known = group == CANONICAL and expected.exists()
            found.append(CorpusFile(group, path, expected if known else None, counts.get(path.stem) if known else None))
    return [f for f in found if dialect in (None, f.dialect, f.group) and (only is None or only.lower() in f.family.lower())]


def _manifest_counts() -> dict[str, tuple[int, int]]:
    manifest = DDL / "corpus" / "manifest.csv"
    if not manifest.exists():
        return {}
    with manifest.open(encoding="utf-8", newline="") as lines:
        rows = [r for r in csv.DictReader(lines) if r["dialect"] == "postgres" and r["tables"] and r["columns"]]
    return {r["name"]: (int(r["tables"]), int(r["columns"])) for r in rows}
