"""`synth upload`: hand a DDL file, or one of labelled text, to Dagster."""

from pathlib import Path
from typing import TYPE_CHECKING

from synth_assets.cli.options import AsJson, DdlFile, RequestFile, read_schema
from synth_assets.cli.reporting import bad_option, print_json, print_text, reporting

if TYPE_CHECKING:
    from synth_assets.settings import Settings


def upload(file: DdlFile, request: RequestFile = None, as_json: AsJson = False) -> None:
    """Copy a DDL file and its request, or a YAML file of labelled text, to where Dagster looks for them (SYNTH_DATA_DIR/uploads)."""
    with reporting(as_json=as_json):
        from synth_assets.pipeline.upload import LABELLED_SUFFIXES, upload_file
        from synth_assets.settings import load_settings

        try:
            settings = load_settings()
        except ValueError as error:
            raise bad_option("environment", "a SYNTH_ variable is wrong", str(error).partition("\n")[2][:200], "see docs/cli.md") from None
        if file.suffix.lower() in LABELLED_SUFFIXES:
            _upload_labelled(file, request, settings, as_json=as_json)
            return
        schema, _ = read_schema(file, None)
        uploaded = upload_file(file, request, settings.uploads_dir)
        beside = None if uploaded.request_path is None else str(uploaded.request_path)
        if as_json:
            older = uploaded.request_is_older
            answer = {"schema": schema.name, "file": str(uploaded.ddl_path), "request": beside, "request_is_older": older}
            print_json({**answer, "url": settings.webserver_url})
        else:
            print_text(f"{schema.name}: {uploaded.ddl_path}\nits tables will be at {settings.webserver_url} in a moment")
            if uploaded.request_is_older:
                print_text(f"the request of an earlier upload stays in force: {beside}\ngive --request to replace it, or delete it")


def _upload_labelled(file: Path, request: Path | None, settings: "Settings", *, as_json: bool) -> None:
    from synth_assets.pipeline.upload import upload_labelled_file

    if request is not None:
        raise bad_option("--request", "a file of labelled text says itself what is asked for", str(request), "leave --request out")
    path, asked = upload_labelled_file(file, settings.uploads_dir)
    if as_json:
        print_json({"dataset": asked.name, "file": str(path), "messages": asked.total, "url": settings.webserver_url})
    else:
        print_text(f"{asked.name}: {path}\nits messages will be at {settings.webserver_url} in a moment")
