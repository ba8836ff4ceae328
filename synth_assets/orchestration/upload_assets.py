"""An asset for every uploaded file, good or bad: where its diagnostics are seen."""

from pathlib import Path
from typing import Any

import dagster as dg

from synth_assets.errors import render_diagnostics
from synth_assets.orchestration.failures import diagnostics_table
from synth_assets.orchestration.translator import UPLOAD_CHECK, UPLOADS
from synth_assets.orchestration.uploads import Upload, read_upload


def build_upload_asset(key: dg.AssetKey, upload: Upload, folder: Path, owners: list[str]) -> dg.AssetsDefinition:
    """Return the asset of a file. Materialising it reads the file again and fails when it has errors."""

    @dg.asset(
        key=key,
        group_name=UPLOADS,
        description=_description(upload),
        metadata=upload_metadata(upload, folder / upload.file),
        kinds={"file"},
        owners=owners,
        check_specs=[dg.AssetCheckSpec(UPLOAD_CHECK, asset=key, description="The file and its request can be read without errors.")],
    )
    def uploaded_file() -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads the annotation and knows no parameters
        path = folder / upload.file
        if not path.is_file():
            raise dg.Failure(f"{upload.file} is no longer in {folder}", allow_retries=False)
        now = read_upload(path)
        if now.errors:
            raise dg.Failure(render_diagnostics(now.diagnostics), metadata=upload_metadata(now, path), allow_retries=False)
        result = dg.AssetCheckResult(passed=True, check_name=UPLOAD_CHECK, asset_key=key)
        return dg.MaterializeResult(metadata=upload_metadata(now, path), data_version=upload_version(now), check_results=[result])

    return uploaded_file


def upload_events(
    key: dg.AssetKey, upload: Upload, folder: Path
) -> list[dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation]:
    """Return what Dagster is told when a file is new or changed: its content was seen, and whether it can be read."""
    metadata = upload_metadata(upload, folder / upload.file)
    # A schema that loads is news downstream; one that does not leaves what is downstream as it is.
    seen: dg.AssetMaterialization | dg.AssetObservation
    if upload.is_used:
        seen = dg.AssetMaterialization(key, metadata=metadata, tags={"dagster/data_version": upload_version(upload).value})
    else:
        seen = dg.AssetObservation(key, description="the file cannot be used", metadata=metadata)
    verdict = dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=UPLOAD_CHECK,
        passed=not upload.errors,
        metadata={"diagnostics": diagnostics_table(upload.diagnostics)} if upload.diagnostics else {},
        description=render_diagnostics(upload.errors) or None,
    )
    return [seen, verdict]


def upload_version(upload: Upload) -> dg.DataVersion:
    """Return the version of a file's content."""
    return dg.DataVersion(upload.sha256[:32] or f"{upload.bytes} bytes")


def upload_metadata(upload: Upload, path: Path) -> dict[str, Any]:
    """Return what is known of a file: schema, tables, size, digest, and its diagnostics if any."""
    metadata: dict[str, Any] = {"dagster/uri": str(path), "bytes": upload.bytes, "sha256": upload.sha256}
    if upload.tables is not None:
        metadata |= {"schema": upload.tables.name, "dialect": upload.tables.dialect, "tables": len(upload.tables.tables)}
    if upload.labelled is not None:
        metadata |= {"dataset": upload.labelled.name, "categories": len(upload.labelled.categories), "messages": upload.labelled.total}
    if upload.diagnostics:
        metadata |= {"errors": len(upload.errors), "diagnostics": diagnostics_table(upload.diagnostics)}
    return metadata


def _description(upload: Upload) -> str:
    if not upload.errors:
        return f"Uploaded file `{upload.file}`."
    outcome = "cannot be used" if not upload.is_used else "was read with errors; the tables that could be read are in use"
    return f"**`{upload.file}` {outcome}:**\n\n```\n{render_diagnostics(upload.errors)}\n```"
