"""Documents nobody made on purpose: any bytes under any name, and good files with bytes changed. Nothing raises, everything is told."""

import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.llm.knowledge.building import build_index
from synth_assets.llm.knowledge.chunking import CHUNK_CHARACTERS, cut_sections, cut_text
from synth_assets.llm.knowledge.cleaning import clean_text
from synth_assets.llm.knowledge.limits import ReadingLimits
from synth_assets.llm.knowledge.model import KnowledgeIndex, Section
from synth_assets.llm.knowledge.search import find_passages
from synth_assets_tests.llm.knowledge.files import assemble, pdf, sheets, stream, word

LIMITS = ReadingLimits(seconds=20)
GOOD = {
    ".pdf": pdf(["First page about orders", "Second page"]),
    ".docx": word([(1, "Orders"), "An order has lines.", [["a", "b"], ["c", "d"]]]),
    ".xlsx": sheets({"Prices": [["product", "price"], ["train", 29.5]]}),
    ".md": b"# Orders\nAn order has lines.\n",
    ".txt": "Bestellungen für Köln".encode(),
}


def read(name: str, data: bytes) -> KnowledgeIndex:
    with TemporaryDirectory() as folder:
        Path(folder, name).write_bytes(data)
        Path(folder, "zz.txt").write_text("Orders are paid.")
        return build_index(Path(folder), None, limits=LIMITS)


def assert_told(index: KnowledgeIndex) -> None:
    """Hold what is true of every index: the other file is read, a file without passages has its reason, texts can be written."""
    first, last = index.files
    assert last.state == "read"
    assert first.chunks == sum(c.source == first.name for c in index.chunks)
    assert (first.state == "not read") == (first.chunks == 0)
    assert first.state == "read" or index.diagnostics_of(first.name)
    assert KnowledgeIndex.model_validate_json(index.model_dump_json()) == index
    assert all(len(c.text) <= CHUNK_CHARACTERS for c in index.chunks)
    assert find_passages(index, "orders paid", 1)


changes = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=30)


@settings(max_examples=25)
@given(suffix=st.sampled_from(sorted(GOOD)), changes=changes, cut=st.floats(0.2, 1))
def test_a_good_file_with_bytes_changed(suffix: str, changes: list[tuple[float, int]], cut: float) -> None:
    data = bytearray(GOOD[suffix])
    for place, value in changes:
        data[int(place * len(data))] = value
    assert_told(read(f"a{suffix}", bytes(data[: int(cut * len(data))])))


@settings(max_examples=25)
@given(suffix=st.sampled_from([*sorted(GOOD), ".png", ".webp", ".exe"]), data=st.binary(max_size=3_000))
def test_any_bytes_under_any_name(suffix: str, data: bytes) -> None:
    heads = {".pdf": b"%PDF-1.7\n", ".docx": b"PK\x03\x04", ".xlsx": b"PK\x03\x04"}
    assert_told(read(f"a{suffix}", heads.get(suffix, b"") + data))


@settings(max_examples=200)
@given(st.text(max_size=3_000))
def test_cutting_loses_no_word_and_no_order(text: str) -> None:
    pieces = list(cut_text(text, 100))
    assert all(len(piece) <= 100 for _, piece in pieces)
    assert all(text[offset : offset + len(piece)] == piece for offset, piece in pieces)
    assert [c for _, piece in pieces for c in piece if not c.isspace()] == [c for c in text if not c.isspace()]


@settings(max_examples=200)
@given(st.text(max_size=2_000))
def test_cleaning_again_changes_nothing_and_ids_differ(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    chunks = cut_sections("a.txt", [Section(place="", text=text), Section(place="", text=text)])
    assert len({c.id for c in chunks}) == len(chunks)


def test_a_pdf_that_refers_to_itself_ends() -> None:
    """Page trees in a circle, a page that is its own content, a stream longer than it says."""
    circle = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]
    itself = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 3 0 R /Resources 3 0 R >>",
    ]
    form = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /XObject << /F 5 0 R >> >> >>",
        stream(zlib.compress(b"/F Do"), b"/Filter /FlateDecode"),
        stream(b"/F Do", b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] /Resources << /XObject << /F 5 0 R >> >>"),
    ]
    for objects in (circle, itself, form):
        assert_told(read("a.pdf", assemble(objects)))


def test_a_million_pages_that_are_one() -> None:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    kids = b"3 0 R " * 50_000
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1000000 /Kids [" + kids + b"] >>", page]
    assert_told(read("a.pdf", assemble(objects)))
