"""Where each id of the guideline stands among its pages, so that every basis leads somewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from myopathway.web.guide_markup import Html, joined, tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.guideline.model import Guideline

ROOT = "/guideline"


def anchor(key: str) -> str:
    """Give the anchor of an id; ``term:severe_disease`` and the like are ids of one kind only."""
    return key.replace(":", "-")


def homes(guideline: Guideline) -> dict[str, str]:
    """Give for each id the page below ``/guideline`` on which it stands."""
    found = {f"group:{one.id}": "" for one in guideline.groups}
    found |= {one.id: one.id for one in guideline.nodes}
    found |= dict.fromkeys(guideline.statements, "statements")
    found |= dict.fromkeys(guideline.interpretations, "interpretations")
    found |= {f"work:{one.number}": "references" for one in guideline.references.values()}
    found |= {f"term:{name}": "rules" for name in guideline.terms}
    for rules in (guideline.rules, guideline.notices, guideline.implications, guideline.conflicts):
        found |= {f"rule:{one.id}": "rules" for one in rules}
    found |= {f"departure:{one.id}": "rules" for one in guideline.departures}
    found |= {f"drug:{name}": "drugs" for name in guideline.drugs}
    found |= {f"class:{name}": "drugs" for name in guideline.drug_classes}
    return {**found, **_rows(guideline)}


def _rows(guideline: Guideline) -> dict[str, str]:
    """Place the rows of drug safety: with the one drug they are about, else with them all."""
    safety = guideline.safety
    drugs: dict[str, set[str]] = {}
    about = (
        *((one.row, one.drug) for one in safety.rules),
        *((one.row, one.drug) for one in safety.checks),
        *((one.row, one.drug) for one in safety.advice),
    )
    for row, drug in about:
        drugs.setdefault(row, set()).add(drug)
    whole = {one.row for one in safety.notices}
    policies = guideline.monitoring.values()
    watched = {one.row for policy in policies for tests in policy.drugs.values() for one in tests}
    watched |= {one.row for policy in policies for one in policy.thresholds}
    found: dict[str, str] = {}
    for row in dict.fromkeys((*safety.ledger, *drugs, *whole, *watched)):
        own = drugs.get(row, set())
        if len(own) == 1 and row not in whole:
            found[row] = f"safety/{min(own)}"
        else:
            found[row] = (
                "monitoring" if row in watched and not own and row not in whole else "safety"
            )
    return found


@dataclass(frozen=True)
class Links:
    """Gives the address of an id: on its page, or (``one_page``) within the one page there is."""

    guideline: Guideline
    homes: dict[str, str]
    one_page: bool = False

    def to(self, key: str) -> str:
        """Give an address; of an id that nobody knows, none."""
        home = self.homes.get(key)
        if home is None:
            return ""
        spot = f"#{quote(anchor(key), safe='+')}"
        return spot if self.one_page else page_address(home) + spot

    def link(self, key: str, text: str = "") -> Html:
        """Link an id by its name or by a text."""
        address = self.to(key)
        name = text or key
        return tag("a", name, href=address) if address else tag("span", name)

    def cited(self, cites: Iterable[str]) -> Html:
        """Link what a sentence rests on, as it stands after the sentence."""
        found = [self.link(one) for one in cites]
        return tag("span", " [", joined(found), "]", class_="cites") if found else Html()

    def works(self, numbers: Iterable[int]) -> Html:
        """Link works by their numbers in the sources."""
        found = [self.link(f"work:{one}", str(one)) for one in numbers]
        word = "work" if len(found) == 1 else "works"
        return tag("span", f" ({word} ", joined(found), ")", class_="cites") if found else Html()


def page_address(slug: str) -> str:
    """Give the address of a page of the guideline."""
    return f"{ROOT}/{slug}" if slug else ROOT
