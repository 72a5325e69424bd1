"""The whole library: from what a record says to the node, its options and their doses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.export import common, conditions, doses, reading
from myopathway.export.conditions import problems
from myopathway.export.cql.build import (
    both,
    either,
    equals,
    is_true,
    known,
    negated,
    op,
    path,
    record,
    text,
)
from myopathway.export.cql.syntax import (
    Alias,
    Case,
    CqlLibrary,
    Define,
    Expression,
    If,
    Items,
    Literal,
    Null,
    Query,
    Ref,
)
from myopathway.export.criteria import cited, criterion, term_defines, terms_by_history
from myopathway.export.facts import FactBook
from myopathway.export.history import lines, regimens
from myopathway.export.medications import recorded
from myopathway.export.names import (
    LIBRARY,
    POSSIBLE,
    STATUS,
    doses_name,
    group_name,
    listed_name,
    may_be,
    recommended,
    verdict_name,
)
from myopathway.export.options import Judging
from myopathway.export.position import Map
from myopathway.export.treatments import treatments
from myopathway.fhir.codes import FACTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.criteria import Criterion
    from myopathway.guideline.model import Guideline, Node, Option, Therapy

ANSWER: Final = "The answer"
_OPTION: Final = (
    "Tuple { therapy Integer, role String, option String, tier String, verdict String, doses List<"
    + doses.DOSE
    + "> }"
)


def library(guideline: Guideline) -> CqlLibrary:
    """Write a guideline as a library; raises ``ContentError`` for what cannot be exact."""
    edition = guideline.edition
    says = (
        f"{edition.title}, version {edition.version}, content {guideline.content_hash[:12]}.",
        "Generated from the guideline's content; do not edit. Unknown is null, never false.",
        edition.intended_use,
    )
    return CqlLibrary(
        LIBRARY, edition.version, says, tuple(_defines(guideline)), (("Facts", FACTS),)
    )


def _defines(guideline: Guideline) -> Iterator[Define]:
    book = FactBook(guideline)
    where = Map(guideline)
    judging = Judging(guideline)
    options = list(judging.defines())
    facts = guideline.vocabulary.facts
    yield from common.logic()
    yield from reading.reading()
    units = dict.fromkeys(one.unit for one in facts.values() if one.type in {"number", "grade"})
    for unit in units:
        yield reading.units(unit)
    yield from problems()
    for fact in facts.values():
        if any(not one.doubt for one in fact.conditions) and fact.type in {"boolean", "choice"}:
            yield from conditions.shown(fact)
    yield from book.defines()
    yield from recorded(guideline)
    yield from treatments()
    yield from regimens(guideline)
    yield from common.company(guideline)
    yield from term_defines(guideline, _criteria(guideline))
    yield from lines(guideline, where.cuts.lines.leaves)
    yield from terms_by_history(guideline, (one for node in guideline.nodes for one in node.when))
    yield from where.defines()
    yield from judging.rules
    yield from options
    yield from doses.doses(guideline)
    yield from _answer(guideline, book)


def _criteria(guideline: Guideline) -> Iterator[Criterion]:
    """Walk the criteria that the library writes out for facts as they are known."""
    yield guideline.scope.when
    yield guideline.unstated_purpose.when
    yield from (one.when for one in guideline.conflicts)
    yield from (one.when for one in guideline.rules)
    yield from (one.when for one in guideline.safety.rules)
    for node in guideline.nodes:
        yield from node.when
        for therapy in node.therapies:
            for option in therapy.options:
                yield from (one.when for one in option.rules)
                if option.listed is not None:
                    yield option.listed


def _answer(guideline: Guideline, book: FactBook) -> Iterator[Define]:
    scope = guideline.scope
    yield Define(
        "Not covered",
        is_true(criterion(scope.when)),
        cited(scope.says, scope.cites),
        section=ANSWER,
    )
    for conflict in guideline.conflicts:
        yield Define(
            f"Contradiction {conflict.id}",
            is_true(criterion(conflict.when)),
            cited(conflict.says, conflict.cites),
            section=ANSWER,
        )
    stands = [
        is_true(both(*(criterion(one) for one in node.when)))
        for node in guideline.nodes
        if node.wins
    ]
    wrong = either(*(Ref(f"Contradiction {one.id}") for one in guideline.conflicts), book.broken())
    yield Define(
        "Contradiction",
        both(negated(either(*stands)) if stands else Literal(value=True), wrong),
        ("Stated facts contradict each other, and no node stands whatever they say.",),
        section=ANSWER,
    )
    named = tuple(
        If(Ref(may_be(node.id)), text(node.id), Null("String")) for node in guideline.nodes
    )
    possible = Query(Items(named), "Node", known(Alias("Node")))
    yield Define(
        POSSIBLE,
        If(either(Ref("Not covered"), Ref("Contradiction")), Items(()), possible),
        ("Every node that the known facts still allow.",),
        section=ANSWER,
    )
    yield Define(
        STATUS,
        Case(
            (
                (Ref("Not covered"), text("not-covered")),
                (Ref("Contradiction"), text("conflict")),
                (equals(op("Count", Ref(POSSIBLE)), Literal(1)), text("recommended")),
            ),
            text("needs-information"),
        ),
        section=ANSWER,
    )
    yield Define("More has to be known", equals(Ref(STATUS), "needs-information"), section=ANSWER)
    settled = equals(Ref(STATUS), "recommended")
    chosen = If(settled, op("First", Ref(POSSIBLE)), Null("String"))
    yield Define("Node", chosen, section=ANSWER)
    groups = tuple((text(node.id), text(node.group)) for node in guideline.nodes)
    yield Define("Group", Case(groups, Null("String"), Ref("Node")), section=ANSWER)
    numbered = tuple(
        (text(node.id), Literal(node.line)) for node in guideline.nodes if node.line is not None
    )
    yield Define("Line", Case(numbered, Null("Integer"), Ref("Node")), section=ANSWER)
    for node in guideline.nodes:
        so = op("IsTrue", equals(Ref("Node"), node.id))
        yield Define(recommended(node.id), so, (node.title + ".",), section=ANSWER)
        if node.therapies:
            yield Define(f"Options of {node.id}", _options(node), section=ANSWER)
    for group in guideline.groups:
        so = op("IsTrue", equals(Ref("Group"), group.id))
        says = cited(group.says, group.cites)
        yield Define(group_name(group.id), so, says, section=ANSWER)
    rows = tuple(
        (text(node.id), Ref(f"Options of {node.id}"))
        for node in guideline.nodes
        if any(one.options for one in node.therapies)
    )
    yield Define("Options", Case(rows, Items((), _OPTION), Ref("Node")), section=ANSWER)
    yield Define(
        "Recommendation",
        record(
            status=Ref(STATUS),
            node=Ref("Node"),
            group=Ref("Group"),
            line=Ref("Line"),
            possible=Ref(POSSIBLE),
            options=Ref("Options"),
        ),
        ("The whole answer.",),
        section=ANSWER,
    )


def _options(node: Node) -> Expression:
    rows = [
        _option(node, therapy, option, place)
        for place, therapy in enumerate(node.therapies, 1)
        for option in therapy.options
    ]
    if not rows:
        return Items((), _OPTION)
    return Query(Items(tuple(rows), _OPTION), "Offer", known(path("Offer", "verdict")))


def _option(node: Node, therapy: Therapy, option: Option, place: int) -> Expression:
    verdict: Expression = Ref(verdict_name(node, option))
    if option.listed is not None:
        verdict = If(Ref(listed_name(node, option)), verdict, Null("String"))
    figures = any(one.kind for one in option.doses)
    return record(
        therapy=Literal(place),
        role=text(therapy.role),
        option=text(option.id),
        tier=text(option.tier) if option.tier else Null("String"),
        verdict=verdict,
        doses=Ref(doses_name(node, option)) if figures else Ref(doses.NO_DOSES),
    )
