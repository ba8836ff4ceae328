"""The Dagster component that loads the uploads: it writes their state, and makes definitions of a stored state.

Dagster keeps every state version and pins each run to the one it was started with, so a file that
changes in the middle of a run changes nothing in it.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import dagster as dg
from dagster._core.definitions.definitions_load_context import DefinitionsLoadContext
from dagster._core.storage.defs_state.base import DefsStateStorage
from dagster.components import ComponentLoadContext, DefsStateConfig, DefsStateConfigArgs
from pydantic import ValidationError

from synth_assets.orchestration.location import STATE_KEY, admit_uploads, build_location
from synth_assets.orchestration.uploads import UploadsState, read_uploads
from synth_assets.settings import load_settings


@dataclass
class UploadedSchemas(dg.StateBackedComponent):
    """Everything in the uploads folder as definitions."""

    @property
    def defs_state_config(self) -> DefsStateConfig:
        return DefsStateConfig.from_args(DefsStateConfigArgs.versioned_state_storage(), default_key=STATE_KEY)

    def write_state_to_path(self, state_path: Path) -> None:
        """Read and judge the uploads folder, and write what is found as JSON."""
        settings = load_settings()
        settings.uploads_dir.mkdir(parents=True, exist_ok=True)
        state = admit_uploads(read_uploads(settings.uploads_dir, latest_state()), settings)
        state_path.write_text(state.model_dump_json(), encoding="utf-8")

    def build_defs_from_state(self, context: ComponentLoadContext, state_path: Path | None) -> dg.Definitions:  # noqa: ARG002
        """Return the definitions of a stored state; without one, those of an empty folder."""
        text = state_path.read_text(encoding="utf-8") if state_path else UploadsState().model_dump_json()
        return _build_once(text, load_settings().model_dump_json())

    def build_defs(self, context: ComponentLoadContext) -> dg.Definitions:
        """Return the definitions of the latest state; read the uploads again when its file is gone (a lost volume)
        or was written by another version of this program."""
        try:
            return super().build_defs(context)
        except ValueError as error:
            if not isinstance(error, ValidationError) and "No state found" not in str(error):
                raise
            version = asyncio.run(self.refresh_state(context.project_root))
            DefinitionsLoadContext.get().add_defs_state_info(self.defs_state_config.key, version)
            return super().build_defs(context)


@lru_cache(maxsize=1)
def _build_once(state: str, _environment: str) -> dg.Definitions:
    """Return the definitions of a state in JSON. Dagster asks for them twice when it opens a code location, seconds each with
    hundreds of tables; they follow from the state and the environment alone."""
    return build_location(UploadsState.model_validate_json(state), load_settings())


def latest_state() -> UploadsState:
    """Return the state Dagster stored last; an empty one when there is none, or its file is gone or cannot be understood."""
    storage = DefsStateStorage.get()
    version = storage.get_latest_version(STATE_KEY) if storage else None
    if storage is None or version is None:
        return UploadsState()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state"
        try:
            storage.download_state_to_path(STATE_KEY, version, path)
            return UploadsState.model_validate_json(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # Gone, or written by another version of this program.
            return UploadsState()
