"""What may be chosen: options and rules alive, nothing gone untold, safety that only subtracts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, get_args

from myopathway.criteria import ALWAYS, All, Held, Leaf, OptionEvent, TakenWith, leaves
from myopathway.engine.clause import STRICTNESS
from myopathway.engine.options import exhausted
from myopathway.recommendation import engine_for
from myopathway.verify.kleene import row
from myopathway.verify.report import Failure
from myopathway.verify.sentences import rules_spoken
from myopathway.verify.smallest import shrunk, smallest_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.criteria import Criterion
    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline, Node, Option, Therapy
    from myopathway.verify.report import Facts
    from myopathway.verify.sentences import Spoken
    from myopathway.verify.solver import Formula, Solver

EXHAUSTED: Final = "exhausted"
LEAVES: Final = get_args(Leaf)


class Choices:
    """The options of every node as formulas; ``at`` gives the smallest patient of a node."""

    def __init__(self, guideline: Guideline, solver: Solver, at: dict[str, Facts]) -> None:
        """Gather the rules that speak of each option."""
        self._guideline = guideline
        self._solver = solver
        self._at = at
        self._day = dt.date.fromisoformat(guideline.edition.date)
        self._rule_at: dict[str, Facts] = {}
        self.spoken = tuple(rules_spoken(guideline))
        self.options = [
            (node, therapy, option)
            for node in guideline.nodes
            for therapy in node.therapies
            for option in therapy.options
        ]

    def at(self, node: Node) -> Facts:
        """Give the smallest patient of a node; nothing known where no patient belongs there."""
        return self._at.get(node.id) or {}

    def _here(self, node: Node) -> Formula:
        return self._solver.formula(All(node.when))

    def _listed(self, option: Option) -> Formula:
        return self._solver.formula(option.listed or ALWAYS)

    def _rule(self, one: Spoken) -> Formula:
        return self._solver.formula(one.rule.when, one.option.drugs, one.node.purpose)

    def _blocked(self, node: Node, option: Option) -> Formula:
        return self._solver.either(
            self._rule(one)
            for one in self.spoken
            if one.rule.verdict == "excluded" and one.node == node and one.option == option
        )

    def dead_options(self) -> Iterator[Failure]:
        """Find options that no fully known patient of their node can be given."""
        for node, _, option in self.options:
            here, listed = self._here(node), self._listed(option)
            free = self._solver.negation(self._blocked(node, option))
            if not self._solver.possible(here, listed):
                says = f"{node.id}: {option.id} is never listed"
                yield Failure(says, self.at(node))
            elif not self._solver.possible(here, listed, free):
                yield Failure(f"{node.id}: {option.id} is always excluded", self.at(node))

    def dead_rules(self) -> Iterator[Failure]:
        """Find rules written for one option that never hold at its node, or always do."""
        solver = self._solver
        for one in self.spoken:
            if not one.own or any(_of_record(leaf) for leaf in leaves(one.rule.when)):
                continue
            here, rule = self._here(one.node), self._rule(one)
            if not solver.possible(here, self._listed(one.option), rule):
                yield Failure(f"{one.where}: it holds for no patient there", self.at(one.node))
            elif not solver.possible(here, solver.negation(rule)):
                yield Failure(f"{one.where}: it holds for every patient there", self.at(one.node))

    def fired_by_nothing(self) -> Iterator[Failure]:
        """Find rules that hold for an option although nothing is known of the patient."""
        seen: set[str] = set()
        for one in self.spoken:
            drugs = one.rule.drugs if one.rule.safety else one.option.drugs

            def nothing(part: Criterion, drugs: tuple[str, ...] = drugs) -> tuple[int, int] | None:
                match part:
                    case TakenWith(drug=drug):
                        return int(drug in drugs), 0
                    case _:
                        return (0, 0) if isinstance(part, LEAVES) else None

            if one.where not in seen and row(one.rule.when, nothing, 1)[0]:
                seen.add(one.where)
                says = f"{one.where}: true for {one.option.id} though nothing is known"
                yield Failure(says, self.at(one.node))

    def silent(self) -> Iterator[Failure]:
        """Find patients who lose every option of a therapy meant for all without being told."""
        solver = self._solver
        for node in self._guideline.nodes:
            told = solver.either(
                solver.formula(one.when)
                for one in self._guideline.notices
                if one.occasion == EXHAUSTED
                and (
                    not (one.groups or one.nodes)
                    or node.group in one.groups
                    or node.id in one.nodes
                )
            )
            for therapy in _for_all(node):
                gone = solver.both(self._gone(node, option) for option in therapy.options)
                patient = solver.patient(self._here(node), gone, solver.negation(told))
                if patient is not None:
                    names = ", ".join(option.id for option in therapy.options)
                    says = f"{node.id}: every option is gone and nothing says so ({names})"
                    yield Failure(says, self._shrunk(patient, node, therapy))

    def _gone(self, node: Node, option: Option) -> Formula:
        unlisted = self._solver.negation(self._listed(option))
        return self._solver.either([unlisted, self._blocked(node, option)])

    def _shrunk(self, patient: Facts, node: Node, therapy: Therapy) -> Facts:
        place = node.therapies.index(therapy)
        bases = self._bases()

        def shows(facts: Facts) -> bool:
            answer = self.answer(facts)
            if answer.node != node.id:
                return False
            own = answer.therapies[place]
            gone = exhausted(own) or not own.options
            return gone and not bases & {one.basis for one in answer.notices}

        return shrunk(patient, shows) if shows(patient) else patient

    def _bases(self) -> set[str]:
        notices = self._guideline.notices
        return {one.cites[0] for one in notices if one.occasion == EXHAUSTED}

    def told(self) -> Iterator[Failure]:
        """Hold the engine to it: who has lost every option of a therapy is told so."""
        bases = self._bases()
        for node in self._guideline.nodes:
            for therapy in _for_all(node):
                gone = [self._gone(node, option) for option in therapy.options]
                listed = self._solver.either(self._listed(option) for option in therapy.options)
                patient = self._solver.patient(self._here(node), listed, *gone)
                if patient is None:
                    continue
                answer = self.answer(patient)
                own = answer.therapies[node.therapies.index(therapy)]
                if not exhausted(own) or not bases & {one.basis for one in answer.notices}:
                    yield Failure(f"{node.id}: the engine does not say that all is gone", patient)

    def widened(self) -> Iterator[Failure]:
        """Find patients to whom the drug-safety rules give more than the sources alone."""
        for node in self._guideline.nodes:
            yield from self._wider(self.at(node), f"{node.id}, nothing else known")
        for one in self.spoken:
            if one.rule.safety:
                patient = self._fires(one)
                if patient is not None:
                    yield from self._wider(patient, f"{one.where}, {one.node.id}")

    def _fires(self, one: Spoken) -> Facts | None:
        """Give a patient of the node for whose option the rule holds, a small one if possible."""
        rule = self._rule_at.get(one.where)
        if rule is None:
            rule = self._rule_at[one.where] = smallest_true(self._guideline, one.rule.when)
        patient = {**rule, **self.at(one.node)}
        answer = self.answer(patient)
        told = {
            reason.basis
            for part in answer.therapies
            for option in part.options
            if option.id == one.option.id
            for reason in option.reasons
        }
        if answer.node == one.node.id and one.rule.cites[0] in told:
            return patient
        here, listed = self._here(one.node), self._listed(one.option)
        return self._solver.patient(here, listed, self._rule(one))

    def _wider(self, facts: Facts, where: str) -> Iterator[Failure]:
        before, after = self.answer(facts, safety=False), self.answer(facts)
        if (before.node, before.possible) != (after.node, after.possible):
            yield Failure(f"{where}: the drug-safety rules move the patient", facts)
            return
        less = {
            (place, option.id): option
            for place, part in enumerate(before.therapies)
            for option in part.options
        }
        for place, part in enumerate(after.therapies):
            for option in part.options:
                alone = less.pop((place, option.id), None)
                if alone is None:
                    yield Failure(f"{where}: the drug-safety rules add {option.id}", facts)
                elif STRICTNESS[option.verdict] < STRICTNESS[alone.verdict]:
                    says = f"{option.id} is {alone.verdict} alone and {option.verdict} with them"
                    yield Failure(f"{where}: {says}", facts)

    def answer(self, facts: Facts, *, safety: bool = True) -> Answer:
        """Give the engine's answer for a facts document, on the day of the edition."""
        record = self._guideline.vocabulary.read(facts)
        return engine_for(self._guideline, safety=safety).answer(record, self._day)


def _of_record(leaf: Leaf) -> bool:
    """Say whether a leaf is true only while something is not recorded."""
    match leaf:
        case OptionEvent(event=event):
            return event == "no-outcome"
        case Held(purpose=purpose):
            return purpose == "unknown"
        case _:
            return False


def _for_all(node: Node) -> list[Therapy]:
    return [one for one in node.therapies if one.role != "consider" and one.options]
