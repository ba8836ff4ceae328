"""File names of table keys: distinct everywhere, reversible, and never a way out of their folder."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.storage import file_names, safe_file_name, table_key_of
from synth_assets.storage.names import MAX_NAME_LENGTH

ANY_TEXT = st.text(st.characters(), max_size=80)
SIMILAR = st.text(st.sampled_from("aAbB~%1fé./"), max_size=8)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("books", "books"),
        ("Books", "Books~1"),
        ("sales.orders", "sales.orders"),
        ("Order Details", "Order%20Details~21"),
        ("kunde-größe", "kunde-gr%c3%b6%c3%9fe"),
        ("../../etc/passwd", "%2e.%2f..%2fetc%2fpasswd"),
        ("con", "%63on"),
        ("nul.txt", "%6eul.txt"),
        ("a\x00b", "a%00b"),
        ("ends.", "ends%2e"),
        ("", "%"),
    ],
)
def test_names_are_pinned(key: str, name: str) -> None:
    assert safe_file_name(key) == name


@given(ANY_TEXT | SIMILAR)
def test_a_name_is_one_harmless_path_part(key: str) -> None:
    name = safe_file_name(key)
    assert 0 < len(name) <= MAX_NAME_LENGTH
    assert name.isascii()
    assert name.isprintable()
    assert not set(name) & set('/\\:*?"<>| ')
    assert not name.startswith(".")
    assert not name.endswith(".")
    assert name.partition(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}


@given(ANY_TEXT | SIMILAR)
def test_a_short_name_can_be_turned_back(key: str) -> None:
    name = safe_file_name(key)
    assert table_key_of(name) == (None if "~~" in name else key)


@given(st.lists(ANY_TEXT | SIMILAR, min_size=2, max_size=2, unique=True))
def test_two_keys_never_share_a_name_even_where_case_is_ignored(keys: list[str]) -> None:
    one, two = (unicodedata.normalize("NFC", safe_file_name(k)).casefold() for k in keys)
    assert one != two


def test_a_long_name_is_cut_and_stays_distinct() -> None:
    one, two = safe_file_name("x" * 5000), safe_file_name("x" * 5001)
    assert len(one) <= MAX_NAME_LENGTH
    assert one != two
    assert table_key_of(one) is None


@pytest.mark.parametrize("name", ["BOOKS", "%2", "%ff%fe", "a~1", "größe", "%61"])
def test_a_foreign_name_is_nobodys_key(name: str) -> None:
    assert table_key_of(name) is None


def test_people_get_the_names_the_ddl_uses_where_nothing_is_ambiguous() -> None:
    assert file_names(["Books", "sales.orders", "Order Details"], ".csv") == {
        "Books": "Books.csv",
        "sales.orders": "sales.orders.csv",
        "Order Details": "Order Details.csv",
    }


def test_names_that_clash_or_leave_the_folder_are_escaped() -> None:
    names = file_names(["Books", "BOOKS", "../up", "manifest", "-rf"], ".json", taken=["manifest.json"])
    assert names == {
        "Books": "Books~1.json",
        "BOOKS": "BOOKS~1f.json",
        "../up": "%2e.%2fup.json",
        "manifest": "%6danifest.json",
        "-rf": "-rf.json",
    }


@given(st.lists(ANY_TEXT | SIMILAR, max_size=6, unique=True))
def test_file_names_are_distinct_where_case_is_ignored(keys: list[str]) -> None:
    names = file_names(keys, ".json", taken=["manifest.json"])
    folded = [unicodedata.normalize("NFC", n).casefold() for n in names.values()]
    assert len({*folded, "manifest.json"}) == len(keys) + 1
