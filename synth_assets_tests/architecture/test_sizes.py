"""Files and functions stay small, or say here why one is not."""

from pathlib import Path

import pytest

from synth_assets_tests.architecture.sources import REPOSITORY, functions, package_modules, repository_files

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40

# `path: reason`. A file that shrinks below the limit leaves the list.
LONG_FILES: dict[str, str] = {
    "synth_assets/plan/strategies.py": "one union of strategies that hold one another, each with the words that document it",
}

# `path:qualified name: reason`, counted without the docstring. A function that shrinks leaves the list.
LONG_FUNCTIONS: dict[str, str] = {}


def measured_functions() -> dict[str, int]:
    return {f"{path}:{name}": lines for path in package_modules() for name, lines in functions(path)}


def measured_files() -> dict[str, int]:
    sources = [path for path in repository_files() if path.suffix == ".py"]
    return {str(path): len((REPOSITORY / path).read_text(encoding="utf-8").splitlines()) for path in sources}


def test_files_stay_small() -> None:
    long = {path: lines for path, lines in measured_files().items() if lines > MAX_FILE_LINES}
    assert long.keys() == LONG_FILES.keys(), explain(long, LONG_FILES, MAX_FILE_LINES)


def test_functions_stay_small() -> None:
    long = {name: lines for name, lines in measured_functions().items() if lines > MAX_FUNCTION_LINES}
    assert long.keys() == LONG_FUNCTIONS.keys(), explain(long, LONG_FUNCTIONS, MAX_FUNCTION_LINES)


@pytest.mark.parametrize("allowed", [LONG_FILES, LONG_FUNCTIONS], ids=["files", "functions"])
def test_every_exception_gives_a_reason(allowed: dict[str, str]) -> None:
    assert all(len(reason.split()) >= 4 for reason in allowed.values())


def explain(long: dict[str, int], allowed: dict[str, str], limit: int) -> str:
    """Return what is over the limit without a reason, and which reason is not needed any more."""
    unexplained = [
        f"{name} has {lines} lines (limit {limit}): shorten it, or give a reason" for name, lines in long.items() if name not in allowed
    ]
    stale = [f"{name} is within the limit now: remove it from the list" for name in allowed if name not in long]
    return "\n".join(sorted(unexplained) + stale)


def test_a_function_is_measured_without_its_docstring(tmp_path: Path) -> None:
    source = 'class A:\n    def f(self):\n        """One.\n\n        Two.\n        """\n        a = 1\n        return a\n'
    path = tmp_path / "sample.py"
    path.write_text(source, encoding="utf-8")
    assert dict(functions(path)) == {"A.f": 2}
