"""PostgreSQL's verdict, through the shared oracle."""

import importlib.util
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.corpus.files import ORACLE
from benchmarks.corpus.results import Verdict, verdict_of


@cache
def _oracle() -> Any:
    spec = importlib.util.spec_from_file_location("postgres_oracle", ORACLE)
    if spec is None or spec.loader is None:
        raise ImportError(ORACLE.name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def postgres_server() -> AbstractContextManager[str]:
    """Start one server for all files; gives its connection string."""
    server: AbstractContextManager[str] = _oracle().server()
    return server


def judge_postgres(uri: str, ddl: Path, data: Path) -> Verdict:
    """Load every row into a fresh database with all constraints on; a table without rows counts as rejected."""
    report = _oracle().check(uri, ddl.read_text(encoding="utf-8", errors="replace"), data)
    reasons: dict[str, str] = {}
    for item in report["rejected"]:
        reasons[_plain(item["table"])] = " ".join(filter(None, (item["error"], item["detail"])))
    for table in report["missing"]:
        reasons.setdefault(_plain(table), "no rows were made for it")
    for item in report["broken_fks"]:
        reasons.setdefault(_plain(item["table"]), item["error"])
    return verdict_of(report["tables"], reasons, [item["error"] for item in report["ddl_failed"]])


def _plain(table: str) -> str:
    return str(table).removeprefix("public.")
