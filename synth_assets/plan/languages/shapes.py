"""Texts that lie in a language: all of them where they are few, else patterns of a fixed shape, as readable as it lets them be.

A shape is a path through the language's automata: at each step the characters that lead on, narrowed to those people read
with ease. Paths of several lengths and through several alternatives are taken, always in the same order.
"""

from dataclasses import dataclass

from synth_assets.plan.languages.automata import Language, State
from synth_assets.plan.languages.charsets import PRINTABLE, CharSet, intersect, members, size, union
from synth_assets.plan.languages.syntax import UnreadablePatternError

MAX_EXPLORED = 3_000
"""States of a language that are looked at; a language of more has no shapes."""
MAX_LISTED = 60
"""Texts up to which a language is listed."""
_LONGEST_PATH = 300
_IDEAL = (8, 10, 6, 12)
_TURNS = 3
_PLAIN = 50
_LOWER, _UPPER, _DIGITS = ((97, 122),), ((65, 90),), ((48, 57),)
_BROAD = 60
"""Characters from which a set says little more than `any`."""


@dataclass(frozen=True)
class Shapes:
    """Ways to write texts of a language.

    Attributes:
        texts: All of them, where they are few; else empty.
        patterns: Patterns in the plan's language, the plainest first; empty when `texts` is not.
    """

    texts: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


def shapes_of(language: Language, shortest: int, longest: int | None, *, wide: bool = False) -> Shapes | None:
    """Return texts of a language that have so many characters, or None when none is found.

    Args:
        shortest, longest: Characters a text may have.
        wide: Use every letter and digit a place allows: for unique columns, which need many texts.
    """
    try:
        graph = _Graph(language)
    except UnreadablePatternError:
        return None
    limit = _LONGEST_PATH if longest is None else min(longest, _LONGEST_PATH)
    reach = graph.lengths(limit)
    possible = [n for n in range(shortest, limit + 1) if language.start in reach[n]]
    if not possible:
        return None
    listed = graph.list_texts(possible, reach)
    if listed:
        return Shapes(texts=listed)
    found: dict[str, None] = {}
    for length in _chosen(possible, wide):
        for turn in range(1 if wide else _TURNS):
            found.setdefault(graph.path(length, turn, reach, wide))
    return Shapes(patterns=tuple(found))


def _chosen(possible: list[int], wide: bool) -> list[int]:
    """Return up to three lengths near those of words; the longest useful one for unique texts."""
    if wide:
        return [max((n for n in possible if n <= 16), default=possible[0])]
    return list(dict.fromkeys(min(possible, key=lambda n: (abs(n - ideal), n)) for ideal in _IDEAL))[:3]


class _Graph:
    """The states of a language that printable characters reach, with what leads from each to the next."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.edges: dict[State, dict[State, CharSet]] = {}
        waiting = [language.start]
        pieces = list(language.pieces(PRINTABLE))
        while waiting:
            state = waiting.pop()
            if state in self.edges:
                continue
            if len(self.edges) >= MAX_EXPLORED:
                raise UnreadablePatternError("it has too many states")
            targets: dict[State, CharSet] = {}
            for piece in pieces:
                target = language.step(state, piece[0][0])
                targets[target] = union(targets.get(target, ()), piece)
            self.edges[state] = targets
            waiting += [t for t in targets if t not in self.edges]

    def lengths(self, limit: int) -> list[frozenset[State]]:
        """Return, by number of characters, the states from which so many more make a text of the language."""
        reach = [frozenset(s for s in self.edges if self.language.accepts(s))]
        for _ in range(limit):
            before = reach[-1]
            reach.append(frozenset(s for s, targets in self.edges.items() if any(t in before for t in targets)))
        return reach

    def list_texts(self, possible: list[int], reach: list[frozenset[State]]) -> tuple[str, ...]:
        """Return all texts of these lengths, or nothing when there are more than are listed."""
        found: list[str] = []
        for length in possible:
            level: list[tuple[str, State]] = [("", self.language.start)]
            for left in range(length - 1, -1, -1):
                level = [
                    (text + c, target)
                    for text, state in level
                    for target, chars in self.edges[state].items()
                    if target in reach[left]
                    for c in (members(chars) if size(chars) <= MAX_LISTED else "\0" * (MAX_LISTED + 1))
                ]
                if len(level) > MAX_LISTED:
                    return ()
            found += [text for text, _ in level]
            if len(found) > MAX_LISTED:
                return ()
        return tuple(dict.fromkeys(found))

    def path(self, length: int, turn: int, reach: list[frozenset[State]], wide: bool) -> str:
        """Return the pattern of one path; `turn` says which way to go where several lead on."""
        state, places = self.language.start, list[str]()
        for left in range(length - 1, -1, -1):
            ways = sorted(
                ((readable(chars, wide=wide), target) for target, chars in self.edges[state].items() if target in reach[left]),
                key=lambda way: (-_ease(way[0]), way),
            )
            ways = [way for way in ways if _ease(way[0]) >= _PLAIN] or ways
            chars, state = ways[turn % len(ways)]
            turn //= len(ways)
            places.append(members(chars))
        return written(places)


def _ease(chars: CharSet) -> int:
    """Return how plain a set of characters is: letters before digits before signs, many before few."""
    letters, digits = size(intersect(chars, (*_UPPER, *_LOWER))), size(intersect(chars, _DIGITS))
    return 2 * _PLAIN * bool(letters) + _PLAIN * bool(digits) + min(size(chars), _PLAIN - 1)


def readable(chars: CharSet, *, wide: bool = False) -> CharSet:
    """Return the part of a set of printable characters that people read with ease; never empty."""
    lower, upper, digits = (intersect(chars, r) for r in (_LOWER, _UPPER, _DIGITS))
    plain = tuple(sorted((*digits, *upper, *lower)))
    if wide and plain:
        return plain
    if size(chars) > _BROAD and lower:
        return lower
    if size(lower) == size(upper) == 26:
        return lower
    return plain or chars


def written(places: list[str]) -> str:
    """Return the pattern that has one of these characters at each place."""
    pieces: list[tuple[str, int]] = []
    for place in places:
        atom = _atom(place)
        if pieces and pieces[-1][0] == atom:
            pieces[-1] = (atom, pieces[-1][1] + 1)
        else:
            pieces.append((atom, 1))
    return "".join(_repeated(atom, count) for atom, count in pieces)


def _repeated(atom: str, count: int) -> str:
    """Return an atom so many times: a letter is spelled out, a set counted."""
    counted = count > 4 or (count > 1 and (atom[0] == "[" or atom == "\\d"))
    return f"{atom}{{{count}}}" if counted else atom * count


def _atom(characters: str) -> str:
    if len(characters) == 1:
        return characters if characters.isalnum() or characters in "-_ @:/#," else "\\" + characters
    if characters == "0123456789":
        return "\\d"
    safe = [c for c in characters if c not in "]\\^-["]
    if not safe:
        return "\\" + characters[0]
    body, at = "", 0
    while at < len(safe):
        end = at
        while end + 1 < len(safe) and ord(safe[end + 1]) == ord(safe[end]) + 1:
            end += 1
        body += f"{safe[at]}-{safe[end]}" if end - at > 1 else "".join(safe[at : end + 1])
        at = end + 1
    return f"[{body}{'-' if '-' in characters else ''}]"
