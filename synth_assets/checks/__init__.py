"""Pass or fail: what the schema and the plan demand of a table's rows, judged by Great Expectations.

Here: the names of the checks of a table (`build_checks`, light enough for loading definitions), and
judging rows against them (`run_checks`, one validation a table). Not here: how rows are made (a
check must not trust the generator's arithmetic), scores without a verdict (metrics), reading and
writing rows (storage), Dagster.
"""

from synth_assets.checks.build import build_checks
from synth_assets.checks.model import CheckKind, CheckResult, CheckSpec, ExpectationResult
from synth_assets.checks.run import run_checks

__all__ = ["CheckKind", "CheckResult", "CheckSpec", "ExpectationResult", "build_checks", "run_checks"]
