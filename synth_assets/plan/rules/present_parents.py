"""Keys that must hold a value, to parent columns that may lack one: children choose among the parents that have it."""

from synth_assets.plan.model import Attachment, Layout, Matching, Relation
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.requirements import can_wait, given_by, narrowed
from synth_assets.plan.strategies import Case, Constant, Copy, ForeignKeyValue, Fraction, Offset, Product, Total
from synth_assets.schema.graph import is_nullable

_MAY_BE_NULL = (Case, Constant, Copy, ForeignKeyValue, Fraction, Offset, Product, Total)


def lacks_by_chance(draft: TableDraft, column: str) -> bool:
    """Tell whether a column is NULL in a share of rows and for no other reason: its first row is then not."""
    plan = draft.columns.get(column)
    return plan is not None and 0 < plan.null_fraction < 1 and not plan.null_when and not isinstance(plan.strategy, _MAY_BE_NULL)


def chosen_around(draft: TableDraft) -> set[str]:
    """Return the columns that may stay NULL in some rows, though keys that must hold a value point at them."""
    found = {name for name in draft.columns if lacks_by_chance(draft, name)}
    for table in draft.setting.schema.tables:
        for key in table.foreign_keys:
            if key.parent_table == draft.table.key and not is_nullable(table, key):
                relation = draft.drafts[table.key].relations.get(",".join(key.columns)) if table.key in draft.drafts else None
                if relation is None or not _may_choose(relation):
                    found -= set(key.parent_columns)
    return found


def _may_choose(relation: Relation) -> bool:
    return isinstance(relation.fan_out, Attachment) or (isinstance(relation.fan_out, Matching) and not relation.fan_out.once)


def pick_parents_with_values(draft: TableDraft) -> None:
    """A key that must hold a value picks only parents that have one: suppliers by a tax code that some companies lack."""
    for relation in tuple(draft.relations.values()):
        parent = draft.drafts.get(relation.parent_table)
        given = given_by(draft, relation)
        pairs = [(c, p) for c, p in zip(relation.columns, relation.parent_columns, strict=True) if c in given]
        wanted = tuple(p for c, p in pairs if not draft.table.column(c).nullable and parent is not None and lacks_by_chance(parent, p))
        if wanted and can_wait(draft, relation) and not isinstance(relation.fan_out, Layout):
            fan_out = narrowed(draft, relation).model_copy(update={"not_null": wanted})
            reason = f"{relation.reason}; one that has its {' and '.join(wanted)}"
            draft.relations[relation.name] = relation.model_copy(update={"fan_out": fan_out, "reason": reason})
