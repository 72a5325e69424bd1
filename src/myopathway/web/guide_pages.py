"""The guideline as pages for readers: which there are, and what stands on each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from myopathway.figures.pathway import pathway_svg
from myopathway.web import guide_registers as registers
from myopathway.web import guide_safety as safety
from myopathway.web.guide_doses import dose_rules, weight_table
from myopathway.web.guide_links import Links, homes, page_address
from myopathway.web.guide_markup import Html, html, items, tag
from myopathway.web.guide_nodes import node_section, option_title
from myopathway.web.guide_orders import order_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from myopathway.guideline.model import Guideline, Node


@dataclass(frozen=True, slots=True)
class Page:
    """A page below ``/guideline``: its last part of the address, its title, what stands on it."""

    slug: str
    title: str
    about: str
    body: Html


def pages(guideline: Guideline) -> dict[str, Page]:
    """Give every page of the guideline by its slug; the first, without one, leads to all."""
    links = Links(guideline, homes(guideline))
    found = [
        *(Page(one.id, one.title, one.says, node_section(links, one)) for one in guideline.nodes),
        *(_register(links, *one) for one in chapters(links)),
        *_of_drugs(links),
    ]
    first = Page("", guideline.edition.title, "", _first(links, found))
    return {one.slug: one for one in (first, *found)}


def chapters(links: Links) -> Iterator[tuple[str, str, str, tuple[tuple[str, Html], ...]]]:
    """Give the chapters after the nodes: slug, title, what it is about, its parts by title."""
    yield "doses", "Doses", "Every dose in words, and what it comes to by weight.", (
        ("Doses by weight", weight_table(links)), ("Doses in words", dose_rules(links)),
    )  # fmt: skip
    yield "rules", "Rules", "Terms, shared rules, messages, limits and contradictions.", (
        ("Terms", registers.terms(links)), ("Shared rules", registers.rules(links)),
        ("Messages", registers.notices(links)), ("Limits", registers.limits(links)),
        *((("Departures", registers.departures(links)),) if links.guideline.departures else ()),
    )  # fmt: skip
    yield "drugs", "Drugs", "Names, classes, codes, and what holds wherever each is given.", (
        ("", registers.drugs(links)),
    )  # fmt: skip
    layer = links.guideline.safety
    if layer.ledger or layer.rules:
        yield "safety", "Drug safety", safety.ABOUT, (
            ("Every row", safety.ledger(links)),
            ("The whole patient, and several drugs", safety.shared_safety(links)),
        )  # fmt: skip
    for policy in links.guideline.monitoring.values():
        yield "monitoring", "Monitoring", policy.title, (("", safety.monitoring(links, policy)),)
    if links.guideline.order_limits.limits:
        yield "orders", "Orders", "What an order is held against.", (("", order_limits(links)),)
    says = "How ambiguous sentences of the sources are read here; an answer cites the id."
    yield "interpretations", "Interpretations", says, (("", registers.interpretations(links)),)
    says = "Every assertion of the two source texts, in our own words."
    yield "statements", "Statements", says, (("", registers.statements(links)),)
    says = "The works that the sources cite, under their own numbers."
    yield "references", "References", says, (("", registers.works(links)),)


def about(guideline: Guideline) -> Html:
    """Say which guideline this is, what it rests on and what it is meant for."""
    edition = guideline.edition
    sources = [
        html(tag("a", one.title, href=one.url, rel="noreferrer"), f", {one.publisher}")
        for one in edition.sources
    ]
    return html(
        tag("p", f"Version {edition.version} of {edition.date}, content ",
            tag("code", guideline.content_hash[:12], title=guideline.content_hash), "."),
        tag("p", edition.intended_use, class_="limits"),
        tag("p", "Sources:"), items(sources),
    )  # fmt: skip


def pictures(guideline: Guideline) -> Html:
    """Give the whole pathway, and the same below each other for a phone."""
    return html(
        tag("div", Html(pathway_svg(guideline, None)), class_="figure-wide"),
        tag("div", Html(pathway_svg(guideline, None, vertical=True, ident="pathway-phone")),
            class_="figure-phone"),
    )  # fmt: skip


def contents(links: Links, address: Callable[[Node], str]) -> Html:
    """List the groups with their nodes, each with its options in a line."""
    parts = []
    for group in links.guideline.groups:
        nodes = [
            html(tag("a", one.title, href=address(one), id="" if links.one_page else one.id),
                 tag("p", _options(links, one)))
            for one in links.guideline.nodes
            if one.group == group.id
        ]  # fmt: skip
        parts.append(tag("section", tag("h3", group.title),
                         tag("p", group.says, links.cited(group.cites)), items(nodes),
                         id=f"group-{group.id}"))  # fmt: skip
    return html(*parts)


def _first(links: Links, found: list[Page]) -> Html:
    guideline = links.guideline
    nodes = {one.id for one in guideline.nodes}
    evidence = [html(one.text, links.cited(one.cites)) for one in guideline.edition.evidence]
    return html(
        tag("h1", guideline.edition.title),
        about(guideline),
        items(evidence),
        tag("h2", "The pathway"),
        pictures(guideline),
        tag("h2", "Groups and lines"),
        contents(links, lambda one: page_address(one.id)),
        tag("h2", "Everything behind it"),
        items([html(tag("a", one.title, href=page_address(one.slug)), tag("p", one.about))
               for one in found if one.slug not in nodes]),
    )  # fmt: skip


def _register(
    links: Links, slug: str, title: str, says: str, parts: tuple[tuple[str, Html], ...]
) -> Page:
    body = html(*(html(tag("h2", name), part) if name else raised(part) for name, part in parts))
    if slug == "safety":
        drugs = {one.drug for one in links.guideline.safety.rules}
        listed = [
            tag("a", one.title, href=page_address(f"safety/{name}"))
            for name, one in links.guideline.drugs.items()
            if name in drugs
        ]
        body = html(tag("h2", "By drug"), items(listed), body)
    return Page(slug, title, says, html(tag("h1", title), tag("p", says), body))


def _of_drugs(links: Links) -> Iterator[Page]:
    for name, drug in links.guideline.drugs.items():
        body = safety.drug_safety(links, name)
        if body:
            title = f"Drug safety of {drug.title.lower()}"
            page = html(tag("h1", title), tag("p", safety.ABOUT), raised(body))
            yield Page(f"safety/{name}", title, "Every row about it.", page)


def raised(part: Html) -> Html:
    """Give a part whose entries stand directly below the title of the page."""
    return Html(part.replace("<h3", "<h2").replace("</h3>", "</h2>"))


def _options(links: Links, node: Node) -> str:
    found = dict.fromkeys(
        option_title(links, one) for therapy in node.therapies for one in therapy.options
    )
    return ", ".join(found).capitalize() if found else node.says
