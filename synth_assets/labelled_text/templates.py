"""Messages without a model: the category's own words in the sentences of a house grammar.

A message is a core (an example, or a phrase of the description in a frame) among sentences that fit any category.
It is a function of seed, dataset, category and number; near-duplicates are left out and the next number is taken, so
every message differs from every other by most of its words.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.labelled_text.certainty import Certainty
from synth_assets.labelled_text.draws import Draws
from synth_assets.labelled_text.grammar import Grammar, load_grammar
from synth_assets.labelled_text.messages import LabelledMessage
from synth_assets.labelled_text.near_duplicates import NearDuplicates
from synth_assets.labelled_text.phrases import lowered, phrases_of
from synth_assets.labelled_text.specification import CategoryRequest, LabelledTextRequest
from synth_assets.plan.templates import Slot, parse_number_range, parse_template
from synth_assets.vocabulary import load_words

_AROUND = (("circumstances", 0.75), ("attempts", 0.45), ("impacts", 0.4), ("requests", 0.6))
"""Parts that a message may have after its opening, and how often."""

_QUESTION = re.compile(r"(?:what|how|can|could|is|are|would|do|does|did|why|who|when|where|which|may|should|will|has|have) ", re.IGNORECASE)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class _Material:
    """What a category's messages are made of: whole sentences, and phrases for frames."""

    category: CategoryRequest
    sentences: tuple[str, ...]
    phrases: tuple[str, ...]
    praises: bool


class TemplateWriter:
    """Writes the messages of every category, one after another, none like another.

    Args:
        request: Gives categories, seed and locale.
        seen: The messages there are; what is written is added to them.
        patience: Near-duplicates in a row after which a category counts as used up.
    """

    def __init__(self, request: LabelledTextRequest, seen: NearDuplicates, patience: int = 200) -> None:
        self._request, self._seen, self._patience = request, seen, patience
        self._material = {c.name: _material_of(c) for c in request.categories}
        self._certainty = Certainty(request.categories)
        self._next = dict.fromkeys(self._material, 0)
        self.left_out = dict.fromkeys(self._material, 0)
        """Near-duplicates left out, by category."""

    def write(self, category: str) -> LabelledMessage:
        """Return the category's next message. Raises RequestError (REQ308) when its templates give no new ones."""
        for _ in range(self._patience):
            number = self._next[category]
            self._next[category] += 1
            draws = Draws(self._request.seed, self._request.name, category, number)
            stuff, text = _compose(draws, self._material[category], self._request.locale)
            if self._seen.add(text):
                return LabelledMessage(text, category, self._certainty.of(stuff, category), "templates")
            self.left_out[category] += 1
        raise RequestError("the templates are used up", [self._used_up(category)])

    def _used_up(self, category: str) -> Diagnostic:
        tried = self._next[category]
        hint = "give more examples and a description of several phrases, lower `count`, or let Gemini write (`ai: auto` with a key)"
        message = f"templates give only {tried - self.left_out[category]:,} messages that are no near-duplicates"
        found = f"{self._request.category(category).count:,} are asked for; {tried:,} were tried"
        return Diagnostic(code="REQ308", where=f"{self._request.name}: {category}", message=message, found=found, hint=hint)


def _material_of(category: CategoryRequest) -> _Material:
    sentences = tuple(dict.fromkeys(_ended(" ".join(e.split())) for e in category.examples))
    words = set(re.findall(r"[a-z]+", f"{category.name} {category.description}".casefold()))
    return _Material(category, sentences, phrases_of(category), praises=bool(words & set(load_grammar().words["praise_words"])))


def _compose(draws: Draws, material: _Material, locale: str) -> tuple[str, str]:
    """Return the category's words in a message, and the message: opening, core and what surrounds it, closing; as people spell."""
    grammar = load_grammar()

    def say(part: str, subject: str = "", nth: int = 0) -> str:
        purpose = f"{part}{nth or ''}"
        template = draws.choice(purpose, grammar.sentences[part])
        return _fill(template, lambda slot, at: _value_of(slot, draws, f"{purpose}/{at}", subject, grammar, locale))

    if material.praises:
        body = [say("praise_around", nth=n) for n in range(2 + draws.number("sentences of praise", 3))]
    else:
        body = [say(part) for part, share in _AROUND if draws.chance(f"has {part}", share)]
        body = body if len(body) > 1 else [say("circumstances"), say("requests")]
    stuff, core = _core(draws, material, say)
    body.insert(draws.number("place of the core", 2), core)
    opening = [say("openings")] if draws.chance("has openings", 0.6) else []
    closing = [say("closings")] if draws.chance("has closings", 0.5) else []
    if opening and opening[0].endswith(","):
        body[0] = lowered(body[0])
    return stuff, _spelled(draws, " ".join(dict.fromkeys([*opening, *body, *closing])), grammar)


def _core(draws: Draws, material: _Material, say: Callable[..., str]) -> tuple[str, str]:
    """Return the category's own words, and the sentence or two of them that make a message one of its category."""
    subject = draws.choice("subject", material.phrases)
    sentence = draws.choice("sentence", material.sentences) if material.sentences else ""
    if sentence and not draws.chance("phrase", 0.4):
        stuff = first = sentence
    else:
        stuff, first = subject, say("praise_frames" if material.praises else "frames", subject)
    others = [s for s in material.sentences if s != first]
    if not others or not draws.chance("has links", 0.3):
        return stuff, first
    link, other = say("links"), draws.choice("other sentence", others)
    return f"{stuff} {other}", f"{first} {link} {lowered(other) if link.endswith(',') else other}"


def _fill(template: str, value_of: Callable[[Slot, int], str]) -> str:
    parts = parse_template(template)
    return "".join(part if isinstance(part, str) else value_of(part, at) for at, part in enumerate(parts))


def _value_of(slot: Slot, draws: Draws, purpose: str, subject: str, grammar: Grammar, locale: str) -> str:
    match slot.kind:
        case "subject":
            return subject
        case "number":
            low, high = parse_number_range(slot.argument)
            return str(low + draws.number(purpose, high - low + 1))
        case "pattern":  # The one pattern of the grammar: two letters and four digits, as references have.
            letters = "".join(draws.choice(f"{purpose}/{i}", _LETTERS) for i in range(2))
            return f"{letters}{draws.number(purpose, 9_000) + 1_000}"
        case _:
            return draws.choice(purpose, grammar.words.get(slot.argument) or load_words(slot.argument, locale).values)


def _spelled(draws: Draws, text: str, grammar: Grammar) -> str:
    """Return the text with short forms, in lower case or without its last stop, as people type."""
    if draws.chance("short forms", 0.5):
        for long_form, short_form in grammar.spellings:
            text = re.sub(rf"\b{re.escape(long_form)}(?= \w)", short_form, text)
    if draws.chance("lower case", 0.12):
        text = text.lower().rstrip(".")
    return text


def _ended(sentence: str) -> str:
    """Return the sentence with a stop or a question mark at its end."""
    if sentence[-1:] in ".!?…":
        return sentence
    return f"{sentence}{'?' if _QUESTION.match(sentence) else '.'}"
