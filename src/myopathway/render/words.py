"""The words that every rendering shares: numbers, days, facts, sources, bases, titles."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from myopathway.guideline.model import LOCAL
from myopathway.quantity import brief, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.engine.outcome import OptionAnswer
    from myopathway.facts import Source
    from myopathway.guideline.model import Guideline

# The source's own labels, so that a reader finds the same part there.
ROLES: Final = {"core": "Core", "plus": "Plus, for all", "consider": "Consider, for some"}
TIERS: Final = {"primary": "primary choice", "secondary": "secondary choice"}
LEVELS: Final = {"critical": "CRITICAL", "warning": "WARNING", "info": "Note"}
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
_UNITS: Final = {
    "a": "years",
    "{grade}": "",
    "10*9/L": "× 10^9/L",
    "mL/min/{1.73_m2}": "mL/min/1.73 m2",
}
_REGIMEN: Final = re.compile(r"treatments\[(\d+)\]")
PATIENT: Final = ("age_years", "sex", "weight_kg", "subtype")


def span(low: Decimal, high: Decimal) -> str:
    """Write an interval: ``35 to 70``, equal ends once."""
    return plain(low) if low == high else f"{plain(low)} to {plain(high)}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """Join words as a sentence does: ``a, b and c``."""
    found = list(words)
    if len(found) < 2:  # noqa: PLR2004 - with two there is something to join
        return "".join(found)
    return f"{', '.join(found[:-1])} {last} {found[-1]}"


def capital(text: str) -> str:
    """Give a text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """Give a text as it stands within a sentence; IgA and NUDT15 keep their letters."""
    first = text.partition(" ")[0]
    return text[:1].lower() + text[1:] if first[1:].islower() or len(first) == 1 else text


def day(iso: str) -> str:
    """Write a day in words, which no two countries read differently; anything else as it is."""
    try:
        found = dt.date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"


def drug_title(guideline: Guideline, name: str) -> str:
    """Give a drug's name as readers know it."""
    drug = guideline.drugs.get(name)
    return drug.title if drug is not None else capital(name)


def option_title(guideline: Guideline, option: OptionAnswer) -> str:
    """Name an option by its drugs, in the order given."""
    titles = [drug_title(guideline, one.drug) for one in option.drugs]
    return titles_listed(titles) or capital(option.id)


def titles_listed(titles: Iterable[str], last: str = "and") -> str:
    """Join titles as one sentence."""
    return capital(listed((small(one) for one in titles), last))


def decided(guideline: Guideline, one: str) -> str:
    """Name what a missing fact decides: a place by its id, an option by its drugs."""
    if any(node.id == one for node in guideline.nodes):
        return one
    titles = [drug_title(guideline, name) for name in one.split("+")]
    return " with ".join(titles).lower()


def node_title(guideline: Guideline, name: str) -> str:
    """Give a node's title; its id where the guideline has no such node."""
    return next((one.title for one in guideline.nodes if one.id == name), name)


def fact_says(guideline: Guideline, name: str) -> str:
    """Say what a fact is; ``treatments[2]`` is the third regimen."""
    if found := _REGIMEN.match(name):
        return f"Regimen {int(found[1]) + 1}"
    fact = guideline.vocabulary.facts.get(name)
    return fact.says.partition(";")[0] if fact is not None else name


def called(says: str) -> str:
    """Give what a fact is called in a list: what follows a comma goes, where words are left."""
    whole = says.partition(";")[0]
    first = whole.partition(",")[0]
    return first if " " in first else whole


def fact_value(guideline: Guideline, name: str, value: Any) -> str:  # noqa: ANN401 - JSON values
    """Write a fact's value as a reader says it."""
    fact = guideline.vocabulary.facts.get(name.partition("[")[0])
    words = fact.values if fact is not None else {}
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case int() | float() | Decimal():
            unit = fact.unit if fact is not None else ""
            return f"{brief(Decimal(str(value)))} {_UNITS.get(unit, unit)}".strip()
        case list() | tuple():
            none = "none found" if fact is not None and fact.type == "set" else "none"
            joint = "; " if fact is not None and fact.type == "treatments" else ", "
            return joint.join(words.get(str(one), str(one)) for one in value) or none
        case _:
            text = words.get(str(value), str(value))
            return day(text) if fact is not None and fact.type == "date" else text


def source_words(guideline: Guideline, source: Source | None) -> str:
    """Say where a value came from."""
    if source is None:
        return ""
    match source.kind:
        case "fhir":
            when = f", {day(source.date[:10])}" if source.date else ""
            text = f"{source.reference or 'record'}{when}"
        case "derived":
            known = source.reference in guideline.vocabulary.facts
            other = fact_says(guideline, source.reference) if known else source.reference
            if not other:
                return source.detail
            text = f"follows from: {other}"
        case _:
            return "stated"
    return f"{text}; {source.detail}" if source.detail else text


_OLD: Final = 24  # months from which on an age is said in years
_WEEKS: Final = 21  # days from which on it is said in weeks


def age_words(iso: str, now: str) -> str:
    """Say how old a value is on a day; empty where its day is not known to be before."""
    try:
        then, today = dt.date.fromisoformat(iso[:10]), dt.date.fromisoformat(now[:10])
    except ValueError:
        return ""
    days = (today - then).days
    months = 12 * (today.year - then.year) + today.month - then.month - (today.day < then.day)
    if days < 1:
        return "of the same day" if days == 0 else ""
    if months >= _OLD:
        return f"{months // 12} years old"
    if months > 1:
        return f"{months} months old"
    if days >= _WEEKS:
        return f"{days // 7} weeks old"
    return f"{days} days old" if days > 1 else "1 day old"


def basis_words(guideline: Guideline, basis: str) -> str:
    """Say what kind of basis an id is; what the source texts say needs no such word."""
    if basis.startswith(LOCAL):
        return f"local {basis}"
    if basis in guideline.interpretations:
        return f"reading {basis}"
    if basis in guideline.statements or not basis:
        return basis
    return f"drug safety {basis}"


def patient_words(guideline: Guideline, facts: Iterable[tuple[str, Any]]) -> str:
    """Say the few facts by which a reader checks that it is the right patient."""
    known = dict(facts)
    found = [
        fact_value(guideline, name, known[name]) for name in PATIENT if known.get(name) is not None
    ]
    return capital(", ".join(small(one) for one in found))
