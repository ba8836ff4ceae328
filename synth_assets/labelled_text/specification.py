"""What a labelled text file asks for: categories, counts, splits. Read within bounds, every problem told."""

import re
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from synth_assets.errors import Diagnostic, RequestError, closest_name
from synth_assets.plan.bounded_yaml import MAX_PROBLEMS, BadYamlError, parse_yaml, place_of
from synth_assets.plan.request import MAX_REQUEST_BYTES, AiMode, GeminiRequest, short_form
from synth_assets.schema.fingerprint import canonical_digest

LABELLED_KIND = "labelled_text"
MAX_MESSAGES = 20_000
"""Of all categories together: one step makes them, and every message is compared with every other."""
MAX_SPLITS = 8
MESSAGES = "messages"
"""Name of the table with all rows; no split may take it."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?")
_SHARE_TOLERANCE = 1e-6


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CategoryRequest(_Asked):
    """One label and what its messages are about.

    Attributes:
        name: The label, as it will stand in the column `category`.
        description: What belongs into it, in words; phrases separated by commas are used singly.
        examples: Messages of this category.
        count: Messages wanted.
    """

    name: str = Field(min_length=1, max_length=100)
    description: str = Field(default="", max_length=4_000)
    examples: tuple[str, ...] = Field(default=(), max_length=200)
    count: int = Field(default=80, ge=1, le=MAX_MESSAGES)

    @field_validator("examples")
    @classmethod
    def _refuse_empty(cls, examples: tuple[str, ...]) -> tuple[str, ...]:
        for example in examples:
            if not example.strip() or len(example) > 4_000:
                raise ValueError("an example is empty or longer than 4,000 characters")
        return examples


class LabelledTextRequest(_Asked):
    """One labelled text dataset.

    Attributes:
        name: Of the dataset and of its assets; by default that of the file.
        seed: Another seed makes other messages of the same kind.
        locale: Language and country of the names that messages are signed with; a model writes in its language.
        categories: Two or more.
        prompt: What the messages should be like, for a model.
        splits: Share of each split; they add up to 1.
        knowledge: A folder beside the file with documents that a model may draw on.
        ai: Whether Gemini writes: `auto` where there is a key, `off` never, `required` or the dataset fails.
        gemini: Model, sampling, budget and the judge's threshold (`critique_threshold`, 7 is a confidence of 0.7).
    """

    kind: str = LABELLED_KIND
    name: str = ""
    seed: int = Field(default=42, ge=-(2**63), lt=2**63)
    locale: str = Field(default="en_US", max_length=20)
    categories: tuple[CategoryRequest, ...] = Field(min_length=2, max_length=200)
    prompt: str = Field(default="", max_length=20_000)
    splits: dict[str, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}
    knowledge: str | None = Field(default=None, max_length=200)
    ai: AiMode = "auto"
    gemini: GeminiRequest = GeminiRequest()

    @field_validator("ai", mode="before")
    @classmethod
    def _read_off(cls, value: Any) -> Any:
        """YAML reads the word `off` as a boolean."""
        return "off" if value is False else value

    @property
    def total(self) -> int:
        """Messages of all categories."""
        return sum(c.count for c in self.categories)

    def category(self, name: str) -> CategoryRequest:
        """Return the category of that name. Raises KeyError."""
        return {c.name: c for c in self.categories}[name]


def fingerprint_request(request: LabelledTextRequest) -> str:
    """Return the digest of everything a request says."""
    return canonical_digest(request.model_dump(mode="json"))


def is_labelled_text(text: str) -> bool:
    """Tell whether a YAML text says it is labelled text, readable otherwise or not."""
    return re.search(rf"^(?:\{{\s*)?[\"']?kind[\"']?\s*:\s*[\"']?{LABELLED_KIND}\b", text, re.MULTILINE) is not None


def read_labelled_text(text: str, source: str) -> LabelledTextRequest:
    """Parse a labelled text file. Raises RequestError with every problem found.

    Args:
        text: YAML or JSON.
        source: The file's name: what it is called in diagnostics, and the dataset's name unless it gives one.
    """
    if len(text.encode(errors="surrogatepass")) > MAX_REQUEST_BYTES:
        raise RequestError("the file is too large", [_problem("REQ101", source, "is larger than 1 MB", "", "")])
    try:
        document, root = parse_yaml(text)
    except BadYamlError as error:
        hint = error.hint or "write `key: value` lines, beginning with `kind: labelled_text`"
        problem = _problem("REQ101", f"{source}{error.place}", error.problem, error.found, hint)
        raise RequestError("the file is not YAML", [problem]) from None
    places = _Places(source, root)
    if not isinstance(document, dict) or document.get("kind") != LABELLED_KIND:
        raise RequestError("no labelled text", [_no_kind(document, places)])
    try:
        request = LabelledTextRequest.model_validate(document)
    except ValidationError as error:
        # Where categories are wrong, pydantic counts those that are left.
        given = document.get("categories")
        enough = isinstance(given, list) and len(given) > 1
        found = [e for e in error.errors() if not (enough and e["type"] == "too_short" and e["loc"] == ("categories",))]
        told = [_from_pydantic(e, places) for e in found[:MAX_PROBLEMS]]
        raise RequestError("bad labelled text file", told) from None
    request = request if request.name else request.model_copy(update={"name": _name_of(source)})
    problems = [*_problems_of_names(request, places), *_problems_of_splits(request, places), *_problems_of_sizes(request, places)]
    if problems:
        raise RequestError("bad labelled text file", problems)
    return request


def _problems_of_names(request: LabelledTextRequest, places: "_Places") -> list[Diagnostic]:
    found = []
    if not _NAME.fullmatch(request.name):
        hint = "use up to 60 lower-case letters, digits, '_' and '-', starting and ending with a letter or digit"
        found.append(_problem("REQ305", places.of("name"), "the dataset's name is not allowed", request.name[:80], hint))
    if request.knowledge is not None and not _is_beside(request.knowledge):
        hint = "name a folder beside the file, without a path, as in `knowledge: handbook`"
        found.append(_problem("REQ307", places.of("knowledge"), "is no folder beside the file", request.knowledge[:80], hint))
    seen: dict[str, int] = {}
    for index, category in enumerate(request.categories):
        where = places.of("categories", index, "name")
        folded = " ".join(category.name.split()).casefold()
        if folded in seen:
            found.append(_problem("REQ305", where, "two categories share a name", category.name, "give every category a name of its own"))
        if category.name != category.name.strip() or not category.name.isprintable():
            hint = "leave out blanks at its ends, line breaks and control characters"
            found.append(_problem("REQ305", where, "the category's name is not allowed", repr(category.name)[:80], hint))
        seen[folded] = index
    return found


def _problems_of_splits(request: LabelledTextRequest, places: "_Places") -> list[Diagnostic]:
    where, splits = places.of("splits"), request.splits
    found = []
    for name in splits:
        if not _NAME.fullmatch(name) or name == MESSAGES:
            hint = f"use lower-case letters, digits, '_' and '-'; '{MESSAGES}' is taken"
            found.append(_problem("REQ306", where, "the split's name is not allowed", name[:80], hint))
    if not 1 <= len(splits) <= MAX_SPLITS:
        found.append(_problem("REQ306", where, f"there are not between 1 and {MAX_SPLITS} splits", str(len(splits)), ""))
    total = sum(splits.values())
    if any(not 0 < share <= 1 for share in splits.values()) or not abs(total - 1) <= _SHARE_TOLERANCE:
        hint = "write shares above 0 that add up to 1, as in {train: 0.8, validation: 0.1, test: 0.1}"
        found.append(
            _problem("REQ306", where, "the shares are not above 0, or do not add up to 1", f"{short_form(splits)}, in all {total:g}", hint)
        )
    return found


def _problems_of_sizes(request: LabelledTextRequest, places: "_Places") -> list[Diagnostic]:
    found = []
    if request.total > MAX_MESSAGES:
        hint = f"ask for {MAX_MESSAGES:,} at most, or split the categories over several files"
        found.append(_problem("REQ303", places.of("categories"), "the messages are too many", f"{request.total:,}", hint))
    for index, category in enumerate(request.categories):
        if not category.description.strip() and not category.examples:
            hint = "give `description`, `examples`, or both"
            where = places.of("categories", index)
            found.append(_problem("REQ302", where, "nothing says what the category is about", category.name, hint))
    return found


def _no_kind(document: Any, places: "_Places") -> Diagnostic:
    if not isinstance(document, dict):
        hint = f"write `key: value` lines, beginning with `kind: {LABELLED_KIND}`"
        return _problem("REQ301", places.of(), "is not a mapping", short_form(document), hint)
    kind = document.get("kind")
    hint = f"write `kind: {LABELLED_KIND}`; a request for a schema is named after it, as in shop.yaml beside shop.sql"
    message = "does not say what kind of dataset it is" if kind is None else "there is no such kind of dataset"
    return _problem("REQ301", places.of("kind"), message, "" if kind is None else short_form(kind), hint)


def _from_pydantic(error: Any, places: "_Places") -> Diagnostic:
    path, kind = error["loc"], error["type"]
    where, found = places.of(*path), short_form(error.get("input"))
    if kind == "extra_forbidden":
        known = CategoryRequest if path[0] == "categories" else LabelledTextRequest
        names = [n for n in known.model_fields if n != "kind"]
        hint = closest_name(str(path[-1]), names) or f"known settings: {', '.join(names)}"
        return _problem("REQ304", where, "no such setting", ".".join(map(str, path)), hint)
    if kind == "missing":
        return _problem("REQ302", where, f"'{path[-1]}' is missing", "", "docs/labelled_text.md shows a whole file")
    if kind == "too_short" and path == ("categories",):
        return _problem("REQ302", where, "there are fewer than two categories", "", "a classifier tells two categories apart, or more")
    message = str(error["msg"]).removeprefix("Value error, ")
    code = "REQ303" if kind in {"greater_than_equal", "less_than_equal", "less_than", "greater_than"} else "REQ302"
    return _problem(code, f"{where}: {'.'.join(map(str, path))}", message[:1].lower() + message[1:], found, "")


def _is_beside(folder: str) -> bool:
    return bool(folder) and PurePath(folder).name == folder and not folder.startswith(".") and not set(folder) & set('\\:*?"<>|\0')


def _name_of(source: str) -> str:
    stem = PurePath(source).stem.lower()
    return re.sub(r"[^a-z0-9]+", "_", stem).strip("_")[:60].strip("_") or LABELLED_KIND


class _Places:
    """Where the parts of a document stand in its file: `file:line:column`."""

    def __init__(self, source: str, root: Any) -> None:
        self._source, self._root = source, root

    def of(self, *path: Any) -> str:
        """Return the place of a path's value, or of the nearest part of it that is there."""
        node = self._root
        for step in path:
            inner = _child(node, step)
            if inner is None:
                break
            node = inner
        return self._source + place_of(getattr(node, "start_mark", None))


def _child(node: Any, step: Any) -> Any:
    value = getattr(node, "value", None)
    if not isinstance(value, list):
        return None
    if isinstance(step, int):
        return value[step] if step < len(value) and not isinstance(value[step], tuple) else None
    pairs = (pair for pair in value if isinstance(pair, tuple))
    return next((inner for key, inner in pairs if getattr(key, "value", None) == step), None)


def _problem(code: str, where: str, message: str, found: str, hint: str) -> Diagnostic:
    return Diagnostic(code=code, where=where, message=message, found=found, hint=hint)
