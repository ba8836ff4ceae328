"""Make a labelled text dataset: messages, by Gemini or by templates, without near-duplicates, split, reported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.labelled_text import (
    CategoryRequest,
    LabelledMessage,
    LabelledTextRequest,
    NearDuplicates,
    fingerprint_request,
    read_labelled_text,
    split_rows,
)
from synth_assets.labelled_text.messages import in_drawn_order
from synth_assets.labelled_text.report import BalanceReport, Removed, WritingReport, build_report
from synth_assets.labelled_text.templates import TemplateWriter
from synth_assets.plan.request import MAX_REQUEST_BYTES
from synth_assets.settings import load_llm_settings
from synth_assets.storage import storage_errors

if TYPE_CHECKING:
    from synth_assets.llm.calls import CallTally, Observer
    from synth_assets.llm.gateway import Gateway
    from synth_assets.llm.message_writer import OnProgress, WrittenByModel
    from synth_assets.llm.questions import Asks

NO_KEY = "there is no key for Gemini: templates wrote all messages"
_UNREAD = "the knowledge folder was not read: templates draw on the file alone"
_PASSAGES = 4
"""Passages of the user's documents that a category is written with."""


@dataclass(frozen=True)
class LabelledText:
    """A finished dataset.

    Attributes:
        messages: All rows, in an order that tells nothing of their categories.
        splits: The split of each.
    """

    request: LabelledTextRequest
    messages: tuple[LabelledMessage, ...]
    splits: tuple[str, ...]
    report: BalanceReport

    def rows_of(self, split: str) -> tuple[LabelledMessage, ...]:
        """Return the messages of one split."""
        return tuple(m for m, s in zip(self.messages, self.splits, strict=True) if s == split)


@dataclass(frozen=True)
class Knowledge:
    """What the user's documents say of each category, with where it stands, and what there is to tell of their reading."""

    passages: Mapping[str, tuple[str, ...]]
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


NOTHING_KNOWN = Knowledge({})


def read_labelled_file(path: Path) -> LabelledTextRequest:
    """Return what a file asks for. Raises RequestError, StorageError."""
    with storage_errors("read", path, "STO101"), path.open("rb") as file:
        data = file.read(MAX_REQUEST_BYTES + 1)
    try:
        return read_labelled_text(data.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError:
        problem = Diagnostic(code="REQ101", where=path.name, message="is not UTF-8 text", hint="save the file as UTF-8")
        raise RequestError("the file is not text", [problem]) from None


def make_labelled_file(
    request: LabelledTextRequest, folder: Path, observe: "Sequence[Observer]" = (), on_progress: "OnProgress | None" = None
) -> LabelledText:
    """Return the dataset of a file's request, written by Gemini where its settings and this process's say so.

    Args:
        folder: Where the file lies; its knowledge folder lies beside it.
        observe: Told of every question.
        on_progress: Told of what is going on; see `llm.message_writer`.

    Raises:
        RequestError: The knowledge folder is not there (REQ307); as `make_labelled_text`.
        LlmError: `LLM101`, when Gemini is required and there is no key; as `make_labelled_text`.
        StorageError: Answers cannot be kept, or documents cannot be listed.
    """
    from synth_assets.llm.calls import CallTally

    documents = _knowledge_folder(request, folder)
    tally = CallTally()
    gateway = _open_gateway(request, (tally, *observe))
    if gateway is None:
        return make_labelled_text(request, None, Knowledge({}, notes=(_UNREAD,)) if documents else NOTHING_KNOWN)
    known = read_knowledge(request, documents, gateway) if documents else NOTHING_KNOWN
    return _counted(make_labelled_text(request, _bounded(gateway, request), known, on_progress), tally)


def make_labelled_text(
    request: LabelledTextRequest, asks: "Asks | None" = None, known: Knowledge = NOTHING_KNOWN, on_progress: "OnProgress | None" = None
) -> LabelledText:
    """Return the dataset of a request: as many messages a category as it asks for, no two of them near-duplicates.

    Without a model it is a function of the request alone; with one, of the request and the model's answers.

    Args:
        asks: Who writes and judges; None has templates write.
        known: What the user's documents say; for a model.
        on_progress: Told of what a model does.

    Raises:
        RequestError: The templates give too few messages (REQ308).
        LlmError: `ai: required`, and the model did not write all of them.
    """
    seen = NearDuplicates()
    written = _ask_model(request, asks, seen, known, on_progress)
    messages = {c.name: list(written.messages[c.name]) if written else [] for c in request.categories}
    templates = TemplateWriter(request, seen)
    # In turn, so that a category that grows changes no message of another.
    for number in range(max(c.count for c in request.categories)):
        for category in request.categories:
            if len(messages[category.name]) == number < category.count:
                messages[category.name].append(templates.write(category.name))
    removed = {}
    for name, more in templates.left_out.items():
        by_model = written.removed[name] if written else Removed()
        removed[name] = by_model.model_copy(update={"near_duplicates": by_model.near_duplicates + more})
    writing = written.report if written else WritingReport(ai=request.ai, fallbacks=() if request.ai == "off" else (NO_KEY,))
    told = {"notes": (*known.notes, *writing.notes), "passages": known.sources if written else ()}
    return _arranged(request, messages, removed, writing.model_copy(update=told))


def read_knowledge(request: LabelledTextRequest, folder: Path, gateway: "Gateway | None") -> Knowledge:
    """Return the passages of a folder that speak of each category. Raises StorageError when it cannot be listed.

    Args:
        gateway: Reads images and compares meanings; None leaves both.
    """
    from synth_assets.llm.knowledge.building import build_index
    from synth_assets.llm.knowledge.search import KnowledgeSearch

    with storage_errors("read", folder, "STO101"):
        index = build_index(folder, gateway)
    search = KnowledgeSearch(index, gateway)
    found = search.find_each([_query(c) for c in request.categories], _PASSAGES)
    passages = {c.name: tuple(p.text for p in own) for c, own in zip(request.categories, found, strict=True)}
    sources = {", ".join(filter(None, (p.source, p.place))) for own in found for p in own}
    problems = [*index.diagnostics, *([search.problem] if search.problem else [])]
    return Knowledge(passages, tuple(sorted(sources)), tuple(f"{d.where}: {d.code} {d.message}" for d in problems))


def _query(category: CategoryRequest) -> str:
    return " ".join([category.name, category.description, *category.examples])


def _knowledge_folder(request: LabelledTextRequest, folder: Path) -> Path | None:
    if request.knowledge is None:
        return None
    documents = folder / request.knowledge
    if documents.is_symlink() or not documents.is_dir():
        hint = "put the folder beside the file, or leave `knowledge` out"
        problem = Diagnostic(code="REQ307", where=request.name, message="there is no such folder", found=request.knowledge, hint=hint)
        raise RequestError("the knowledge folder is not there", [problem])
    return documents


def _open_gateway(request: LabelledTextRequest, observe: "Sequence[Observer]") -> "Gateway | None":
    if request.ai == "off":
        return None
    from synth_assets.llm.access import open_gateway

    account = f"{request.name}/{fingerprint_request(request)[:12]}"
    return open_gateway(load_llm_settings(), request.ai, request.gemini, account, observe)


def _bounded(gateway: "Gateway", request: LabelledTextRequest) -> "Gateway":
    """Return the gateway with a bound of calls for this run, where the request sets none for the dataset."""
    from synth_assets.llm.message_writer import bound_of_calls

    return gateway if request.gemini.budget.calls is not None else gateway.allowing(bound_of_calls(request))


def _counted(made: LabelledText, tally: "CallTally") -> LabelledText:
    """Return the dataset with what every question took in its report, those without an answer and those about documents too."""
    took = tally.sum_of()
    tokens = took.input_tokens + took.output_tokens + took.thought_tokens
    cost = {"calls": took.questions, "cached": took.cached, "tokens": tokens, "dollars": round(took.dollars, 6)}
    writing = made.report.writing.model_copy(update=cost)
    return replace(made, report=made.report.model_copy(update={"writing": writing}))


def _ask_model(
    request: LabelledTextRequest, asks: "Asks | None", seen: NearDuplicates, known: Knowledge, on_progress: "OnProgress | None"
) -> "WrittenByModel | None":
    if asks is None or request.ai == "off":
        return None
    from synth_assets.llm.message_writer import write_messages

    settings = load_llm_settings()
    judge = settings.critique_model or ""
    return write_messages(asks, request, seen, known.passages, judge=judge, workers=settings.workers, on_progress=on_progress)


def _arranged(
    request: LabelledTextRequest, messages: dict[str, list[LabelledMessage]], removed: dict[str, Removed], writing: WritingReport
) -> LabelledText:
    """Deal the rows of each category out to the splits in the order they were made, then mix the categories."""
    made = [(position, m) for own in messages.values() for position, m in enumerate(own)]
    splits = split_rows([m.category for _, m in made], request.splits)
    order = in_drawn_order(made, request.seed, request.name)
    rows, dealt = tuple(made[i][1] for i in order), tuple(splits[i] for i in order)
    return LabelledText(request, rows, dealt, build_report(request, rows, dealt, removed, writing))
