"""How a change of a dataset is shown: what differs in words, what the first rows look like before and after."""

from typing import TYPE_CHECKING, Any

from synth_assets.cli.reporting import print_columns, print_text, say_error
from synth_assets.formats import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synth_assets.pipeline.modify import ChangedDataset
    from synth_assets.pipeline.versions import ChangedColumn
    from synth_assets.plan.differences import PlanDiff, TableChange
    from synth_assets.storage.versions import PlanVersion


def print_diff(diff: "PlanDiff") -> None:
    """Print what differs, table by table: rows, columns in words with the reason, and what follows from them."""
    for table in diff.tables:
        print_text(f"{table.table}{_rows(table)}")
        for column in table.columns:
            before, after = column.before, column.after
            print_text(f"  {column.column}")
            print_text(f"    before  {before.strategy}{_nulls(before.null_share)}")
            print_text(f"    after   {after.strategy}{_nulls(after.null_share)}")
            print_text(f"    why     {after.reason}")
        if table.followers:
            print_text(f"  follows: {', '.join(table.followers)}")


def print_previews(previews: "Sequence[ChangedColumn]") -> None:
    """Print the touched columns of the first rows, one line before and one after."""
    if not previews:
        return
    print_text("")
    most = max(p.after.rows for p in previews)
    print_text(f"the first {count_of(most, 'row')}, before and after")
    lines = []
    for preview in previews:
        name = f"  {preview.change.table}.{preview.change.column}"
        lines += [(name, "before", preview.before.in_words()), ("", "after", preview.after.in_words())]
    print_columns(lines)


def print_made(made: "ChangedDataset") -> None:
    """Print what holds now, and which tables were made again."""
    tables = f"made again: {', '.join(made.written)}" if made.written else "every file is as it was"
    print_text(f"version {made.version.number} holds; {tables}")
    if made.stale:
        say_error(f"texts written for the rows as they were, for want of a key: {', '.join(made.stale)}")


def diff_document(diff: "PlanDiff", previews: "Sequence[ChangedColumn]" = ()) -> list[dict[str, Any]]:
    """Return what differs as plain values, a mapping for each table."""
    shown = {(p.change.table, p.change.column): p for p in previews}
    return [
        {
            "table": t.table,
            "rows": {"before": t.rows_before, "after": t.rows_after},
            "columns": [
                {
                    "column": c.column,
                    "reason": c.after.reason,
                    "plan": {"before": vars(c.before), "after": vars(c.after)},
                    **({"first_rows": {"before": vars(p.before), "after": vars(p.after)}} if (p := shown.get((t.table, c.column))) else {}),
                }
                for c in t.columns
            ],
            "follows": list(t.followers),
        }
        for t in diff.tables
    ]


def version_document(version: "PlanVersion") -> dict[str, Any]:
    """Return a version as plain values, its plan left out."""
    return version.model_dump(mode="json", exclude={"plan"})


def print_history(versions: "Sequence[PlanVersion]", current: int) -> None:
    """Print the versions, oldest first; the one that holds is marked."""
    lines = []
    for version in versions:
        mark = "*" if version.number == current else " "
        based = f"of {version.based_on}" if version.based_on is not None else ""
        lines.append((f"{mark} {version.number}", based, version.at or "not stored", version.by, _what(version)))
    print_columns(lines)


def _what(version: "PlanVersion") -> str:
    if version.patch is None:
        return {"request": "as it was first made", "found": "a plan that was edited, or made anew"}.get(version.by, "")
    touched = [f"{table}.{column}" for table, change in version.patch.tables.items() for column in change.columns]
    touched += [f"{table}: {change.rows:,} rows" for table, change in version.patch.tables.items() if change.rows is not None]
    return f"“{version.words}” ({', '.join(touched)})" if version.words else ", ".join(touched)


def _rows(table: "TableChange") -> str:
    same = table.rows_before == table.rows_after
    return f": {count_of(table.rows_after, 'row')}" if same else f": {table.rows_before:,} rows become {table.rows_after:,}"


def _nulls(share: float) -> str:
    return f"; {share:.0%} NULL" if share else ""
