"""Do values stay within what can be counted, spelled and dated: the engine's integers have 64 bits, years four digits."""

from collections.abc import Iterator
from decimal import Decimal

from synth_assets.errors import Diagnostic
from synth_assets.plan.cells import leaves
from synth_assets.plan.model import Plan
from synth_assets.plan.strategies import Number, Offset, Strategy, Template, Uuid
from synth_assets.plan.templates import parse_number_range, slots_of
from synth_assets.plan.validation.scope import problem, scopes
from synth_assets.schema.model import Column, Schema

COUNTED = 2**61
"""Numbers are drawn as whole units below this; see `engine.strategies.numbers.workable_scale`."""

UUID_LENGTH = 36
FARTHEST_DAYS = 366 * 1000
"""An offset beyond a thousand years is a slip of the finger, and would leave the calendar."""

_A_DAY = {"days": 1, "hours": 24, "minutes": 1440, "seconds": 86_400}


def validate_reach(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield numbers too large to draw, UUIDs too long for their column, offsets out of the calendar."""
    for scope in scopes(schema, plan):
        for column, column_plan in scope.columns:
            for strategy in leaves(column_plan.strategy):
                yield from _reach(column, strategy, f"{scope.table.key}.{column.name}")


def _reach(column: Column, strategy: Strategy, where: str) -> Iterator[Diagnostic]:
    match strategy:
        case Number(low=low, high=high) if max(abs(low), abs(high)) >= COUNTED:
            yield _too_large(low, high, where)
        case Template(templates=templates):
            for template in templates:
                yield from _slots(template, where)
        case Uuid() if column.type.kind == "text" and (longest := column.type.max_length) is not None and longest < UUID_LENGTH:
            hint = "choose a pattern that fits"
            yield problem("PLAN127", where, f"a UUID has {UUID_LENGTH} characters, {column.sql_type} holds {longest}", "uuid", hint)
        case Offset(low=first, high=last, unit=unit) if max(abs(first), abs(last)) > FARTHEST_DAYS * _A_DAY[unit]:
            hint = "stay within a thousand years"
            yield problem("PLAN127", where, "the offset leads out of the calendar", f"{first} to {last} {unit}", hint)
        case _:
            return


def _slots(template: str, where: str) -> Iterator[Diagnostic]:
    try:
        slots = slots_of(template)
    except ValueError:
        return  # reported by validate_values
    for slot in slots:
        if slot.kind == "number":
            low, high = parse_number_range(slot.argument)
            if high >= COUNTED:
                yield _too_large(low, high, where)


def _too_large(low: Decimal | int, high: Decimal | int, where: str) -> Diagnostic:
    hint = f"stay below {COUNTED:,}; longer digits can be a pattern"
    return problem("PLAN127", where, "the range is larger than can be counted", f"{low} to {high}"[:80], hint)
