"""What to generate: the plan of a dataset as frozen, serialisable data, and the rules that write it.

Here: the request, the plan and its strategies, the ordered rules that infer a plan from a schema,
overrides, validation, YAML. Not here: anything that produces a value (engine), numpy or pyarrow,
file access, a model call.
"""

from synth_assets.plan.infer import infer_plan

__all__ = ["infer_plan"]
