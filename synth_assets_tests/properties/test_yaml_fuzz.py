"""Whatever is given as a plan or a request, it is read or refused with diagnostics."""

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.ddl import read_ddl
from synth_assets.errors import PlanError, RequestError
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan import dump_plan, load_plan, validate_plan
from synth_assets.plan.request import DatasetRequest, read_request

ROOT = Path(__file__).parents[2]
TOKEN = re.compile(r"[\w.]+|\s+|[^\w\s]")
REQUEST = """\
dataset: spring
rows: 100
rows_by_table: {books: 50, authors: 7}
seed: -3
locale: de_DE
as_of: 2025-03-01
prompt: "a shop, quite small"
overrides:
  books:
    rows: 60
    columns:
      title: {strategy: {kind: text, topic: descriptions}, null_fraction: 0.25, unique: false}
      price: {strategy: {kind: number, low: 1, high: 90.5}}
"""
ODD = (
    "",
    "~",
    "-1",
    "1e400",
    "0x1f",
    ".nan",
    "2024-02-30",
    "[",
    "{",
    "}",
    ":",
    "- ",
    "? ",
    "&a ",
    "*a",
    "!!float x",
    "'",
    '"',
    "|\n",
    "\t",
    "\x00",
    "é",
    "\ud800",
    "9" * 50,
)


@cache
def bookshop() -> tuple[object, str]:
    """A schema, and its plan as YAML."""
    schema = read_ddl((ROOT / "examples" / "bookshop.sql").read_text(), source="bookshop.sql").schema
    assert schema is not None
    return schema, dump_plan(plan_dataset(schema, DatasetRequest(rows=20)).plan)


def spoiled(data: st.DataObject, text: str) -> str:
    """The text with a few words lost, doubled, swapped or replaced by something odd; or cut."""
    words = TOKEN.findall(text)
    for _ in range(data.draw(st.integers(1, 3), "changes")):
        at, other = (data.draw(st.integers(0, len(words) - 1)) for _ in range(2))
        match data.draw(st.sampled_from(("odd", "lose", "double", "swap", "cut")), "change"):
            case "odd":
                words[at] = data.draw(st.sampled_from(ODD))
            case "lose" if len(words) > 1:
                del words[at]
            case "cut" if at:
                del words[at:]
            case "double":
                words.insert(at, words[at])
            case _:
                words[at], words[other] = words[other], words[at]
    return "".join(words)


@settings(max_examples=200)
@given(st.data())
def test_a_spoiled_request_is_read_or_refused(data: st.DataObject) -> None:
    try:
        read_request(spoiled(data, REQUEST), "r.yaml")
    except RequestError as error:
        assert error.diagnostics  # noqa: PT017 - either outcome is right, any other exception is not


@settings(max_examples=60)
@given(st.data())
def test_a_spoiled_plan_is_judged_or_refused(data: st.DataObject) -> None:
    """What still reads as a plan is judged against its schema: a list of what is wrong with it, never an exception."""
    schema, text = bookshop()
    try:
        plan = load_plan(spoiled(data, text), "p.yaml")
    except PlanError as error:
        assert error.diagnostics  # noqa: PT017
        return
    validate_plan(schema, plan)  # type: ignore[arg-type]


@pytest.mark.parametrize("read", [read_request, load_plan])
@settings(max_examples=150)
@given(st.text(max_size=200))
def test_anything_at_all_is_read_or_refused(read: object, text: str) -> None:
    try:
        read(text, "x.yaml")  # type: ignore[operator]
    except (RequestError, PlanError) as error:
        assert error.diagnostics  # noqa: PT017


def test_the_request_above_is_a_good_one() -> None:
    assert read_request(REQUEST, "r.yaml").rows == 100
