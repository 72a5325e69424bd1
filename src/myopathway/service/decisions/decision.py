"""A decision as a form states it, checked; and as the audit keeps it."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.render.words import called, capital, fact_says, fact_value
from myopathway.service.hooks.numbers import advice_shown, card_id
from myopathway.service.hooks.reasons import FACT_WRONG, OTHER, REASONS, codes, deciding, system

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline
    from myopathway.service.site import Site
    from myopathway.web.entries import Entries

SERVICE: Final = "page"
DECLINED: Final = "overridden"
OUTCOMES: Final = {
    "accepted": "Accept",
    "changed": "Accept with a change",
    DECLINED: "Decline",
}
ROLES: Final = {
    "physician": "Physician",
    "pharmacist": "Pharmacist",
    "nurse": "Nurse",
    "other": "Another role",
}
_CHANCE: Final = 4  # bytes of a number that are chance, and as many that say whose it is
_BEGIN: Final = "decision."
_MOST_FACTS: Final = 8
_MOST_WORDS: Final = 1_000


class Decision(msgspec.Struct, frozen=True):
    """What was chosen; an empty text where nothing was. ``card`` tells two decisions apart."""

    card: str = ""
    outcome: str = ""
    reason: str = ""
    role: str = ""
    comment: str = ""

    @property
    def fact(self) -> str:
        """Name the fact that is said to be wrong."""
        code, _, name = self.reason.partition(":")
        return name if code == FACT_WRONG else ""


def stated(found: Entries) -> Decision:
    """Read what a form holds of a decision."""
    held = {
        name: next(iter(found.get(_BEGIN + name, ())), "") for name in Decision.__struct_fields__
    }
    held["comment"] = held["comment"].replace("\0", "")[:_MOST_WORDS]
    return Decision(**held)


def new_card(site: Site) -> str:
    """Make the number of a decision that is to be made, like no card of a hook."""
    return card_id(site, f"{_mark(site)}{secrets.token_hex(_CHANCE)}")


def _mark(site: Site) -> str:
    return site.digest(SERVICE)[:_CHANCE].hex()


def reasons_for(answer: Answer, guideline: Guideline) -> dict[str, str]:
    """Give the reasons that fit an answer, each fact that decided as one of its own."""
    given = any(part.options for part in answer.therapies)
    values = {one.fact: one.value for one in answer.facts}
    found: dict[str, str] = {}
    for code in codes("recommended" if given else "ibm"):
        if code != FACT_WRONG:
            found[code] = REASONS[code]
            continue
        named = [one for one in deciding(answer) if one in values][:_MOST_FACTS]
        for fact in named:
            told = (
                f"{called(fact_says(guideline, fact))}: {fact_value(guideline, fact, values[fact])}"
            )
            found[f"{code}:{fact}"] = f"A fact is wrong – {capital(told)}"
        if not named:
            found[code] = REASONS[code]
    return found


def faults_of(made: Decision, reasons: dict[str, str], site: Site) -> dict[str, str]:
    """Say beside which field something is missing, and what."""
    found: dict[str, str] = {}
    if made.outcome not in OUTCOMES:
        found["outcome"] = "Choose one."
    if made.reason not in reasons and (made.reason or made.outcome == DECLINED):
        found["reason"] = "Choose why; it is the reason that others learn from."
    if made.role and made.role not in ROLES:
        found["role"] = "Choose one of the list, or none."
    if made.reason == OTHER and not made.comment:
        found["comment"] = "Say which reason."
    if not advice_shown(site, made.card).startswith(_mark(site)):
        found["outcome"] = "This form is not of this service: record it anew."
    return found


def kept(made: Decision, site: Site) -> dict[str, Any]:
    """Give the row that is kept; words only where the site keeps them."""
    code = made.reason.partition(":")[0]
    return {
        "at": time.time(),
        "service": SERVICE,
        "client": "",
        "card": made.card.lower(),
        "own": True,
        "advice": None,
        "outcome": made.outcome,
        "reason": code or None,
        "reason_system": system(site.settings.canonical) if code else None,
        "fact": made.fact or None,
        "role": made.role or None,
        "accepted": 0,
        "commented": bool(made.comment),
        "comment": made.comment if site.settings.keep_comments and made.comment else None,
        "done_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
