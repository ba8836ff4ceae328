"""The `_knowledge` asset of a schema with documents beside it: what was read of them, what was not, and why.

It has no partitions: all datasets of a schema read the same documents. It is there only where the folder is.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from synth_assets.llm.calls import CallSum
from synth_assets.llm.knowledge.model import KNOWLEDGE_LABEL, KnowledgeIndex
from synth_assets.orchestration.datasets import SchemaSource, open_store
from synth_assets.orchestration.failures import diagnostics_table, our_errors_as_failures
from synth_assets.orchestration.knowledge_folders import fingerprint_documents
from synth_assets.orchestration.tracing import traced_asset
from synth_assets.orchestration.translator import KNOWLEDGE_CHECK, SCHEMA_TAG, SchemaNames
from synth_assets.orchestration.uploads import read_request_beside
from synth_assets.pipeline.gemini import open_gemini
from synth_assets.pipeline.knowledge import LoadedKnowledge, kept_index, knowledge_folder, load_knowledge
from synth_assets.plan.request import DatasetRequest

EXAMPLES = 5
"""Passages that the metadata shows, one a file."""

_EXAMPLE_CHARACTERS = 300
_DOCUMENTS = "documents"


def build_knowledge_asset(names: SchemaNames, source: SchemaSource, owners: list[str]) -> dg.AssetsDefinition:
    """Return the asset that reads the documents beside a schema; the plan of every dataset depends on it."""
    spec = dg.AssetSpec(
        names.knowledge_key,
        group_name=names.group,
        description=f"What the documents beside `{source.schema.name}` say: read, cut into passages, ready to be searched.",
        kinds={"file"},
        tags=names.asset_tags,
        owners=owners,
    )
    check = dg.AssetCheckSpec(KNOWLEDGE_CHECK, asset=names.knowledge_key, description="Every file could be read, and all of it.")

    @dg.multi_asset(name=names.knowledge_op, specs=[spec], check_specs=[check])
    def knowledge(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        with our_errors_as_failures(), traced_asset(context, names.knowledge_key, names.schema_name) as trace:
            loaded, documents, took = _read(names, source)
            metadata = trace.told_in({**_metadata(loaded), **_cost(took), _DOCUMENTS: documents, "dagster/uri": str(source.knowledge)})
        index = loaded.index
        context.log.info("%d files, %d passages, %d characters", len(index.files), len(index.chunks), index.characters)
        told = loaded.diagnostics
        verdict = dg.AssetCheckResult(
            passed=not told,
            check_name=KNOWLEDGE_CHECK,
            asset_key=names.knowledge_key,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"diagnostics": diagnostics_table(told)} if told else {},
        )
        yield dg.MaterializeResult(
            asset_key=names.knowledge_key,
            metadata=metadata,
            data_version=dg.DataVersion(index.fingerprint[:32]),
            check_results=[verdict],
        )

    return knowledge


def build_knowledge_job(names: SchemaNames) -> Any:
    """Return the job that reads the documents again; the uploads sensor starts it when they change."""
    return dg.define_asset_job(
        names.knowledge_job,
        selection=dg.AssetSelection.assets(names.knowledge_key),
        description=f"Read the documents beside `{names.schema_name}` again. Datasets that are planned stay as they are.",
        tags={SCHEMA_TAG: names.prefix},
    )


def documents_read(instance: dg.DagsterInstance, names: SchemaNames) -> str | None:
    """Return the digest of the documents that were read last, or None."""
    event = instance.get_latest_materialization_event(names.knowledge_key)
    materialization = event.asset_materialization if event is not None else None
    value = materialization.metadata.get(_DOCUMENTS) if materialization is not None else None
    return None if value is None else str(value.value)


def _read(names: SchemaNames, source: SchemaSource) -> tuple[LoadedKnowledge, str, CallSum]:
    """Return what was read, the digest of what was there before reading began, and what it cost."""
    folder = knowledge_folder(source.ddl_file) if source.ddl_file is not None else None
    if source.ddl_file is None or folder is None:
        raise dg.Failure(f"{source.knowledge} is no longer there", allow_retries=False)
    documents = fingerprint_documents(source.ddl_file)
    # Nobody is asked by a request that says nothing readable: it may mean `ai: off`.
    request = read_request_beside(source.ddl_file)[0] or DatasetRequest(ai="off")
    gemini = open_gemini(source.schema, request, KNOWLEDGE_LABEL)
    gateway = gemini.gateway if gemini else None
    loaded = load_knowledge(folder, gateway, kept_index(open_store(), names.schema_name), embeds=gateway)
    return loaded, documents, gemini.tally.sum_of() if gemini else CallSum()


def _metadata(loaded: LoadedKnowledge) -> dict[str, Any]:
    index = loaded.index
    told = {"not read": diagnostics_table(loaded.diagnostics)} if loaded.diagnostics else {}
    return {
        "files": len(index.files),
        "files read": sum(f.state != "not read" for f in index.files),
        "passages": len(index.chunks),
        "characters": index.characters,
        "searched by": "words and meaning" if loaded.by_meaning else "words",
        "what was read": _files_table(index),
        **told,
        **({"examples": dg.MetadataValue.md(_examples(index))} if index.chunks else {}),
    }


def _files_table(index: KnowledgeIndex) -> dg.TableMetadataValue:
    kinds = {
        "file": "string",
        "state": "string",
        "pages": "int",
        "passages": "int",
        "characters": "int",
        "bytes": "int",
        "by Gemini": "bool",
    }
    rows = [(f.name, f.state, f.pages, f.chunks, f.characters, f.bytes, f.transcribed) for f in index.files]
    records = [dg.TableRecord(dict(zip(kinds, row, strict=True))) for row in rows]
    return dg.MetadataValue.table(records, schema=dg.TableSchema([dg.TableColumn(name, kind) for name, kind in kinds.items()]))


def _examples(index: KnowledgeIndex) -> str:
    """Return the first passage of the first files, as text and not as Markdown: what a document says is never rendered."""
    first = list({chunk.source: chunk for chunk in reversed(index.chunks)}.values())[::-1][:EXAMPLES]
    blocks = []
    for chunk in first:
        where = ", ".join(filter(None, (chunk.source, chunk.place)))
        text = f"{where}\n{chunk.text[:_EXAMPLE_CHARACTERS]}"
        blocks.append("\n".join(f"    {line}" for line in text.split("\n")))
    return "\n\n---\n\n".join(blocks)


def _cost(took: CallSum) -> dict[str, Any]:
    if not took.questions:
        return {}
    return {
        "gemini questions": took.questions,
        "gemini cached": took.cached,
        "gemini calls": took.calls,
        "gemini tokens": took.tokens,
        "gemini dollars": took.dollars,
        "gemini models": ", ".join(took.models),
    }
