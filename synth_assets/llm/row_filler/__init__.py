"""Texts of rows, written by Gemini: scenarios first, then rows in chunks, judged on three levels, refilled once.

Here: `task` (what is to be filled, as plain data), `instructions` (scenarios), `skeleton` (rows as the prompts show them), `answers`
(level one: form), `statistics` (level two: all rows together), `critique` (level three: a score for each row), `fill` (the order of
it). Not here: making the skeleton's values (engine) and keeping the texts (pipeline, storage).
"""

from synth_assets.llm.row_filler.fill import FilledRows, fill_rows
from synth_assets.llm.row_filler.skeleton import shown_references
from synth_assets.llm.row_filler.task import FillColumn, FillTask, SkeletonRow, digest_of_task

__all__ = ["FillColumn", "FillTask", "FilledRows", "SkeletonRow", "digest_of_task", "fill_rows", "shown_references"]
