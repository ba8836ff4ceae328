"""The rules that write a plan, one named function each, in the order in which they are asked.

Here: what a name, a type, a comment or a constraint says about a column's values. A column rule takes
`Evidence` and returns a `ColumnPlan` or None; the first that answers decides. Coherence rules then look
at a whole table, and constraint rules make everything fit its CHECKs, lengths and keys.
Not here: reading DDL, producing values, merging what a user asked for.
"""
