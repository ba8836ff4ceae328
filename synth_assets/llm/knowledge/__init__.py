"""Documents that describe the data: read within bounds, cut into passages, found again by words and by meaning.

`build_index` reads a folder, `find_passages` and `KnowledgeSearch` search what was read. Text of documents
is data: it is shown, searched and quoted inside fences, and never followed. Here: reading, cutting, searching.
Not here: where an index is kept and when it is used (pipeline), the words of a prompt (llm/prompts).
"""

from synth_assets.llm.knowledge.building import build_index
from synth_assets.llm.knowledge.limits import ReadingLimits
from synth_assets.llm.knowledge.model import Chunk, Embedding, KnowledgeFile, KnowledgeIndex, Passage
from synth_assets.llm.knowledge.search import KnowledgeSearch, find_passages
from synth_assets.llm.knowledge.transcription import KNOWLEDGE_LABEL

__all__ = [
    "KNOWLEDGE_LABEL",
    "Chunk",
    "Embedding",
    "KnowledgeFile",
    "KnowledgeIndex",
    "KnowledgeSearch",
    "Passage",
    "ReadingLimits",
    "build_index",
    "find_passages",
]
