"""The balance report of a labelled text dataset: what was asked for, what came of it, and how it is spread."""

from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from synth_assets.labelled_text.messages import CONFIDENCE_OF, LabelledMessage
from synth_assets.labelled_text.near_duplicates import NEAR_DUPLICATE, SHINGLE
from synth_assets.labelled_text.specification import LabelledTextRequest, fingerprint_request


class _Reported(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spread(_Reported):
    """Five numbers of a distribution, and its mean."""

    least: float
    quarter: float
    median: float
    three_quarters: float
    most: float
    mean: float


class CategoryReport(_Reported):
    """One category.

    Attributes:
        asked, made: Messages wanted, and there.
        by_split: Messages of each split.
        by_gemini, by_templates: Who wrote them.
        near_duplicates: Messages left out as such.
        unusable: Messages of a model that were empty, endless, had blanks to be filled in, or that the judge refused to read.
        rewritten: Messages that the judge took for another category, or was not sure of, so that others were written in their place.
        refused: Messages that the judge did not believe in the second time, or later: dropped.
        characters, confidence: Over its messages.
    """

    asked: int
    made: int
    by_split: dict[str, int]
    by_gemini: int = 0
    by_templates: int = 0
    near_duplicates: int = 0
    unusable: int = 0
    rewritten: int = 0
    refused: int = 0
    characters: Spread
    confidence: Spread


class WritingReport(_Reported):
    """How the messages were written.

    Attributes:
        ai: What the request says: auto, off, required.
        models, prompts: That took part, each once.
        calls, cached: Questions put, those that came to nothing included, and how many were answered from the cache.
        tokens, dollars: What was sent for the others cost.
        fallbacks: Why templates wrote what a model should have; empty where none had to.
        notes: What else there is to know.
        confusion: How often messages written for one category (first key) were judged to belong to another or the same (second
            key), before any was refused; empty where no judge took part.
        passages: Passages of the knowledge folder that the model was shown.
    """

    ai: str
    models: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    calls: int = 0
    cached: int = 0
    tokens: int = 0
    dollars: float = 0.0
    fallbacks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    confusion: dict[str, dict[str, int]] = {}
    passages: tuple[str, ...] = ()


class BalanceReport(_Reported):
    """What a labelled text dataset holds.

    Attributes:
        name, seed, fingerprint: The dataset, and the digest of its request.
        messages: In all.
        splits: Messages of each split.
        categories: By name, in the order of the request.
        characters: Of all messages.
        near_duplicate: The similarity (Jaccard index of shingles of `shingle` characters) from which messages count as near-duplicates.
        confidence_means: What the column says, by who wrote the message.
        writing: How they were written.
    """

    name: str
    seed: int
    fingerprint: str
    messages: int
    splits: dict[str, int]
    categories: dict[str, CategoryReport]
    characters: Spread
    near_duplicate: float = NEAR_DUPLICATE
    shingle: int = SHINGLE
    confidence_means: dict[str, str]
    writing: WritingReport

    @property
    def near_duplicates(self) -> int:
        """Messages left out because others were like them."""
        return sum(c.near_duplicates for c in self.categories.values())

    @property
    def by_templates(self) -> int:
        return sum(c.by_templates for c in self.categories.values())


class Removed(_Reported):
    """Messages of one category that did not make it; see `CategoryReport`."""

    near_duplicates: int = 0
    unusable: int = 0
    rewritten: int = 0
    refused: int = 0


def build_report(
    request: LabelledTextRequest,
    messages: Sequence[LabelledMessage],
    splits: Sequence[str],
    removed: Mapping[str, Removed],
    writing: WritingReport,
) -> BalanceReport:
    """Return the report of a finished dataset.

    Args:
        splits: Of each message.
        removed: By category.
    """
    dealt = Counter(splits)
    return BalanceReport(
        name=request.name,
        seed=request.seed,
        fingerprint=fingerprint_request(request),
        messages=len(messages),
        splits={name: dealt[name] for name in request.splits},
        categories={
            c.name: _report_category(request, c.name, messages, splits, removed.get(c.name, Removed())) for c in request.categories
        },
        characters=spread_of([len(m.message) for m in messages]),
        confidence_means={w: CONFIDENCE_OF[w] for w in sorted({m.writer for m in messages})},
        writing=writing,
    )


def spread_of(numbers: Sequence[float]) -> Spread:
    """Return the spread of some numbers; zeros for none. Quartiles are numbers that occur."""
    ranked = sorted(numbers) or [0]
    least, quarter, median, upper, most = (ranked[round(share * (len(ranked) - 1))] for share in (0, 0.25, 0.5, 0.75, 1))
    mean = round(sum(ranked) / len(ranked), 4)
    return Spread(least=least, quarter=quarter, median=median, three_quarters=upper, most=most, mean=mean)


def render_report(report: BalanceReport) -> str:
    """Return the table of the report as markdown: a row a category, its counts, splits, what was left out, confidence."""
    header = ["category", "asked for", "made", *report.splits, "near-duplicates left out", "refused by the judge", "median characters"]
    rows = [[*map(str, header), "mean confidence"]]
    for name, category in report.categories.items():
        spread = [f"{category.characters.median:g}", f"{category.confidence.mean:.2f}"]
        counts = [category.asked, category.made, *category.by_split.values(), category.near_duplicates, category.refused]
        rows.append([name.replace("|", "\\|"), *map(str, counts), *spread])
    totals = [sum(c.asked for c in report.categories.values()), report.messages, *report.splits.values(), report.near_duplicates]
    refused = sum(c.refused for c in report.categories.values())
    rows.append(["**all**", *map(str, [*totals, refused]), f"{report.characters.median:g}", ""])
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def describe_writing(writing: WritingReport, *, by_templates: int, messages: int) -> str:
    """Return one sentence about who wrote the messages."""
    models = f"{' and '.join(writing.models) or 'Gemini'} wrote"
    if by_templates == messages:
        return "No model took part: all messages are made of the categories' own words and the sentences of a house grammar."
    if by_templates:
        return f"{models} {messages - by_templates:,} of {messages:,} messages; the others are made of templates."
    return f"{models} all {messages:,} messages."


def _report_category(
    request: LabelledTextRequest, name: str, messages: Sequence[LabelledMessage], splits: Sequence[str], removed: Removed
) -> CategoryReport:
    own = [(m, s) for m, s in zip(messages, splits, strict=True) if m.category == name]
    dealt = Counter(s for _, s in own)
    writers = Counter(m.writer for m, _ in own)
    return CategoryReport(
        asked=request.category(name).count,
        made=len(own),
        by_split={s: dealt[s] for s in request.splits},
        by_gemini=writers["gemini"],
        by_templates=writers["templates"],
        **removed.model_dump(),
        characters=spread_of([len(m.message) for m, _ in own]),
        confidence=spread_of([m.confidence for m, _ in own]),
    )
