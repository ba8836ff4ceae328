"""The Dagster entry point: every uploaded schema as assets, checks, jobs and sensors."""

import gc

import dagster as dg

from synth_assets.orchestration.location import load_location
from synth_assets.orchestration.previews import hush_previews

OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""Python's default, 700, has a code location of hundreds of tables spend two fifths of its loading looking for garbage among
definitions, none of which is; what is no cycle is freed at once all the same."""

gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
hush_previews()


@dg.definitions
def defs() -> dg.Definitions:
    return load_location()
