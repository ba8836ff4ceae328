"""What to generate: the plan of a dataset as frozen, serialisable data, and the rules that write it.

Here: the request, the plan and its strategies, the ordered rules that infer a plan from a schema,
overrides, validation, YAML. Not here: anything that produces a value (engine), numpy or pyarrow,
file access, a model call.
"""

from synth_assets.plan.explain import explain_plan, explain_table
from synth_assets.plan.fingerprint import fingerprint_plan, fingerprint_table_plan
from synth_assets.plan.infer import infer_plan
from synth_assets.plan.lowering import make_plan
from synth_assets.plan.overrides import apply_overrides
from synth_assets.plan.plan_yaml import dump_plan, load_plan
from synth_assets.plan.validation import judge_feasibility, validate_plan

__all__ = [
    "apply_overrides",
    "dump_plan",
    "explain_plan",
    "explain_table",
    "fingerprint_plan",
    "fingerprint_table_plan",
    "infer_plan",
    "judge_feasibility",
    "load_plan",
    "make_plan",
    "validate_plan",
]
