"""`synth upload`: hand a DDL file to Dagster."""

from synth_assets.cli.options import AsJson, DdlFile, RequestFile, read_schema
from synth_assets.cli.reporting import bad_option, print_json, print_text, reporting


def upload(file: DdlFile, request: RequestFile = None, as_json: AsJson = False) -> None:
    """Copy a DDL file, and its request, to where Dagster looks for schemas (SYNTH_DATA_DIR/uploads)."""
    with reporting(as_json=as_json):
        from synth_assets.pipeline.upload import upload_file
        from synth_assets.settings import load_settings

        try:
            settings = load_settings()
        except ValueError as error:
            raise bad_option("environment", "a SYNTH_ variable is wrong", str(error).partition("\n")[2][:200], "see docs/cli.md") from None
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
