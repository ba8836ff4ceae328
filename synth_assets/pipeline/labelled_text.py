"""Make a labelled text dataset: messages, by Gemini or by templates, without near-duplicates, split, reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.labelled_text import LabelledMessage, LabelledTextRequest, NearDuplicates, read_labelled_text, split_rows
from synth_assets.labelled_text.messages import in_drawn_order
from synth_assets.labelled_text.report import BalanceReport, Removed, WritingReport, build_report
from synth_assets.labelled_text.templates import TemplateWriter
from synth_assets.plan.request import MAX_REQUEST_BYTES
from synth_assets.storage import storage_errors

if TYPE_CHECKING:
    from synth_assets.llm.message_writer import WrittenByModel
    from synth_assets.llm.questions import Asks

NO_KEY = "there is no key for Gemini"


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


def read_labelled_file(path: Path) -> LabelledTextRequest:
    """Return what a file asks for. Raises RequestError, StorageError."""
    with storage_errors("read", path, "STO101"), path.open("rb") as file:
        data = file.read(MAX_REQUEST_BYTES + 1)
    try:
        return read_labelled_text(data.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError:
        problem = Diagnostic(code="REQ101", where=path.name, message="is not UTF-8 text", hint="save the file as UTF-8")
        raise RequestError("the file is not text", [problem]) from None


def make_labelled_file(request: LabelledTextRequest, folder: Path) -> LabelledText:
    """Return the dataset of a file's request, written by Gemini where it may be asked. Raises as `make_labelled_text`, and StorageError.

    Args:
        folder: Where the file lies; its knowledge folder lies beside it.
    """
    return make_labelled_text(request, None, ())


def make_labelled_text(request: LabelledTextRequest, asks: "Asks | None" = None, passages: Sequence[str] = ()) -> LabelledText:
    """Return the dataset of a request: as many messages a category as it asks for, no two of them near-duplicates.

    Without a model it is a function of the request alone; with one, of the request and the model's answers.

    Args:
        asks: Who writes and judges; None has templates write.
        passages: Pieces of the user's documents that the model may draw on.

    Raises:
        RequestError: The templates give too few messages (REQ308).
        LlmError: `ai: required`, and the model did not write all of them.
    """
    seen = NearDuplicates()
    written = _ask_model(request, asks, seen, passages)
    messages = {c.name: list(written.messages[c.name]) if written else [] for c in request.categories}
    templates = TemplateWriter(request, seen)
    # In turn, so that a category that grows changes no message of another.
    for number in range(max(c.count for c in request.categories)):
        for category in request.categories:
            if len(messages[category.name]) == number < category.count:
                messages[category.name].append(templates.write(category.name))
    removed = {
        c.name: _with_duplicates(written.removed[c.name] if written else Removed(), templates.left_out[c.name]) for c in request.categories
    }
    return _arranged(request, messages, removed, written.report if written else _by_templates(request))


def _ask_model(request: LabelledTextRequest, asks: "Asks | None", seen: NearDuplicates, passages: Sequence[str]) -> "WrittenByModel | None":
    if asks is None or request.ai == "off":
        return None
    from synth_assets.llm.message_writer import write_messages

    return write_messages(asks, request, seen, passages)


def _by_templates(request: LabelledTextRequest) -> WritingReport:
    return WritingReport(ai=request.ai, fallbacks=() if request.ai == "off" else (NO_KEY,))


def _with_duplicates(removed: Removed, more: int) -> Removed:
    return removed.model_copy(update={"near_duplicates": removed.near_duplicates + more})


def _arranged(
    request: LabelledTextRequest, messages: dict[str, list[LabelledMessage]], removed: dict[str, Removed], writing: WritingReport
) -> LabelledText:
    """Deal the rows of each category out to the splits in the order they were made, then mix the categories."""
    made = [(position, m) for own in messages.values() for position, m in enumerate(own)]
    splits = split_rows([m.category for _, m in made], request.splits)
    order = in_drawn_order(made, request.seed, request.name)
    rows, dealt = tuple(made[i][1] for i in order), tuple(splits[i] for i in order)
    return LabelledText(request, rows, dealt, build_report(request, rows, dealt, removed, writing))
