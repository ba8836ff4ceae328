"""Labelled text requests for tests."""

from pathlib import Path

from synth_assets.labelled_text import CategoryRequest, LabelledTextRequest, read_labelled_text

EXAMPLE = Path(__file__).parents[2] / "examples" / "support_inbox.yaml"


def inbox() -> LabelledTextRequest:
    """The example of the documentation: eight categories, 640 messages."""
    return read_labelled_text(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE.name)


def small(count: int = 12, **settings: object) -> LabelledTextRequest:
    """Three categories of the example with a few messages each."""
    chosen = [c.model_copy(update={"count": count}) for c in inbox().categories if c.name in {"card_declined", "login_problem", "praise"}]
    return LabelledTextRequest.model_validate({"name": "small", "categories": chosen, **settings})


def growing(*counts: int) -> LabelledTextRequest:
    """Categories of the example with these counts."""
    categories = inbox().categories
    return LabelledTextRequest(
        name="growing", categories=tuple(c.model_copy(update={"count": n}) for c, n in zip(categories, counts, strict=False))
    )


def category(name: str, description: str = "", *examples: str, count: int = 5) -> CategoryRequest:
    return CategoryRequest(name=name, description=description, examples=examples, count=count)
