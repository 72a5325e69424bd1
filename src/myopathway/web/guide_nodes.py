"""A node of the guideline for readers: what it says, when it holds, its options and doses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.engine.dose import in_words
from myopathway.render.words import ROLES, TIERS, capital, titles_listed
from myopathway.web.guide_links import anchor
from myopathway.web.guide_markup import Html, html, items, joined, tag
from myopathway.web.guide_reads import all_of, reads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Basis, Node, Option, Rule, Therapy
    from myopathway.web.guide_links import Links

VERDICTS: Final = {
    "excluded": "Excluded while",
    "caution": "Caution while",
    "favoured": "Favoured while",
    "": "Said, without a verdict, while",
}


def node_section(links: Links, node: Node, level: int = 1) -> Html:
    """Give all that the guideline says of a node, under a heading of this level."""
    wins = "It stands whatever else is stated, contradictions too." if node.wins else ""
    return tag(
        "section",
        tag(f"h{level}", node.title),
        tag("p", node.says, links.cited(node.cites), class_="says"),
        tag(f"h{level + 1}", "Where it applies"),
        tag("p", "All of these hold:") if len(node.when) > 1 else Html(),
        all_of(links, node.when),
        tag("p", wins) if wins else Html(),
        *(
            _therapy(links, node, place, one, level + 1)
            for place, one in enumerate(node.therapies)
        ),
        _evidence(links, node.evidence, f"h{level + 1}", "Evidence for the whole place"),
        tag("p", f"Review: {node.reviewed or 'none is noted'}.", class_="quiet"),
        id=anchor(node.id),
        class_="node",
    )  # fmt: skip


def option_anchor(node: Node, option: Option) -> str:
    """Give the anchor of an option: that of its node and its drugs."""
    return anchor(f"{node.id}/{option.id}")


def option_title(links: Links, option: Option) -> str:
    """Name an option by its drugs."""
    return titles_listed(links.guideline.drugs[name].title for name in option.drugs)


def rule_told(links: Links, rule: Rule) -> Html:
    """Say a rule: its sentence, its verdict, and when it speaks."""
    return html(
        rule.says, links.cited(rule.cites),
        tag("p", f"{VERDICTS[rule.verdict]}: ", reads(links, rule.when), class_="reads"),
    )  # fmt: skip


def _therapy(links: Links, node: Node, place: int, therapy: Therapy, level: int) -> Html:
    label = ROLES.get(therapy.role, capital(therapy.role))
    if therapy.role == "core" and place:
        label = f"And {label.lower()}"
    several = len(therapy.options) > 1
    return tag(
        "section",
        tag(f"h{level}", f"{label}: one of these" if several else label),
        tag("p", therapy.says, links.cited(therapy.cites)),
        *(_option(links, node, one, f"h{level + 1}") for one in therapy.options),
        class_="therapy",
    )


def _option(links: Links, node: Node, option: Option, heading: str) -> Html:
    tier = TIERS.get(option.tier or "", option.tier or "")
    own = [rule_told(links, one) for one in option.rules]
    return tag(
        "section",
        tag(heading, option_title(links, option), tag("span", f" ({tier})") if tier else Html()),
        tag("p", option.says, links.cited(option.cites)),
        items(list(_doses(links, option)), "doses"),
        _listed(links, option),
        items(own, "rules"),
        _evidence(links, option.evidence),
        _elsewhere(links, node, option),
        id=option_anchor(node, option),
        class_="option",
    )


def _doses(links: Links, option: Option) -> Iterator[Html]:
    for name in option.drugs:
        doses = tuple(one for one in option.doses if one.drug == name)
        title = links.guideline.drugs[name].title
        cites = dict.fromkeys(one.cite for one in doses)
        yield html(tag("strong", f"{title}: "), in_words(doses), ".", links.cited(cites))


def _listed(links: Links, option: Option) -> Html:
    if option.listed is None:
        return Html()
    return tag("p", "Listed only while: ", reads(links, option.listed), class_="reads")


def _evidence(
    links: Links, evidence: tuple[Basis, ...], heading: str = "", title: str = "Evidence"
) -> Html:
    if not evidence:
        return Html()
    told = [html(one.text, links.cited(one.cites)) for one in evidence]
    head = tag(heading, title) if heading else tag("p", f"{title}, which decides nothing:")
    return html(head, items(told))


def _elsewhere(links: Links, node: Node, option: Option) -> Html:
    """Point to what looks at an option from elsewhere: shared rules, drug safety."""
    guideline = links.guideline
    rules = [links.link(f"rule:{one.id}", one.id) for one in guideline.rules
             if guideline.speaks(one, node, option)]  # fmt: skip
    drugs = [links.link(f"drug:{name}", guideline.drugs[name].title) for name in option.drugs]
    parts = [html("Drugs: ", joined(drugs))]
    if rules:
        parts.append(html("shared rules that look at it: ", joined(rules)))
    return tag("p", joined(parts, "; "), ".", class_="quiet")
