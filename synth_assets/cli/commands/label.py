"""`synth label`: a labelled text dataset into a folder."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synth_assets.cli.options import AsJson
from synth_assets.cli.progress import table_progress
from synth_assets.cli.reporting import bad_option, ended_by_signals, print_columns, print_json, print_text, reporting, say_error
from synth_assets.cli.tracing import traced
from synth_assets.formats import count_of

if TYPE_CHECKING:
    from synth_assets.labelled_text import LabelledTextRequest
    from synth_assets.pipeline.labelled_folder import LabelledFolder
    from synth_assets.pipeline.labelled_text import LabelledText

AI_MODES = ("auto", "off", "required")


def label(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="YAML with `kind: labelled_text`."),
    ],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for the files: new, empty, or a former output, which is replaced.")],
    output_format: Annotated[str, typer.Option("--format", help="csv, jsonl or parquet.")] = "csv",
    ai: Annotated[str | None, typer.Option(help="auto: Gemini where there is a key; off; required. The file's own by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make messages in categories, for training text classifiers: all, and split for training, validation and test."""
    started = time.perf_counter()
    with reporting(as_json=as_json), ended_by_signals(), traced("label"):
        from synth_assets.pipeline.labelled_folder import claim_folder, require_format, write_labelled_folder
        from synth_assets.pipeline.labelled_text import make_labelled_file, read_labelled_file

        request = _with_mode(read_labelled_file(file), ai)
        require_format(output_format)
        claim_folder(out)  # Before a model is asked for anything.
        with table_progress(unit="questions") as tell:
            made = make_labelled_file(request, file.parent, on_progress=tell)
        folder = write_labelled_folder(made, out, output_format)
        _print(made, folder, time.perf_counter() - started, as_json=as_json)


def _with_mode(request: "LabelledTextRequest", ai: str | None) -> "LabelledTextRequest":
    if ai is None:
        return request
    if ai not in AI_MODES:
        raise bad_option("--ai", "there is no such mode", ai, f"known modes: {', '.join(AI_MODES)}")
    return request.model_copy(update={"ai": ai})


def _print(made: "LabelledText", folder: "LabelledFolder", seconds: float, *, as_json: bool) -> None:
    from synth_assets.labelled_text.report import describe_writing

    report, splits = made.report, made.request.splits
    if as_json:
        document: dict[str, Any] = {
            "path": str(folder.path),
            "seconds": round(seconds, 3),
            "manifest": folder.manifest.model_dump(mode="json"),
        }
        print_json({**document, "report": report.model_dump(mode="json")})
        return
    rows = [("  category", "messages", *splits, "left out", "confidence")]
    for name, category in report.categories.items():
        left_out = category.near_duplicates + category.refused
        numbers = [category.made, *category.by_split.values(), left_out]
        rows.append((f"  {name}", *(f"{n:,}" for n in numbers), f"{category.confidence.mean:.2f}"))
    print_columns(rows)
    print_text(describe_writing(report.writing, by_templates=report.by_templates, messages=report.messages))
    print_text(f"{count_of(report.messages, 'message')} in {len(report.categories)} categories, {seconds:.1f} s: {folder.path}")
    for note in (*report.writing.fallbacks, *report.writing.notes):
        say_error(f"note: {note}")
