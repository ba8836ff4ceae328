"""Free text: sentences about what the table holds, longer or shorter by the column's length."""

from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules.draft import propose
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.types import subject_of
from synth_assets.plan.strategies import Text

_TOPIC_OF_NOUN: tuple[tuple[str, str], ...] = (
    ("product item variant part stock inventory good", "product"), ("book publication novel", "book"),
     ("project task milestone initiative", "project"),
    ("menu dish meal recipe food", "dish"), ("company organization vendor supplier publisher client manufacturer", "company"),
     ("event conference festival", "event"),
    ("course class lesson module training", "course"), ("film movie show series episode", "film"), ("department team division",
     "department"),
    ("hotel room property branch store location venue place restaurant", "place"), ("job position vacancy", "job_description"),
    ("article post news blog story", "news"), ("ticket issue case incident", "support_ticket"),
     ("patient visit appointment diagnosis treatment encounter", "medical_note"),
)  # fmt: skip
_TOPICS = {noun: topic for nouns, topic in _TOPIC_OF_NOUN for noun in nouns.split()}

_BY_NAME: tuple[tuple[tuple[str, ...], str, int, float], ...] = (
    (("biography", "bio", "about", "about me", "profile", "author bio"), "biography", 3, 0.15),
    (("special instructions", "instructions", "delivery instructions", "special requests", "special request", "order notes",
     "delivery notes"), "special_instructions", 1, 0.6),
    (("goals", "goal", "goals set", "objective", "objectives", "target"), "goal", 2, 0.2),
    (("reason", "cause", "motivo", "justification"), "reason", 1, 0.4),
    (("feedback", "suggestion", "suggestions"), "feedback", 2, 0.3),
    (("message", "message body", "message text"), "message", 2, 0.05),
    (("address note", "directions", "delivery note"), "address_note", 1, 0.5),
    (("medical notes", "diagnosis notes", "medical history", "clinical notes", "symptoms description"), "medical_note", 2, 0.3),
)  # fmt: skip
"""Endings of names, the topic of their sentences, the most sentences, and the share of NULLs where allowed."""

_REVIEWS = ("review", "review text", "review body", "review content", "review comment", "review comments")
_DESCRIPTIONS = ("description", "summary", "abstract", "overview", "details", "detail", "synopsis", "plot", "body", "content", "contents",
 "long description",
                 "short description", "article", "text", "caption", "specification", "explanation", "information", "info",
                 "blurb")  # fmt: skip
_COMMENTS = (
    "comment",
    "comments",
    "note",
    "notes",
    "remark",
    "remarks",
    "observation",
    "observations",
    "memo",
    "reply",
    "response",
    "answer",
    "question",
)


def free_text(evidence: Evidence) -> ColumnPlan | None:
    """Biographies, instructions, goals, comments and descriptions are sentences about the row's subject."""
    if evidence.kind != "text" or (evidence.max_length or 999) < 30:
        return None
    for phrases, topic, most, share in _BY_NAME:
        phrase = evidence.ends(*phrases)
        if phrase:
            return propose(evidence, sentences(evidence, topic, most), f"name says {phrase}", null_fraction=share)
    if evidence.ends(*_REVIEWS) or (evidence.ends(*_COMMENTS, *_DESCRIPTIONS) and evidence.about("review", "rating", "testimonial")):
        return propose(evidence, sentences(evidence, f"{review_topic(evidence)}.positive", 3), "the text of a review", null_fraction=0.15)
    phrase = evidence.ends(*_COMMENTS)
    if phrase:
        topic = topic_of(evidence) if topic_of(evidence) in {"support_ticket", "medical_note"} else "comment"
        return propose(evidence, sentences(evidence, topic, 2), f"name says {phrase}", null_fraction=0.4)
    phrase = evidence.ends(*_DESCRIPTIONS)
    if phrase:
        return propose(evidence, sentences(evidence, topic_of(evidence), 3), f"{phrase} of a {subject_of(evidence)}", null_fraction=0.1)
    return None


def review_topic(evidence: Evidence) -> str:
    """Return the family of review sentences: of employees, of restaurants, of anything else."""
    if evidence.about("performance", "employee", "appraisal", "evaluation"):
        return "performance_review"
    around = {w for k in evidence.table.foreign_keys for w in k.parent_table.lower().split("_")}
    return "restaurant_review" if any(w.startswith("restaurant") for w in (*around, *evidence.subject)) else "review"


def topic_of(evidence: Evidence) -> str:
    """Return the topic of sentences that describe a row of the table."""
    return next((_TOPICS[w] for w in reversed(evidence.subject) if w in _TOPICS), "description")


def sentences(evidence: Evidence, topic: str, most: int) -> Text:
    """Return sentences on a topic, fewer in a short column."""
    limit = evidence.max_length
    most = most if limit is None or limit >= 400 else max(1, min(most, limit // 120))
    return Text(topic=topic, subject=_noun(evidence), min_sentences=1, max_sentences=most)


_SUBJECTS = {"menu": "dish", "review": "visit", "order item": "order", "stock": "item", "inventory": "item"}


def _noun(evidence: Evidence) -> str:
    """Return the noun for `{subject}`; reviews are about the thing their first foreign key names."""
    noun = subject_of(evidence)
    if evidence.about("review", "rating", "comment") and evidence.table.foreign_keys:
        from synth_assets.plan.rules.evidence import table_words

        parent = evidence.setting.schema.tables_by_key.get(evidence.table.foreign_keys[0].parent_table)
        noun = " ".join(table_words(parent)) if parent else noun
    return _SUBJECTS.get(noun, noun)
