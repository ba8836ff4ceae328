"""Scores: how far a dataset conforms to its plan, and how much it resembles a sample where there is one.

Reserved; nothing is built here yet. Here: scores with a range and a goal, always beside their floor and
ceiling. Not here: pass or fail (checks), generating what is scored (engine), drawing what is shown (reports).
"""
