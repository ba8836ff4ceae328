"""How sure it is, without a model, that a message belongs to its category: whose words it uses."""

import math
from collections import Counter
from collections.abc import Sequence

from synth_assets.labelled_text.near_duplicates import normalised
from synth_assets.labelled_text.specification import CategoryRequest

_STEM = 5
"""Letters of a word that count, so that `charge`, `charged` and `charges` are one."""


class Certainty:
    """The words of every category's name, description and examples, each weighed by how few categories use it."""

    def __init__(self, categories: Sequence[CategoryRequest]) -> None:
        words = {c.name: _words(" ".join([c.name, c.description, *c.examples])) for c in categories}
        users = Counter(word for own in words.values() for word in own)
        self._weights = {name: {w: math.log(len(words) / users[w]) for w in sorted(own)} for name, own in words.items()}

    def of(self, message: str, category: str) -> float:
        """Return the certainty of a message, or of the part that the category gave to it.

        That is own / (own + the best other), of the weights of the words shared; 0.5 where the message has no telling word.
        """
        words = sorted(_words(message))
        shared = {name: sum(weights.get(word, 0.0) for word in words) for name, weights in self._weights.items()}
        own = shared.pop(category)
        rival = max(shared.values())
        return round(own / (own + rival), 4) if own + rival else 0.5


def _words(text: str) -> set[str]:
    return {word[:_STEM] for word in normalised(text.replace("_", " ")).split()}
