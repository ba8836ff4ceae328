"""One file from text to verdict, in a process of its own; what is known so far is on disk at every stage."""

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus.catalog import compare_with_catalog
from benchmarks.corpus.files import CorpusFile
from benchmarks.corpus.results import ERROR, NOT_GENERATED, NOT_JUDGED, NOT_PLANNED, NOT_READ, FileResult, Verdict
from synth_assets.errors import GenerationError, PlanError, SynthAssetsError
from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.pipeline.read import read_schema_file
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema

ROWS = 200
SEED = 42


@dataclass(frozen=True)
class Servers:
    """What there is to judge with: PostgreSQL's connection string, MariaDB's socket; None where it is not there."""

    postgres: str | None
    mariadb: Path | None


def run_file(file: CorpusFile, servers: Servers, report: Path, folder: Path) -> None:
    """Read, compare, plan, generate and have judged; every problem ends up in the result, none is raised."""
    result = FileResult(file.group, file.family)
    started = time.perf_counter()

    def enter(stage: str) -> None:
        result.stage, result.seconds = stage, round(time.perf_counter() - started, 2)
        save_result(report, result)

    try:
        _run(file, servers, folder, result, enter)
    except Exception as error:  # noqa: BLE001 (one crash is one row of the report)
        result.outcome, result.reason = _outcome_of(error, result.stage), describe_error(error)
    enter("done" if result.outcome != ERROR else result.stage)


def save_result(report: Path, result: FileResult) -> None:
    """Write a result whole or not at all: the process may be ended at any time."""
    with tempfile.NamedTemporaryFile("w", dir=report.parent, delete=False, encoding="utf-8") as sink:
        json.dump(result.as_dict(), sink)
    Path(sink.name).replace(report)


def load_result(report: Path) -> FileResult:
    """Return what `save_result` wrote."""
    return FileResult(**json.loads(report.read_text(encoding="utf-8")))


def describe_error(error: BaseException) -> str:
    """Return what an exception says in one line, without the text of the DDL that diagnostics quote."""
    diagnostics = [d for d in error.diagnostics if d.is_error] if isinstance(error, SynthAssetsError) else []
    if diagnostics:
        first = diagnostics[0]
        more = f" (and {len(diagnostics) - 1} more)" if len(diagnostics) > 1 else ""
        return f"{first.where} {first.code} {first.message}{more}"
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0] if text else ''}"


def _run(file: CorpusFile, servers: Servers, folder: Path, result: FileResult, enter: Callable[[str], None]) -> None:
    enter("read")
    read = read_schema_file(file.path, dialect=file.dialect)
    result.read_errors = len(read.errors)
    if read.errors:
        first = read.errors[0]
        result.first_read_error = f"{first.where.split(':', 1)[-1]} {first.code} {first.message}"
    if read.schema is None:
        result.outcome, result.reason = NOT_READ, result.first_read_error
        return
    schema = read.schema
    result.tables = len(schema.tables)
    if file.expected is not None:
        facts = json.loads(file.expected.read_text(encoding="utf-8"))
        result.compared, result.differences = compare_with_catalog(schema, facts, file.expected_counts)
    enter("plan")
    request = DatasetRequest(rows=ROWS, seed=SEED, fit=True)
    plan = plan_dataset(schema, request).plan
    result.fitted = {t.table: f"{t.row_count}: {t.lowered.because}" for t in plan.tables if t.lowered is not None}
    enter("generate")
    made = generate_directory(schema, plan, folder / "data", "csv", request=request)
    result.rows = sum(t.rows for t in made.manifest.tables)
    enter("judge")
    data = {schema.table(t.table).name.lower(): made.path / t.file for t in made.manifest.tables if t.file}
    result.take(_judge(file, servers, folder, schema, data))


def _judge(file: CorpusFile, servers: Servers, folder: Path, schema: Schema, data: dict[str, Path]) -> Verdict:
    if file.dialect == "postgres":
        if servers.postgres is None:
            return Verdict(NOT_JUDGED, note="no PostgreSQL here")
        from benchmarks.corpus.postgres_judge import judge_postgres

        return judge_postgres(servers.postgres, file.path, folder / "data")
    if file.dialect == "mysql":
        if servers.mariadb is None:
            return Verdict(NOT_JUDGED, note="no MariaDB here")
        from benchmarks.corpus.mariadb_judge import judge_mariadb

        return judge_mariadb(servers.mariadb, file.path, data, folder)
    if file.dialect == "sqlite":
        from benchmarks.corpus.sqlite_judge import judge_sqlite

        kinds = {t.name.lower(): {c.name: str(c.type.kind) for c in t.columns} for t in schema.tables}
        return judge_sqlite(file.path, data, kinds)
    return Verdict(NOT_JUDGED, note="no server of this dialect; read and generated")


def _outcome_of(error: Exception, stage: str) -> str:
    if isinstance(error, PlanError):
        return NOT_PLANNED
    return NOT_GENERATED if isinstance(error, GenerationError) and stage in ("plan", "generate") else ERROR
