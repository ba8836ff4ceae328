"""Sets of texts: what regular expressions, LIKE and other conditions on one text column allow, and what strategies can write.

Belongs here: reading a regular expression, deciding whether every text of one set lies in another, and finding shapes of texts
that lie in a set. Does not belong here: rules about which column gets which shape (plan.rules), drawing texts (engine).
"""

from synth_assets.plan.languages.automata import Language
from synth_assets.plan.languages.conditions import language_of
from synth_assets.plan.languages.shapes import Shapes, shapes_of
from synth_assets.plan.languages.strategies import texts_of
from synth_assets.plan.languages.syntax import UnreadablePatternError, needs_backtracking, read_regex

__all__ = ["Language", "Shapes", "UnreadablePatternError", "language_of", "needs_backtracking", "read_regex", "shapes_of", "texts_of"]
