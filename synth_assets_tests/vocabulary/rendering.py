"""A second, naive renderer of templates: the tests must not lean on the engine's."""

import re
from collections.abc import Callable, Iterator

from synth_assets.plan.templates import Slot, parse_number_range, parse_template
from synth_assets.vocabulary import load_words

TEMPLATE_PREFIXES = ("templates.", "sentences.")

_FILTERS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "slug": lambda text: re.sub(r"\W+", "", text.lower()),
}


def holds_templates(name: str) -> bool:
    return name.startswith(TEMPLATE_PREFIXES)


def nesting(name: str, locale: str, path: tuple[str, ...] = ()) -> int:
    """Return how deep templates nest below a list; fails on a cycle."""
    assert name not in path, f"{' > '.join((*path, name))} goes in circles"
    if not holds_templates(name):
        return 0
    inner = {s.argument for v in load_words(name, locale).values for s in slots(v) if s.kind == "vocabulary"}
    return 1 + max((nesting(n, locale, (*path, name)) for n in inner), default=0)


def slots(template: str) -> Iterator[Slot]:
    return (part for part in parse_template(template) if isinstance(part, Slot))


def render(template: str, locale: str, turn: int, subject: str = "item") -> str:
    """Render a template with the `turn`-th entries of its lists, further along in every slot."""
    pieces: list[str] = []
    for position, part in enumerate(parse_template(template)):
        pieces.append(part if isinstance(part, str) else _fill(part, locale, turn * 7 + position, subject))
    return "".join(pieces)


def _fill(slot: Slot, locale: str, turn: int, subject: str) -> str:
    match slot.kind:
        case "subject":
            text = subject
        case "number":
            low, high = parse_number_range(slot.argument)
            text = str(low + turn % (high - low + 1))
        case "pattern":
            text = "A1"
        case _:
            values = load_words(slot.argument, locale).values
            text = values[turn * 31 % len(values)]
            if holds_templates(slot.argument):
                text = render(text, locale, turn, subject)
    for name in slot.filters:
        text = _FILTERS[name](text)
    return text
