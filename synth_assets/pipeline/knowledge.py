"""Documents beside a schema: read into an index that is kept, and searched for what they say of each table."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from synth_assets.errors import Diagnostic
from synth_assets.formats import count_of
from synth_assets.llm.knowledge.building import build_index
from synth_assets.llm.knowledge.model import KNOWLEDGE_LABEL, KnowledgeIndex, Passage
from synth_assets.llm.knowledge.search import Embeds, KnowledgeSearch
from synth_assets.llm.questions import Asks
from synth_assets.pipeline.ai_plan import AiPlannedDataset
from synth_assets.pipeline.gemini import Gemini, plan_by_request
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema, Table
from synth_assets.storage import DatasetStore, storage_errors, write_text_atomically

KNOWLEDGE_SUFFIX = ".knowledge"

PASSAGES_A_TABLE = 4
"""So many passages of at most 1,000 characters go into the question about a table."""

MOST_TOLD = 10
"""Files not read that a plan's report names; the index has them all."""


def knowledge_folder(ddl_file: Path) -> Path | None:
    """Return the folder of documents of a DDL file, or None: `shop.knowledge` beside `shop.sql`, letter by letter, and no link."""
    folder = ddl_file.with_name(f"{ddl_file.stem}{KNOWLEDGE_SUFFIX}")
    return folder if folder.is_dir() and not folder.is_symlink() else None


def kept_index(store: DatasetStore, schema_name: str) -> Path:
    """Return where the index of a schema's documents is kept, beside its datasets; no dataset's name begins with an underscore."""
    return store.dataset_directory(schema_name, "any").with_name("_knowledge.json")


@dataclass(frozen=True)
class LoadedKnowledge:
    """What was read of a folder.

    Attributes:
        index: The passages.
        diagnostics: What was not read, and why; with why meanings cannot be searched, where someone was asked for vectors.
        by_meaning: Whether the passages have vectors.
    """

    index: KnowledgeIndex
    diagnostics: tuple[Diagnostic, ...]
    by_meaning: bool


def load_knowledge(folder: Path, asks: Asks | None, kept: Path | None = None, *, embeds: Embeds | None = None) -> LoadedKnowledge:
    """Return everything that can be read of a folder; files that have not changed come from the index that is kept.

    Args:
        asks: Who reads images and scanned pages; None leaves them unread, and says so.
        kept: File of the index, replaced as a whole when it changes; a damaged one is made anew. None keeps nothing.
        embeds: Who makes vectors of the passages, now, so that no search waits for them.

    Raises:
        StorageError: The folder cannot be listed, or the index not written.
    """
    earlier = _read_kept(kept) if kept is not None else None
    with storage_errors("read", folder, "STO101"):
        index = build_index(folder, asks, earlier=earlier)
    if kept is not None and index != earlier:
        write_text_atomically(kept, index.model_dump_json())
    search = KnowledgeSearch(index, embeds)
    search.prepare()
    return LoadedKnowledge(index, (*index.diagnostics, *filter(None, [search.problem])), search.by_meaning)


@dataclass(frozen=True)
class TablePassages:
    """What documents say of a schema's tables.

    Attributes:
        by_table: Passages by table key, the best first; tables without any are left out.
        diagnostics: How the search was less than it might have been.
    """

    by_table: Mapping[str, tuple[Passage, ...]]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """What goes into a prompt, by table key: each passage under the place it stands in."""
        return {table: tuple(f"[{_where(p)}]\n{p.text}" for p in found) for table, found in self.by_table.items()}

    @property
    def cited(self) -> dict[str, tuple[str, ...]]:
        """What is shown to people, by table key: source, place and first words."""
        return {table: tuple(p.cited for p in found) for table, found in self.by_table.items()}


def find_table_passages(schema: Schema, request: DatasetRequest, index: KnowledgeIndex, embeds: Embeds | None) -> TablePassages:
    """Return what an index says of each table, by its name, comments and columns, and what the request says of it.

    Args:
        embeds: Who makes vectors, so that meanings are searched too; None, or a failure (which is told), searches words alone.

    Raises:
        StorageError: Vectors that were made cannot be kept.
    """
    search = KnowledgeSearch(index, embeds)
    queries = {table.key: _query_of(table, request) for table in schema.tables}
    found = dict(zip(queries, search.find_each(list(queries.values()), PASSAGES_A_TABLE), strict=True))
    return TablePassages({table: passages for table, passages in found.items() if passages}, tuple(filter(None, [search.problem])))


def plan_with_documents(
    schema: Schema, request: DatasetRequest, gemini: Gemini | None, folder: Path | None, kept: Path | None = None
) -> AiPlannedDataset:
    """Return the plan of a request, by Gemini with what the documents of a folder say of each table; the report names the passages.

    Args:
        gemini: Whom to ask; None plans by the rules alone, which read no documents.
        folder, kept: As for `load_knowledge`; no folder plans without documents.

    Raises: As `plan_by_request` and `load_knowledge` do.
    """
    if gemini is None or folder is None:
        return plan_by_request(schema, request, gemini)
    loaded = load_knowledge(folder, gemini.gateway, kept)
    found = find_table_passages(schema, request, loaded.index, gemini.gateway)
    made = plan_by_request(schema, request, gemini, found.texts)
    if made.report is None:
        return made
    notes = (*made.report.notes, *_told(folder, (*loaded.diagnostics, *found.diagnostics)), *_cost(gemini))
    return AiPlannedDataset(made.planned, made.report.model_copy(update={"passages": found.cited, "notes": notes}))


def _told(folder: Path, diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    shown = [f"{folder.name}: {d.where}: {d.message} ({d.code})" for d in diagnostics[:MOST_TOLD]]
    left = len(diagnostics) - len(shown)
    return [*shown, f"{folder.name}: and {left} more"] if left > 0 else shown


def _cost(gemini: Gemini) -> list[str]:
    """Reading and searching documents has a label of its own, so the plan's report does not count it."""
    took = gemini.tally.sum_of(KNOWLEDGE_LABEL)
    if not took.calls:
        return []
    return [f"documents were read and searched with {count_of(took.calls, 'request')}, {took.tokens:,} tokens, ${took.dollars:.4f}"]


def _query_of(table: Table, request: DatasetRequest) -> str:
    columns = (word for c in table.columns for word in (c.name, c.comment))
    wishes = (request.prompt, request.gemini.of_table(table.key).prompt)
    return " ".join(filter(None, (table.name, table.comment, *columns, *wishes)))


def _where(passage: Passage) -> str:
    return ", ".join(filter(None, (passage.source, passage.place)))


def _read_kept(path: Path) -> KnowledgeIndex | None:
    """An index that cannot be understood, because it is damaged or of another version, is as good as none: it is made anew."""
    if not path.is_file():
        return None
    with storage_errors("read", path, "STO101"):
        data = path.read_bytes()
    try:
        return KnowledgeIndex.model_validate_json(data)
    except ValidationError:
        return None
