"""Two keys of a row that name different parents, as a CHECK `from_account <> to_account` asks."""

from synth_assets.plan.model import Attachment, Relation
from synth_assets.plan.rules.check_domains import conjuncts
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.relations import SMALLEST_WINDOW
from synth_assets.schema.expressions import ColumnRef, Comparison


def let_parents_differ(draft: TableDraft) -> None:
    """The first rows choose among several parents too, so that a row drawn again can find another one."""
    for check in draft.table.checks:
        for atom in conjuncts(check.expression):
            match atom:
                case Comparison(operator="<>", left=ColumnRef(name=left), right=ColumnRef(name=right)):
                    pair = (draft.relation_of(left), draft.relation_of(right))
                    if all(pair):
                        for relation in pair:
                            _widen(draft, relation)


def _widen(draft: TableDraft, relation: Relation | None) -> None:
    if relation is not None and isinstance(relation.fan_out, Attachment) and relation.fan_out.floor < SMALLEST_WINDOW:
        fan_out = relation.fan_out.model_copy(update={"floor": SMALLEST_WINDOW})
        draft.relations[relation.name] = relation.model_copy(update={"fan_out": fan_out})
