"""The file: what is read, what is refused, and where in it the problem stands."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.errors import Diagnostic, RequestError, render_diagnostics
from synth_assets.labelled_text import LabelledTextRequest, fingerprint_request, is_labelled_text, read_labelled_text
from synth_assets.labelled_text.phrases import phrases_of
from synth_assets.pipeline.labelled_folder import dump_labelled_request
from synth_assets_tests.labelled_text.samples import EXAMPLE, category, inbox, small

BAD = sorted((Path(__file__).parent / "bad").glob("*.in"))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(LabelledTextRequest.model_fields)), inner, max_size=4),
    max_leaves=8,
)


def test_the_example_of_the_documentation_is_read() -> None:
    request = inbox()
    assert (request.name, request.seed, request.total, len(request.categories)) == ("support_inbox", 7, 640, 8)
    assert request.splits == {"train": 0.8, "validation": 0.1, "test": 0.1}


def test_a_file_without_a_name_is_called_after_itself() -> None:
    text = "kind: labelled_text\ncategories: [{name: a, description: opening hours}, {name: b, description: lost keys}]\nai: off\n"
    request = read_labelled_text(text, "/some/where/Spring Mail!.yaml")
    assert request.name == "spring_mail"
    assert request.ai == "off"


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_bad_files_are_refused_with_every_problem_and_its_place(path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        read_labelled_text(path.read_text(encoding="utf-8"), f"{path.stem}.yaml")
    told = render_diagnostics(caught.value.diagnostics) + "\n"
    golden = path.with_suffix(".txt")
    assert told == golden.read_text(encoding="utf-8")


def test_there_are_bad_files() -> None:
    assert len(BAD) >= 6


@given(document=DOCUMENTS)
def test_no_document_breaks_the_reader(document: object) -> None:
    import yaml

    text = yaml.safe_dump({"kind": "labelled_text", **(document if isinstance(document, dict) else {"categories": document})})
    problems: tuple[Diagnostic, ...] = ()
    try:
        read_labelled_text(text, "any.yaml")
    except RequestError as error:
        problems = error.diagnostics or (Diagnostic(code="", where="", message="nothing is said"),)
    assert all(d.code.startswith("REQ") and d.where.startswith("any.yaml") for d in problems)


def test_a_request_survives_its_file() -> None:
    for request in (inbox(), small(ai="off", seed=-5), small(splits={"a": 0.5, "b": 0.5}), small(gemini={"critique_threshold": 9})):
        again = read_labelled_text(dump_labelled_request(request), "request.yaml")
        assert again == request
        assert fingerprint_request(again) == fingerprint_request(request)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (EXAMPLE.read_text(), True),
        ('{"kind": "labelled_text"}', True),
        ("kind: 'labelled_text'\n", True),
        ("rows: 5\n", False),
        ("prompt: a kind of labelled_text\n", False),
        ("prompt: |\n  kind: labelled_text\n", False),
        ("", False),
    ],
)
def test_a_text_says_whether_it_is_labelled_text(text: str, is_one: bool) -> None:
    assert is_labelled_text(text) is is_one


@pytest.mark.parametrize(
    ("description", "phrases"),
    [
        (
            "Declined payments, a card kept by a machine or a forgotten code.",
            ("declined payments", "a card kept by a machine", "a forgotten code"),
        ),
        ("The customer asks why. When somebody wants to leave", ()),
        ("PIN letters; SIM cards", ("PIN letters", "SIM cards")),
        ("one", ()),
    ],
)
def test_phrases_are_what_one_can_write_about(description: str, phrases: tuple[str, ...]) -> None:
    assert phrases_of(category("lost_card", description)) == (*phrases, "lost card")
