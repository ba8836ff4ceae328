"""Finite automata over ranges of characters: made lazily, so that only the states somebody asks for exist.

A `Language` is a boolean formula over several deterministic automata that read the same text side by side, which is how
conditions joined by AND, OR and NOT become one set of texts without any of them being multiplied out.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from synth_assets.plan.languages.charsets import LAST, CharSet, of_text
from synth_assets.plan.languages.syntax import Anchor, Chain, Chars, Either, Node, Repeat, UnreadablePatternError, Words

MAX_STATES = 20_000
MAX_PAIRS = 200_000
"""Pairs of states looked at by one question of inclusion; beyond that the answer is that nobody knows."""

_START, _END = "start", "end"


@dataclass
class Nfa:
    """A nondeterministic automaton; state 0 begins, state 1 accepts.

    Attributes:
        edges: By state: the characters read and the state reached.
        jumps: By state: states reached without reading; with a condition, only at the start or the end of the text.
    """

    edges: list[list[tuple[CharSet, int]]] = field(default_factory=lambda: [[], []])
    jumps: list[list[tuple[int, str]]] = field(default_factory=lambda: [[], []])

    def new_state(self) -> int:
        if len(self.edges) >= MAX_STATES:
            raise UnreadablePatternError("it has too many states")
        self.edges.append([])
        self.jumps.append([])
        return len(self.edges) - 1

    def closure(self, states: frozenset[int], *, at_start: bool = False, at_end: bool = False) -> frozenset[int]:
        """Return the states reached without reading anything."""
        seen, waiting = set(states), list(states)
        while waiting:
            for target, condition in self.jumps[waiting.pop()]:
                allowed = not condition or (condition == _START and at_start) or (condition == _END and at_end)
                if allowed and target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return frozenset(seen)


def build_nfa(node: Node) -> Nfa:
    """Return the automaton of all texts of a tree, from their first character to the last. Raises UnreadablePatternError."""
    nfa = Nfa()
    nfa.jumps[_add(nfa, node, 0)].append((1, ""))
    return nfa


def _add(nfa: Nfa, node: Node, at: int) -> int:
    """Add a node behind a state; return the state behind the node."""
    match node:
        case Chars(chars=chars):
            end = nfa.new_state()
            nfa.edges[at].append((chars, end))
            return end
        case Words(words=words):
            return _add_words(nfa, words, at)
        case Chain(parts=parts):
            for part in parts:
                at = _add(nfa, part, at)
            return at
        case Either(parts=parts):
            end = nfa.new_state()
            for part in parts:
                first = nfa.new_state()
                nfa.jumps[at].append((first, ""))
                nfa.jumps[_add(nfa, part, first)].append((end, ""))
            return end
        case Repeat():
            return _add_repeat(nfa, node, at)
        case Anchor(at_end=at_end):
            end = nfa.new_state()
            nfa.jumps[at].append((end, _END if at_end else _START))
            return end
        case _:
            raise UnreadablePatternError(f"{type(node).__name__} has no automaton")


def _add_repeat(nfa: Nfa, node: Repeat, at: int) -> int:
    for _ in range(node.low):
        at = _add(nfa, node.part, at)
    end = nfa.new_state()
    nfa.jumps[at].append((end, ""))
    if node.high is None:
        again = nfa.new_state()
        nfa.jumps[end].append((again, ""))
        nfa.jumps[_add(nfa, node.part, again)].append((end, ""))
        return end
    for _ in range(node.high - node.low):
        at = _add(nfa, node.part, at)
        nfa.jumps[at].append((end, ""))
    return end


def _add_words(nfa: Nfa, words: tuple[str, ...], at: int) -> int:
    """Add a list of texts as a tree of their beginnings."""
    end, known = nfa.new_state(), {"": nfa.new_state()}
    nfa.jumps[at].append((known[""], ""))
    for word in words:
        for length in range(1, len(word) + 1):
            head = word[:length]
            if head not in known:
                known[head] = nfa.new_state()
                nfa.edges[known[head[:-1]]].append((of_text(head[-1]), known[head]))
        nfa.jumps[known[word]].append((end, ""))
    return end


class Dfa:
    """The deterministic automaton of an `Nfa`; states are numbered as they are met, 0 begins."""

    def __init__(self, nfa: Nfa) -> None:
        self.nfa = nfa
        first = nfa.closure(frozenset({0}), at_start=True)
        self._sets = [first]
        self._numbers = {first: 0}
        self._steps: dict[tuple[int, int], int] = {}
        self._accepts: dict[int, bool] = {}
        self.starts = sorted({c for edges in nfa.edges for chars, _ in edges for low, high in chars for c in (low, high + 1)} | {0})

    def step(self, state: int, character: int) -> int:
        """Return the state after one more character. Raises UnreadablePatternError when there are too many states."""
        piece = bisect_right(self.starts, character) - 1
        key = (state, piece)
        if key not in self._steps:
            reached = (t for s in self._sets[state] for chars, t in self.nfa.edges[s] if any(a <= character <= b for a, b in chars))
            self._steps[key] = self._number(self.nfa.closure(frozenset(reached)))
        return self._steps[key]

    def _number(self, states: frozenset[int]) -> int:
        if states not in self._numbers:
            if len(self._sets) >= MAX_STATES:
                raise UnreadablePatternError("it has too many states")
            self._numbers[states] = len(self._sets)
            self._sets.append(states)
        return self._numbers[states]

    def accepts(self, state: int) -> bool:
        """Tell whether a text that ends in this state is one of the automaton's."""
        if state not in self._accepts:
            self._accepts[state] = 1 in self.nfa.closure(self._sets[state], at_start=state == 0, at_end=True)
        return self._accepts[state]


@lru_cache(maxsize=512)
def dfa_of(node: Node) -> Dfa:
    """Return the deterministic automaton of a tree. Raises UnreadablePatternError."""
    return Dfa(build_nfa(node))


Formula = bool | int | tuple[str, tuple["Formula", ...]]
"""True, False, the index of an automaton, or (`and` | `or` | `not`, operands)."""

State = tuple[int, ...]


@dataclass(frozen=True)
class Language:
    """The texts for which a formula over automata is true.

    Attributes:
        nodes: The trees whose automata the formula names by index.
        formula: See `Formula`; a boolean is never an index.
    """

    nodes: tuple[Node, ...]
    formula: Formula

    @property
    def start(self) -> State:
        return (0,) * len(self.nodes)

    def step(self, state: State, character: int) -> State:
        return tuple(dfa_of(n).step(s, character) for n, s in zip(self.nodes, state, strict=True))

    def accepts(self, state: State) -> bool:
        return _holds(self.formula, [dfa_of(n).accepts(s) for n, s in zip(self.nodes, state, strict=True)])

    def holds(self, text: str) -> bool:
        """Tell whether a text is in the language. Raises UnreadablePatternError."""
        state = self.start
        for character in text:
            state = self.step(state, ord(character))
        return self.accepts(state)

    def pieces(self, chars: CharSet) -> Iterator[CharSet]:
        """Yield the parts of a set of characters within which no automaton tells one from another."""
        starts = sorted({c for n in self.nodes for c in dfa_of(n).starts} | {0})
        for low, high in chars:
            at = bisect_right(starts, low) - 1
            while at < len(starts) and starts[at] <= high:
                last = starts[at + 1] - 1 if at + 1 < len(starts) else LAST
                yield ((max(low, starts[at]), min(high, last)),)
                at += 1

    def verdicts(self, texts: Node, *, prefixes: bool = False) -> frozenset[bool]:
        """Return whether texts of a tree are in the language: {True}, {False} or both; both also when that takes too long to find out.

        `prefixes` asks about every beginning of at least one character as well: texts that may be cut.
        """
        try:
            return self._verdicts(build_nfa(texts), prefixes)
        except UnreadablePatternError:
            return frozenset({True, False})

    def _verdicts(self, nfa: Nfa, prefixes: bool) -> frozenset[bool]:
        first = nfa.closure(frozenset({0}), at_start=True)
        waiting: list[tuple[int, State]] = [(s, self.start) for s in sorted(first)]
        seen = set(waiting)
        found: set[bool] = {self.accepts(self.start)} if 1 in nfa.closure(first, at_start=True, at_end=True) else set()
        while waiting and len(found) < 2:
            state, reached = waiting.pop()
            for chars, target in nfa.edges[state]:
                after = nfa.closure(frozenset({target}))
                ends = prefixes or 1 in nfa.closure(after, at_end=True)
                for (low, _), *_ in self.pieces(chars):
                    onward = self.step(reached, low)
                    if ends:
                        found.add(self.accepts(onward))
                    fresh = [(s, onward) for s in after if (s, onward) not in seen and nfa.edges[s]]
                    seen.update(fresh)
                    waiting += fresh
            if len(seen) > MAX_PAIRS:
                return frozenset({True, False})
        return frozenset(found)


def _holds(formula: Formula, accepted: list[bool]) -> bool:
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, int):
        return accepted[formula]
    operator, operands = formula
    values = (_holds(o, accepted) for o in operands)
    return not next(values) if operator == "not" else all(values) if operator == "and" else any(values)


def both(one: Language, other: Language) -> Language:
    """Return the texts that are in both languages."""
    return Language((*one.nodes, *other.nodes), ("and", (one.formula, _moved(other.formula, len(one.nodes)))))


def _moved(formula: Formula, by: int) -> Formula:
    if isinstance(formula, bool):
        return formula
    return formula + by if isinstance(formula, int) else (formula[0], tuple(_moved(o, by) for o in formula[1]))
