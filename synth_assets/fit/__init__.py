"""A sample becomes a plan: what real rows say about how the columns of a schema are filled.

Reserved; nothing is built here yet. Here: marginal distributions, dependence between columns,
cardinalities of foreign keys and invariants measured on a sample, returned as strategies whose
origin is `sample`. Not here: reading the sample's files (storage), drawing values (engine), scoring
how well a dataset resembles the sample (metrics), a model call (llm).
"""
