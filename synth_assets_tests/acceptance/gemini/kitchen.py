"""Datasets of restaurants as the command line makes them: read, planned, filled, written; and what their making left behind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth_assets.llm.ledger import JournalEntry, Ledger
from synth_assets.llm.report import AssetAiReport
from synth_assets.pipeline.fill import open_writer
from synth_assets.pipeline.gemini import open_gemini, plan_by_request
from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.read import read_schema_file
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema
from synth_assets.settings import load_llm_settings
from synth_assets.storage import sha256_of_file

RESTAURANTS = Path(__file__).parent / "restaurants.sql"
"""Eight tables, with a circle and a reference of a table to itself."""

DATASET = "evening"


@dataclass(frozen=True)
class Made:
    """A dataset in a folder.

    Attributes:
        reports: What Gemini did, by label; without those that nobody was asked for.
    """

    folder: Path
    plan: Plan
    reports: dict[str, AssetAiReport]

    @property
    def fallbacks(self) -> dict[str, list[str]]:
        """What the rules did instead, and the codes why."""
        found: dict[str, list[str]] = {}
        for label, report in self.reports.items():
            for fallback in report.fallbacks:
                found.setdefault(f"{label}: {fallback.what}", []).append(fallback.code)
        return found


def read(path: Path = RESTAURANTS) -> Schema:
    schema = read_schema_file(path).schema
    assert schema is not None
    return schema


def make(ddl: Path, out: Path, request: DatasetRequest, format_name: str = "csv") -> Made:
    """Make a dataset as `synth generate` does. Raises what it raises."""
    schema = read(ddl)
    planned = plan_by_request(schema, request, open_gemini(schema, request))
    plan = planned.planned.plan
    writer = open_writer(schema, plan, request)
    text = ddl.read_text(encoding="utf-8")
    made = generate_directory(schema, plan, out, format_name, ddl_text=text, request=request, writer=writer)
    return Made(out, plan, {r.label: r for r in (planned.report, *made.reports) if r is not None})


def wanted(rows: int, ai: str = "required", /, **gemini: Any) -> DatasetRequest:
    return DatasetRequest.model_validate({"dataset": DATASET, "rows": rows, "ai": ai, "gemini": gemini})


def journal() -> tuple[JournalEntry, ...]:
    """Return every request that was ever written down in this test's folder."""
    return Ledger(load_llm_settings().folder / "ledger.sqlite").entries()


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a dataset but its history."""
    return {p.name: sha256_of_file(p) for p in sorted(folder.iterdir()) if p.is_file()}
