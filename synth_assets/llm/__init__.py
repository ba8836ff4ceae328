"""Bounded use of Gemini: it writes plans, fills rows and edits plans, and only ever returns data.

Here: one gateway (cache, budget, rate limit, attempts), prompts as versioned files, those who ask (plans, rows, patches, documents)
and traces of it; the only importer of google.genai and langfuse, and those inside functions. Not here: applying what the model wrote
(plan validates it like a user's), drawing values (engine), deciding when to ask (pipeline). Begin with `access.open_gateway`.
"""
