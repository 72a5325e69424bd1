"""Feedback on a card: what was accepted, what was set aside and why; kept before it is answered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from myopathway.errors import Fault
from myopathway.service.body import bounded, malformed, too_deep
from myopathway.service.hooks.call import Id
from myopathway.service.hooks.numbers import advice_shown
from myopathway.service.hooks.reasons import OTHER, system
from myopathway.service.problems import ProblemError

if TYPE_CHECKING:
    from myopathway.service.site import Site

_MOST: Final = 100
_TIME: Final = r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)?$"
_UUID: Final = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"


class Reason(msgspec.Struct, frozen=True):
    """The code of a reason."""

    code: Annotated[str, Meta(min_length=1, max_length=100)]
    system: Annotated[str, Meta(max_length=200)] = ""
    display: Annotated[str, Meta(max_length=1000)] = ""


class Override(msgspec.Struct, frozen=True, rename="camel"):
    """Why advice was set aside."""

    reason: Reason | None = None
    user_comment: Annotated[str, Meta(max_length=4000)] | None = None


class Accepted(msgspec.Struct, frozen=True):
    """A suggestion that was taken over."""

    id: Id


class Feedback(msgspec.Struct, frozen=True, rename="camel"):
    """What became of one card."""

    card: Annotated[str, Meta(pattern=_UUID)]
    outcome: Literal["accepted", "overridden"]
    outcome_timestamp: Annotated[str, Meta(pattern=_TIME, max_length=40)]
    accepted_suggestions: Annotated[list[Accepted], Meta(max_length=100)] | None = None
    override_reason: Override | None = None


class Told(msgspec.Struct, frozen=True):
    """What a client sends."""

    feedback: Annotated[list[Feedback], Meta(min_length=1, max_length=_MOST)]


_DECODER: Final = msgspec.json.Decoder(Told)


def read_feedback(raw: bytes, site: Site) -> list[Feedback]:
    """Read feedback; refuses what does not follow the standard."""
    bounded(raw, site.settings.limits)
    try:
        found = _DECODER.decode(raw).feedback
    except msgspec.ValidationError as error:
        told, _, where = str(error).partition(" - at `$")
        fault = Fault(where.strip("`.") or "body", told, "see CDS Hooks 2.0, Feedback")
        raise _refused(fault) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise malformed(str(error)) from None
    except RecursionError:
        raise too_deep() from None
    for place, one in enumerate(found):
        if one.outcome == "accepted" and not one.accepted_suggestions:
            where = f"feedback[{place}].acceptedSuggestions"
            raise _refused(Fault(where, "it is not there", "the suggestions accepted"))
        own = one.override_reason
        if own is not None and own.reason is not None and own.reason.code == OTHER:
            ours = own.reason.system in {"", system(site.settings.canonical)}
            if ours and not (own.user_comment or "").strip():
                where = f"feedback[{place}].overrideReason.userComment"
                raise _refused(Fault(where, "it is not there", "words for another reason"))
    return found


def rows(found: list[Feedback], service: str, client: str, site: Site) -> list[dict[str, Any]]:
    """Give the rows to keep; a comment's words only where the site keeps them."""
    now = time.time()
    return [_row(one, service, client, site, now) for one in found]


def _row(one: Feedback, service: str, client: str, site: Site, now: float) -> dict[str, Any]:
    card = one.card.lower()
    advice = advice_shown(site, card)
    why = one.override_reason or Override()
    comment = (why.user_comment or "").replace("\0", "").strip()
    return {
        "at": now,
        "service": service,
        "client": client,
        "card": card,
        "own": bool(advice),
        "advice": advice or None,
        "outcome": one.outcome,
        "reason": _clean(why.reason.code) if why.reason else None,
        "reason_system": _clean(why.reason.system) if why.reason else None,
        "accepted": len(one.accepted_suggestions or ()),
        "commented": bool(comment),
        "comment": comment if site.settings.keep_comments and comment else None,
        "done_at": one.outcome_timestamp,
    }


def _clean(text: str) -> str:
    return text.replace("\0", "")


def _refused(fault: Fault) -> ProblemError:
    return ProblemError(422, "The feedback does not follow CDS Hooks 2.0.", [fault])
