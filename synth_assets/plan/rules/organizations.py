"""Names and titles of things, by what the table or the words before `name` are about."""

from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules.draft import propose
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.strategies import Record, Strategy, Template, Vocabulary

_NAMES: tuple[tuple[str, str], ...] = (
    ("company client vendor supplier organization organisation manufacturer business employer firm corporation partner account sponsor"
     " brand_owner"
     " agency landlord contractor merchant tenant workspace", "templates.company_name"),
    ("publisher", "templates.publisher_name"),
    ("branch library", "templates.branch_name"),
    ("department division faculty", "department"),
    ("team squad club", "templates.team_name"),
    ("restaurant cafe diner eatery", "templates.restaurant_name"),
    ("project initiative", "templates.project_name"),
    ("product item good merchandise variant part stock inventory", "templates.product_name"),
    ("menu dish meal recipe food", "templates.dish_name"),
    ("hotel resort accommodation property", "templates.hotel_name"),
    ("school", "templates.school_name"),
    ("university college institution institute", "templates.university"),
    ("course class lesson module subject training", "templates.course_name"),
    ("hospital clinic", "templates.hospital_name"),
    ("bank", "templates.bank_name"),
    ("store shop outlet warehouse market", "templates.store_name"),
    ("event conference festival campaign meetup", "templates.event_name"),
    ("playlist", "templates.playlist_name"),
    ("album", "templates.album_title"),
    ("track song", "templates.song_title"),
    ("artist band", "templates.band_name"),
    ("film movie show series", "templates.film_title"),
    ("book", "templates.book_title"),
    ("article post blog page news story", "templates.article_title"),
    ("brand make", "brand"), ("skill", "skill"), ("tag keyword label", "tag"), ("language", "language"), ("country nation", "country"),
    ("city town", "city"), ("region state province", "state"), ("currency", "currency_name"), ("industry sector", "industry"),
    ("role", "access_role"), ("permission privilege", "permission"), ("pet dog cat animal", "pet_name"), ("species", "animal"),
    ("sport", "sport"), ("airline", "airline"), ("insurer insurance", "templates.insurer_name"), ("file document attachment",
     "templates.file_name"),
    ("ingredient", "ingredient"), ("symptom", "symptom"), ("medication drug medicine", "medication"), ("vaccine", "vaccine"),
    ("procedure treatment", "medical_procedure"), ("test", "lab_test"), ("position job occupation", "job_title"),
    ("carrier shipper", "carrier"), ("color colour", "color"), ("material", "material"), ("plan subscription", "subscription_plan"),
    ("sensor device", "sensor_type"), ("machine equipment", "machine_type"), ("benefit", "benefit_type"), ("amenity facility feature",
     "amenity"),
    ("plant crop", "plant"), ("hobby", "hobby"), ("award prize", "award"), ("meeting", "meeting_type"), ("specialty", "medical_specialty"),
    ("disease diagnosis condition illness", "medical_condition"), ("allergy", "allergy"), ("major", "major"), ("degree", "degree"),
    ("instrument", "instrument"), ("category", "templates.category_name"), ("host server", "templates.host_name"),
    ("continent", "continent"), ("unit", "unit_of_measure"), ("task ticket issue todo", "templates.title"),
    ("discount coupon promotion offer", "templates.event_name"), ("model vehicle car", "vehicle_model"), ("media", "media_type"),
)  # fmt: skip
"""Nouns and the vocabulary of their names; the first line that holds the noun counts."""

_BY_NOUN = {noun: vocabulary for nouns, vocabulary in reversed(_NAMES) for noun in nouns.split()}


def vocabulary_of(words: tuple[str, ...]) -> str | None:
    """Return the vocabulary of the names of a thing, its last noun first: `book_category` is a category."""
    return next((_BY_NOUN[w] for w in reversed(words) if w in _BY_NOUN), None)


def thing_name(evidence: Evidence) -> ColumnPlan | None:
    """The `name` of a row comes from the vocabulary of what the table holds; `publisher_name` from that of publishers."""
    if evidence.kind != "text":
        return None
    words = evidence.words
    if evidence.bare in (("name",), ("label",)) or words == (*evidence.subject, "name"):
        return _named_after(evidence, evidence.subject, f"names of {' '.join(evidence.subject)} rows")
    if words[-1:] == ("name",) and len(words) > 1:
        return _named_after(evidence, words[:-1], f"name says {' '.join(words[:-1])} name")
    return None


def _named_after(evidence: Evidence, noun: tuple[str, ...], reason: str) -> ColumnPlan | None:
    vocabulary = _genre(evidence) if noun[-1:] == ("genre",) else vocabulary_of(noun)
    if noun[-1:] == ("airport",):
        return propose(evidence, Record(vocabulary="airports", field="name", group="airport"), reason)
    if noun[-1:] == ("type",) or noun[-1:] == ("category",):
        vocabulary = vocabulary_of(noun[:-1]) if noun[-1:] == ("type",) and len(noun) > 1 else "templates.category_name"
    return propose(evidence, Vocabulary(name=vocabulary or "templates.label"), reason, null_fraction=0.02)


def title(evidence: Evidence) -> ColumnPlan | None:
    """Titles by the table: of books, films, songs, courses, articles; `job_title` is a job."""
    if evidence.kind != "text" or not evidence.ends("title", "headline", "subject line"):
        return None
    noun = evidence.words[:-1] if len(evidence.words) > 1 else evidence.subject
    if evidence.says("job", "position", "work") or noun[-1:] in (
        ("employee",),
        ("staff",),
        ("worker",),
        ("contact",),
        ("job",),
        ("position",),
    ):
        return propose(evidence, Vocabulary(name="job_title"), "name says job title", null_fraction=0.03)
    by_noun = {
        "book": "templates.book_title",
        "film": "templates.film_title",
        "movie": "templates.film_title",
        "article": "templates.article_title",
    }
    vocabulary = by_noun.get(noun[-1]) if noun else None
    vocabulary = vocabulary or _title_of(vocabulary_of(noun))
    return propose(evidence, Vocabulary(name=vocabulary), f"title of a {' '.join(noun) or 'row'}", null_fraction=0.02)


def _title_of(vocabulary: str | None) -> str:
    titled = vocabulary or ""
    return (
        titled
        if titled.endswith("_title") or titled in {"templates.course_name", "templates.event_name", "templates.project_name"}
        else "templates.title"
    )


def _genre(evidence: Evidence) -> str:
    """Return the list of genres that fits the table, or else the tables around it."""
    kinds = (("genre.book", {"book", "author", "novel", "library"}), ("genre.film", {"film", "movie", "show", "actor", "cinema"}),
             ("genre.music", {"track", "album", "song", "artist", "music", "band", "playlist"}), ("genre.game", {"game"}))  # fmt: skip
    own = set(evidence.subject)
    around = {w for t in evidence.setting.schema.tables for w in Evidence(evidence.setting, t, t.columns[0]).subject if t.columns}
    return next((name for words in (own, around) for name, nouns in kinds if nouns & words), "genre.book")


def genre(evidence: Evidence) -> ColumnPlan | None:
    """Genres of books, films, music or games, by the table."""
    if evidence.kind != "text" or not evidence.ends("genre", "genres"):
        return None
    return propose(evidence, Vocabulary(name=_genre(evidence)), "name says genre", null_fraction=0.05)


_NOUNS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("industry", "sector"), "industry"), (("department", "division"), "department"), (("job", "occupation", "profession", "position",
     "designation"), "job_title"),
    (("role",), "role"), (("skill", "skills"), "skill"), (("benefit type", "benefit"), "benefit_type"), (("employment type",),
     "employment_type"),
    (("leave type",), "leave_type"), (("contract type",), "contract_type"), (("lead source",), "lead_source"), (("segment",),
     "customer_segment"),
    (("company", "employer", "organization", "vendor", "supplier", "manufacturer"), "templates.company_name"), (("publisher",),
     "templates.publisher_name"),
    (("brand",), "brand"), (("color", "colour"), "color"), (("material",), "material"), (("size",), "size"), (("unit", "unit of measure",
     "uom"), "unit_of_measure"),
    (("payment method", "payment type", "payment mode"), "payment_method"), (("card type", "card brand"), "card_brand"),
    (("shipping method", "ship mode", "ship method", "ship via"), "shipping_method"), (("carrier", "shipper"), "carrier"), (("packaging",
     "container"), "packaging"),
    (("sales channel", "channel"), "sales_channel"), (("currency", "currency code"), "currency_code"), (("currency name",),
     "currency_name"), (("bank", "bank name"), "bank_name"),
    (("account type",), "account_type"), (("transaction type",), "transaction_type"), (("membership type", "membership level"),
     "membership_type"),
    (("loyalty tier", "tier"), "loyalty_tier"), (("language code",), "language_code"), (("language", "languages"), "language"),
     (("edition",), "edition"),
    (("format", "book format"), "book_format"), (("film rating",), "film_rating"), (("media type",), "media_type"), (("instrument",),
     "instrument"), (("author", "writer"), "full name"),
    (("cuisine", "cuisine type"), "cuisine"), (("ingredient",), "ingredient"), (("dish",), "templates.dish_name"), (("allergen",
     "allergens"), "allergen"), (("diet",), "diet"),
    (("meal", "meal type"), "meal"), (("opening hours", "business hours", "hours of operation", "working hours", "hours"), "opening_hours"),
    (("university", "college"), "templates.university"), (("school",), "templates.school_name"), (("degree",), "degree"), (("major",
     "field of study"), "major"),
    (("semester", "term"), "semester"), (("grade", "letter grade"), "letter_grade"), (("academic title",), "academic_title"), (("course",
     "course name"), "templates.course_name"),
    (("specialty", "specialization", "speciality"), "medical_specialty"), (("diagnosis", "condition name", "disease"),
     "medical_condition"), (("medication", "drug"), "medication"),
    (("dosage", "dose"), "dosage"), (("symptom", "symptoms"), "symptom"), (("allergy", "allergies"), "allergy"), (("procedure",
     "treatment"), "medical_procedure"),
    (("airline",), "airline"), (("airport code", "airport"), "airport_code"), (("make",), "vehicle_make"), (("model",), "vehicle_model"),
     (("vehicle type",), "vehicle_type"),
    (("fuel type",), "fuel_type"), (("transmission",), "transmission"), (("flight number", "flight no"), "templates.flight_number"),
     (("cabin class",), "cabin_class"),
    (("room type",), "hotel_room_type"), (("amenity", "amenities"), "amenity"), (("species",), "pet_species"), (("breed",), "pet_breed"),
     (("sport",), "sport"), (("weather",), "weather"),
    (("weekday", "day of week", "day name"), "weekday"), (("month name",), "month"), (("season",), "season"), (("quarter",), "quarter"),
     (("tag", "tags", "label"), "tag"), (("keyword", "keywords"), "keyword"),
    (("item condition",), "item_condition"), (("insurance type", "policy type"), "insurance_type"), (("property type",),
     "real_estate_type"), (("insurer", "insurance provider", "insurance company"), "templates.insurer_name"),
    (("event type",), "event_type"), (("environment",), "environment"), (("permission",), "permission"), (("severity",), "severity"),
     (("priority",), "priority"),
    (("store type",), "store_type"), (("supplier type",), "supplier_type"), (("appointment type",), "appointment_type"),
     (("cancellation reason",), "cancellation_reason"), (("return reason",), "return_reason"),
    (("category", "product category"), "templates.category_name"), (("award",), "award"), (("team",), "templates.team_name"),
     (("artist",), "templates.band_name"), (("composer",), "full name"), (("product",), "templates.product_name"), (("crop",), "crop"),
)  # fmt: skip
"""Endings of names and their vocabulary; `full name` stands for a person's name."""


def noun_vocabulary(evidence: Evidence) -> ColumnPlan | None:
    """A column named after a kind of thing (`industry`, `payment_method`, `cuisine`) takes that thing's vocabulary."""
    if evidence.kind != "text":
        return None
    for phrases, vocabulary in _NOUNS:
        phrase = evidence.ends(*phrases)
        if phrase:
            return propose(evidence, _noun(evidence, vocabulary), f"name says {phrase}", null_fraction=0.05)
    return None


def _noun(evidence: Evidence, vocabulary: str) -> Strategy:
    if vocabulary == "full name":
        return Template(templates=("{vocabulary:first_name} {vocabulary:last_name}",))
    if vocabulary == "templates.category_name" and evidence.about("product", "item", "inventory", "stock"):
        return Vocabulary(name="product_category")
    return Vocabulary(name=vocabulary)
