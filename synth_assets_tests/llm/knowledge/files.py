"""Documents as people have them, made by the libraries of their formats; and PDFs written byte by byte, so that each part can be wrong."""

import io
import zipfile
import zlib
from collections.abc import Sequence

import docx
import openpyxl
from pypdf import PdfReader, PdfWriter

WORD_CONTENT = "[Content_Types].xml"


def pdf(pages: Sequence[str | None], *, content: bytes | None = None) -> bytes:
    """Return a PDF with one line of text on each page; None makes a page that is only an image, as a scanner does.

    Args:
        content: Replaces the (deflated) content stream of every page.
    """
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    font, image = 3, 4
    objects += [
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        stream(b"\xff", b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"),
    ]
    kids = []
    for text in pages:
        drawn = b"q 600 0 0 800 0 0 cm /Im0 Do Q" if text is None else b"BT /F1 12 Tf 72 720 Td (" + text.encode("cp1252") + b") Tj ET"
        body = zlib.compress(drawn) if content is None else content
        objects.append(stream(body, b"/Filter /FlateDecode"))
        resources = f"/XObject << /Im0 {image} 0 R >>" if text is None else f"/Font << /F1 {font} 0 R >>"
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R /Resources << {resources} >> >>"
        objects.append(page.encode())
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    return assemble(objects)


def stream(body: bytes, entries: bytes = b"") -> bytes:
    """Return a PDF stream object."""
    return b"<< /Length " + str(len(body)).encode() + b" " + entries + b" >>\nstream\n" + body + b"\nendstream"


def assemble(objects: Sequence[bytes]) -> bytes:
    """Return the file of these objects, numbered from 1, with its cross-reference table."""
    out = io.BytesIO(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.write(b"".join(f"{place:010d} 00000 n \n".encode() for place in places))
    out.write(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def encrypted_pdf(text: str, password: str, owner: str = "owner") -> bytes:
    """Return a PDF that opens with a password; an empty one leaves it readable for everybody."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf([text]))))
    writer.encrypt(password, owner, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def word(blocks: Sequence[tuple[int, str] | str | list[list[str]]]) -> bytes:
    """Return a .docx of headings (level, text), paragraphs and tables, in order."""
    document = docx.Document()
    for block in blocks:
        match block:
            case (int(), str()):
                document.add_heading(block[1], block[0])
            case str():
                document.add_paragraph(block)
            case _:
                table = document.add_table(len(block), len(block[0]))
                for r, row in enumerate(block):
                    for c, cell in enumerate(row):
                        table.cell(r, c).text = cell
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def sheets(content: dict[str, list[list[object]]]) -> bytes:
    """Return an .xlsx of sheets by name."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in content.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(archive: bytes, replaced: dict[str, bytes]) -> bytes:
    """Return a ZIP archive with parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in dict.fromkeys([*old.namelist(), *replaced]):
            new.writestr(name, replaced[name] if name in replaced else old.read(name))
    return out.getvalue()


def png() -> bytes:
    """Return a PNG of one white pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\xff")) + chunk(b"IEND", b"")
