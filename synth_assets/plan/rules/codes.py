"""Codes, numbers on papers and goods, and the internet: text of a fixed shape."""

from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules.draft import propose
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.strategies import Pattern, Strategy, Template, Uuid, Vocabulary


def isbn(evidence: Evidence) -> ColumnPlan | None:
    """ISBNs with a right check digit where 13 characters fit."""
    if evidence.kind != "text" or not evidence.ends("isbn"):
        return None
    if (evidence.max_length or 13) < 13:
        return propose(evidence, Pattern(pattern=rf"\d{{{min(10, evidence.max_length or 10)}}}"), "name says ISBN; 13 digits do not fit")
    return propose(evidence, Pattern(pattern=r"97[89]\d{9}", checksum="ean13"), "name says ISBN: 978 or 979 and a check digit")


_SHAPES: tuple[tuple[tuple[str, ...], Strategy], ...] = (
    (("sku", "stock keeping unit", "part number", "item number", "product code", "item code"), Pattern(pattern=r"[A-Z]{3}-\d{5}")),
    (("barcode", "ean", "upc", "gtin", "ean13", "codigo barras"), Pattern(pattern=r"[1-9]\d{11}", checksum="ean13")),
    (("vin",), Pattern(pattern="[A-HJ-NPR-Z0-9]{17}")),
    (("license plate", "plate number", "plate", "registration number"), Pattern(pattern=r"[A-Z]{3}-\d{4}")),
    (("tracking number", "tracking code", "tracking id"), Pattern(pattern=r"1Z[A-Z0-9]{6}\d{10}")),
    (("invoice number", "invoice no"), Pattern(pattern=r"INV-\d{6}")),
    (("order number", "order code", "order no"), Pattern(pattern=r"ORD-\d{6}")),
    (("po number", "purchase order number"), Pattern(pattern=r"PO-\d{6}")),
    (("receipt number",), Pattern(pattern=r"RCP-\d{6}")),
    (("ticket number",), Pattern(pattern=r"TKT-\d{6}")),
    (("policy number",), Pattern(pattern=r"POL-\d{8}")),
    (("employee number", "employee code", "badge number", "staff number"), Pattern(pattern=r"E\d{6}")),
    (("student number", "student code", "matriculation number"), Pattern(pattern=r"S\d{7}")),
    (("credit card number", "card number", "credit card", "cc number", "pan"), Pattern(pattern=r"400000\d{9}", checksum="luhn")),
    (("cvv", "cvc", "security code"), Pattern(pattern=r"\d{3}")),
    (("iban",), Pattern(pattern=r"XX\d{2}TEST\d{14}")),
    (("swift", "bic", "swift code"), Pattern(pattern=r"[A-Z]{4}US\d{2}")),
    (("account number", "account no", "bank account"), Pattern(pattern=r"\d{10}")),
    (("routing number",), Pattern(pattern=r"0\d{8}")),
    (("serial number", "serial", "serial no"), Pattern(pattern=r"SN[A-Z0-9]{8}")),
    (("batch number", "lot number", "batch"), Pattern(pattern=r"LOT\d{6}")),
    (("coupon code", "promo code", "voucher code", "discount code", "coupon"), Vocabulary(name="templates.coupon_code")),
    (("course code",), Pattern(pattern=r"[A-Z]{3}[1-4]\d{2}")),
    (("flight number",), Vocabulary(name="templates.flight_number")),
    (("issn",), Pattern(pattern=r"\d{4}-\d{4}")),
    (("doi",), Pattern(pattern=r"10\.5555/[a-z]{4}\.\d{5}")),
    (("reference", "reference number", "reference code", "confirmation number", "confirmation code"), Pattern(pattern="[A-Z0-9]{8}")),
    (("version", "app version", "version number"), Pattern(pattern=r"[1-5]\.\d\.\d")),
    (("seat", "seat number", "seat no"), Pattern(pattern="[1-3][0-9][A-F]")),
    (("gate",), Pattern(pattern=r"[A-E][1-4]\d")),
    (("ip", "ip address", "ipv4", "remote address", "client ip"), Pattern(pattern=r"192\.0\.2\.[1-9]\d")),
    (("mac", "mac address"), Pattern(pattern="02:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}")),
    (("user agent",), Vocabulary(name="user_agent")),
    (("mime type", "content type", "media type"), Vocabulary(name="mime_type")),
    (("file name", "filename"), Vocabulary(name="templates.file_name")),
    (("file path", "path", "storage key", "object key"),
     Template(templates=("/data/{vocabulary:file_word}/{vocabulary:templates.file_name}",))),
    (("extension", "phone extension"), Pattern(pattern=r"\d{4}")),
    (("file extension", "file type"), Vocabulary(name="file_extension")),
    (("domain", "domain name"), Vocabulary(name="templates.web_domain")),
    (("host", "hostname", "host name"), Vocabulary(name="templates.host_name")),
    (("http method", "request method"), Vocabulary(name="http_method")),
    (("log level",), Vocabulary(name="log_level")),
    (("browser",), Vocabulary(name="browser")),
    (("operating system", "os", "platform"), Vocabulary(name="operating_system")),
    (("device type", "device"), Vocabulary(name="device_type")),
    (("programming language",), Vocabulary(name="programming_language")),
    (("hex color", "color code", "color hex"), Pattern(pattern="#[0-9a-f]{6}")),
    (("hashtag",), Vocabulary(name="hashtag")),
    (("locale",), Pattern(pattern="(en_US|en_GB|de_DE|fr_FR|es_ES)")),
    (("etag",), Pattern(pattern="[0-9a-f]{32}")),
)  # fmt: skip
"""Endings of names and the shape of their values."""


def shaped_code(evidence: Evidence) -> ColumnPlan | None:
    """SKUs, barcodes, plates, invoice numbers, addresses of machines and the like have a fixed shape."""
    if evidence.kind != "text":
        return None
    for phrases, strategy in _SHAPES:
        phrase = evidence.ends(*phrases)
        if phrase:
            return propose(evidence, strategy, f"name says {phrase}", null_fraction=0.05)
    return None


def secret(evidence: Evidence) -> ColumnPlan | None:
    """Password hashes, tokens, keys, digests: random letters and digits of the usual length."""
    if evidence.kind != "text":
        return None
    limit = evidence.max_length
    if evidence.says("password", "passphrase", "password hash", "password digest"):
        if limit is not None and limit < 60:
            return propose(evidence, Pattern(pattern=f"[A-Za-z0-9]{{{min(limit, 16)}}}"), "name says password; no hash fits")
        return propose(
            evidence, Pattern(pattern=r"\$2b\$12\$[A-Za-z0-9./]{53}"), "name says password: shaped like a bcrypt hash, of nothing"
        )
    phrase = evidence.ends("uuid", "guid")
    if phrase and (limit or 36) >= 36:
        return propose(evidence, Uuid(), f"name says {phrase}")
    phrase = evidence.ends("token", "secret", "api key", "access key", "session id", "session key", "hash", "checksum", "digest",
     "signature",
                           "salt", "md5", "sha1", "sha256", "fingerprint", "nonce", "activation key", "verification code", "verify code",
                           "session")  # fmt: skip
    if not phrase:
        return None
    length = {"md5": 32, "sha1": 40, "sha256": 64, "salt": 16, "nonce": 16, "verification code": 6, "verify code": 6}.get(phrase, 40)
    length = min(length, limit or length)
    return propose(evidence, Pattern(pattern=f"[0-9a-f]{{{length}}}"), f"name says {phrase}", null_fraction=0.1)


def web_address(evidence: Evidence) -> ColumnPlan | None:
    """Websites made of the row's own name where it has one; links and images under reserved domains."""
    if evidence.kind != "text" or not evidence.ends(
        "url", "uri", "website", "web site", "homepage", "link", "web page", "href", "web", "webpage"
    ):
        if evidence.kind == "text" and evidence.ends("image", "photo", "picture", "avatar", "logo", "thumbnail", "poster", "cover", "icon"):
            return propose(evidence, Template(templates=(_image(evidence),)), f"name says {evidence.words[-1]}", null_fraction=0.2)
        return None
    if evidence.says("image", "photo", "picture", "avatar", "logo", "thumbnail", "poster", "cover", "icon"):
        return propose(evidence, Template(templates=(_image(evidence),)), "name says the address of an image", null_fraction=0.2)
    own = _own_name(evidence)
    if own and evidence.ends("website", "web site", "homepage", "url", "web", "web page", "webpage") and (evidence.max_length or 200) >= 80:
        template = f"https://www.{{column:{own}|slug}}.example"
        return propose(evidence, Template(templates=(template,)), f"a website named after {own}", null_fraction=0.1)
    template = "https://{vocabulary:templates.web_domain}{vocabulary:templates.url_path}"
    if (evidence.max_length or 200) < 60:
        template = "https://{vocabulary:templates.web_domain}"
    return propose(evidence, Template(templates=(template,)), "name says a web address", null_fraction=0.1)


def _image(evidence: Evidence) -> str:
    return f"https://img.example/{'-'.join(evidence.subject) or 'item'}/{{number:1000-99999}}.jpg"


def _own_name(evidence: Evidence) -> str | None:
    """Return the column that names a row of this table, when it is no person's."""
    for column in evidence.table.stored_columns:
        other = Evidence(evidence.setting, evidence.table, column)
        if column.type.kind == "text" and other.bare == ("name",) and not column.nullable:
            return column.name
    return None


def slug(evidence: Evidence) -> ColumnPlan | None:
    """Slugs of the row's own name or title."""
    if evidence.kind != "text" or not evidence.ends("slug", "permalink"):
        return None
    for column in evidence.table.stored_columns:
        other = Evidence(evidence.setting, evidence.table, column)
        if column.type.kind == "text" and other.bare in (("name",), ("title",)) and not column.nullable:
            return propose(evidence, Template(templates=(f"{{column:{column.name}|slug}}-{{number:1-99999}}",)), f"a slug of {column.name}")
    return propose(evidence, Template(templates=("{vocabulary:tag|slug}-{number:1-99999}",)), "name says slug")


def plain_code(evidence: Evidence) -> ColumnPlan | None:
    """Any other `..._code`, `..._number` or `..._id` in text: the initials of its words and digits, as long as they fit."""
    if evidence.kind != "text" or not evidence.ends("code", "number", "id", "key", "identifier", "symbol", "abbreviation", "acronym"):
        return None
    limit = evidence.max_length or 12
    if limit <= 4 or evidence.ends("symbol", "abbreviation", "acronym"):
        return propose(evidence, Pattern(pattern=f"[A-Z]{{{min(limit, 3)}}}"), "a short code", null_fraction=0.05)
    if evidence.words == ("number",):  # a count of its own, often read as one
        return propose(evidence, Pattern(pattern=rf"[1-9]\d{{{min(6, limit) - 1}}}"), "a plain number", null_fraction=0.05)
    letters = "".join(w[0] for w in (evidence.words[:-1] or evidence.subject) if w[0].isalpha()).upper()[:3]
    digits = min(6, limit - len(letters) - 1)
    return propose(evidence, Pattern(pattern=rf"{letters}-\d{{{digits}}}"), f"name ends in '{evidence.words[-1]}'", null_fraction=0.05)
