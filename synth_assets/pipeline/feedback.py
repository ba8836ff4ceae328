"""Feedback in words on a dataset: Gemini puts it into a patch, and the patch is proposed like any other."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from synth_assets.errors import Diagnostic, LlmError, PlanError, RequestError, closest_name
from synth_assets.llm.calls import Observer
from synth_assets.llm.feedback import ask_for_patch
from synth_assets.pipeline.gemini import Gemini, budget_name, open_gemini
from synth_assets.pipeline.modify import ChangeableDataset
from synth_assets.pipeline.versions import ProposedChange, propose_change

_NO_KEY = "LLM101"
_BY_PATCH = "the change as a patch, which works without Gemini: --patch patch.yaml"


def propose_by_words(
    dataset: ChangeableDataset,
    words: str,
    *,
    table: str = "",
    on_text: Callable[[str], None] | None = None,
    observe: Sequence[Observer] = (),
) -> ProposedChange:
    """Return the change that words ask for; what they ask for in vain is in its notes. Nothing is stored.

    Args:
        dataset: The dataset as it is.
        words: What the user says.
        table: The table the words are about, letter case aside; empty for the whole dataset.
        on_text: Called with pieces of Gemini's sentences to the user, as they arrive.
        observe: Told of every question.

    Raises:
        LlmError: There is nobody to ask (LLM141), or no usable answer.
        RequestError: Nothing of the words can be expressed (LLM142); every reason is listed.
        PlanError: There is no such table, or the plan cannot take the change; every reason is listed.
    """
    key = _table_key(dataset, table)
    gemini = _open(dataset, observe)
    asked = ask_for_patch(dataset.schema, dataset.plan, words, gemini.gateway, table=key, wishes=dataset.request.gemini, on_text=on_text)
    if not asked.patch.changes:
        hint = "say it otherwise, or write the change as a patch: --patch patch.yaml"
        told = [Diagnostic(code="LLM142", where="feedback", message="cannot be done", found=note, hint=hint) for note in asked.notes]
        raise RequestError("nothing of it can be changed", told)
    change = propose_change(dataset.schema, dataset.plan, asked.patch, words=words, table=key, notes=asked.notes)
    return replace(change, report=gemini.count(asked.report))


def _open(dataset: ChangeableDataset, observe: Sequence[Observer]) -> Gemini:
    if dataset.request.ai == "off":
        raise _nobody_to_ask(
            "the dataset's request says `ai: off`", "write the change as a patch, which needs no Gemini: --patch patch.yaml"
        )
    try:
        # What changes a dataset is paid from the budget of what made it.
        name = dataset.name or budget_name(dataset.schema, dataset.request)
        gemini = open_gemini(dataset.schema, dataset.request.model_copy(update={"ai": "required"}), name, observe)
    except LlmError as error:
        if error.code != _NO_KEY:
            raise
        gemini = None
    if gemini is None:
        raise _nobody_to_ask("there is no key to ask Gemini with", f"set GEMINI_API_KEY, or write {_BY_PATCH}")
    return gemini


def _nobody_to_ask(found: str, hint: str) -> LlmError:
    problem = Diagnostic(code="LLM141", where="feedback", message="words need Gemini to be understood", found=found, hint=hint)
    return LlmError("feedback in words needs Gemini", [problem])


def _table_key(dataset: ChangeableDataset, name: str) -> str:
    if not name:
        return ""
    keys = [t.key for t in dataset.schema.tables]
    found = next((key for key in keys if key.casefold() == name.casefold()), None)
    if found is None:
        hint = closest_name(name, keys) or f"tables: {', '.join(keys[:8])}"
        problem = Diagnostic(code="PLAN501", where="--table", message="the dataset has no such table", found=name, hint=hint)
        raise PlanError("no such table", [problem])
    return found
