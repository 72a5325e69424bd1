"""What is listed once: statements, our readings, works, terms, shared rules, drugs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.criteria import ALWAYS
from myopathway.guideline.carried import carried
from myopathway.guideline.pages.rules import OCCASIONS
from myopathway.quantity import plain
from myopathway.render.words import fact_says
from myopathway.web.guide_links import anchor
from myopathway.web.guide_markup import Html, html, items, joined, tag
from myopathway.web.guide_nodes import rule_told
from myopathway.web.guide_reads import reads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Drug, Reference
    from myopathway.web.guide_links import Links

_FROM: Final = {"A": "the algorithm", "T": "the approach text", "AT": "both texts"}
_PUBMED: Final = "https://pubmed.ncbi.nlm.nih.gov/"


def entry(key: str, name: str, *parts: str) -> Html:
    """Give an entry of a register: its id as heading and as anchor, then what is said."""
    return tag("section", tag("h3", name), *parts, id=anchor(key), class_="entry")


def statements(links: Links) -> Html:
    """Give every statement of the sources in our own words, and where it is carried."""
    places = carried(links.guideline)
    return html(*(
        entry(
            name, name,
            tag("p", one.says, links.works(one.cites)),
            tag("p", f"From {_FROM[one.source]}. ",
                f"Not encoded: {one.not_encoded}" if one.not_encoded else
                html("Carried by ", _used(links, places.get(name, [])), "."), class_="quiet"),
        )
        for name, one in links.guideline.statements.items()
    ))  # fmt: skip


def interpretations(links: Links) -> Html:
    """Give our readings of ambiguous sentences."""
    places = carried(links.guideline)
    return html(*(
        entry(name, f"{name}: {one.title}", tag("p", one.says),
              tag("p", "Used by ", _used(links, places.get(name, [])), ".", class_="quiet"))
        for name, one in links.guideline.interpretations.items()
    ))  # fmt: skip


def works(links: Links) -> Html:
    """Give the works that the sources cite, with links to where they can be read."""
    return html(*(_work(links, one) for one in links.guideline.references.values()))


def terms(links: Links) -> Html:
    """Give the terms: what a word of the guideline means in facts."""
    return html(*(
        entry(f"term:{name}", name.replace("_", " "),
              tag("p", one.says, links.cited(one.cites)),
              tag("p", "Means: ", reads(links, one.criterion), class_="reads"))
        for name, one in links.guideline.terms.items()
    ))  # fmt: skip


def rules(links: Links) -> Html:
    """Give what speaks for or against an option wherever it is listed."""
    return html(*(
        entry(f"rule:{one.id}", one.id.replace("-", " "), tag("div", rule_told(links, one)))
        for one in links.guideline.rules
    ))  # fmt: skip


def notices(links: Links) -> Html:
    """Give the messages that go with an answer."""
    found = []
    for one in links.guideline.notices:
        when = f"when the engine finds: {OCCASIONS[one.occasion]}" if one.occasion else ""
        while_ = html("while: ", reads(links, one.when)) if one.when != ALWAYS else Html()
        told = joined([html(part) for part in (when, while_) if part], "; ")
        found.append(
            entry(f"rule:{one.id}", one.id.replace("-", " "),
                  tag("p", one.says, links.cited(one.cites)),
                  tag("p", f"{one.level.capitalize()}, ", told or "with every answer there",
                      class_="reads"))
        )  # fmt: skip
    return html(*found)


def departures(links: Links) -> Html:
    """Give what a patient's treatment may hold that the guideline does not have."""
    found = []
    for one in links.guideline.departures:
        when = one.when
        read = tag("p", "Said while: ", reads(links, when), class_="reads") if when != ALWAYS else (
            Html())  # fmt: skip
        told = tag("p", one.says, links.cited(one.cites))
        found.append(entry(f"departure:{one.id}", one.id.replace("-", " "), told, read))
    return html(*found)


def limits(links: Links) -> Html:
    """Give the limits of the guideline, what follows from what, and what contradicts itself."""
    guideline = links.guideline
    scope, adult, unstated = guideline.scope, guideline.adult, guideline.unstated_purpose
    age = f"{fact_says(guideline, adult.fact)} of at least {plain(adult.from_years)}"
    found = [
        html(scope.says, links.cited(scope.cites), " Not covered while: ",
             reads(links, scope.when)),
        html(adult.child, " ", adult.unknown, f" Doses are shown with {age}.",
             links.cited(adult.cites)),
        html(f"A regimen without a stated purpose is read as {unstated.purpose} while: ",
             reads(links, unstated.when), links.cited(unstated.cites)),
    ]  # fmt: skip
    for one in guideline.old_measurements:
        days = f" Said when the value is older than {one.days} days."
        found.append(html(one.says, days, links.cited(one.cites)))
    said = [
        entry(f"rule:{one.id}", one.id.replace("-", " "),
              tag("p", one.says, links.cited(one.cites)),
              tag("p", f"Given: {fact_says(guideline, one.given)}. Then: "
                  f"{fact_says(guideline, one.then)}.", class_="reads"))
        for one in guideline.implications
    ]  # fmt: skip
    against = [
        entry(f"rule:{one.id}", one.id.replace("-", " "),
              tag("p", one.says, links.cited(one.cites)),
              tag("p", "A contradiction while: ", reads(links, one.when), class_="reads"))
        for one in guideline.conflicts
    ]  # fmt: skip
    return html(items(found), *said, *against)


def drugs(links: Links) -> Html:
    """Give the drugs: names, classes, codes, and what holds wherever each is offered."""
    guideline = links.guideline
    classes = [
        entry(f"class:{name}", one.title,
              tag("p", joined([links.link(f"drug:{drug}", guideline.drugs[drug].title)
                               for drug in guideline.drugs if drug in guideline.drugs_of(name)]),
                  ".", links.cited(one.cites)))
        for name, one in guideline.drug_classes.items()
    ]  # fmt: skip
    return html(
        *(entry(f"drug:{name}", one.title, items(list(_drug(links, one))))
          for name, one in guideline.drugs.items()),
        *classes,
    )  # fmt: skip


def _drug(links: Links, drug: Drug) -> Iterator[Html]:
    guideline = links.guideline
    if drug.synonyms:
        yield html(f"Also read as: {', '.join(drug.synonyms)}.")
    if drug.classes:
        titles = [links.link(f"class:{one}", guideline.drug_classes[one].title)
                  for one in drug.classes]  # fmt: skip
        yield html("Counts among ", joined(titles), ".")
    if drug.supplement:
        yield html("A supplement: it is struck from a regimen before the history is read.")
    systems = (("ATC", drug.atc), ("RxNorm", drug.rxnorm), ("SNOMED CT", drug.snomed))
    codes = "; ".join(f"{name} {', '.join(values)}" for name, values in systems if values)
    if codes:
        yield html(f"Codes: {codes}.")
    for one in drug.advice:
        yield html(f"{one.kind.replace('-', ' ').capitalize()}: ", one.text,
                   links.cited(one.cites))  # fmt: skip
    if any(one.drug == drug.name for one in guideline.safety.rules):
        safe = f"#{anchor(f'safety:{drug.name}')}" if links.one_page else (
            f"/guideline/safety/{drug.name}")  # fmt: skip
        yield html(tag("a", f"Drug safety of {drug.title.lower()}", href=safe), ".")


def _work(links: Links, one: Reference) -> Html:
    resting = [links.link(name) for name, statement in links.guideline.statements.items()
               if one.number in statement.cites]  # fmt: skip
    found = [tag("a", f"PubMed {one.pmid}", href=f"{_PUBMED}{one.pmid}/", rel="noreferrer")]
    if one.doi:
        found.append(tag("a", "DOI", href=f"https://doi.org/{one.doi}", rel="noreferrer"))
    return entry(
        f"work:{one.number}", str(one.number), tag("p", one.citation, " ", joined(found)),
        tag("p", "Behind ", joined(resting), ".", class_="quiet") if resting else "",
    )  # fmt: skip


def _used(links: Links, places: list[str]) -> Html:
    """Link the places of the content that cite an id, each once."""
    found: dict[str, Html] = {}
    for one in places:
        kind, _, rest = one.partition("/")
        name = rest.partition("/")[0]
        match kind:
            case "nodes":
                found[name] = links.link(name, links.guideline.node(name).title.lower())
            case "terms":
                found[one] = links.link(f"term:{name}", f"the term {name.replace('_', ' ')}")
            case "drugs":
                found[one] = (
                    links.link(f"drug:{name}", links.guideline.drugs[name].title.lower())
                    if name in links.guideline.drugs
                    else links.link(f"class:{name}", links.guideline.drug_classes[name].title)
                )
            case "rules" | "notices" | "position" if f"rule:{name}" in links.homes:
                found[one] = links.link(f"rule:{name}", f"the rule {name.replace('-', ' ')}")
            case "position" if f"group:{name}" in links.homes:
                group = next(group for group in links.guideline.groups if group.id == name)
                found[one] = links.link(f"group:{name}", f"the group {group.title.lower()}")
            case "departures" if f"departure:{name}" in links.homes:
                found[one] = links.link(f"departure:{name}", f"the departure {name}")
            case "orders":
                found[one] = html(f"the check of orders of {name.replace('-', ' ')}")
            case "edition":
                found[one] = html("the edition")
            case _:
                found[one] = html(f"the rule of the engine on {rest.replace('/', ' ')}")
    return joined([*found.values()]) if found else html("nothing")
