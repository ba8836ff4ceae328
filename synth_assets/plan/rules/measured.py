"""Drafts as `plan.extents` measures them: how large a sum can get while the rules are still at work."""

from collections.abc import Mapping
from dataclasses import dataclass

from synth_assets.plan.model import Relation
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.strategies import Strategy
from synth_assets.schema.types import LogicalType


@dataclass(frozen=True)
class DraftedTables:
    """The tables as their drafts stand now."""

    draft: TableDraft

    def strategy(self, table: str, column: str) -> Strategy | None:
        found = self.draft.drafts.get(table)
        return found.columns[column].strategy if found and column in found.columns else None

    def relations(self, table: str) -> Mapping[str, Relation]:
        return self.draft.drafts[table].relations if table in self.draft.drafts else {}

    def rows(self, table: str) -> int:
        return self.draft.setting.row_counts[table]

    def type(self, table: str, column: str) -> LogicalType:
        return self.draft.setting.schema.table(table).column(column).type
