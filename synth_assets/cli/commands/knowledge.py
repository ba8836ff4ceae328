"""`synth knowledge`: what is read of a folder of documents, and what is found in it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synth_assets.cli.options import AsJson
from synth_assets.cli.reporting import print_columns, print_diagnostics, print_json, print_text, reporting
from synth_assets.cli.tracing import traced
from synth_assets.formats import count_of

if TYPE_CHECKING:
    from synth_assets.errors import Diagnostic
    from synth_assets.llm.gateway import Gateway
    from synth_assets.llm.knowledge.model import KnowledgeIndex, Passage

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", exists=True, file_okay=False, help="With .txt, .md, .pdf, .docx, .xlsx, images.")]
Query = Annotated[str | None, typer.Option("--query", metavar="WORDS", help="Show the passages that answer this.")]
Most = Annotated[int, typer.Option("--most", min=1, max=100, help="The most passages to show.")]
Ai = Annotated[str, typer.Option("--ai", metavar="auto|off|required", help="Whether Gemini reads images and scans, and makes vectors.")]


def knowledge(folder: Folder, query: Query = None, most: Most = 5, ai: Ai = "auto", as_json: AsJson = False) -> None:
    """Show what can be read of a folder of documents, what cannot and why, and which passages answer a query."""
    with reporting(as_json=as_json), traced("knowledge"):
        from synth_assets.llm.knowledge.search import KnowledgeSearch
        from synth_assets.pipeline.knowledge import load_knowledge

        gateway = _open_gateway(folder, ai)
        loaded = load_knowledge(folder, gateway)
        index = loaded.index
        search = KnowledgeSearch(index, gateway)
        passages = None if query is None else search.find(query, most)
        told = [*index.diagnostics, *([search.problem] if search.problem else [])]
        if as_json:
            print_json(_document(index, passages, told))
        else:
            _print_index(index)
            _print_passages(passages)
        print_diagnostics(told)


def _open_gateway(folder: Path, ai: str) -> "Gateway | None":
    from synth_assets.llm.access import open_gateway
    from synth_assets.plan.request import build_request
    from synth_assets.settings import load_llm_settings

    request = build_request({"ai": ai}, "options")
    return open_gateway(load_llm_settings(), request.ai, request.gemini, f"{folder.resolve().name}/_knowledge")


def _document(index: "KnowledgeIndex", passages: "tuple[Passage, ...] | None", told: "list[Diagnostic]") -> dict[str, object]:
    return {
        "files": [f.model_dump(mode="json") for f in index.files],
        "chunks": len(index.chunks),
        "characters": index.characters,
        "passages": None if passages is None else [p.model_dump(mode="json") for p in passages],
        "diagnostics": [d.model_dump(mode="json") for d in told],
    }


def _print_index(index: "KnowledgeIndex") -> None:
    files, chunks = count_of(len(index.files), "file"), count_of(len(index.chunks), "passage")
    print_text(f"{files}, {chunks}, {index.characters:,} characters")
    rows = []
    for file in index.files:
        pages = count_of(file.pages, "page") if file.pages else ""
        by = "by Gemini" if file.transcribed else ""
        rows.append((f"  {file.name}", file.state, count_of(file.chunks, "passage"), ", ".join(filter(None, (pages, by)))))
    print_columns(rows)


def _print_passages(passages: "tuple[Passage, ...] | None") -> None:
    if passages is None:
        return
    print_text("" if passages else "\nno passage answers the query")
    for passage in passages:
        print_text(f"{passage.source}{f', {passage.place}' if passage.place else ''}  ({passage.score:.3f})")
        print_text("".join(f"  {line}\n" for line in passage.text.split("\n")))
