"""The versions of a dataset's plan: what became of it, who asked for it and in which words; written once, never changed.

`<dataset>/versions/0001.yaml`, `0002.yaml`, ... and the number of the one that holds in `<dataset>/versions/current`. They lie
beside the dataset and are no part of it: its bytes follow from schema, plan and seed whatever came before.
"""

import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synth_assets.errors import Diagnostic, StorageError
from synth_assets.plan.bounded_yaml import BadYamlError, parse_yaml
from synth_assets.plan.fingerprint import fingerprint_plan
from synth_assets.plan.model import Plan
from synth_assets.plan.patch import PlanPatch
from synth_assets.plan.plan_yaml import dump_fields
from synth_assets.storage.atomic import storage_errors, write_text_atomically, write_text_once

VERSIONS_FOLDER = "versions"
CURRENT_FILE = "current"
_NAME = re.compile(r"(\d{4,9})\.yaml")

Author = Literal["request", "words", "patch", "found"]


class PlanVersion(BaseModel):
    """One version of a plan.

    Attributes:
        number: From 1. based_on: The version it was made of; None for a plan that was not made of another.
        by: `request` for the first plan, `words` for feedback that Gemini put into a patch, `patch` for one a person wrote,
            `found` for a plan that was there without a version: somebody edited it, or made the dataset anew.
        at: When, in UTC to the second; the time of day is no part of the dataset.
        words: What was said; `table`: the table it was said of, empty for the dataset.
        run: The Dagster run that made it.
        notes: What the words asked for and could not be expressed, and other sentences for the reader.
        patch: What changed. plan: What came of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1)
    based_on: int | None = None
    by: Author = "request"
    at: str = ""
    words: str = ""
    table: str = ""
    run: str = ""
    notes: tuple[str, ...] = ()
    patch: PlanPatch | None = None
    plan: Plan


class VersionLog:
    """The versions of the dataset in one folder. Safe for several processes: of two that add the same number, one is refused."""

    def __init__(self, dataset: Path) -> None:
        self.folder = dataset / VERSIONS_FOLDER

    def list_versions(self) -> tuple[PlanVersion, ...]:
        """Return all versions, oldest first. Raises StorageError for one that is damaged."""
        return tuple(self.load(number) for number in self.numbers())

    def numbers(self) -> tuple[int, ...]:
        """Return the numbers of all versions, ascending. Raises StorageError."""
        if not self.folder.is_dir():
            return ()
        with storage_errors("read", self.folder, "STO101"):
            return tuple(sorted(int(found[1]) for p in self.folder.iterdir() if (found := _NAME.fullmatch(p.name))))

    def load(self, number: int) -> PlanVersion:
        """Return one version. Raises StorageError when there is none, or it is damaged."""
        path = self._path(number)
        with storage_errors("read", path, "STO101", if_missing="`synth history` lists the versions there are"):
            return _load(path, path.stat().st_mtime_ns)

    def current(self, plan: Plan, versions: Iterable[PlanVersion]) -> PlanVersion | None:
        """Return the version that holds: of those with this plan the one named as current, else the latest; None without any."""
        wanted = fingerprint_plan(plan)
        same = [v for v in versions if fingerprint_plan(v.plan) == wanted]
        named = self.named()
        return next((v for v in same if v.number == named), same[-1] if same else None)

    def add(self, version: PlanVersion) -> PlanVersion:
        """Write a version under its number, with the time if it has none. Raises StorageError where the number is taken."""
        timed = version if version.at else version.model_copy(update={"at": now_as_text()})
        write_text_once(self._path(version.number), dump_fields(timed))
        return timed

    def set_current(self, number: int) -> None:
        """Name the version that holds, in one file that is replaced as a whole. Raises StorageError."""
        if self.named() != number:
            write_text_atomically(self.folder / CURRENT_FILE, f"{number:04d}\n")

    def named(self) -> int | None:
        """Return the number of the version named as current; None where none is."""
        path = self.folder / CURRENT_FILE
        if not path.exists():
            return None
        with storage_errors("read", path, "STO101"):
            text = path.read_text(errors="replace").strip()
        return int(text) if text.isascii() and text.isdigit() else None

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:04d}.yaml"


@lru_cache(maxsize=64)  # A version never changes, and every step of a run asks for the same ones.
def _load(path: Path, stamp: int) -> PlanVersion:  # noqa: ARG001 - part of the cache's key
    try:
        document, _ = parse_yaml(path.read_bytes().decode())
        return PlanVersion.model_validate(document)
    except (BadYamlError, UnicodeDecodeError, ValidationError) as error:
        found = str(error).partition("\n")[0][:200]
        problem = Diagnostic(code="STO106", where=str(path), message="the file is no version of a plan", found=found)
        raise StorageError("the dataset store refuses", [problem]) from None


def now_as_text() -> str:
    """Return the time in UTC to the second, as ISO 8601."""
    return datetime.fromtimestamp(int(time.time()), UTC).isoformat().replace("+00:00", "Z")
