"""The whole code location, made of a state of the uploads; and the trial that each must pass to be part of it."""

from pathlib import Path
from typing import Any

import dagster as dg

from synth_assets.errors import Diagnostic
from synth_assets.orchestration.datasets import SchemaSource
from synth_assets.orchestration.executor import choose_executor
from synth_assets.orchestration.labelled_assets import LabelledDefinitions, build_labelled_definitions, names_of
from synth_assets.orchestration.reaper import build_reaper_sensor
from synth_assets.orchestration.schema_definitions import SchemaDefinitions, build_schema_definitions
from synth_assets.orchestration.translator import SchemaNames, upload_keys
from synth_assets.orchestration.upload_assets import build_upload_asset
from synth_assets.orchestration.upload_sensor import build_uploads_sensor
from synth_assets.orchestration.uploads import Upload, UploadsState
from synth_assets.pipeline.knowledge import knowledge_folder
from synth_assets.settings import Settings

STATE_KEY = "synth_assets/uploads"


def build_location(state: UploadsState, settings: Settings) -> dg.Definitions:
    """Return all definitions of a state that was admitted: schemas, uploaded files, sensors, executor."""
    keys = upload_keys(u.file for u in state.uploads)
    schemas = build_schemas(state, settings)
    labelled = build_labelled(state, settings)
    files = [build_upload_asset(keys[u.file], u, settings.uploads_dir, settings.owners) for u in state.uploads]
    common = dg.Definitions(
        assets=files,
        sensors=[build_uploads_sensor(state, STATE_KEY, schemas, keys, settings, labelled), build_reaper_sensor(settings)],
        executor=choose_executor(settings),
    )
    return dg.Definitions.merge(common, *(s.definitions for s in schemas), *(made.definitions for made in labelled))


def build_schemas(state: UploadsState, settings: Settings) -> list[SchemaDefinitions]:
    """Return the definitions of every schema of a state, in file order."""
    keys = upload_keys(u.file for u in state.uploads)
    found = ((u, _source(u, settings)) for u in state.uploads)
    return [build_schema_definitions(source, keys[u.file], settings.owners) for u, source in found if source is not None]


def build_labelled(state: UploadsState, settings: Settings) -> list[LabelledDefinitions]:
    """Return the definitions of every labelled text file of a state, in file order."""
    keys = upload_keys(u.file for u in state.uploads)
    return [build_labelled_definitions(u.labelled, keys[u.file], settings.owners) for u in state.uploads if u.labelled is not None]


def admit_uploads(state: UploadsState, settings: Settings) -> UploadsState:
    """Return the state with every schema and dataset set aside that Dagster could not load, alone or beside those before it.

    A definition that fails to load takes the whole location down, the uploads sensor included, and
    nothing would bring it back: so each is tried first.
    """
    taken: dict[str, str] = {}
    judged = []
    for upload in state.uploads:
        problem = _trial(upload, settings, taken)
        judged.append(upload if problem is None else upload.set_aside(problem))
        if problem is None:
            taken |= dict.fromkeys(_location_names(upload), upload.file)
    return state.model_copy(update={"uploads": tuple(judged)})


def _trial(upload: Upload, settings: Settings, taken: dict[str, str]) -> Diagnostic | None:
    shared = sorted(_location_names(upload) & taken.keys())
    if shared:
        hint = "rename the file: the schema's name is made of the file's" if upload.tables else "give the dataset another `name`"
        message = f"its names in Dagster would be those of '{taken[shared[0]]}'"
        return Diagnostic(code="UPL102", where=upload.file, message=message, found=shared[0], hint=hint)
    problem = _load_error(upload, settings)
    if problem is None:
        return None
    what = "schema" if upload.tables else "dataset"
    return Diagnostic(code="UPL103", where=upload.file, message=f"dagster cannot load this {what}", found=problem[:500])


def _location_names(upload: Upload) -> frozenset[str]:
    if upload.tables is not None:
        return SchemaNames(upload.tables).location_names
    return frozenset() if upload.labelled is None else names_of(upload.labelled).location_names


def _load_error(upload: Upload, settings: Settings) -> str | None:
    """Build and validate the definitions of what was uploaded; return what went wrong, or None."""
    source = _source(upload, settings)
    try:
        built: SchemaDefinitions | LabelledDefinitions
        if source is not None:
            built = build_schema_definitions(source, None, settings.owners)
        elif upload.labelled is not None:
            built = build_labelled_definitions(upload.labelled, None, settings.owners)
        else:
            return None
        with_executor = dg.Definitions.merge(dg.Definitions(executor=dg.in_process_executor), built.definitions)
        dg.Definitions.validate_loadable(with_executor)
    except Exception as error:  # noqa: BLE001 - whatever Dagster raises, one schema must not take the location down; it is shown
        return f"{type(error).__name__}: {error}"
    return None


def _source(upload: Upload, settings: Settings) -> SchemaSource | None:
    if upload.tables is None:
        return None
    ddl_file = settings.uploads_dir / upload.file
    return SchemaSource(upload.tables, upload.ddl_text, ddl_file, knowledge_folder(ddl_file) if upload.knowledge else None)


def load_location() -> dg.Definitions:
    """Return the definitions of this code location from the state Dagster has stored for it."""
    import importlib

    defs_module: Any = importlib.import_module("synth_assets.orchestration.defs")
    root = Path(__file__).resolve().parents[2]
    return dg.ComponentTree.from_module(defs_module=defs_module, project_root=root).build_defs()
