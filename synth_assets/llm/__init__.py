"""Bounded use of Gemini: it writes plans, fills rows and edits plans, and only ever returns data.

Reserved; nothing is built here yet. Here: one gateway (cache, budget, limiter, retry, repair, tracing)
and prompts as versioned files; the only importer of google.genai and langfuse, and those inside
functions. Not here: applying what the model wrote (plan validates it like a user's), drawing values
(engine), deciding when to ask (pipeline).
"""
