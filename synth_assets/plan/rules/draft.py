"""A table's plan while the rules work on it: the one mutable thing in this package, never seen outside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synth_assets.plan.cells import Cell, cells_read, reaches
from synth_assets.plan.model import ColumnPlan, NullWhen, Origin, Relation, TablePlan
from synth_assets.plan.rules.evidence import Evidence, Setting
from synth_assets.plan.strategies import ForeignKeyValue, Strategy
from synth_assets.schema.model import Column, Table


def propose(
    evidence: Evidence,
    strategy: Strategy,
    reason: str,
    *,
    origin: Origin = "rule",
    null_fraction: float = 0.0,
    unique: bool = False,
) -> ColumnPlan:
    """Return a column plan as a rule proposes it; `null_fraction` counts only where the column may be NULL."""
    share = null_fraction if evidence.column.nullable else 0.0
    return ColumnPlan(column=evidence.name, strategy=strategy, null_fraction=share, unique=unique, origin=origin, reason=reason)


@dataclass
class TableDraft:
    """The plans of one table's columns and relations, replaced one by one.

    Attributes:
        setting, table: What is planned.
        drafts: The drafts of all tables by key, this one included, for rules that look across.
        relations, columns: The plans so far.
    """

    setting: Setting
    table: Table
    drafts: Mapping[str, "TableDraft"] = field(default_factory=dict, repr=False)
    relations: dict[str, Relation] = field(default_factory=dict)
    columns: dict[str, ColumnPlan] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        return self.setting.row_counts[self.table.key]

    def evidence(self, name: str) -> Evidence:
        return self.setting.evidences[self.table.key][name]

    @property
    def evidences(self) -> list[Evidence]:
        """The stored columns as rules see them, in schema order."""
        return [e for e in self.setting.evidences[self.table.key].values() if is_stored(e.column)]

    def among(self, drafts: Mapping[str, "TableDraft"]) -> "TableDraft":
        """Return a draft that begins with the same plans and is changed by itself, among other drafts."""
        return TableDraft(self.setting, self.table, drafts, dict(self.relations), dict(self.columns))

    def strategy(self, name: str) -> Strategy:
        return self.columns[name].strategy

    def is_free(self, name: str) -> bool:
        """Tell whether coherence rules may rewrite a column: neither a key nor unique nor computed from a parent."""
        plan = self.columns.get(name)
        return plan is not None and not plan.unique and not isinstance(plan.strategy, ForeignKeyValue)

    def may_compute(self, name: str, strategy: Strategy) -> bool:
        """Tell whether a strategy would not compute a column from itself, through whatever other columns and tables."""
        plan = self.columns[name].model_copy(update={"strategy": strategy})
        return not reaches(cells_read(self.table.key, plan, self.relations_of), (self.table.key, name), self._read_by)

    def reads(self, name: str, other: str) -> bool:
        """Tell whether a column is computed from another, or is NULL because of it, through whatever lies between."""
        return reaches(cells_read(self.table.key, self.columns[name], self.relations_of), (self.table.key, other), self._read_by)

    def relations_of(self, table: str) -> Mapping[str, Relation]:
        """Return the relations of any table by name; none for an unknown one."""
        return self.drafts[table].relations if table in self.drafts else {}

    def plan_of(self, table: str, column: str) -> ColumnPlan | None:
        """Return the plan of any table's column, or None."""
        return self.drafts[table].columns.get(column) if table in self.drafts else None

    def _read_by(self, cell: Cell) -> set[Cell]:
        plan = self.drafts[cell[0]].columns.get(cell[1]) if cell[0] in self.drafts else None
        return cells_read(cell[0], plan, self.relations_of) if plan else set()

    def change(self, name: str, *, because: str = "", **fields: Any) -> None:
        """Replace fields of a column's plan; `because` replaces the reason."""
        if because:
            fields["reason"] = because
        self.columns[name] = self.columns[name].model_copy(update=fields)

    def null_when(self, name: str, column: str, values: tuple[str | None, ...], *, negated: bool = False) -> None:
        """Add a condition that makes a nullable column NULL; one per deciding column."""
        kept = tuple(n for n in self.columns[name].null_when if n.column != column)
        self.change(name, null_when=(*kept, NullWhen(column=column, values=values, negated=negated)))

    def relation_of(self, column: str) -> Relation | None:
        """Return the relation that gives a column its value, or None."""
        plan = self.columns.get(column)
        return self.relations.get(plan.strategy.relation) if plan and isinstance(plan.strategy, ForeignKeyValue) else None

    def nulls_exempt(self, columns: tuple[str, ...]) -> bool:
        """Tell whether a NULL in one of the columns exempts its row from every unique key that the column is in."""
        return all(u.nulls_distinct for u in self.table.unique_constraints if set(columns) & set(u.columns))

    def finish(self) -> TablePlan:
        """Return the frozen plan, columns in schema order."""
        columns = tuple(self.columns[c.name] for c in self.table.stored_columns)
        return TablePlan(table=self.table.key, row_count=self.row_count, relations=tuple(self.relations.values()), columns=columns)


def is_stored(column: Column) -> bool:
    return column.generated is None
