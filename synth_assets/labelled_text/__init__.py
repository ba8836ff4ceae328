"""Labelled text: messages in categories, for training text classifiers.

Here: what a labelled text file asks for, messages composed from it without a model, removal of near-duplicates,
splits, the balance report, and what must hold of the rows. Not here: asking a model (llm), files and folders
(pipeline), plots (reports), assets (orchestration).
"""

from synth_assets.labelled_text.messages import MESSAGE_COLUMNS, LabelledMessage, messages_to_arrow, rows_table
from synth_assets.labelled_text.near_duplicates import NearDuplicates, similarity
from synth_assets.labelled_text.report import BalanceReport
from synth_assets.labelled_text.specification import (
    LABELLED_KIND,
    CategoryRequest,
    LabelledTextRequest,
    fingerprint_request,
    is_labelled_text,
    read_labelled_text,
)
from synth_assets.labelled_text.splits import split_rows

__all__ = [
    "LABELLED_KIND",
    "MESSAGE_COLUMNS",
    "BalanceReport",
    "CategoryRequest",
    "LabelledMessage",
    "LabelledTextRequest",
    "NearDuplicates",
    "fingerprint_request",
    "is_labelled_text",
    "messages_to_arrow",
    "read_labelled_text",
    "rows_table",
    "similarity",
    "split_rows",
]
