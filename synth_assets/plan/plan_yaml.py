"""Plans as YAML that people read and edit: compact, in a fixed order, back to the same plan."""

from typing import Any

import yaml
from pydantic import ValidationError

from synth_assets.errors import Diagnostic, PlanError
from synth_assets.plan.bounded_yaml import MAX_PROBLEMS, BadYamlError, parse_yaml, place_of
from synth_assets.plan.encoding import encode
from synth_assets.plan.model import Plan
from synth_assets.plan.request import short_form

MAX_PLAN_BYTES = 20_000_000
_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_BaseDumper):  # type: ignore[misc]
    """Writes every value out: no anchors, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the name and signature are PyYAML's
        return True


def dump_plan(plan: Plan) -> str:
    """Return the plan as YAML: fields in the order of the model, defaults left out."""
    return dump_fields(plan)


def dump_fields(value: Any) -> str:
    """Return a model, or plain values with models in them, as YAML in the form of plans: compact, no aliases, defaults left out."""
    text: str = yaml.dump(encode(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=140, default_flow_style=None)
    return text


def load_plan(text: str, source: str) -> Plan:
    """Return the plan that YAML text describes.

    Args:
        text: What `dump_plan` wrote, or a person edited.
        source: What to call it in diagnostics, usually a file name.

    Raises:
        PlanError: With every problem found, by line where there is one.
    """
    if len(text.encode(errors="surrogatepass")) > MAX_PLAN_BYTES:
        raise PlanError("the plan is too large", [_problem("PLAN101", source, f"is larger than {MAX_PLAN_BYTES // 1_000_000} MB", "", "")])
    try:
        document, root = parse_yaml(text)
    except BadYamlError as error:
        problem = _problem("PLAN101", f"{source}{error.place}", error.problem, error.found, error.hint)
        raise PlanError("the plan is not YAML", [problem]) from None
    if not isinstance(document, dict):
        hint = "start from the output of `synth plan`"
        raise PlanError("bad plan", [_problem("PLAN102", source, "is not a mapping", short_form(document), hint)])
    try:
        return Plan.model_validate(document)
    except ValidationError as error:
        told = [_from_pydantic(e, source, root) for e in error.errors()[:MAX_PROBLEMS]]
        more = error.error_count() - len(told)
        told += [_problem("PLAN103", source, f"{more:,} more problems of this kind", "", "")] if more else []
        raise PlanError("bad plan", told) from None


def _from_pydantic(error: Any, source: str, root: Any) -> Diagnostic:
    path = ".".join(str(part) for part in error["loc"])
    message = error["msg"][:1].lower() + error["msg"][1:]
    return _problem(
        "PLAN103", f"{source}{place_of(_mark_of(root, error['loc']))}", f"{path}: {message}", short_form(error.get("input")), ""
    )


def _mark_of(node: Any, path: tuple[Any, ...]) -> Any:
    """Return the place of a path in the node tree; parts that name a union's member are stepped over."""
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == part), node)
    return node.start_mark if node is not None else None


def _problem(code: str, where: str, message: str, found: str, hint: str) -> Diagnostic:
    return Diagnostic(code=code, where=where, message=message, found=found, hint=hint)
