"""Reading the repository as text and as syntax trees, for the tests of its rules."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "synth_assets"


@cache
def repository_files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, under version control; relative to the root, sorted."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60).stdout
    return tuple(sorted(Path(name) for name in listed.split("\0") if name and (REPOSITORY / name).is_file()))


def read_text(path: Path) -> str | None:
    """Return a repository file's text, or None for a binary file."""
    content = (REPOSITORY / path).read_bytes()
    return None if b"\0" in content[:8192] else content.decode("utf-8")


@cache
def package_modules() -> tuple[Path, ...]:
    """Every Python module of the package, relative to the root."""
    return tuple(sorted(path.relative_to(REPOSITORY) for path in PACKAGE.rglob("*.py")))


@cache
def parse_module(path: Path) -> ast.Module:
    return ast.parse((REPOSITORY / path).read_text(encoding="utf-8"), filename=str(path))


@cache
def packages() -> tuple[str, ...]:
    """The packages directly under synth_assets, by name."""
    return tuple(sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")))


def is_reserved(package: str) -> bool:
    """Whether a package is a seam: one file that holds a docstring and nothing else."""
    modules = list((PACKAGE / package).rglob("*.py"))
    return len(modules) == 1 and len(parse_module(modules[0].relative_to(REPOSITORY)).body) == 1


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function of a module as (qualified name, lines of its body without the docstring)."""
    yield from _functions_below(parse_module(path), "")


def _functions_below(node: ast.AST, prefix: str) -> Iterator[tuple[str, int]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{prefix}{child.name}"
            body = child.body[1:] if ast.get_docstring(child, clean=False) is not None else child.body
            yield name, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield from _functions_below(child, f"{name}.")
        elif isinstance(child, ast.ClassDef):
            yield from _functions_below(child, f"{prefix}{child.name}.")
        else:
            yield from _functions_below(child, prefix)
