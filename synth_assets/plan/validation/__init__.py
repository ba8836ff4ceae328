"""Judging a plan against its schema before a row is written: everything that is wrong, at once.

Here: names, types, NULLs, values, references and their cycles, capacities and keys, fan-outs, CHECKs that are not
met by construction. Not here: changing a plan (rules, overrides), judging data (checks).
"""

from synth_assets.errors import Diagnostic
from synth_assets.plan.model import Plan
from synth_assets.plan.validation import (
    checks,
    conditional_keys,
    exclusions,
    feasibility,
    filled,
    keys,
    matching,
    names,
    reach,
    references,
    sums,
    values,
)
from synth_assets.plan.validation.feasibility import judge_feasibility
from synth_assets.schema.model import Schema

__all__ = ["VALIDATORS", "judge_feasibility", "validate_plan"]

VALIDATORS = (
    names.validate_names,
    values.validate_values,
    filled.validate_filled,
    reach.validate_reach,
    references.validate_references,
    feasibility.validate_feasibility,
    sums.validate_sums,
    keys.validate_keys,
    matching.validate_matching,
    conditional_keys.validate_conditional_keys,
    exclusions.validate_exclusions,
    checks.validate_checks,
)
"""Asked in order; all but the first look only at tables and columns that exist."""


def validate_plan(schema: Schema, plan: Plan) -> tuple[Diagnostic, ...]:
    """Return everything that is wrong with a plan: errors that stop generation, and warnings."""
    return tuple(dict.fromkeys(problem for validate in VALIDATORS for problem in validate(schema, plan)))
