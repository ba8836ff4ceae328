"""Plans as YAML that people read and edit: compact, in a fixed order, back to the same plan."""

from typing import Any

import yaml
from pydantic import ValidationError

from synth_assets.errors import Diagnostic, PlanError
from synth_assets.plan.encoding import encode
from synth_assets.plan.model import Plan

MAX_PLAN_BYTES = 20_000_000
MAX_NESTING = 100
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_BaseDumper):  # type: ignore[misc]
    """Writes every value out: no anchors, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the name and signature are PyYAML's
        return True


def dump_plan(plan: Plan) -> str:
    """Return the plan as YAML: fields in the order of the model, defaults left out."""
    text: str = yaml.dump(encode(plan), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=140, default_flow_style=None)
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
    document, root = _read(text, source)
    if not isinstance(document, dict):
        hint = "start from the output of `synth plan`"
        raise PlanError("bad plan", [_problem("PLAN102", source, "is not a mapping", str(document)[:80], hint)])
    try:
        return Plan.model_validate(document)
    except ValidationError as error:
        raise PlanError("bad plan", [_from_pydantic(e, source, root) for e in error.errors()]) from None


def _read(text: str, source: str) -> tuple[Any, Any]:
    """Return the document and its node tree (for line numbers); aliases and deep nesting are refused first."""
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > MAX_NESTING:
                what = "uses an alias" if isinstance(event, yaml.AliasEvent) else "is nested too deeply"
                raise PlanError("bad plan", [_problem("PLAN101", _at(source, event.start_mark), what, "", "write values out in full")])
        root = yaml.compose(text, Loader=_Loader)
        return yaml.load(text, Loader=_Loader), root  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        found = str(getattr(error, "problem", "") or "")
        raise PlanError("the plan is not YAML", [_problem("PLAN101", _at(source, mark), "is not valid YAML", found, "")]) from None
    except ValueError as error:
        raise PlanError("the plan is not YAML", [_problem("PLAN101", source, "holds an impossible value", str(error)[:80], "")]) from None


def _at(source: str, mark: Any) -> str:
    return f"{source}:{mark.line + 1}:{mark.column + 1}" if mark is not None else source


def _from_pydantic(error: Any, source: str, root: Any) -> Diagnostic:
    path = ".".join(str(part) for part in error["loc"])
    message = error["msg"][:1].lower() + error["msg"][1:]
    return _problem("PLAN103", _at(source, _mark_of(root, error["loc"])), f"{path}: {message}", str(error.get("input"))[:80], "")


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
