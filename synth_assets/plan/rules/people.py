"""Persons: names, sexes, usernames, e-mail addresses, and the papers that identify them."""

from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules.draft import propose
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.strategies import Email, Pattern, Strategy, Template, Vocabulary

PERSON_WORDS = (
    "person", "customer", "employee", "user", "member", "author", "student", "teacher", "instructor", "patient", "doctor", "physician",
    "nurse", "driver", "actor", "actress", "director", "player", "passenger", "guest", "contact", "manager", "staff", "owner", "applicant",
    "candidate", "volunteer", "donor", "subscriber", "agent", "seller", "buyer", "resident", "librarian", "professor", "coach", "reviewer",
    "friend", "child", "parent", "client", "worker", "attendee", "participant", "visitor", "recipient", "sender", "tenant", "clerk",
    "supervisor", "assignee", "reporter", "trainer", "lecturer", "artist", "composer", "borrower", "holder", "beneficiary", "creator",
    "editor",
)  # fmt: skip
"""Nouns whose `name` is a person's."""

_WORDS: tuple[tuple[tuple[str, ...], str, float], ...] = (
    (("first name", "given name"), "first_name", 0.0),
    (("last name", "family name", "maiden name"), "last_name", 0.0),
    (("middle name",), "middle_name", 0.4),
    (("name prefix", "salutation", "honorific", "title of courtesy"), "name_prefix", 0.3),
    (("name suffix",), "name_suffix", 0.9),
    (("marital status",), "marital_status", 0.05),
    (("nationality", "citizenship"), "nationality", 0.05),
    (("pronouns", "pronoun"), "pronouns", 0.3),
    (("blood type", "blood group"), "blood_type", 0.1),
    (("relationship", "kinship"), "relationship", 0.05),
    (("hobby", "hobbies", "interest"), "hobby", 0.2),
)

_FULL_NAME = "{vocabulary:first_name} {vocabulary:last_name}"


def person_words(evidence: Evidence) -> ColumnPlan | None:
    """First, middle and last names, salutations, nationality and the like come from word lists."""
    if evidence.kind != "text":
        return None
    for phrases, vocabulary, share in _WORDS:
        phrase = evidence.ends(*phrases)
        if phrase:
            return propose(evidence, Vocabulary(name=vocabulary), f"name ends in '{phrase}'", null_fraction=share)
    if evidence.ends("middle initial", "initial", "initials"):
        return propose(evidence, Pattern(pattern="[A-Z]"), "name says initial", null_fraction=0.4)
    return None


def gender(evidence: Evidence) -> ColumnPlan | None:
    """Gender and sex as text: words, or one letter where the column is that short."""
    if evidence.kind != "text" or not evidence.ends("gender"):
        return None
    short = evidence.max_length is not None and evidence.max_length < 6
    return propose(evidence, Vocabulary(name="gender_code" if short else "gender"), "name says gender", null_fraction=0.03)


def full_name(evidence: Evidence) -> ColumnPlan | None:
    """A whole person's name: of this row's first and last name where there are such columns."""
    if evidence.kind != "text" or not is_full_name(evidence):
        return None
    given, family = name_columns(evidence)
    if given and family and not evidence.says("contact", "manager", "emergency", "spouse", "parent"):
        template = f"{{column:{given}}} {{column:{family}}}"
        return propose(evidence, Template(templates=(template,)), f"a person's name, made of {given} and {family}")
    return propose(evidence, Template(templates=(_FULL_NAME,)), "a person's name")


def is_full_name(evidence: Evidence) -> bool:
    """Tell whether the column holds a person's whole name: said so, or `name` of or before a noun for persons."""
    if evidence.ends(
        "full name", "display name", "legal name", "real name", "contact name", "cardholder name", "billing name", "shipping name"
    ):
        return True
    words = evidence.words
    if words[-1:] == ("name",) and len(words) > 1:
        return words[-2] in PERSON_WORDS
    if evidence.subject[-1:] == ("artist",) and evidence.setting.has_table("album", "track", "song", "playlist"):
        return False
    if evidence.bare in (("name",), ("names",)):
        return evidence.subject[-1:] != () and evidence.subject[-1] in PERSON_WORDS
    return (
        0 < len(words) <= 2 and words[-1] in PERSON_WORDS and words[-1] not in {"parent", "contact", "owner", "artist", "tenant", "holder"}
    )


def name_columns(evidence: Evidence) -> tuple[str | None, str | None]:
    """Return this table's columns for given and family name, as far as it has them."""
    given = family = None
    for column in evidence.table.stored_columns:
        other = Evidence(evidence.setting, evidence.table, column)
        if column.type.kind == "text":
            given = given or (column.name if other.ends("first name", "given name") else None)
            family = family or (column.name if other.ends("last name", "family name") else None)
    return given, family


def email(evidence: Evidence) -> ColumnPlan | None:
    """An address at a reserved domain, made of this row's names; a company's is made of the company's name."""
    if evidence.kind != "text" or not evidence.ends("email", "email address", "e mail"):
        return None
    given, family = name_columns(evidence)
    reason = f"name ends in '{evidence.words[-1]}'"
    share = 0.03
    if given or family:
        names = " and ".join(n for n in (given, family) if n)
        return propose(evidence, Email(given_name=given, family_name=family), f"{reason}; made of {names}", null_fraction=share)
    own = _person_name_column(evidence)
    if own and (evidence.max_length or 200) >= 60:
        template = f"{{column:{own}|slug}}{{number:1-999999}}@{{vocabulary:email_domain}}"
        return propose(evidence, Template(templates=(template,)), f"{reason}; made of {own}", null_fraction=share)
    own = _company_name_column(evidence)
    if own:
        templates = tuple(f"{box}@{{column:{own}|slug}}.example" for box in ("info", "contact", "hello", "office"))
        return propose(
            evidence, Template(templates=templates, weights=(5, 3, 1, 1)), f"{reason}; a mailbox named after {own}", null_fraction=share
        )
    return propose(evidence, Email(), reason, null_fraction=share)


def _person_name_column(evidence: Evidence) -> str | None:
    """Return the NOT NULL column that holds this row's person's whole name, or None."""
    for column in evidence.table.stored_columns:
        other = Evidence(evidence.setting, evidence.table, column)
        if column.type.kind == "text" and not column.nullable and other.ends("name") and is_full_name(other):
            return column.name
    return None


def _company_name_column(evidence: Evidence) -> str | None:
    """Return the name column of a table that is not about persons, where an address made of it would fit."""
    for column in evidence.table.stored_columns:
        other = Evidence(evidence.setting, evidence.table, column)
        if (
            other.bare == ("name",)
            and column.type.kind == "text"
            and not column.nullable
            and evidence.subject[-1:]
            and not is_full_name(other)
        ):
            unique = any(evidence.name in key for key in evidence.table.unique_keys)
            return None if unique or (evidence.max_length or 200) < 80 else column.name
    return None


def username(evidence: Evidence) -> ColumnPlan | None:
    """Usernames, nicknames and handles."""
    if evidence.kind != "text" or not evidence.ends(
        "username", "user name", "login", "login name", "nickname", "nick", "handle", "screen name"
    ):
        return None
    given, family = name_columns(evidence)
    if given and family and not evidence.ends("nickname", "nick"):
        templates = (f"{{column:{given}|slug}}.{{column:{family}|slug}}{{number:1-99}}", f"{{column:{given}|slug}}{{number:1-9999}}")
        return propose(evidence, Template(templates=templates), f"a username made of {given} and {family}")
    return propose(evidence, Template(templates=("{vocabulary:username_word}{number:1-9999}",)), f"name ends in '{evidence.words[-1]}'")


_PAPERS: tuple[tuple[tuple[str, ...], Strategy, str], ...] = (
    (("ssn", "social security number"), Pattern(pattern=r"9\d{2}-[1-6]\d-\d{4}"), "a social security number from the range never issued"),
    (("passport number", "passport"), Pattern(pattern=r"[A-Z]\d{8}"), "a passport number"),
    (
        ("driver license", "license number", "licence number", "driving license", "license"),
        Pattern(pattern=r"[A-Z]\d{7}"),
        "a licence number",
    ),
    (("tax id", "tax number", "ein", "vat number", "vat id"), Pattern(pattern=r"9\d-\d{7}"), "a tax number"),
    (("national id", "identity number", "id number", "id card"), Pattern(pattern=r"\d{3}-\d{3}-\d{3}"), "an identity number"),
    (("medical record number", "mrn"), Pattern(pattern=r"MRN\d{7}"), "a medical record number"),
)


def papers(evidence: Evidence) -> ColumnPlan | None:
    """Numbers of documents that identify a person, shaped like the real ones and outside ranges in use where there are such."""
    if evidence.kind != "text":
        return None
    for phrases, strategy, what in _PAPERS:
        if evidence.ends(*phrases):
            return propose(evidence, strategy, f"name says {what}", null_fraction=0.05)
    return None
