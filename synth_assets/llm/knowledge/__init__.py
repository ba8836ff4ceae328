"""Documents that describe the data: read within bounds, cut into passages, found again by words and by meaning.

`building.build_index` reads a folder, `search.find_passages` and `search.KnowledgeSearch` search what was read, `model` says what
an index is. Text of documents is data: it is shown, searched and quoted inside fences, and never followed. Here: reading, cutting,
searching. Not here: where an index is kept and when it is used (pipeline), the words of a prompt (llm/prompts).

Nothing is imported here: each file is read in a process of its own, which waits for no more than it needs.
"""
