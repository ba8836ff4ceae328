"""What the DDL alone says about the rows of every table, given the rows of the others: keys, contradictions, parents."""

from collections.abc import Mapping

from synth_assets.plan.key_limits import KeyTable, limits_of_keys
from synth_assets.plan.limits import Limit
from synth_assets.plan.row_limits import limits_of_checks, limits_of_parents
from synth_assets.schema.graph import creation_order
from synth_assets.schema.model import Schema

Spelled = Mapping[str, frozenset[str]]
"""By table, the columns whose text an override spells."""


def limits_of_ddl(schema: Schema, rows: Mapping[str, int], spelled: Spelled) -> dict[str, tuple[Limit, ...]]:
    """Return the limits of every table by its key, for these rows of all tables.

    A parent that cannot have a row leaves none to its children, whatever it was asked for; any other parent counts
    with the rows asked for. In a cycle of tables the first one is judged by what was asked for of the others.
    """
    rows, causes = dict(rows), dict[str, Limit]()
    found: dict[str, tuple[Limit, ...]] = {}
    for key in creation_order(schema):
        scope = KeyTable(schema, schema.table(key), rows, spelled.get(key, frozenset()))
        limits = (*limits_of_checks(scope), *limits_of_parents(scope, causes), *limits_of_keys(scope))
        found[key] = limits
        never = next((limit for limit in limits if limit.capacity == 0), None)
        if never is not None:
            causes[key], rows[key] = never, 0
    return found
