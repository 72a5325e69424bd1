"""The limit sentence, and the file of them: what an order of a drug must hold to, or is refused.

``drug only once weekly``, ``drug at most|at least amount unit[/kg]/day|/week`` (or ``in n weeks``),
``drug exactly amount unit[/kg]/day``, ``drug in n doses a day [above amount unit/day]``,
``drug over n-m days``, ``drug at least n weeks apart``.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from myopathway.criteria import ALWAYS
from myopathway.errors import nearest, shown
from myopathway.guideline.orderlimits import (
    OrderBar,
    OrderLimit,
    OrderLimits,
    OrderMessage,
    OrderProduct,
)
from myopathway.guideline.safety import CONFIDENCES
from myopathway.guideline.shape import Key, Shape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from myopathway.criteria import Criterion
    from myopathway.guideline.sentences import Reader
    from myopathway.yamltext import Path, YamlText

SEVERITIES: Final = ("critical", "warning", "info")
MESSAGES: Final[dict[str, tuple[str, ...]]] = {
    "no-option": ("drug", "node"),
    "later-line": ("drug", "node", "later"),
    "unsettled": ("drug", "node"),
    "route": ("drug", "route", "routes"),
    "no-dose": ("drug",),
    "age-unknown": (),
    "other-drug": ("drug",),
    "supplement": ("drug",),
    "local-use": ("drug", "route"),
}
EXAMPLES: Final = "methotrexate only once weekly; azathioprine at most 2 mg/kg/day"
_WEEK: Final = 7
_WINDOWS: Final = {"day": 1, "week": _WEEK}
_AMOUNT: Final = (
    r"(?P<amount>\d+(?:\.\d+)?) (?P<unit>mg|g)(?P<per_kg>/kg)?"
    r"(?:/(?P<per>day|week)| in (?P<weeks>\d+) weeks)"
)
_DRUG: Final = r"(?P<drug>[a-z][a-z-]*) "
_FORMS: Final[tuple[re.Pattern[str], ...]] = tuple(
    re.compile(_DRUG + form)
    for form in (
        r"(?P<kind>only once weekly)",
        r"(?P<kind>at most|at least|exactly) " + _AMOUNT,
        r"(?P<kind>in) (?P<low>\d+) doses a day(?: above " + _AMOUNT + r")?",
        r"(?P<kind>over) (?P<low>\d+)-(?P<high>\d+) days",
        r"at least (?P<low>\d+) weeks (?P<kind>apart)",
    )
)
_KINDS: Final[dict[str, Any]] = {
    "only once weekly": "once-weekly",
    "at most": "at-most",
    "at least": "at-least",
    "exactly": "exactly",
    "in": "doses",
    "over": "days",
    "apart": "apart",
}

_SAYS = Key("says", "text", "what it says to the reader, in our own words", slots=())
_SEVERITY = Key("severity", "words", "how urgent it is", words=SEVERITIES)
_FOR = Key("when", "criterion", "for whom; left out, for all", required=False)
_CITES = Key("cites", "texts", "statements, interpretations or rows", least=1)
_SOURCE = Key("source", "text", "where it stands")
_CONFIDENCE = Key("confidence", "words", "how well it is confirmed", words=CONFIDENCES)

LIMIT: Final = Shape(
    "limit",
    (
        _SAYS,
        Key("limit", "text", f"the limit in one sentence, such as: {EXAMPLES}"),
        _SEVERITY,
        _FOR,
        _CITES,
        _SOURCE,
        _CONFIDENCE,
    ),
)
NEVER: Final = Shape(
    "bar",
    (
        _SAYS,
        Key("classes", "texts", "the classes of drugs", of="classes", least=1),
        _SEVERITY,
        Key("when", "criterion", "a sentence, a list of them, or all/any/not"),
        _CITES,
        _SOURCE,
        _CONFIDENCE,
    ),
)
PRODUCT: Final = Shape(
    "product",
    (
        _SAYS,
        Key("drug", "text", "the drug by whose name it goes", of="drugs"),
        Key("names", "texts", "its own names, as orders write them", least=1),
        _CITES,
        _SOURCE,
        _CONFIDENCE,
    ),
)
MESSAGE: Final = Shape(
    "message",
    (
        Key("says", "text", "what it says; {drug} and the like are filled in"),
        Key("severity", "words", "how urgent it is", words=(*SEVERITIES, "unchecked")),
        Key("cites", "texts", "what it rests on, if not on what it speaks of", required=False,
            least=1),
    ),
)  # fmt: skip
ORDERS: Final = Shape(
    "orders",
    (
        Key("limits", "entries", "limits of dose and rhythm", shape=LIMIT),
        Key("never", "entries", "drugs that are not ordered in a disease", shape=NEVER),
        Key("products", "entries", "products whose amounts are others", shape=PRODUCT),
        Key("messages", "named", "what is said of an order as a whole", shape=MESSAGE),
    ),
)


def order_limits(
    text: YamlText, reader: Reader, drugs: Collection[str], known: Collection[str]
) -> OrderLimits:
    """Read the file, whose shape was checked; ``known`` are the ids that it may cite."""
    one = text.value
    for path, entry in _entries(one):
        for place, cite in enumerate(entry.get("cites", ())):
            if cite not in known:
                found = f"{shown(cite)} resolves to nothing{nearest(cite, known)}"
                text.fault((*path, "cites", place), found, "a statement, interpretation or row")
    limits = [
        _limit(text, reader, ("limits", place), entry, drugs)
        for place, entry in enumerate(one["limits"])
    ]
    never = [
        OrderBar(entry["says"].strip(), tuple(entry["classes"]), entry["severity"],
                 reader.criterion(("never", place, "when"), entry["when"]), tuple(entry["cites"]),
                 entry["source"], entry["confidence"])
        for place, entry in enumerate(one["never"])
    ]  # fmt: skip
    products = [
        OrderProduct(entry["says"].strip(), entry["drug"], tuple(entry["names"]),
                     tuple(entry["cites"]), entry["source"], entry["confidence"])
        for entry in one["products"]
    ]  # fmt: skip
    return OrderLimits(
        tuple(limit for limit in limits if limit is not None),
        tuple(never),
        tuple(products),
        _messages(text, one["messages"]),
    )


def _entries(one: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for key, entries in one.items():
        places = entries.items() if isinstance(entries, dict) else enumerate(entries)
        yield from (((key, place), entry) for place, entry in places)


def _limit(
    text: YamlText, reader: Reader, path: Path, entry: dict[str, Any], drugs: Collection[str]
) -> OrderLimit | None:
    sentence = " ".join(entry["limit"].split())
    when: Criterion = ALWAYS
    if "when" in entry:
        when = reader.criterion((*path, "when"), entry["when"])
    found = next((match for form in _FORMS if (match := form.fullmatch(sentence))), None)
    if found is None:
        want = f"for example: {EXAMPLES}"
        text.fault((*path, "limit"), f"not a limit: {shown(sentence, 100)}", want)
        return None
    parts = found.groupdict()
    if fault := _fault(parts, drugs):
        text.fault((*path, "limit"), f"{fault[0]} in {shown(sentence, 100)}", fault[1])
        return None
    weeks = int(parts.get("weeks") or 0)
    return OrderLimit(
        drug=parts["drug"],
        kind=_KINDS[parts["kind"]],
        says=entry["says"].strip(),
        severity=entry["severity"],
        when=when,
        cites=tuple(entry["cites"]),
        source=entry["source"],
        confidence=entry["confidence"],
        sentence=sentence,
        amount=Decimal(parts.get("amount") or 0),
        unit=parts.get("unit") or "",
        per_kg=bool(parts.get("per_kg")),
        days=weeks * _WEEK or _WINDOWS.get(parts.get("per") or "", 0),
        low=int(parts.get("low") or 0),
        high=int(parts.get("high") or parts.get("low") or 0),
    )


def _fault(parts: dict[str, str | None], drugs: Collection[str]) -> tuple[str, str] | None:
    """Say what a well-formed sentence gets wrong, and what would be right."""
    drug = parts["drug"] or ""
    if drug not in drugs:
        return f"unknown drug{nearest(drug, drugs)}", ", ".join(sorted(drugs))
    numbers = [parts.get(name) for name in ("amount", "weeks", "low", "high")]
    if any(number is not None and Decimal(number) == 0 for number in numbers):
        return "a limit of nothing", "a number above zero"
    if parts["kind"] == "over" and int(parts["low"] or 0) > int(parts["high"] or 0):
        return "a span that ends before it begins", "for example over 2-5 days"
    daily = parts["kind"] in {"exactly", "in"} and parts.get("amount") is not None
    if daily and parts.get("per") != "day":
        return f"{parts['kind']} with another stretch than a day", "an amount per day"
    if parts["kind"] == "in" and parts.get("per_kg"):
        return "what may be given at once by weight", "an amount without /kg"
    return None


def _messages(text: YamlText, entries: dict[str, Any]) -> dict[str, OrderMessage]:
    for name in sorted(MESSAGES.keys() - entries.keys()):
        text.fault(("messages",), f"the message {name!r} is missing", "an entry for it")
    for name, entry in entries.items():
        if name not in MESSAGES:
            found = f"no message {name!r}{nearest(name, MESSAGES)}"
            text.fault(("messages", name), found, ", ".join(MESSAGES))
            continue
        for slot in re.findall(r"\{(\w*)\}", entry["says"]):
            if slot not in MESSAGES[name]:
                want = ", ".join(f"{{{one}}}" for one in MESSAGES[name]) or "no {...}"
                text.fault(("messages", name, "says"), f"nothing fills in {{{slot}}}", want)
    return {
        name: OrderMessage(entry["says"].strip(), entry["severity"], tuple(entry.get("cites", ())))
        for name, entry in entries.items()
    }
