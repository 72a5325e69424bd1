"""The page of what an order is held against, besides the drug-safety rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.criteria import ALWAYS
from myopathway.guideline.pages.markdown import code, table, text
from myopathway.guideline.pages.parts import BEHIND, READS, SAYS, cited, framed, reads
from myopathway.guideline.pages.safety import CONFIDENCE
from myopathway.quantity import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline
    from myopathway.guideline.orderlimits import OrderLimit

ABOUT: Final = "what an order is held against: limits of dose and rhythm, and the like"
_HEAD: Final = (SAYS, READS, BEHIND, "Source", "Confidence")


def orders_page(guideline: Guideline) -> str:
    """Give the page of order limits."""
    limits = guideline.order_limits
    messages = [
        [code(name), text(one.says), one.severity, cited(guideline, one.cites)]
        for name, one in limits.messages.items()
    ]
    return framed(
        "Orders",
        "What an order is held against, besides the drug-safety rules. The most that it allows on"
        " any day, or in any stretch of days that is named, counts.",
        "## Limits",
        table(("Drug", *_HEAD), _limits(guideline)),
        "## Never ordered",
        table(_HEAD, _never(guideline)),
        "## Products of another kind",
        table(_HEAD, _products(guideline)),
        "## Messages",
        table(("Message", SAYS, "Severity", BEHIND), messages),
    )


def _limits(guideline: Guideline) -> Iterator[list[str]]:
    for one in guideline.order_limits.limits:
        when = "" if one.when == ALWAYS else f"<br>While: {reads(guideline, one.when)}"
        reading = f"**{one.severity.capitalize()}**, unless {text(_limit(one))}.{when}"
        title = text(guideline.drugs[one.drug].title)
        behind = cited(guideline, one.cites)
        yield [title, text(one.says), reading, behind, text(one.source), CONFIDENCE[one.confidence]]


def _limit(one: OrderLimit) -> str:
    """Say what an order has to hold to."""
    kg = " for each kg of weight" if one.per_kg else ""
    amount = f"{plain(one.amount)} {one.unit}{kg} in any {_stretch(one.days)}"
    match one.kind:
        case "once-weekly":
            return "it is given once a week at most, on one day of the week"
        case "at-most":
            return f"it is at most {amount}"
        case "at-least":
            return f"it is at least {amount}"
        case "exactly":
            return f"it is just {amount}"
        case "doses":
            above = f" once it is above {amount}" if one.amount else ""
            return f"it is given in {one.low} doses a day{above}"
        case "days":
            return f"the days of one course are {one.low} to {one.high}, one after the other"
        case "apart":
            return f"the courses are at least {one.low} weeks apart"


def _stretch(days: int) -> str:
    return "day" if days == 1 else f"{days} days"


def _never(guideline: Guideline) -> Iterator[list[str]]:
    for one in guideline.order_limits.never:
        titles = ", ".join(guideline.drug_classes[name].title for name in one.classes)
        reading = f"**{one.severity.capitalize()}**, for any of the {text(titles)}, while: "
        reading += reads(guideline, one.when)
        yield [text(one.says), reading, cited(guideline, one.cites), text(one.source),
               CONFIDENCE[one.confidence]]  # fmt: skip


def _products(guideline: Guideline) -> Iterator[list[str]]:
    for one in guideline.order_limits.products:
        names = ", ".join(code(name) for name in one.names)
        reading = f"Goes as {text(guideline.drugs[one.drug].title)}, its own names being {names}."
        yield [text(one.says), reading, cited(guideline, one.cites), text(one.source),
               CONFIDENCE[one.confidence]]  # fmt: skip
