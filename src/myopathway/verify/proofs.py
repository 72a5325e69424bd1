"""Every proof about a content, each with the space that it covers."""

from __future__ import annotations

import time
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from myopathway.cases import load_cases
from myopathway.criteria import ALWAYS, All
from myopathway.errors import ContentError
from myopathway.verify.agreement import Agreement, agreement
from myopathway.verify.becoming import Becoming
from myopathway.verify.choices import Choices
from myopathway.verify.coverage import uncovered, wrong_cases
from myopathway.verify.criteria import Criteria, check_criteria
from myopathway.verify.dosing import beyond, weights
from myopathway.verify.placing import NOWHERE, Placing
from myopathway.verify.report import Failure, Finding
from myopathway.verify.solver import Solver
from myopathway.verify.structure import citations, uncited, unsourced, unused
from myopathway.verify.thresholds import Thresholds
from myopathway.verify.ways import doubled, unremarked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from myopathway.cases import Case
    from myopathway.guideline.model import Guideline, Node
    from myopathway.verify.report import Facts

How: TypeAlias = Literal["read", "every case", "exhaustive", "solver", "exhaustive and solver"]
Found: TypeAlias = "tuple[str, Iterable[Failure]]"
"""The space in words, and what is wrong in it."""

SAYS: Final[dict[str, tuple[How, str]]] = {
    "readings": ("read", "Every reading of an ambiguous sentence is cited somewhere"),
    "words": ("read", "Every fact, term, class and drug is used by a sentence"),
    "sources": ("read", "Every therapy and option rests on a statement of the sources"),
    "cases-hold": ("every case", "Every vignette is answered as it expects"),
    "cases-cover": ("every case", "Every node and option is shown, refused and left open by one"),
    "one-node": (
        "exhaustive and solver",
        "Who is fully known has exactly one node, or a named contradiction",
    ),
    "nodes-reached": ("exhaustive and solver", "Every node is reached by some patient"),
    "nothing-known": (
        "exhaustive",
        "Of whom nothing is known, nothing is true and nothing is given",
    ),
    "criteria-vary": ("exhaustive", "Every criterion can be true and can be false"),
    "rules-vary": ("solver", "Every rule of an option can hold at its node, and can fail there"),
    "options-reached": ("solver", "Every option can be given to some patient of its node"),
    "gone-is-told": ("solver", "Nobody loses every option of a therapy meant for all untold"),
    "safety-subtracts": ("solver", "The drug-safety rules add no option and soften no verdict"),
    "thresholds": (
        "exhaustive",
        "Each number is bad in one direction, with no hole between bounds",
    ),
    "two-ways": ("exhaustive", "Two statements of one thing that disagree are remarked on"),
    "doses": ("exhaustive", "No dose passes the content's own limits for orders"),
    "kleene": ("exhaustive", "A criterion is unknown exactly where its completions differ"),
    "criteria-asked": (
        "exhaustive",
        "For an open criterion exactly the facts are asked that can settle it",
    ),
    "histories": ("exhaustive", "What became of a drug is read as its completions say"),
    "places": ("exhaustive", "The engine keeps exactly the nodes that some completion reaches"),
    "questions": ("exhaustive", "It asks every fact that can change the place, and no other"),
    "learning": ("exhaustive", "Learning a fact never brings back a node"),
}


class Proofs:
    """The proofs about one guideline, which share what is expensive to make."""

    def __init__(self, guideline: Guideline, cases: Path, *, workers: int) -> None:
        """Prove about this guideline and its folder of vignettes."""
        self._guideline = guideline
        self._folder = cases
        self._workers = workers

    def findings(self, only: Collection[str]) -> Iterator[Finding]:
        """Prove one property after the other; time that several share counts for the first."""
        for name, (how, says) in SAYS.items():
            if name in only:
                start = time.perf_counter()
                proof: Callable[[], Found] = getattr(self, "_" + name.replace("-", "_"))
                space, failures = proof()
                found = tuple(failures)
                yield Finding(name, says, how, space, time.perf_counter() - start, found)

    @cached_property
    def _cases(self) -> tuple[Case, ...]:
        return load_cases(self._folder, self._guideline)

    @cached_property
    def _placing(self) -> Placing:
        return Placing(self._guideline)

    @cached_property
    def _at(self) -> dict[str, Facts]:
        """The smallest patient of each node."""
        found = {
            node.id: self._placing.smallest(self._placing.rows[node.id])
            for node in self._guideline.nodes
        }
        return {name: facts for name, facts in found.items() if facts is not None}

    @cached_property
    def _solver(self) -> Solver:
        return Solver(self._guideline)

    @cached_property
    def _choices(self) -> Choices:
        return Choices(self._guideline, self._solver, self._at)

    @cached_property
    def _criteria(self) -> Criteria:
        return check_criteria(self._guideline)

    @cached_property
    def _agreement(self) -> Agreement:
        return agreement(self._placing, self._workers)

    def _readings(self) -> Found:
        return f"{citations(self._guideline):,} citations", uncited(self._guideline)

    def _words(self) -> Found:
        guideline = self._guideline
        words = (guideline.vocabulary.facts, guideline.terms, guideline.drug_classes)
        count = sum(len(one) for one in words) + len(guideline.drugs)
        return f"{count:,} words", unused(guideline)

    def _sources(self) -> Found:
        return f"{len(self._choices.options):,} options", unsourced(self._guideline, self._at)

    def _cases_hold(self) -> Found:
        try:
            cases = self._cases
        except ContentError as error:
            return "no vignettes", [Failure(str(fault)) for fault in error.faults]
        return f"{len(cases):,} vignettes", wrong_cases(cases, self._guideline)

    def _cases_cover(self) -> Found:
        places = len(self._guideline.nodes) + len(self._choices.options)
        space = f"{places:,} nodes and options, three ways"
        try:
            self._cases  # noqa: B018 - they may be unreadable
        except ContentError as error:
            return space, [Failure(str(fault)) for fault in error.faults]
        return space, uncovered(self._cases, self._guideline, self._at)

    def _one_node(self) -> Found:
        return f"{self._placing.kinds:,} kinds of patients", self._several()

    def _several(self) -> Iterator[Failure]:
        placing, solver = self._placing, self._solver
        nowhere = placing.rows[NOWHERE]
        covered = solver.negation(solver.formula(self._guideline.scope.when))
        plain = [node for node in self._guideline.nodes if not node.wins]
        apart = [solver.negation(solver.formula(one)) for one in placing.when.values()]
        if nowhere or solver.possible(covered, *apart):
            yield Failure("a patient who belongs to no node", placing.smallest(nowhere))
        for one, other in combinations(plain, 2):
            both = placing.rows[one.id] & placing.rows[other.id]
            formulas = [solver.formula(placing.when[node.id]) for node in (one, other)]
            if both or solver.possible(covered, *formulas):
                says = f"a patient who belongs to {one.id} and to {other.id}"
                yield Failure(says, placing.smallest(both))

    def _nodes_reached(self) -> Found:
        return f"{len(self._guideline.nodes)} nodes", self._unreached()

    def _unreached(self) -> Iterator[Failure]:
        placing = self._placing
        for node in self._guideline.nodes:
            formula = self._solver.formula(placing.when[node.id])
            if not placing.rows[node.id] or not self._solver.possible(formula):
                yield self._almost(node)

    def _almost(self, node: Node) -> Failure:
        """Find the patient who meets all sentences of a node but one."""
        space = self._placing.settled
        for place, left_out in enumerate(node.when, start=1):
            rest = All(tuple(part for part in node.when if part is not left_out))
            patient = self._placing.smallest(space.row(rest)[0])
            if patient is not None:
                says = f"{node.id}: nobody belongs here; this patient fails sentence {place} alone"
                return Failure(says, patient)
        return Failure(f"{node.id}: nobody belongs here", {})

    def _nothing_known(self) -> Found:
        space = f"{self._criteria.looked_at:,} criteria"
        by_option = self._choices.fired_by_nothing()
        return space, (*self._criteria.empty, *by_option, *self._empty_answer())

    def _empty_answer(self) -> Iterator[Failure]:
        answer = self._choices.answer({})
        nodes = tuple(node.id for node in self._guideline.nodes)
        if answer.status != "needs-information" or answer.possible != nodes or answer.therapies:
            possible = ", ".join(answer.possible)
            yield Failure(f"the answer is {answer.status}, possible: {possible}", {})
        standing = {one.cites[0] for one in self._guideline.notices if one.when == ALWAYS}
        for told in answer.notices:
            if told.basis not in standing:
                yield Failure(f"a notice is given: {told.basis}", {})

    def _criteria_vary(self) -> Found:
        return f"{self._criteria.looked_at:,} criteria", self._criteria.vary

    def _rules_vary(self) -> Found:
        own = sum(one.own for one in self._choices.spoken)
        return f"{own:,} rules", self._choices.dead_rules()

    def _options_reached(self) -> Found:
        return f"{len(self._choices.options):,} options", self._choices.dead_options()

    def _gone_is_told(self) -> Found:
        silent = (*self._choices.silent(), *self._choices.told())
        return "every fully known patient, numbers as numbers", silent

    def _safety_subtracts(self) -> Found:
        rules = sum(one.rule.safety for one in self._choices.spoken)
        return f"{rules:,} rules at their options", self._choices.widened()

    def _thresholds(self) -> Found:
        thresholds = Thresholds(self._guideline, self._at)
        failures = (*thresholds.holes(), *thresholds.turned())
        return f"{len(thresholds.profiles):,} numbers of drugs", failures

    def _two_ways(self) -> Found:
        return f"{len(doubled(self._guideline)):,} things", unremarked(self._guideline)

    def _doses(self) -> Found:
        count = len(weights(self._guideline))
        return f"every dose at {count:,} weights", beyond(self._guideline, self._at)

    def _kleene(self) -> Found:
        space = f"{self._criteria.patients:,} patients, known and half known"
        return space, (*self._criteria.unknown, *self._criteria.engine)

    def _criteria_asked(self) -> Found:
        space = f"{self._criteria.patients:,} patients, known and half known"
        return space, self._criteria.asked

    def _histories(self) -> Found:
        becoming = Becoming(self._guideline)
        failures = tuple(becoming.unlike())
        return f"{becoming.looked_at:,} histories", failures

    def _places(self) -> Found:
        held = self._agreement
        return f"{held.size:,} patients, known and half known", (*held.places, *self._beside())

    def _beside(self) -> Iterator[Failure]:
        """Hold the engine to contradictions that read nothing else, and to broken implications."""
        statements = [facts for axis in self._placing.axes for facts in axis.broken]
        for axes, conflicts in self._placing.beside:
            statements += [facts for axis in axes for facts in axis.broken]
            statements += self._placing.contradicting(axes, conflicts)
        for facts in statements:
            if self._choices.answer(facts).status != "conflict":
                yield Failure("the engine does not see that these facts contradict", facts)

    def _questions(self) -> Found:
        return f"{self._agreement.size:,} patients", self._agreement.questions

    def _learning(self) -> Found:
        return f"{self._agreement.size:,} patients, each way on", self._agreement.learning
