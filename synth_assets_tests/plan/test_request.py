"""Requests from outside: every problem is said, nothing hangs, nothing but our own error comes out."""

import pytest

from synth_assets.errors import RequestError
from synth_assets.plan.patterns import parse_pattern
from synth_assets.plan.request import DatasetRequest, read_request
from synth_assets.plan.shapes import pattern_capacity

BAD = {
    "an impossible date": ("as_of: 2024-13-45", "REQ101 holds an impossible value"),
    "deep nesting": ("[" * 20_000, "r.yaml:1:101 REQ101 is nested too deeply"),
    "an alias bomb": ("a: &a [x, x]\nb: &b [*a, *a]\nrows: [*b, *b]", "r.yaml:2:8 REQ101 uses an alias"),
    "a number of 5,000 digits": ("seed: " + "9" * 5000, "REQ101 holds an impossible value"),
    "broken YAML": ("rows: [1", "REQ101 is not valid YAML"),
    "a list": ("- rows", "REQ102 is not a mapping"),
    "an unknown setting": ("rowz: 5", "rowz REQ104 no such setting"),
    "rows of a table out of range": ("rows_by_table: {a: -1, b: 99999999999999}", "rows_by_table.b REQ103"),
    "too large a file": ("# " + "x" * 1_100_000, "REQ101 is larger than 1 MB"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_requests_are_said(name: str) -> None:
    text, said = BAD[name]
    with pytest.raises(RequestError) as caught:
        read_request(text, "r.yaml")
    assert said in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(RequestError) as caught:
        read_request("rows: -1\nseed: x\nlocales: de\n", "r.yaml")
    assert [d.where for d in caught.value.diagnostics] == ["r.yaml: rows", "r.yaml: seed", "r.yaml: locales"]


def test_an_empty_request_is_all_defaults() -> None:
    assert read_request("", "r.yaml") == DatasetRequest()


def test_patterns_that_can_be_read_two_ways_tell_nothing_apart() -> None:
    assert pattern_capacity("(a|ab)(c|bc)") == 0
    assert pattern_capacity("(a|ab)[0-9]{2}") == 200


@pytest.mark.parametrize("pattern", ["[a-b]{999999999}", "x{99999999999999999999}", "[a", "(a|b", "a+", "[]", "\\"])
def test_patterns_outside_the_language_are_refused_at_once(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"character|positions|backslash"):
        parse_pattern(pattern)
