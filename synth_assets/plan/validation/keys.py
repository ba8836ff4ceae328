"""Can every unique column and every key hold its rows: capacities, fan-outs, parents without rows."""

from collections.abc import Iterator
from typing import assert_never

from synth_assets.errors import Diagnostic, Severity, SynthAssetsError
from synth_assets.plan.capacity import capacity_of
from synth_assets.plan.combinations import is_combined
from synth_assets.plan.matching import identifies, is_unique_among
from synth_assets.plan.model import Attachment, Earlier, Layout, Matching, OneToOne, Plan, Product, Relation, Stride, TablePlan
from synth_assets.plan.rules.shared_keys import is_implied, stored_key
from synth_assets.plan.shapes import Neighbours, lengths_of
from synth_assets.plan.strategies import ForeignKeyValue, Ordinal
from synth_assets.plan.validation.scope import TableScope, problem, scopes
from synth_assets.schema.model import ForeignKey, Schema


def validate_keys(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield keys that cannot be met, by too few values or by the way children spread over parents."""
    for scope in scopes(schema, plan):
        yield from _cut_text(scope)
        for relation in scope.table_plan.relations:
            yield from _fan_out(scope, relation)
            yield from _value_missing(scope, relation)
        for declared in scope.table.foreign_keys:
            key = stored_key(scope.schema, scope.table, declared)
            yield from _computed(scope, key)
            yield from _foreign_key(scope, key)


def _cut_text(scope: TableScope) -> Iterator[Diagnostic]:
    """Unique text that is longer than its column would be cut, and might repeat."""
    for column, column_plan in scope.columns:
        limit = column.type.max_length if column.type.kind == "text" else None
        if limit is None or not column_plan.unique or column_plan.strategy.kind in {"foreign_key", "sequence", "email", "uuid"}:
            continue
        try:
            room = capacity_of(column_plan.strategy, column.type, scope.plan.locale)
            lengths = lengths_of(column_plan.strategy, Neighbours(scope.plan.locale))
        except (ValueError, SynthAssetsError):
            continue  # reported by validate_values
        if room and room >= scope.table_plan.row_count and lengths is not None and (lengths.longest or 0) > limit:
            message = (
                f"unique text of up to {lengths.longest} characters does not fit {column.sql_type}, and cutting it would repeat values"
            )
            yield problem("PLAN131", f"{scope.table.key}.{column.name}", message, column_plan.strategy.kind, "choose a shorter strategy")


def is_guaranteed(scope: TableScope, key: tuple[str, ...]) -> bool:
    """Tell whether the plan keeps a column set unique by construction."""
    plans = scope.table_plan.columns_by_name
    if any(c not in plans for c in key) or any(plans[c].unique for c in key):
        return True
    inside = [r for r in scope.table_plan.relations if identifies(r, key, scope.schema)]
    if is_unique_among(scope.table_plan.relations, key, scope.schema) or is_combined(key, plans, inside):
        return True
    owners = {r.name for r in inside if isinstance(r.fan_out, Layout)}
    if any(isinstance(r.fan_out, OneToOne) or (isinstance(r.fan_out, Stride) and r.fan_out.owner in owners) for r in inside):
        return True
    if any(isinstance(s := plans[c].strategy, Ordinal) and s.relation in owners and s.step != 0 for c in key):
        return True
    groups = [r.fan_out.group for r in inside if isinstance(r.fan_out, Product)]
    whole = [r.fan_out for r in inside if isinstance(r.fan_out, Product)]
    return any(groups.count(p.group) == len(p.sizes) for p in whole)


def _fan_out(scope: TableScope, relation: Relation) -> Iterator[Diagnostic]:
    where, rows = f"{scope.table.key}.{relation.name}", scope.table_plan.row_count
    parents = scope.parent_rows(relation.parent_table)
    if parents == 0:
        return  # without rows there is nothing to spread over: judged as a limit
    closed = [c for c in relation.columns if c in scope.table.columns_by_name and not scope.table.column(c).nullable]
    if relation.may_lack and len(closed) == len(relation.columns):
        yield problem("PLAN122", where, "every column of the key is NOT NULL", f"null_fraction {relation.null_fraction:g}", "set it to 0")
    match relation.fan_out:
        case Stride(owner=owner):
            yield from _stride(scope, relation, owner, parents, where)
        case Layout(children=children, parents=per, limit=limit, offset=offset):
            if rows * per > max(0, parents - offset) * children:
                yield problem(
                    "PLAN134",
                    where,
                    f"{children} children to {per} parents give fewer than {rows:,} rows",
                    f"{parents:,} parents",
                    "infer the plan again",
                )
            if limit is not None and limit * per < children:
                yield problem("PLAN134", where, "the limit is below the average run", str(limit), f"at least {-(-children // per)}")
        case Product(sizes=sizes, position=position):
            yield from _product(relation, sizes, position, parents, where)
        case OneToOne() | Attachment() | Earlier() | Matching():
            return
        case _:
            assert_never(relation.fan_out)


def _value_missing(scope: TableScope, relation: Relation) -> Iterator[Diagnostic]:
    """A NOT NULL column has its value from a parent's column that is NULL in some rows, and these are not left out."""
    parent = scope.plan.tables_by_key.get(relation.parent_table)
    if parent is None or not scope.table_plan.row_count or not parent.row_count or parent.table not in scope.schema.tables_by_key:
        return
    chosen = relation.fan_out.not_null if isinstance(relation.fan_out, Matching) else ()
    for column, name in zip(relation.columns, relation.parent_columns, strict=False):
        strategy = scope.table_plan.columns_by_name[column].strategy if column in scope.table_plan.columns_by_name else None
        given = isinstance(strategy, ForeignKeyValue) and strategy.relation == relation.name
        referred = scope.schema.table(parent.table).columns_by_name.get(name)
        if not given or scope.table.column(column).nullable or name in chosen or referred is None or not referred.nullable:
            continue  # A NOT NULL member of a key that may be missing has a value in every row.
        if not _may_lack(parent, name):
            continue
        message = f"the column is NOT NULL, and '{parent.table}.{name}', which it refers to, is NULL in some rows"
        hint = f"let '{parent.table}.{name}' hold a value in every row, or '{scope.table.key}.{column}' be NULL"
        yield problem("PLAN122", f"{scope.table.key}.{column}", message, relation.name, hint)


def _may_lack(table: TablePlan, name: str) -> bool:
    column = table.columns_by_name.get(name)
    if column is None:
        return False
    relation = table.relations_by_name.get(column.strategy.relation) if isinstance(column.strategy, ForeignKeyValue) else None
    return column.null_fraction > 0 or column.null_from is not None or (relation is not None and relation.may_lack)


def _stride(scope: TableScope, relation: Relation, owner: str, parents: int, where: str) -> Iterator[Diagnostic]:
    owning = scope.table_plan.relations_by_name.get(owner)
    if owning is None or not isinstance(owning.fan_out, Layout) or owning.fan_out.limit is None:
        yield problem("PLAN134", where, "a stride needs an owner that is laid out in runs with a limit", owner)
        return
    floor = relation.fan_out.floor if isinstance(relation.fan_out, Stride) else 0
    if isinstance(relation.fan_out, Stride) and relation.fan_out.below:
        floor = owning.fan_out.offset
        if owning.parent_table != relation.parent_table:
            yield problem("PLAN134", where, "rows before the owner's parent are of the owner's table", relation.parent_table)
    if min(floor, parents) < owning.fan_out.limit:
        message = (
            f"runs of up to {owning.fan_out.limit} rows need as many different parents, and the window starts at {min(floor, parents)}"
        )
        yield problem(
            "PLAN132",
            where,
            message,
            f"floor {floor}, {parents:,} parents",
            f"ask for fewer rows of '{scope.table.key}', or more of '{relation.parent_table}'",
        )


def _product(relation: Relation, sizes: tuple[int, ...], position: int, parents: int, where: str) -> Iterator[Diagnostic]:
    product = relation.fan_out
    if isinstance(product, Product) and product.ascending and (len(sizes) != 2 or sizes[0] != sizes[1]):
        yield problem("PLAN134", where, "pairs in order are of two equal sizes", str(sizes), "infer the plan again")
    if position >= len(sizes) or sizes[position] > parents:
        yield problem(
            "PLAN134",
            where,
            f"the product counts more rows of '{relation.parent_table}' than there are",
            str(sizes),
            "infer the plan again",
        )


def _computed(scope: TableScope, key: ForeignKey) -> Iterator[Diagnostic]:
    """A relation gives a generated column no value: what the database computes there may be no parent's key."""
    computed = [c for c in key.columns if c in scope.table.columns_by_name and scope.table.column(c).generated is not None]
    if computed and scope.table_plan.row_count:
        yield problem(
            "PLAN136",
            f"{scope.table.key}.{','.join(key.columns)}",
            f"the database computes {', '.join(repr(c) for c in computed)}, so it alone judges the foreign key to '{key.parent_table}'",
            key.label,
            "see that the columns it is computed from give values that the parent has",
            Severity.WARNING,
        )


def _foreign_key(scope: TableScope, key: ForeignKey) -> Iterator[Diagnostic]:
    """A key without a relation of its own must follow from another: through the parent's own key."""
    if any(c in scope.table.columns_by_name and scope.table.column(c).generated is not None for c in key.columns):
        return
    if key.parent_table not in scope.schema.tables_by_key or any(
        (r.columns, r.parent_table, r.parent_columns) == (key.columns, key.parent_table, key.parent_columns)
        for r in scope.table_plan.relations
    ):
        return
    if scope.table_plan.row_count == 0 or is_implied(scope.schema, scope.table_plan.relations, key) or _is_always_null(scope, key):
        return
    message = f"nothing gives the foreign key its values from one parent row: {key.label} ({key.where})"
    yield problem(
        "PLAN201",
        f"{scope.table.key}.{','.join(key.columns)}",
        message,
        key.label,
        "infer the plan again, or leave the columns of the key out of the overrides",
    )


def _is_always_null(scope: TableScope, key: ForeignKey) -> bool:
    plans = scope.table_plan.columns_by_name
    return any(c in plans and plans[c].strategy.kind == "constant" and getattr(plans[c].strategy, "value", "") is None for c in key.columns)
