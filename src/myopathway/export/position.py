"""Which nodes stay possible, exactly: the engine's decision diagram over all facts, as CQL.

The diagram is grown once for the patient of whom nothing is known. For a patient of whom more is
known the nodes that stay possible are those that can be reached through it: along the arm of a
known fact, along every arm of an unknown one. Where the history decides, the library follows every
history that the record leaves possible.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.criteria import (
    All,
    Any,
    Apart,
    AtLeast,
    Criterion,
    FirstKnown,
    Is,
    Leaf,
    Named,
    Not,
    evaluate,
    facts_of,
    leaves,
    unsettled,
)
from myopathway.engine.cuts import Cuts
from myopathway.engine.diagram import Diagram, End, Maker
from myopathway.engine.factual import fact_truth
from myopathway.errors import ContentError, Fault
from myopathway.export.cql.build import (
    FALSE,
    TRUE,
    among,
    both,
    either,
    equals,
    not_false,
    not_true,
    op,
    some,
    text,
    unknown,
)
from myopathway.export.cql.syntax import Alias, Call, Define, Expression, If, Null, Ref
from myopathway.export.criteria import BY_HISTORY, criterion
from myopathway.export.history import HISTORIES, UNSTATED
from myopathway.export.names import REGIMENS, fact_name, may_be, term_name
from myopathway.facts import Fact, Known
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from myopathway.guideline.model import Guideline

SECTION: Final = "Where the patient may belong"
_DAY: Final = dt.date(2000, 1, 1)  # no criterion that places a patient reads the day
_HISTORY: Final = "history"


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where only the history is left to decide: what each node then still asks of it.

    ``unstated`` says whether a regimen without a stated purpose has one by now.
    """

    asks: tuple[tuple[str, Expression], ...]
    without_history: frozenset[str]
    unstated: Truth


class Assumed:
    """A view of assumed facts; what is not among them is open."""

    def __init__(self, truths: dict[Leaf, Truth]) -> None:
        """Assume these truths."""
        self._truths = truths
        self.terms: dict[str, Truth] = {}

    def truth(self, leaf: Leaf) -> Truth:
        """Give the truth of a leaf under the assumptions."""
        return self._truths.get(leaf, Truth.UNKNOWN)


class Map:
    """The diagram of one guideline, grown over all facts."""

    def __init__(self, guideline: Guideline) -> None:
        """Grow it; raises ``ContentError`` for content that no exact diagram can be grown of."""
        self._pseudo: dict[str, tuple[FirstKnown, Expression]] = {}
        self._guideline = self._with_single_facts(guideline)
        self.cuts = Cuts(self._guideline)
        self._maker = Maker()
        self._grown: dict[object, Diagram | None] = {}
        self.crossings: dict[str, Crossing] = {}
        self.root = self._grow({})

    def defines(self) -> Iterator[Define]:
        """Define, for each node, whether it is possible."""
        place = self._titles()
        asked: dict[tuple[str, Expression], str] = {}
        for crossing in self.crossings.values():
            for one in crossing.asks:
                if one not in asked:
                    again = sum(node == one[0] for node, _ in asked)
                    asked[one] = f"History leads to {one[0]}" + (f" {again + 1}" if again else "")
                    takes = (("history", "List<String>"),)
                    yield Define(asked[one], one[1], (), takes, SECTION)
        for name, title in place.items():
            says = ", ".join(node for node, _ in self.crossings[name].asks)
            body = self._reach(lambda end, name=name: end == End("", name))  # type: ignore[misc]
            yield Define(
                title, body, (f"Here the history decides between {says}.",), section=SECTION
            )
        for node in self._guideline.nodes:
            ways = [self._reach(lambda end, node=node: end == End(node.id))]  # type: ignore[misc]
            for name, crossing in self.crossings.items():
                ways += [
                    both(Ref(place[name]), self._by_history(node.id, asked[other, asks], crossing))
                    for other, asks in crossing.asks
                    if other == node.id
                ]
            yield Define(may_be(node.id), either(*ways), (node.title + ".",), section=SECTION)

    def _titles(self) -> dict[str, str]:
        """Name each crossing by the groups that it leads to, numbered where it has to be."""
        group = {node.id: node.group for node in self._guideline.nodes}
        titles: dict[str, str] = {}
        for name, crossing in self.crossings.items():
            groups = dict.fromkeys(group[node] for node, _ in crossing.asks)
            title = f"Facts may lead to {' or '.join(groups)}"
            again = sum(one.startswith(title) for one in titles.values())
            titles[name] = f"{title}, {again + 1}" if again else title
        return titles

    def _reach(self, wanted: Callable[[End], bool]) -> Expression:
        """Say whether the known facts allow a way to an end."""
        done: dict[int, Expression] = {}

        def from_here(diagram: Diagram | None) -> Expression:
            if diagram is None:
                return FALSE
            if isinstance(diagram, End):
                return TRUE if wanted(diagram) else FALSE
            if id(diagram) not in done:
                done[id(diagram)] = self._ways(diagram.fact, [from_here(a) for a in diagram.arms])
            return done[id(diagram)]

        return from_here(self.root)

    def _ways(self, fact: str, arms: list[Expression]) -> Expression:
        """Join the arms of a test; one of them is always open."""
        groups: dict[Expression, list[int]] = {}
        for place, arm in enumerate(arms):
            groups.setdefault(arm, []).append(place)
        if len(groups) == 1:
            return arms[0]
        always, rest = groups.pop(TRUE, None), [one for one in groups if one != FALSE]
        if always is not None and len(groups) == 1 and rest:
            return either(self._open(fact, always), rest[0])
        found = [] if always is None else [self._open(fact, always)]
        found += [both(self._open(fact, groups[one]), one) for one in rest]
        return either(*found)

    def _open(self, fact: str, arms: list[int]) -> Expression:
        """Say that a fact may have one of these answers: it has, or it is not known."""
        if fact in self._pseudo:
            subject = self._pseudo[fact][1]
            return either(*(not_false(subject) if arm == 0 else not_true(subject) for arm in arms))
        known = self._guideline.vocabulary.facts[fact]
        cells = self.cuts.cells[fact]
        if known.type == "boolean":
            answers = [cells[arm] for arm in arms]
            return either(
                *(
                    not_false(Ref(fact_name(fact))) if one else not_true(Ref(fact_name(fact)))
                    for one in answers
                )
            )
        if known.type == "choice":
            return self._open_choice(known, [cells[arm] for arm in arms])
        return either(*(self._within(fact, arm) for arm in arms))

    def _open_choice(self, fact: Fact, cells: list[object]) -> Expression:
        own = [leaf for leaf in self.cuts.leaves if fact.name in facts_of(leaf)]

        def seen(value: object) -> tuple[Truth, ...]:
            known = {fact.name: Known(value)}  # type: ignore[arg-type]
            return tuple(fact_truth(leaf, known, _DAY) for leaf in own)

        wanted = {seen(value) for value in cells}
        inside = [value for value in fact.values if seen(value) in wanted]
        outside = [value for value in fact.values if value not in inside]
        if len(inside) == 1:
            return not_false(equals(Ref(fact_name(fact.name)), inside[0]))
        if len(outside) == 1:
            return not_true(equals(Ref(fact_name(fact.name)), outside[0]))
        if len(outside) < len(inside):
            return op(
                "Or",
                unknown(Ref(fact_name(fact.name))),
                op("Not", among(Ref(fact_name(fact.name)), outside)),
            )
        return op(
            "Or", unknown(Ref(fact_name(fact.name))), among(Ref(fact_name(fact.name)), inside)
        )

    def _within(self, fact: str, arm: int) -> Expression:
        known = {fact: Known(self.cuts.cells[fact][arm])}
        parts = []
        for leaf in self.cuts.leaves:
            if fact in facts_of(leaf):
                so = fact_truth(leaf, known, _DAY) is Truth.TRUE
                parts.append(not_false(criterion(leaf)) if so else not_true(criterion(leaf)))
        return both(*parts)

    def _grow(self, known: dict[str, Known]) -> Diagram | None:
        truths: dict[Leaf, Truth] = {
            leaf: fact_truth(leaf, known, _DAY) for leaf in self.cuts.leaves
        }
        key = tuple(truths.values())
        if key not in self._grown:
            self._grown[key] = self._from(known, truths)
        return self._grown[key]

    def _from(self, known: dict[str, Known], truths: dict[Leaf, Truth]) -> Diagram | None:
        cuts, view = self.cuts, Assumed(truths)
        if evaluate(self._guideline.scope.when, view) is Truth.TRUE:
            return self._maker.end("", "not-covered")
        places = {node: evaluate(cuts.when[node.id], view) for node in cuts.nodes}
        reached = [node for node, truth in places.items() if truth is Truth.TRUE]
        if any(node.wins for node in reached):
            return self._maker.end(reached[0].id)
        if any(evaluate(one, view) is Truth.TRUE for one in cuts.silent):
            return None
        asking = [evaluate(one, view) for one in cuts.asking]
        if Truth.TRUE in asking:
            return self._maker.end("", "conflict")
        if Truth.UNKNOWN not in (*asking, *places.values()):
            return self._maker.end(reached[0].id) if reached else self._maker.end("", "nowhere")
        fact = self._asked(view)
        if fact is None:
            return self._crossing(truths)
        arms = [self._grow(self._assume(known, fact, value)) for value in cuts.cells[fact]]
        return self._maker.test(fact, arms)

    def _asked(self, view: Assumed) -> str | None:
        criteria = (*self.cuts.when.values(), self._guideline.scope.when, *self.cuts.asking)
        names = {
            name
            for one in criteria
            for leaf in unsettled(one, view)
            if not isinstance(leaf, Apart)
            for name in facts_of(leaf)
        }
        return next((name for name in self.cuts.facts if name in names), None)

    def _assume(self, known: dict[str, Known], fact: str, value: object) -> dict[str, Known]:
        assumed = {**known, fact: Known(value)}  # type: ignore[arg-type]
        for one in self._guideline.implications:
            if one.given == fact and value is True:
                assumed.setdefault(one.then, Known(value=True))
            if one.then == fact and value is False:
                assumed.setdefault(one.given, Known(value=False))
        return assumed

    def _crossing(self, truths: dict[Leaf, Truth]) -> Diagram:
        """Note what each node still asks of the history; nodes are told apart by it."""
        view = Assumed(truths)
        asks: list[tuple[str, Expression]] = []
        open_nodes: list[str] = []
        for node in self.cuts.nodes:
            if evaluate(self.cuts.when[node.id], view) is Truth.FALSE:
                continue
            parts = [one for one in node.when if evaluate(one, view) is not Truth.TRUE]
            asks.append((node.id, both(*(criterion(one, BY_HISTORY) for one in parts))))
            open_nodes.append(node.id)
        found = self._by_vector(truths)
        self._apart(found)
        unstated = evaluate(self._guideline.unstated_purpose.when, view)
        crossing = Crossing(tuple(asks), frozenset().union(*found), unstated)
        for name, other in self.crossings.items():
            if other == crossing:
                return self._maker.end("", name)
        name = f"{_HISTORY} {len(self.crossings) + 1}"
        self.crossings[name] = crossing
        return self._maker.end("", name)

    def _by_vector(self, truths: dict[Leaf, Truth]) -> list[frozenset[str]]:
        """Give the nodes that each combination of history criteria reaches."""
        found = []
        for vector in self.cuts.vectors:
            settled = zip(self.cuts.lines.leaves, map(Truth.of, vector), strict=True)
            view = Assumed({**truths, **dict(settled)})
            found.append(
                frozenset(
                    node.id
                    for node in self.cuts.nodes
                    if evaluate(self.cuts.when[node.id], view) is Truth.TRUE
                )
            )
        return found

    @staticmethod
    def _apart(found: list[frozenset[str]]) -> None:
        for nodes in found:
            if len(nodes) > 1:
                both_names = " and ".join(sorted(nodes))
                found_so = f"{both_names} can hold at once"
                want = "nodes that exclude each other, to be exported"
                raise ContentError([Fault("nodes", found_so, want)])

    def _with_single_facts(self, guideline: Guideline) -> Guideline:
        """See what can be stated in several ways as one yes-or-no fact."""
        nodes = tuple(
            msgspec.structs.replace(node, when=tuple(self._single(one) for one in node.when))
            for node in guideline.nodes
        )
        scope = msgspec.structs.replace(guideline.scope, when=self._single(guideline.scope.when))
        conflicts = tuple(
            msgspec.structs.replace(one, when=self._single(one.when)) for one in guideline.conflicts
        )
        facts: dict[str, Fact] = {}
        for name, fact in guideline.vocabulary.facts.items():
            for pseudo, (first, _) in self._pseudo.items():
                if name == facts_of(next(leaves(first)))[0]:
                    facts[pseudo] = Fact(pseudo, "boolean", pseudo, pseudo)
            facts[name] = fact
        vocabulary = msgspec.structs.replace(guideline.vocabulary, facts=facts)
        found = msgspec.structs.replace(
            guideline, nodes=nodes, scope=scope, conflicts=conflicts, vocabulary=vocabulary
        )
        self._used_once(found)
        return found

    def _used_once(self, guideline: Guideline) -> None:
        criteria = [*(one for node in guideline.nodes for one in node.when), guideline.scope.when]
        criteria += [one.when for one in guideline.conflicts]
        others = {name for one in criteria for leaf in leaves(one) for name in facts_of(leaf)}
        for first, _ in self._pseudo.values():
            for leaf in leaves(first):
                if twice := others.intersection(facts_of(leaf)):
                    so = f"{min(twice)} is read elsewhere too"
                    want = "a fact read in one place, to be exported"
                    raise ContentError([Fault("first_known", so, want)])

    def _single(self, one: Criterion, shown: Expression | None = None) -> Criterion:
        match one:
            case FirstKnown():
                for name, (first, _) in self._pseudo.items():
                    if first == one:
                        return Is(name, value=True)
                name = f"first known {len(self._pseudo) + 1}"
                self._pseudo[name] = one, shown or criterion(one)
                return Is(name, value=True)
            case Named(term=term, part=part):
                return Named(term, self._single(part, Ref(term_name(term))))
            case Not(part=part):
                return Not(self._single(part))
            case All(parts=parts):
                return All(tuple(self._single(part) for part in parts))
            case Any(parts=parts):
                return Any(tuple(self._single(part) for part in parts))
            case AtLeast(count=count, parts=parts):
                return AtLeast(count, tuple(self._single(part) for part in parts))
            case _:
                return one

    def _by_history(self, node: str, name: str, crossing: Crossing) -> Expression:
        """Say that some possible history leads to a node; without one recorded, any history may."""
        stated = self._guideline.unstated_purpose.purpose
        unstated: Expression = Ref(UNSTATED)
        if crossing.unstated is Truth.TRUE:
            unstated = text(stated)
        elif crossing.unstated is Truth.FALSE:
            unstated = Null("String")
        told = some(Call(HISTORIES, (unstated,)), "Chosen", Call(name, (Alias("Chosen"),)))
        if node in crossing.without_history:
            return op("Or", unknown(Ref(REGIMENS)), told)
        return If(unknown(Ref(REGIMENS)), FALSE, told)
