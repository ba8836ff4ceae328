"""Nothing in the repository is tied to one machine, and every data file can be read."""

import json
import re
import subprocess
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from synth_assets_tests.architecture.sources import REPOSITORY, read_text, repository_files

# Assembled from pieces, so that this file does not match itself. Containers have paths of their own (/app, /data): not listed.
MACHINE_PATHS = re.compile(
    "|".join(
        (
            r"(?<![\w.$~-])/(?:" + "|".join(("work", "root", "opt" + "/pypi", "opt" + "/wheels", "Users")) + r")/\w",
            r"(?<![\w.$~-])/home/(?!user\b|me\b|you\b)[a-z]\w*/",
            r"\b[A-Z]:\\Users\\",
        )
    )
)
REGISTRY_HOSTS = re.compile(
    r"\b(?:" + "|".join(r"\.".join(name) for name in (
        ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"),
        ("proxy", "golang", "org"), ("crates", "io"), ("anaconda", "org"), ("debian", "org"), ("rubygems", "org"),
        ("maven", "org"), ("nuget", "org"),
    )) + r")\b"
)  # fmt: skip
TEXT_FILES = tuple(path for path in repository_files() if read_text(path) is not None)
LOCK = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
LOCKED = {canonicalize_name(name): version for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", LOCK, re.MULTILINE)}


def project() -> dict[str, object]:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, REGISTRY_HOSTS], ids=["machine path", "registry host"])
def test_no_file_is_tied_to_a_machine(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:120]}"
        for path in TEXT_FILES
        for number, line in enumerate((read_text(path) or "").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE_PATHS, "see /" + "work/main/x.py"),
        (MACHINE_PATHS, "file:///" + "opt/pypi/simple"),
        (MACHINE_PATHS, "/" + "home/someone/project"),
        (REGISTRY_HOSTS, "https://" + "pypi." + "org/simple"),
        (REGISTRY_HOSTS, "files.python" + "hosted.org"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


def test_every_text_file_is_utf8_with_unix_lines() -> None:
    assert not [str(path) for path in TEXT_FILES if "\r\n" in (read_text(path) or "")]


def parse_yaml(text: str) -> None:
    list(yaml.safe_load_all(text))


def parse_json_lines(text: str) -> None:
    for line in text.splitlines():
        json.loads(line)


PARSERS = {".yaml": parse_yaml, ".yml": parse_yaml, ".json": json.loads, ".jsonl": parse_json_lines, ".toml": tomllib.loads}


def test_data_files_parse() -> None:
    faults = []
    for path in TEXT_FILES:
        try:
            PARSERS.get(path.suffix, str)(read_text(path) or "")
        except (yaml.YAMLError, ValueError) as error:
            faults.append(f"{path}: {error}")
    assert not faults, "\n".join(faults)


def test_the_lock_names_no_place_to_install_from() -> None:
    assert not re.search(r"^\s*(?:-i|--(?:extra-)?index-url|--find-links|-f|--trusted-host|-e|--editable)\b", LOCK, re.MULTILINE)
    assert not re.search(r"://| @ |^\s*[./]", LOCK, re.MULTILINE)


def test_everything_locked_is_hashed() -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", LOCK)
    assert LOCKED
    assert not [entry.split()[0] for entry in entries if not entry.startswith("#") and "--hash=sha256:" not in entry]


def test_the_lock_meets_the_declared_dependencies() -> None:
    declared = project()
    wanted = [Requirement(text) for text in [*declared["dependencies"], *declared["optional-dependencies"]["dev"]]]
    unmet = [str(r) for r in wanted if not r.specifier.contains(LOCKED.get(canonicalize_name(r.name), "0"))]
    assert not unmet, f"run `make lock`: {unmet}"


def test_the_lock_pulls_no_deep_learning_stack() -> None:
    assert not {"torch", "tensorflow", "jax"} & LOCKED.keys()


def test_no_link_leads_out_of_the_repository() -> None:
    listed = subprocess.run(("git", "ls-files", "-s"), cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60).stdout
    assert not [line for line in listed.splitlines() if line.startswith(("120000", "160000"))]


def test_links_between_pages_lead_somewhere() -> None:
    dangling = [
        f"{page}: {target}"
        for page in TEXT_FILES
        if page.suffix == ".md"
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", read_text(page) or "")
        if not (REPOSITORY / page).parent.joinpath(target).exists()
    ]
    assert not dangling, "\n".join(dangling)


def test_pages_name_files_that_exist() -> None:
    """Where a page says which file something goes into, that file is there; `<name>` stands for anything."""
    named = [
        (page, path)
        for page in TEXT_FILES
        if page.suffix == ".md" and page.name != "CHANGELOG.md"
        for path in re.findall(r"`(synth_assets(?:_tests)?/[^`\s]*)`", read_text(page) or "")
    ]
    assert named
    missing = [f"{page}: {path}" for page, path in named if not list(REPOSITORY.glob(re.sub(r"<[^>]*>", "*", path).rstrip("/")))]
    assert not missing, "\n".join(missing)


def test_every_data_file_of_the_package_is_shipped() -> None:
    setuptools = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    shipped = setuptools["package-data"]["*"]
    data_files = [path for path in repository_files() if path.parts[0] == "synth_assets" and path.suffix != ".py"]
    assert not [str(path) for path in data_files if not any(path.match(pattern) for pattern in shipped)]
