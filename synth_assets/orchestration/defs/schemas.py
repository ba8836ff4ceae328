"""The component instance of this project."""

import dagster as dg

from synth_assets.orchestration.component import UploadedSchemas


@dg.component_instance
def schemas(context: dg.ComponentLoadContext) -> UploadedSchemas:  # noqa: ARG001 - Dagster passes it by name
    return UploadedSchemas()
