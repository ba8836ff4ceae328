"""Every package says what it is for, in its docstring and in docs/, and modules keep to the house's form."""

import ast
import os
import re
from pathlib import Path

import pytest

from synth_assets_tests.architecture.sources import PACKAGE, REPOSITORY, is_reserved, package_modules, packages, parse_module

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "handler", "misc", "tools"}

# Who may touch the environment besides settings.py (which does so through pydantic-settings), and why.
READS_ENVIRONMENT = {
    "synth_assets/checks/validation.py": "switches off what Great Expectations sends, before it is imported",
    "synth_assets/llm/knowledge/reader_process.py": "Windows starts no process without SYSTEMROOT; nothing else is passed on",
}


@pytest.mark.parametrize("package", packages())
def test_a_package_says_what_belongs_and_what_does_not(package: str) -> None:
    docstring = ast.get_docstring(parse_module(Path("synth_assets", package, "__init__.py"))) or ""
    first_line = docstring.partition("\n")[0]
    assert first_line.endswith("."), f"{package}: the first line is a sentence that says what the package is for"
    assert "Here:" in docstring, f"{package}: `Here:` says what belongs in it"
    assert "Not here:" in docstring, f"{package}: `Not here:` says what does not, and where it goes"


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {REPOSITORY / path.parent for path in package_modules()}
    assert not [str(folder.relative_to(PACKAGE)) for folder in folders if not (folder / "__init__.py").exists()]


@pytest.mark.parametrize("package", packages())
def test_a_package_has_its_page(package: str) -> None:
    if is_reserved(package):
        architecture = (REPOSITORY / "docs/architecture.md").read_text(encoding="utf-8")
        assert re.search(rf"`{package}`.*reserved|reserved.*`{package}`", architecture), (
            f"docs/architecture.md lists `{package}` as reserved"
        )
        return
    page = REPOSITORY / "docs" / f"{package}.md"
    assert page.exists(), f"docs/{package}.md describes what synth_assets/{package} holds"
    index = (REPOSITORY / "docs/README.md").read_text(encoding="utf-8")
    assert f"({package}.md)" in index, f"docs/README.md links {package}.md"


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(module) for module in package_modules() if parse_module(module).body and not ast.get_docstring(parse_module(module))]
    assert not silent, "a module's docstring says what it is for"


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [str(module) for module in package_modules() if module.stem.strip("_") in VAGUE_NAMES]


def test_annotations_are_evaluated() -> None:
    """Dagster resolves annotations of assets, configs and resources at run time; strings break it."""
    postponed = [
        str(module)
        for module in package_modules()
        for node in ast.walk(parse_module(module))
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    assert not postponed, "`from __future__ import annotations` breaks Dagster's reading of annotations"


def test_the_environment_is_read_in_one_place() -> None:
    readers = {str(module) for module in package_modules() if reads_environment(parse_module(module))}
    assert readers == READS_ENVIRONMENT.keys()


def reads_environment(tree: ast.Module) -> bool:
    """Whether a module touches os.environ or os.getenv."""
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names = {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == os.__name__ for alias in node.names
    }
    return bool({"environ", "getenv", "putenv"} & (attributes | names))
