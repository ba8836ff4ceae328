"""CHECKs about which columns are there together: met by conditions on NULLs and by cases."""

import re

from synth_assets.plan.rules.attempts import is_acyclic
from synth_assets.plan.rules.check_domains import conjuncts, domain_of, domain_of_conditions, literal_text
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.fitting import fit_strategy
from synth_assets.plan.rules.types import value_of_type
from synth_assets.plan.strategies import Branch, Case, Constant
from synth_assets.schema.expressions import And, ColumnRef, Comparison, Expression, IsNull, Literal, Not, Opaque, Or, columns_of


def obey_null_logic(draft: TableDraft) -> None:
    """One of several is there; one requires another; both or none; one or the other."""
    for check in draft.table.checks:
        if any(c not in draft.columns for c in check.columns):
            continue
        for atom in conjuncts(check.expression):
            columns, relations = dict(draft.columns), dict(draft.relations)
            _obey(draft, atom)
            if not is_acyclic(draft, columns):
                draft.columns, draft.relations = columns, relations


def _null_of(expression: Expression) -> tuple[str, bool] | None:
    """Return (column, whether it must be NULL) of `a IS [NOT] NULL`, or None."""
    if isinstance(expression, IsNull) and isinstance(expression.operand, ColumnRef):
        return expression.operand.name, not expression.negated
    return None


def _obey(draft: TableDraft, atom: Expression) -> None:
    match atom:
        case Or(operands=operands):
            parts = [_null_of(o) for o in operands]
            known = [p for p in parts if p]
            if len(known) == len(operands):
                _one_of(draft, known)
            elif len(operands) == 2 and not _both_or_either(draft, *operands):
                _implied_by_value(draft, *operands)
                _guarded(draft, *operands)
                _empty_array(draft, *operands)
        case Comparison(operator="=", left=Comparison() | IsNull() as left, right=And() as right):
            _equivalent(draft, left, right)
        case Comparison(operator="=", left=Comparison() as left, right=IsNull() as right):
            _equivalent(draft, left, right)
        case Comparison(operator="=", left=And() | IsNull() as left, right=Comparison() as right):
            _equivalent(draft, right, left)
        case Comparison(operator="=" | "<>" as operator, left=IsNull(), right=IsNull()):
            one, two = _null_of(atom.left), _null_of(atom.right)
            if one and two:
                alike = (one[1] == two[1]) == (operator == "=")
                (_together if alike else _apart)(draft, one[0], two[0])


def can_be_null(draft: TableDraft, name: str) -> bool:
    """Tell whether a column may be NULL where another says so: a self-reference is not asked, for its roots are NULL anyway."""
    relation = draft.relation_of(name)
    if relation is not None and (relation.fan_out.kind in ("earlier", "matching") or len(relation.columns) > 1):
        return False
    return draft.table.column(name).nullable


def _is_settled(draft: TableDraft, name: str) -> bool:
    """Tell whether an earlier CHECK already decides where a column is NULL."""
    plan = draft.columns[name]
    return (bool(plan.null_when) and plan.null_fraction == 0) or isinstance(plan.strategy, Constant)


def _leader_and_follower(draft: TableDraft, a: str, b: str) -> tuple[str, str]:
    """Return the pair so that the second can follow the first, one that no earlier CHECK decides if there is one."""
    able = [c for c in (b, a) if can_be_null(draft, c)]
    able = [c for c in able if not draft.reads(b if c == a else a, c)] or able
    undecided = [c for c in able if not _is_settled(draft, c)] or able or [a]
    plain = [c for c in undecided if draft.relation_of(c) is None] or undecided
    return (b if plain[0] == a else a), plain[0]


def _always_missing(draft: TableDraft, name: str, because: str) -> None:
    relation = draft.relation_of(name)
    if relation is not None:
        draft.relations[relation.name] = relation.model_copy(update={"null_fraction": 1.0, "reason": because})
    else:
        draft.change(name, strategy=Constant(), because=because)


def share_of_nulls(draft: TableDraft, name: str, share: float) -> None:
    """Let a share of the rows, in [0, 1], be NULL; conditions that an earlier rule made are dropped."""
    relation = draft.relation_of(name)
    if relation is not None and draft.setting.row_counts[relation.parent_table]:
        draft.relations[relation.name] = relation.model_copy(update={"null_fraction": share})
    draft.change(name, null_fraction=0.0 if relation is not None else share, null_when=())


def _one_of(draft: TableDraft, parts: list[tuple[str, bool]]) -> None:
    there = [c for c, null in parts if not null]
    missing = [c for c, null in parts if null]
    if there and missing and len(parts) == 2:
        if can_be_null(draft, missing[0]):
            draft.null_when(missing[0], there[0], (None,))
        else:
            never_missing(draft, there[0])
    elif there:
        never_missing(draft, there[0])
    elif missing and can_be_null(draft, missing[-1]):
        _always_missing(draft, missing[-1], "the CHECK lets one of the columns be there only")


def never_missing(draft: TableDraft, name: str) -> None:
    """Let a column have a value in every row, as far as its relation finds one."""
    relation = draft.relation_of(name)
    if relation and relation.fan_out.kind not in ("earlier", "matching"):
        draft.relations[relation.name] = relation.model_copy(update={"null_fraction": 0.0})
    draft.change(name, null_fraction=0.0, null_when=())


def _both_or_either(draft: TableDraft, one: Expression, other: Expression) -> bool:
    """`(a IS NULL AND b IS NULL) OR (a IS NOT NULL AND b IS NOT NULL)`, and the same with one of the two; tell whether it is that."""
    if not (isinstance(one, And) and isinstance(other, And) and len(one.operands) == 2 and len(other.operands) == 2):
        return False
    first, second = [_null_of(o) for o in one.operands], [_null_of(o) for o in other.operands]
    if None in (*first, *second):
        return False
    left = {c: null for pair in first if pair for c, null in [pair]}
    right = {c: null for pair in second if pair for c, null in [pair]}
    if left.keys() != right.keys() or len(left) != 2 or any(left[c] == right[c] for c in left):
        return False
    a, b = left
    (_together if left[a] == left[b] else _apart)(draft, a, b)
    return True


def _together(draft: TableDraft, a: str, b: str) -> None:
    """Both or none: the one that can follow is NULL where the other is."""
    leader, follower = _leader_and_follower(draft, a, b)
    if can_be_null(draft, follower):
        share_of_nulls(draft, follower, 0.0)
        draft.null_when(follower, leader, (None,))
    else:
        never_missing(draft, a)
        never_missing(draft, b)


def _apart(draft: TableDraft, a: str, b: str) -> None:
    """One or the other: half of the rows have the first, the rest the second."""
    leader, follower = _leader_and_follower(draft, a, b)
    if not can_be_null(draft, follower):
        return
    for one, other in ((a, b), (b, a)):
        if draft.reads(one, other):  # the other is missing wherever this one is there
            own = fit_strategy(value_of_type(draft.evidence(one)), domain_of(draft.table, one), draft.evidence(one))
            draft.change(one, strategy=own, null_when=(), because=f"a plain value: {other} is missing where this is there")
    if can_be_null(draft, leader) and not _is_settled(draft, leader):
        share_of_nulls(draft, leader, 0.5)
    share_of_nulls(draft, follower, 0.0)
    draft.null_when(follower, leader, (None,), negated=True)
    draft.change(follower, because=f"{draft.columns[follower].reason}; there where {leader} is not, as the CHECK asks")


_SIZE_OF_ARRAY = re.compile(r"\s*(?:CARDINALITY|ARRAY_LENGTH)\s*\(\s*\"?(\w+)\"?\s*(?:,\s*1\s*)?\)\s*", re.IGNORECASE)


def _empty_array(draft: TableDraft, one: Expression, other: Expression) -> None:
    """`a IS NOT NULL OR cardinality(b) = 0`: the array is empty where a is not there (arrays have elements otherwise)."""
    for guard, size in ((_null_of(one), other), (_null_of(other), one)):
        match size:
            case Comparison(operator="=", left=Opaque(sql=sql), right=Literal(text="0")) if guard and not guard[1]:
                found = _SIZE_OF_ARRAY.fullmatch(sql)
                if found and found[1] in draft.columns and draft.is_free(found[1]):
                    branch = Branch(values=(None,), strategy=Constant(value="{}"))
                    strategy = Case(column=guard[0], branches=(branch,), otherwise=draft.strategy(found[1]))
                    draft.change(found[1], strategy=strategy, origin="ddl", because=f"empty where {guard[0]} is missing, as the CHECK asks")


def _implied_by_value(draft: TableDraft, one: Expression, other: Expression) -> None:
    """`status <> 'x' OR b IS [NOT] NULL`: in status x, b is missing (or there)."""
    for comparison, null in ((one, _null_of(other)), (other, _null_of(one))):
        if null is None or not isinstance(comparison, Comparison) or not isinstance(comparison.left, ColumnRef):
            continue
        value = literal_text(comparison.right)
        if value is None or comparison.operator not in ("<>", "="):
            continue
        column, must_be_null = null
        if not must_be_null:
            never_missing(draft, column)
        elif comparison.operator == "<>" and can_be_null(draft, column):
            draft.null_when(column, comparison.left.name, (value,))


def _equivalent(draft: TableDraft, guard: Expression, conditions: Expression) -> None:
    """`(d = 'x') = (p AND q)`: where d is x both hold, elsewhere neither (more than is asked, and always enough)."""
    parts = conditions.operands if isinstance(conditions, And) else (conditions,)
    elsewhere = And(operands=(Not(operand=guard), *(Not(operand=p) for p in parts)))
    _guarded(draft, And(operands=(guard, *parts)), elsewhere)


def _guarded(draft: TableDraft, one: Expression, other: Expression) -> None:
    """`(d = 'x' AND p) OR (d <> 'x' AND q)`: the other columns obey p where d is x, and q elsewhere."""
    for first, second in ((one, other), (other, one)):
        here, there = list(conjuncts(first)), list(conjuncts(second))
        found = next(((a, b, d) for a in here for b in there if (d := _opposites(a, b))), None)
        if found is None or found[2][0] not in draft.columns:
            continue
        guard, counterpart, (column, values) = found
        rest, elsewhere = [a for a in here if a is not guard], [b for b in there if b is not counterpart]
        for name in dict.fromkeys(c for a in (*rest, *elsewhere) for c in columns_of(a)):
            if name != column and draft.is_free(name):
                _branch(draft, name, column, values, rest, elsewhere)
        return


def _opposites(guard: Expression, counterpart: Expression) -> tuple[str, tuple[str | None, ...]] | None:
    """Return the deciding column and its values in the first alternative, when the second holds exactly elsewhere."""
    one, two = _null_of(guard), _null_of(counterpart)
    if one and two and one[0] == two[0] and one[1] and not two[1]:
        return one[0], (None,)
    match guard, counterpart:
        case (
            Comparison(operator="=", left=ColumnRef(name=left), right=value),
            Comparison(operator="<>", left=ColumnRef(name=right), right=same),
        ) if left == right and literal_text(value) is not None and literal_text(value) == literal_text(same):
            return left, (literal_text(value),)
        case _:
            return None


def _branch(
    draft: TableDraft, name: str, column: str, values: tuple[str | None, ...], here: list[Expression], there: list[Expression]
) -> None:
    evidence, current = draft.evidence(name), draft.strategy(name)
    first, second = (fit_strategy(current, domain_of_conditions(atoms, name), evidence) for atoms in (here, there))
    draft.change(name, null_fraction=0.0, null_when=())
    if first != current or second != current:
        strategy = Case(column=column, branches=(Branch(values=values, strategy=first),), otherwise=second)
        draft.change(name, strategy=strategy, origin="ddl", because=f"follows {column}, as the CHECK asks")
