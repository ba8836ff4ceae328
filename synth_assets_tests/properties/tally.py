"""How many random schemas were tried, and what became of them: told at the end of a run, also when other processes tried them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

PROPERTY = "random_schemas"


def record(request: pytest.FixtureRequest, counts: Mapping[str, int], seed: int) -> None:
    """Give a test's counts to its report: reports travel from xdist's workers to the terminal, nothing else does."""
    request.node.user_properties.append((PROPERTY, {"seed": seed, **counts}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what was tried: `2,000 random schemas (seed 20260630), 0 rejections, ...`."""
    reports = [r for outcome in ("passed", "failed") for r in terminalreporter.stats.get(outcome, []) if r.when == "call"]
    found = [value for report in reports for name, value in report.user_properties if name == PROPERTY]
    if not found:
        return
    total: Counter[str] = Counter()
    for counts in found:
        total.update({k: v for k, v in counts.items() if k != "seed"})
    seeds = ", ".join(map(str, sorted({counts["seed"] for counts in found})))
    terminalreporter.write_line(
        f"{total['tried']:,} random schemas (seed {seeds}; {total['tables']:,} tables, {total['rows']:,} rows), "
        f"{total['rejected']} rejections by PostgreSQL or SQLite; "
        f"{total['impossible']} requests no rows can meet, all refused; {total['refused']} refused beyond that"
    )
