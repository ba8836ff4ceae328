"""Verify a folder: generate it again from its own plan and schema, and compare every byte by digest."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from synth_assets.engine import ENGINE_VERSION
from synth_assets.pipeline.folder import DDL_FILE, Folder, load_folder
from synth_assets.pipeline.generate import OnTableProgress, write_rows
from synth_assets.pipeline.manifest import vocabulary_fingerprints
from synth_assets.plan.fingerprint import fingerprint_plan
from synth_assets.schema.fingerprint import fingerprint_schema
from synth_assets.storage import CountingSink, sha256_of_file


@dataclass(frozen=True)
class Mismatch:
    """One difference: what was compared, what the manifest (or the file) says, what was found now."""

    subject: str
    expected: str
    found: str


@dataclass(frozen=True)
class VerifyReport:
    """All differences; none means that every byte can be made again."""

    path: Path
    files: int
    mismatches: tuple[Mismatch, ...]

    @property
    def passed(self) -> bool:
        return not self.mismatches


def verify_directory(folder: Path, on_progress: OnTableProgress | None = None) -> VerifyReport:
    """Compare a folder with its manifest, and its rows with what its plan gives now. Nothing is written.

    Every file is digested; every table is generated again and digested on the way, in flat memory.

    Raises:
        StorageError, PlanError: Manifest, schema or plan are missing or damaged.
        GenerationError: The rows cannot be generated again.
    """
    contents = load_folder(folder)
    mismatches = [*_compare_inputs(contents), *_compare_files(contents)]
    # With another schema, plan or filled texts than the manifest's, generating again would only repeat that.
    texts = {f"file {entry.filled}" for entry in contents.manifest.tables if entry.filled}
    if not any(m.subject in {"schema", "plan", *texts} for m in mismatches):
        mismatches += _compare_rows(contents, on_progress)
    return VerifyReport(folder, len(contents.manifest.files), tuple(mismatches))


def _compare_inputs(contents: Folder) -> Iterator[Mismatch]:
    manifest = contents.manifest
    now = {
        "schema": (manifest.schema_fingerprint, fingerprint_schema(contents.schema)),
        "plan": (manifest.plan_fingerprint, fingerprint_plan(contents.plan)),
        "engine version": (manifest.engine_version, ENGINE_VERSION),
    }
    if manifest.format == "parquet":
        now["pyarrow version"] = (manifest.pyarrow_version, version("pyarrow"))
    vocabularies = vocabulary_fingerprints(contents.plan)
    for name in sorted({*vocabularies, *manifest.vocabularies}):
        now[f"vocabulary {name}"] = (manifest.vocabularies.get(name, "none"), vocabularies.get(name, "none"))
    yield from (Mismatch(subject, expected, found) for subject, (expected, found) in now.items() if expected != found)


def _compare_files(contents: Folder) -> Iterator[Mismatch]:
    for entry in contents.manifest.files:
        path = contents.path / Path(entry.name).name
        if not path.exists():
            yield Mismatch(f"file {entry.name}", entry.sha256, "missing")
        elif (digest := sha256_of_file(path)) != entry.sha256:
            yield Mismatch(f"file {entry.name}", entry.sha256, digest)


def _compare_rows(contents: Folder, on_progress: OnTableProgress | None) -> list[Mismatch]:
    manifest = contents.manifest
    expected = {entry.name: entry.sha256 for entry in manifest.files}
    sinks: dict[str, CountingSink] = {}

    @contextmanager
    def digesting(name: str) -> Iterator[CountingSink]:
        sinks[name] = CountingSink()
        yield sinks[name]

    ddl = contents.path / DDL_FILE
    ddl_text = ddl.read_bytes().decode(errors="replace") if manifest.format == "sql" and ddl.exists() else None
    rows, _ = write_rows(contents.schema, contents.plan, manifest.format, ddl_text, digesting, on_progress, contents.load_texts())
    found = [
        Mismatch(f"rows of {name}", expected.get(name, "none"), sink.sha256)
        for name, sink in sinks.items()
        if sink.sha256 != expected.get(name)
    ]
    counts = {entry.table: entry.rows for entry in manifest.tables}
    return found + [Mismatch(f"row count of {t}", str(counts.get(t)), str(n)) for t, n in rows.items() if counts.get(t) != n]
