"""Foreign keys that the DDL forgot: `customer_id` where a table `customers` has one key of the same type."""

from synth_assets.plan.model import Attachment, ColumnPlan, Earlier, Relation
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence, table_words
from synth_assets.plan.rules.relations import MISSING_PARENT_SHARE, ROOT_SHARE, attachment
from synth_assets.plan.strategies import ForeignKeyValue
from synth_assets.schema.model import Table


def add_implied_relations(draft: TableDraft) -> None:
    """Let `x_id` refer to the table of x though no key is declared, where x has a single key of the same type."""
    key = draft.table.primary_key
    for evidence in draft.evidences:
        if (
            evidence.name in draft.columns
            or (key and evidence.name in key.columns)
            or _is_unique(evidence)
            or evidence.words[-1:] != ("id",)
        ):
            continue
        parent = _table_of(draft, evidence)
        if parent is None or draft.setting.row_counts[parent.key] == 0:
            continue
        relation = _relation(draft, evidence, parent)
        draft.relations[relation.name] = relation
        strategy = ForeignKeyValue(relation=relation.name, parent_column=relation.parent_columns[0])
        draft.columns[evidence.name] = ColumnPlan(column=evidence.name, strategy=strategy, origin="rule", reason=relation.reason)


def _is_unique(evidence: Evidence) -> bool:
    return any(evidence.name in key for key in evidence.table.unique_keys) or any(evidence.name in c.columns for c in evidence.table.checks)


def _table_of(draft: TableDraft, evidence: Evidence) -> Table | None:
    """Return the table whose name is the words before `id`, with a single-column key of the column's kind, or None."""
    noun = evidence.words[:-1]
    for table in draft.setting.schema.tables:
        key = table.primary_key
        if (
            noun
            and table_words(table) == noun
            and key
            and len(key.columns) == 1
            and table.column(key.columns[0]).type.kind == evidence.kind
        ):
            return table
    return None


def _relation(draft: TableDraft, evidence: Evidence, parent: Table) -> Relation:
    own = parent.key == draft.table.key
    nullable = evidence.column.nullable
    fan_out: Attachment | Earlier = Earlier() if own else attachment(draft.row_count, draft.setting.row_counts[parent.key])
    share = (ROOT_SHARE if own else MISSING_PARENT_SHARE) if nullable else 0.0
    key = parent.primary_key
    return Relation(
        name=evidence.name,
        columns=(evidence.name,),
        parent_table=parent.key,
        parent_columns=key.columns if key else (),
        fan_out=fan_out,
        null_fraction=share,
        origin="rule",
        reason=f"no key is declared, but the name says {parent.key}",
    )
