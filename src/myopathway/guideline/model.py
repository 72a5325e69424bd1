"""The guideline as the engine sees it: frozen, complete, every id resolved.

Nothing here is clinical knowledge; all of it is read from content by ``guideline.load``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import msgspec

from myopathway.criteria import Criterion
from myopathway.facts import Vocabulary
from myopathway.guideline.drugsafety import (
    Safety,
)
from myopathway.guideline.orderlimits import (
    OrderLimits,
)
from myopathway.guideline.policy import Policy

LOCAL: Final = "LOCAL-"  # so begins every id of a site's own rules (see guideline.overlay)


class Statement(msgspec.Struct, frozen=True):
    """One assertion of the source texts in our own words, with the works it cites."""

    id: str
    kind: str
    says: str
    cites: tuple[int, ...]
    source: str
    not_encoded: str = ""


class Reference(msgspec.Struct, frozen=True):
    """A work that the source texts cite, under their own number."""

    number: int
    citation: str
    pmid: str
    doi: str = ""


class Interpretation(msgspec.Struct, frozen=True):
    """One reading of an ambiguous sentence, with an id that an answer can cite."""

    id: str
    title: str
    says: str


class Basis(msgspec.Struct, frozen=True):
    """What one sentence of an answer rests on: our words and the ids behind them."""

    text: str
    cites: tuple[str, ...]


class Ceiling(msgspec.Struct, frozen=True):
    """A maximum that no dose may pass; weight-based where ``per_kg``."""

    amount: Decimal
    unit: str
    per: str
    per_kg: bool
    portions: str = ""


class Dose(msgspec.Struct, frozen=True):
    """One dose sentence, parsed. Without numbers (``kind`` empty) there is only its text."""

    drug: str
    kind: str = ""
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    below: bool = False
    unit: str = ""
    per: str = ""
    per_kg: bool = False
    routes: tuple[str, ...] = ()
    portions: str = ""
    ceiling: Ceiling | None = None
    days: tuple[int, int] | None = None
    split: bool = False
    every_weeks: int = 0
    words: str = ""
    sentence: str = ""
    cite: str = ""


class Rule(msgspec.Struct, frozen=True):
    """A reason for or against an option; with ``verdict`` empty it only says so."""

    id: str
    verdict: Literal["excluded", "caution", "favoured", ""]
    when: Criterion
    says: str
    cites: tuple[str, ...]
    drugs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    not_classes: tuple[str, ...] = ()
    question: str = ""
    ask_unless: Criterion | None = None
    safety: bool = False


class Departure(msgspec.Struct, frozen=True):
    """Something in a patient's treatment that the guideline does not have."""

    id: str
    says: str
    cites: tuple[str, ...]
    when: Criterion
    groups: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    not_given: tuple[str, ...] = ()
    above: tuple[str, Decimal] | None = None
    excluded: bool = False
    not_on_record: str = ""


class Option(msgspec.Struct, frozen=True):
    """One thing that may be chosen, of one drug or several given together."""

    id: str
    drugs: tuple[str, ...]
    tier: str | None
    says: str
    cites: tuple[str, ...]
    doses: tuple[Dose, ...]
    listed: Criterion | None
    rules: tuple[Rule, ...]
    evidence: tuple[Basis, ...]


class Therapy(msgspec.Struct, frozen=True):
    """A part of a node: the core, what goes with it for all, what to consider for some."""

    role: Literal["core", "plus", "consider"]
    says: str
    cites: tuple[str, ...]
    options: tuple[Option, ...]


class Node(msgspec.Struct, frozen=True):
    """A place in the pathway: a group of patients at one line of therapy.

    ``wins``: it stands whatever else is stated, contradictions too.
    """

    id: str
    group: str
    line: int | None
    title: str
    says: str
    cites: tuple[str, ...]
    purpose: str
    when: tuple[Criterion, ...]
    therapies: tuple[Therapy, ...]
    evidence: tuple[Basis, ...]
    wins: bool = False
    reviewed: str = ""


class Group(msgspec.Struct, frozen=True):
    """A group of patients, in the order of the guideline."""

    id: str
    title: str
    says: str
    cites: tuple[str, ...]


class Conflict(msgspec.Struct, frozen=True):
    """Stated facts that cannot all be true; ``asks`` names facts worth asking for because of it."""

    id: str
    when: Criterion
    says: str
    cites: tuple[str, ...]
    asks: tuple[str, ...] = ()


class Implication(msgspec.Struct, frozen=True):
    """One yes that makes another yes (and so one no that makes another no)."""

    id: str
    given: str
    then: str
    says: str
    cites: tuple[str, ...]


class Notice(msgspec.Struct, frozen=True):
    """A message for the reader that goes with some nodes while a criterion holds.

    ``occasion`` names what the engine, not a fact of the patient, must have found: all options of
    a needed therapy excluded, a treatment that works but is no option here. ``while_possible``:
    a danger, told as soon as the patient may be at one of its places.
    """

    id: str
    level: Literal["info", "warning", "critical"]
    when: Criterion
    says: str
    cites: tuple[str, ...]
    groups: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    occasion: str = ""
    while_possible: bool = False


class DrugAdvice(msgspec.Struct, frozen=True):
    """What holds wherever a drug is offered: adverse effects, monitoring, a supplement."""

    kind: str
    text: str
    cites: tuple[str, ...]


class Drug(msgspec.Struct, frozen=True):
    """A drug of the algorithm: its names, the classes it counts in, its codes, its advice."""

    name: str
    title: str
    classes: tuple[str, ...]
    synonyms: tuple[str, ...]
    row: str
    atc: tuple[str, ...]
    rxnorm: tuple[str, ...]
    snomed: tuple[str, ...]
    supplement: bool
    dose_weight: tuple[str, ...]
    advice: tuple[DrugAdvice, ...]


class OtherDrug(msgspec.Struct, frozen=True):
    """A drug beside the algorithm that rules speak of: its name there, and its codes."""

    name: str
    row: str
    atc: tuple[str, ...] = ()
    rxnorm: tuple[str, ...] = ()
    snomed: tuple[str, ...] = ()


class DrugClass(msgspec.Struct, frozen=True):
    """A named set of drugs that the history criteria count.

    ``background``: given beside another drug, a drug of this class carries no outcome.
    ``combines``: two drugs of this class together are watched as a combination.
    """

    name: str
    title: str
    cites: tuple[str, ...]
    background: bool = False
    combines: bool = False


class Term(msgspec.Struct, frozen=True):
    """A criterion with a name, and how it reads in words."""

    name: str
    says: str
    criterion: Criterion
    cites: tuple[str, ...]


class Scope(msgspec.Struct, frozen=True):
    """Patients whom the guideline does not cover."""

    when: Criterion
    says: str
    cites: tuple[str, ...]


class Adult(msgspec.Struct, frozen=True):
    """From which age doses may be shown, and what is said where they may not."""

    fact: str
    from_years: Decimal
    child: str
    unknown: str
    cites: tuple[str, ...]


class Source(msgspec.Struct, frozen=True):
    """A source text as it is named to users."""

    id: str
    title: str
    publisher: str
    url: str


class Edition(msgspec.Struct, frozen=True):
    """Which guideline this is, what it rests on, what it is meant for."""

    id: str
    version: str
    title: str
    date: str
    sources: tuple[Source, ...]
    intended_use: str
    evidence: tuple[Basis, ...]


class Unstated(msgspec.Struct, frozen=True):
    """How a regimen without a stated purpose is read: this purpose while the criterion holds."""

    purpose: str
    when: Criterion
    cites: tuple[str, ...]


class OldMeasurement(msgspec.Struct, frozen=True):
    """From which age a dated measurement is still used but remarked on."""

    fact: str
    days: int
    says: str
    cites: tuple[str, ...]


class Guideline(msgspec.Struct, frozen=True):
    """The whole guideline; every id in it resolves, every sentence is parsed."""

    edition: Edition
    content_hash: str
    statements: dict[str, Statement]
    references: dict[str, Reference]
    interpretations: dict[str, Interpretation]
    vocabulary: Vocabulary
    terms: dict[str, Term]
    drugs: dict[str, Drug]
    drug_classes: dict[str, DrugClass]
    groups: tuple[Group, ...]
    nodes: tuple[Node, ...]
    scope: Scope
    adult: Adult
    unstated_purpose: Unstated
    implications: tuple[Implication, ...]
    conflicts: tuple[Conflict, ...]
    rules: tuple[Rule, ...]
    notices: tuple[Notice, ...]
    old_measurements: tuple[OldMeasurement, ...]
    readings: dict[str, tuple[str, ...]]
    safety: Safety = Safety()
    monitoring: dict[str, Policy] = {}
    order_limits: OrderLimits = OrderLimits()
    departures: tuple[Departure, ...] = ()
    other_drugs: dict[str, OtherDrug] = {}

    def node(self, name: str) -> Node:
        """Give the node of this id; raises ``KeyError`` when there is none."""
        for node in self.nodes:
            if node.id == name:
                return node
        raise KeyError(name)

    def drugs_of(self, drug_class: str) -> frozenset[str]:
        """Give the drugs that count in a class."""
        return frozenset(name for name, drug in self.drugs.items() if drug_class in drug.classes)

    def speaks(self, rule: Rule, node: Node, option: Option) -> bool:
        """Say whether a shared rule looks at an option of a node."""
        if rule.groups and node.group not in rule.groups:
            return False
        if rule.nodes and node.id not in rule.nodes:
            return False
        if rule.drugs and set(rule.drugs).isdisjoint(option.drugs):
            return False
        return not any(self.drugs_of(name).issuperset(option.drugs) for name in rule.not_classes)
