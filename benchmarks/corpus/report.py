"""docs/corpus.md out of results: pure functions, so that they are tested without a server."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from benchmarks.corpus.files import GROUPS
from benchmarks.corpus.results import (
    ACCEPTED,
    DDL_REFUSED,
    MAX_REASON,
    NOT_JUDGED,
    NOT_READ,
    REJECTED,
    FileResult,
)

_PATH = re.compile(r"(?<![\w.])/(?:[\w.+-]+/)+[\w.+-]*")
_NEAR = re.compile(r" near '.*", re.DOTALL)
_NOISE = re.compile(r" Failing row contains \(.*|`corpus_[0-9a-f]+`\.", re.DOTALL)
_CHECK_TEXT = re.compile(r"(CHECK constraint failed): .*\s.*", re.DOTALL)
_HEADING = """# The corpus: real DDL before real servers

Written by `make corpus`; do not edit. Every file of the shared corpus is read, planned at {rows} rows a table (seed {seed}), generated
to CSV, and loaded into a real server with every constraint on. Families are named as the corpus names them; no DDL is copied here.

* **accepted**: the server took every row of every table it created. **rejected**: it refused at least one table, or a key had rows
  without a parent; the tables it took are counted all the same, a child of a rejected table is not.
* Where a table cannot hold that many rows (a unique column of eleven values, a one-to-one key), it gets as many as it can (`fit`), and the
  reason names it: the server is asked all the same.
* **not planned**, **not generated**: the product refused before the server was asked; none of the file's tables count as accepted.
* **DDL refused**: the server created no table, so there is nothing to accept; such a file is left out of the shares.
* PostgreSQL and SQLite validate foreign keys themselves once all rows are there. MariaDB is asked for the orphans of every key.
* Statements of a file that the server itself refuses (`refused`) are left out; what they would create is not judged. User triggers stay
  silent: rows are loaded, not typed in.
* `catalog`: tables, columns, foreign keys, checks and unique indexes as read, against PostgreSQL's own account of the same file.
"""


def render_report(results: Sequence[FileResult], *, judges: dict[str, str], rows: int, seed: int) -> str:
    """Return the page: a summary by dialect, then one row per file.

    Args:
        judges: By group, the server that judged, or why none did.
        rows, seed: What was asked for.
    """
    ordered = sorted(results, key=lambda r: (r.family, GROUPS.index(r.group)))
    parts = [
        _HEADING.format(rows=rows, seed=seed),
        "## By dialect\n",
        render_summary(ordered, judges),
        not_judged_line(ordered, judges) + "\n",
        refused_line(ordered) + "\n",
        "## Outcomes\n",
        render_outcomes(ordered),
        "## By file\n",
        render_files(ordered),
        render_differences(ordered),
    ]
    return "\n".join(parts).rstrip() + "\n"


def render_summary(results: Sequence[FileResult], judges: dict[str, str]) -> str:
    """Return the table by dialect, with the share of files and of tables accepted."""
    lines = [
        "| dialect | judge | files | read without error | DDL refused | files accepted | tables | tables accepted | seconds |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for group in GROUPS:
        mine = [r for r in results if r.group == group]
        if not mine:
            continue
        if any(r.outcome == NOT_JUDGED for r in mine):
            made = share(sum(r.outcome == NOT_JUDGED for r in mine), len(mine))
            files, tables = f"not judged; {made} generated", "not judged"
        else:
            created = [r for r in mine if r.outcome != DDL_REFUSED]
            files = share(sum(r.outcome == ACCEPTED for r in created), len(created))
            tables = share(sum(accepted_tables(r) for r in created), sum(table_count(r) for r in created))
        clean = sum(r.outcome != NOT_READ and not r.read_errors for r in mine)
        refused = sum(r.outcome == DDL_REFUSED for r in mine)
        total, seconds = sum(table_count(r) for r in mine), sum(r.seconds for r in mine)
        cells = (group, judges.get(group, ""), len(mine), clean, refused, files, total, tables, f"{seconds:,.0f}")
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def render_outcomes(results: Sequence[FileResult]) -> str:
    """Return how many files of each dialect ended how."""
    counts = Counter((r.outcome, r.group) for r in results)
    groups = [g for g in GROUPS if any(r.group == g for r in results)]
    lines = ["| outcome | " + " | ".join(groups) + " |", "|---|" + "--:|" * len(groups)]
    for outcome in dict.fromkeys(r.outcome for r in sorted(results, key=lambda r: r.outcome)):
        lines.append(f"| {outcome} | " + " | ".join(str(counts[outcome, g] or "") for g in groups) + " |")  # noqa: PERF401
    return "\n".join(lines) + "\n"


def render_files(results: Iterable[FileResult]) -> str:
    """Return one row per file."""
    lines = [
        "| family | dialect | tables | accepted | outcome | catalog | refused | seconds | reason |",
        "|---|---|--:|--:|---|---|--:|--:|---|",
    ]
    for r in results:
        catalog = "" if r.differences is None else "equal" if not r.differences else f"{len(r.differences)} differ"
        taken = "" if r.outcome == NOT_JUDGED else str(accepted_tables(r))
        cells = (r.family, r.group, table_count(r), taken, r.outcome, catalog, r.refused_statements or "", f"{r.seconds:.1f}", reason_of(r))
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def render_differences(results: Sequence[FileResult]) -> str:
    """Return every difference from the catalog by name, and how much agreed."""
    compared = [r for r in results if r.differences is not None]
    if not compared:
        return ""
    totals: Counter[str] = Counter()
    for r in compared:
        totals.update(r.compared)
    known = ", ".join(f"{count:,} {_plural(kind)}" for kind, count in sorted(totals.items()))
    equal = sum(not r.differences for r in compared)
    lines = ["## Against the catalog\n", f"{len(compared)} files with {known}: {equal} files equal.\n"]
    lines += [f"* {r.family}: {_cell(item)}" for r in compared for item in r.differences or ()]
    return "\n".join(lines) + "\n"


def not_judged_line(results: Iterable[FileResult], judges: dict[str, str]) -> str:
    """Return the sentence that says what no server looked at."""
    counts = Counter(r.group for r in results if r.outcome == NOT_JUDGED)
    if not counts:
        return "Not judged: nothing."
    named = (f"{group} ({counts[group]} files: {judges.get(group, 'no server')})" for group in GROUPS if counts[group])
    return f"Not judged by a server, only read and generated: {', '.join(named)}."


def refused_line(results: Iterable[FileResult]) -> str:
    """Return the sentence that says how much of the files' own DDL the servers refused, so that no row could be judged by it."""
    partly = [r for r in results if r.refused_statements and r.judged_tables]
    statements = sum(r.refused_statements for r in partly)
    lost = sum(max(0, r.tables - r.judged_tables) for r in partly)
    return (
        f"Of {len(partly)} files the server refused {statements} statements of the DDL itself; {lost} tables read there were not created."
    )


def table_count(result: FileResult) -> int:
    """Return the tables that count: those the server created, else those that were read."""
    return result.judged_tables or result.tables


def accepted_tables(result: FileResult) -> int:
    """Return how many tables the server took whole."""
    return result.judged_tables - len(result.rejected) if result.outcome in (ACCEPTED, REJECTED) else 0


def share(part: int, whole: int) -> str:
    """Return `part of whole (percent)`, rounded down so that 100 % means all."""
    return f"{part} of {whole} ({1000 * part // whole / 10:.1f} %)" if whole else ""


def reason_of(result: FileResult) -> str:
    """Return a short reason: the first rejection with how many more there are, or what the reader said."""
    if result.outcome == NOT_JUDGED:
        return _cell(f"reading: {result.first_read_error}") if result.read_errors else ""
    more = f" (+{len(result.rejected) - 1} tables)" if len(result.rejected) > 1 else ""
    if result.outcome == ACCEPTED:
        said = f"reading: {result.first_read_error}" if result.read_errors else ""
        differs = "catalog: " + "; ".join(result.differences) if result.differences else ""
        parts = (fitted_line(result), said or (f"server: {result.reason}" if result.reason else ""), differs)
        return _cell("; ".join(filter(None, parts)))
    return _cell(result.reason, MAX_REASON - len(more)) + more


def fitted_line(result: FileResult) -> str:
    """Return which tables have fewer rows than were asked for, and why the first has: `fit: ratings to 11: UNIQUE (r) ...`."""
    if not result.fitted:
        return ""
    (table, why), *others = result.fitted.items()
    return "fit: " + ", ".join([f"{table} to {why}", *(f"{t} to {w.partition(':')[0]}" for t, w in others)])


def _cell(text: str, limit: int = MAX_REASON) -> str:
    """Return text fit for a table cell: one line, no path, no DDL quoted by the server, cut at the limit."""
    said = _CHECK_TEXT.sub(r"\1", _NOISE.sub("", _NEAR.sub("", " ".join(text.split()))))
    plain = _PATH.sub("(path)", said).replace("|", "\\|").replace("<", "&lt;")
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip("\\") + "…"


def _plural(kind: str) -> str:
    return {"unique index": "unique indexes"}.get(kind, kind + "s")
