"""Numbers by meaning: money, ratings, quantities, shares, measures; ranges a person would believe."""

from dataclasses import dataclass
from decimal import Decimal

from synth_assets.plan.distributions import Distribution, Exponential, LogNormal, Normal, Power, Uniform
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules.draft import propose
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.strategies import Categorical, Number
from synth_assets.schema.types import DecimalType


@dataclass(frozen=True)
class Measure:
    """A kind of number: the endings that name it, its range and its shape; `decimals` None: the column's own."""

    endings: str
    low: str
    high: str
    distribution: Distribution
    decimals: int | None = None

    @property
    def phrases(self) -> tuple[str, ...]:
        return tuple(p.strip() for p in self.endings.split(","))


def _money(endings: str, low: str, high: str, median: float, sigma: float = 0.8) -> Measure:
    return Measure(endings, low, high, LogNormal(median=median, sigma=sigma), 2)


_COUNT_LOW = Power(exponent=2.5)
MEASURES: tuple[Measure, ...] = (
    _money("hourly rate, hourly wage, wage", "12", "150", 28, 0.5),
    _money("salary, annual salary, yearly salary, income, annual income, compensation, base salary, minimum salary, maximum salary",
           "30000", "250000", 68000, 0.4),
    _money("bonus, commission", "200", "30000", 2500, 0.9),
    _money("budget", "5000", "5000000", 120000, 1.1),
    _money("revenue, turnover, sales", "10000", "50000000", 900000, 1.3),
    _money("coverage amount, coverage, insured amount, sum insured, coverage limit", "5000", "500000", 50000, 0.8),
    _money("premium, premium amount", "20", "2000", 140, 0.7),
    _money("deductible, copay", "10", "5000", 500, 0.9),
    _money("loan amount, principal, mortgage, credit limit", "1000", "100000", 12000, 0.8),
    _money("fine, fine amount, penalty, late fee", "0.50", "50", 5, 0.9),
    _money("delivery fee, shipping fee, shipping cost, shipping, freight, delivery charge, shipping amount", "2.50", "60", 8, 0.7),
    _money("fee, service fee, charge, surcharge", "1", "500", 35, 0.9),
    _money("tip, gratuity", "1", "60", 6, 0.7),
    _money("tax, tax amount, vat, sales tax", "0.10", "400", 8, 1.0),
    _money("discount amount, rebate", "0.50", "100", 8, 0.8),
    _money("rent, monthly rent", "400", "6000", 1500, 0.5),
    _money("nightly rate, room rate, price per night, daily rate", "45", "600", 130, 0.5),
    _money("balance, account balance, current balance", "0", "50000", 1800, 1.3),
    _money("cost, unit cost, cost price, purchase price, standard cost", "0.50", "400", 18, 0.9),
    _money("replacement cost", "9.99", "29.99", 19, 0.3),
    _money("price, unit price, sale price, list price, retail price, selling price, price each, msrp, regular price", "1", "500", 32, 0.9),
    _money("total, total amount, grand total, order total, total price, subtotal, sub total, total cost, total due, amount due, line total",
           "5", "2000", 64, 0.9),
    _money("amount, payment, payment amount, paid, amount paid, transaction amount, donation, refund amount, deposit, value, price"
     " paid, invoice amount",
           "1", "2000", 48, 1.0),
    Measure("discount, discount percent, discount rate, discount percentage", "0", "50", Power(exponent=2.5)),
    Measure("tax rate, interest rate, apr, vat rate", "0", "25", Power(exponent=1.5)),
    Measure("exchange rate", "0.5", "2", Normal(mean=1.1, standard_deviation=0.25), 4),
    Measure("percent, percentage, progress, completion, utilization, battery level, humidity, attendance rate", "0", "100",
     Power(exponent=0.8)),
    Measure("probability, ratio, confidence, share, fraction, similarity", "0", "1", Uniform(), 4),
    Measure("gpa", "1.5", "4", Normal(mean=3.1, standard_deviation=0.5), 2),
    Measure("credit score, fico score", "300", "850", Normal(mean=690, standard_deviation=80)),
    Measure("score, points, mark, marks, exam score, test score, grade", "0", "100", Normal(mean=74, standard_deviation=14)),
    Measure("age", "18", "85", Normal(mean=41, standard_deviation=15)),
    Measure("publication year, release year, year published, published year", "1950", "2026", Power(exponent=0.35)),
    Measure("founded, founded year, year founded, established, year built, built year", "1900", "2024", Power(exponent=0.5)),
    Measure("birth year, year of birth", "1945", "2005", Uniform()),
    Measure("graduation year", "1980", "2030", Power(exponent=0.5)),
    Measure("model year", "2005", "2026", Power(exponent=0.5)),
    Measure("year", "2015", "2026", Power(exponent=0.6)),
    Measure("month, month number", "1", "12", Uniform()), Measure("day of week, weekday", "1", "7", Uniform()),
    Measure("day, day of month", "1", "28", Uniform()), Measure("quarter", "1", "4", Uniform()), Measure("hour", "0", "23", Uniform()),
    Measure("minute, second", "0", "59", Uniform()), Measure("week", "1", "52", Uniform()),
    Measure("number of pages, page count, pages, page number", "48", "1200", LogNormal(median=310, sigma=0.45)),
    Measure("hours worked, hours, total hours, work hours", "1", "400", LogNormal(median=60, sigma=0.9)),
    Measure("milliseconds, duration milliseconds", "60000", "600000", LogNormal(median=240000, sigma=0.3)),
    Measure("duration minutes, duration, runtime, running time, length minutes, minutes", "5", "240", LogNormal(median=60, sigma=0.6)),
    Measure("duration seconds, seconds", "30", "3600", LogNormal(median=220, sigma=0.6)),
    Measure("duration days, days, rental duration, lead time, number of days, nights, number of nights", "1", "30", _COUNT_LOW),
    Measure("prep time, preparation time, cook time, delivery time", "5", "90", LogNormal(median=25, sigma=0.5)),
    Measure("bytes, file size, size bytes, content length", "1024", "50000000", LogNormal(median=180000, sigma=1.5)),
    Measure("calories, kcal", "80", "1400", LogNormal(median=420, sigma=0.5)),
    Measure("stock, stock quantity, quantity in stock, units in stock, on hand, inventory, stock level, quantity on hand, stock actual,"
     " current stock",
            "0", "500", Exponential(mean=80)),
    Measure("reorder level, reorder point, minimum stock, reorder quantity, units on order, stock minimo", "0", "100", Power(exponent=1.5)),
    Measure("quantity, item count, number of items, units, order quantity, quantity ordered, pieces, seats booked, number of guests,"
     " guests, party size",
            "1", "20", Exponential(mean=1.6)),
    Measure("capacity, maximum capacity, seats, seating capacity, enrollment limit, maximum occupancy", "2", "400",
     LogNormal(median=40, sigma=0.9)),
    Measure("bedrooms, bathrooms, rooms, floors, beds", "1", "8", Power(exponent=1.8)),
    Measure("floor, floor number, level", "1", "20", Power(exponent=1.8)),
    Measure("employees, number of employees, employee count, headcount, staff count", "2", "20000", LogNormal(median=120, sigma=1.5)),
    Measure("population", "500", "9000000", LogNormal(median=30000, sigma=1.6)),
    Measure("area, square feet, surface, floor area, sqft", "20", "5000", LogNormal(median=180, sigma=0.9)),
    Measure("weight kilogram, body weight", "45", "140", Normal(mean=76, standard_deviation=15), 1),
    Measure("weight, gross weight, net weight, package weight", "0.1", "80", LogNormal(median=2.5, sigma=1.0), 2),
    Measure("height cm, body height, height", "40", "210", Normal(mean=170, standard_deviation=10), 1),
    Measure("width, depth, length, thickness, diameter, height mm", "1", "250", LogNormal(median=30, sigma=0.7), 1),
    Measure("distance, mileage, kilometers, miles", "0.5", "2000", LogNormal(median=25, sigma=1.3), 1),
    Measure("odometer", "100", "250000", LogNormal(median=48000, sigma=0.8)),
    Measure("speed", "0", "180", Normal(mean=70, standard_deviation=30), 1), Measure("temperature", "-10", "40",
     Normal(mean=18, standard_deviation=8), 1),
    Measure("voltage", "3", "240", Uniform(), 1), Measure("pressure", "980", "1040", Normal(mean=1013, standard_deviation=8), 1),
    Measure("heart rate, pulse", "48", "140", Normal(mean=74, standard_deviation=11)),
    Measure("systolic, blood pressure systolic", "95", "180", Normal(mean=124, standard_deviation=14)), Measure("diastolic", "55", "110",
     Normal(mean=79, standard_deviation=9)),
    Measure("bmi", "16", "42", Normal(mean=26, standard_deviation=4.5), 1),
    Measure("credits, credit hours, credit", "1", "6", Normal(mean=3, standard_deviation=1)),
    Measure("experience, years of experience, years experience, experience years", "0", "35", Exponential(mean=8)),
    Measure("latitude", "-55", "68", Normal(mean=38, standard_deviation=14), 6), Measure("longitude", "-125", "150",
     Normal(mean=-40, standard_deviation=70), 6),
    Measure("views, view count, likes, like count, downloads, followers, follower count, hits, clicks, impressions, play count", "0",
     "100000", LogNormal(median=150, sigma=1.8)),
    Measure("comments, comment count, replies, shares count, review count, votes, vote count, number of reviews", "0", "5000",
     LogNormal(median=12, sigma=1.5)),
    Measure("attempts, retries, retry count, failed attempts, login attempts, login count", "0", "10", Exponential(mean=0.8)),
    Measure("port", "1024", "65535", Uniform()), Measure("http status, status code, response code", "200", "504", Power(exponent=6)),
    Measure("sort order, display order, order index, position, sequence, rank, ordinal, priority, sort, line number, step number, step,"
     " track number, disc number",
            "1", "20", Power(exponent=1.6)),
    Measure("version, revision", "1", "12", _COUNT_LOW), Measure("count, number, total count", "0", "200", Exponential(mean=15)),
)  # fmt: skip
"""Kinds of numbers, the first whose ending matches counts."""

_MONEY_NOUNS = {"menu", "dish", "food", "meal", "drink", "recipe"}


def measure(evidence: Evidence) -> ColumnPlan | None:
    """Numbers named for what they measure take a believable range and a skewed shape."""
    if not evidence.is_number:
        return None
    for candidate in MEASURES:
        phrase = evidence.ends(*candidate.phrases)
        if phrase:
            return propose(evidence, number_for(evidence, candidate), f"name says {phrase}", null_fraction=0.05)
    return None


def number_for(evidence: Evidence, kind: Measure) -> Number:
    """Return the number of a measure, at most at the measure's own precision."""
    decimals = None if evidence.kind == "integer" else kind.decimals
    if evidence.kind == "float" and decimals is None:
        decimals = 2
    return Number(low=Decimal(kind.low), high=Decimal(kind.high), distribution=kind.distribution, decimals=decimals)


def counted_things(evidence: Evidence) -> ColumnPlan | None:
    """`num_children`, `bedrooms_count`: small counts of whatever the name says."""
    counts = evidence.words[:1] == ("number",) or (evidence.words[-1:] == ("count",) and len(evidence.words) > 1)
    if evidence.kind != "integer" or not counts or len(evidence.words) < 2:
        return None
    return propose(evidence, Number(low=Decimal(0), high=Decimal(12), distribution=Exponential(mean=1.8)), "a small count of things")


def menu_price(evidence: Evidence) -> ColumnPlan | None:
    """Prices of dishes and drinks are those of a menu, not of a shop."""
    if not evidence.is_number or not evidence.ends("price") or not _MONEY_NOUNS & set(evidence.subject):
        return None
    number = Number(low=Decimal(3), high=Decimal(60), distribution=LogNormal(median=14.0, sigma=0.45), decimals=2)
    return propose(evidence, number, "the price of a dish", null_fraction=0.0)


def share_of_one(evidence: Evidence) -> ColumnPlan | None:
    """Rates and discounts in DECIMAL(p,s) without room for 100 are fractions of one."""
    logical = evidence.type
    if not isinstance(logical, DecimalType) or logical.precision is None or logical.precision - logical.scale > 1 or logical.scale < 2:
        return None
    if not evidence.ends("rate", "discount", "percent", "percentage", "ratio", "share", "tax", "commission", "margin"):
        return None
    return propose(
        evidence,
        Number(low=Decimal(0), high=Decimal("0.3"), distribution=Power(exponent=1.6)),
        "a share: only fractions of one fit the type",
    )


def rating(evidence: Evidence) -> ColumnPlan | None:
    """Ratings lean to the high end: whole stars by weights, decimals around 4.2 of 5."""
    if not evidence.is_number or not evidence.ends("rating", "stars", "star rating", "review score", "rating value", "rating score"):
        return None
    logical = evidence.type
    if evidence.kind == "integer" or (isinstance(logical, DecimalType) and logical.precision is not None and logical.scale == 0):
        weights = (0.05, 0.08, 0.17, 0.36, 0.34)
        return propose(
            evidence,
            Categorical(values=("1", "2", "3", "4", "5"), weights=weights),
            "name says rating: 1 to 5, mostly 4 and 5",
            null_fraction=0.05,
        )
    number = Number(low=Decimal(1), high=Decimal(5), distribution=Normal(mean=4.1, standard_deviation=0.6), decimals=1)
    return propose(evidence, number, "name says rating: 1.0 to 5.0, mostly around 4", null_fraction=0.05)
