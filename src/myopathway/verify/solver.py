"""Fully known patients as formulas, for spaces too large to walk: numbers are numbers here."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

from myopathway.criteria import (
    All,
    Apart,
    AtLeast,
    Compare,
    Criterion,
    Ended,
    FirstKnown,
    Held,
    Includes,
    Is,
    Named,
    Not,
    OptionEvent,
    RegimenEnded,
    TakenWith,
)
from myopathway.criteria import (
    Any as AnyOf,
)
from myopathway.errors import Fault, InputError
from myopathway.verify.axes import plain
from myopathway.verify.documents import BAD_ENDS, counted_drugs
from myopathway.verify.events import drug_sets, happened, regimens_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from myopathway.facts import Fact
    from myopathway.guideline.model import Guideline
    from myopathway.verify.events import Drugs
    from myopathway.verify.report import Facts

Formula = Any  # z3 ships no types


class Solver:
    """Answers whether a fully known patient without contradictions can meet some criteria."""

    def __init__(self, guideline: Guideline) -> None:
        """State what holds of every patient; raises ``InputError`` where z3 is not installed."""
        try:
            z3: Any = import_module("z3")  # an extra, without types
        except ImportError:
            want = "the extra verify: pip install 'myopathway[verify]'"
            raise InputError([Fault("verify", "z3-solver is not installed", want)]) from None
        self._z3 = z3
        self._guideline = guideline
        self._facts = guideline.vocabulary.facts
        self._variables: dict[tuple[str, str], Formula] = {}
        self._kept: dict[object, Formula] = {}
        given = list(regimens_of(drug_sets(guideline)))
        self._regimens = [(one, z3.Bool(_name(place))) for place, one in enumerate(given)]
        self._solver = z3.SolverFor("QF_LRA")
        self.queries = 0
        for one in guideline.implications:
            self._solver.add(z3.Implies(self._bool(one.given), self._bool(one.then)))
        for conflict in guideline.conflicts:
            self._solver.add(z3.Not(self.formula(conflict.when)))

    def patient(self, *formulas: Formula) -> Facts | None:
        """Give a fully known patient of whom all formulas hold; None where there is none."""
        self.queries += 1
        solver, z3 = self._solver, self._z3
        solver.push()
        try:
            solver.add(*formulas)
            if solver.check() != z3.sat:
                return None
            return self._document(solver.model())
        finally:
            solver.pop()

    def possible(self, *formulas: Formula) -> bool:
        """Say whether there is a fully known patient of whom all formulas hold."""
        self.queries += 1
        solver = self._solver
        solver.push()
        try:
            solver.add(*formulas)
            return bool(solver.check() == self._z3.sat)
        finally:
            solver.pop()

    def negation(self, formula: Formula) -> Formula:
        """Deny a formula."""
        return self._z3.Not(formula)

    def either(self, formulas: Iterable[Formula]) -> Formula:
        """Say that one of the formulas holds."""
        return self._z3.Or([self._z3.BoolVal(val=False), *formulas])

    def both(self, formulas: Iterable[Formula]) -> Formula:
        """Say that all of the formulas hold."""
        return self._z3.And([self._z3.BoolVal(val=True), *formulas])

    def formula(self, criterion: Criterion, drugs: Drugs = (), purpose: str = "") -> Formula:
        """Write a criterion, as seen from an option of these drugs in a node of this purpose."""
        key = (criterion, drugs, purpose)
        if key not in self._kept:
            self._kept[key] = self._formula(criterion, drugs, purpose)
        return self._kept[key]

    def _formula(  # noqa: C901 - a closed set in one place
        self, criterion: Criterion, drugs: Drugs, purpose: str
    ) -> Formula:
        z3 = self._z3
        match criterion:
            case Named(part=part):
                return self.formula(part, drugs, purpose)
            case Not(part=part):
                return z3.Not(self.formula(part, drugs, purpose))
            case All(parts=parts):
                return self.both(self.formula(part, drugs, purpose) for part in parts)
            case AnyOf(parts=parts):
                return self.either(self.formula(part, drugs, purpose) for part in parts)
            case AtLeast(count=count, parts=parts):
                own = [(self.formula(part, drugs, purpose), 1) for part in parts]
                return z3.PbGe(own, count)
            case FirstKnown(parts=parts):
                return self.formula(parts[0], drugs, purpose)  # all is known: the first settles it
            case Is(fact=name, value=bool(value)):
                return self._bool(name) if value else z3.Not(self._bool(name))
            case Is(fact=name, value=value):
                return self._number(name) == list(self._facts[name].values).index(str(value))
            case Compare(fact=name, relation=relation, bound=bound):
                number, limit = self._number(name), z3.RealVal(str(bound))
                return {"<": number < limit, "<=": number <= limit,
                        ">": number > limit, ">=": number >= limit}[relation]  # fmt: skip
            case Includes(fact=name, member=member):
                return self._member(name, member) if member else self._bool_of(name, "any")
            case Apart():
                return z3.BoolVal(val=False)  # one age is enough; two that differ contradict
            case Ended() | RegimenEnded():
                return self._history(criterion)
            case Held():
                return self._some(lambda one: happened(self._guideline, criterion, one, (), ""))
            case TakenWith(drug=drug):
                return self._taken(drug, drugs)
            case OptionEvent(event="allergy"):
                return self.either(self._member("allergies", drug) for drug in drugs)
            case OptionEvent():
                return self._some(
                    lambda one: happened(self._guideline, criterion, one, drugs, purpose)
                )

    def _history(self, leaf: Ended | RegimenEnded) -> Formula:
        guideline, z3 = self._guideline, self._z3
        own = guideline.drugs_of(leaf.drug_class)

        def ended(one: dict[str, Any]) -> bool:
            return one["outcome"] in BAD_ENDS and leaf.how in ("failed", one["outcome"])

        if isinstance(leaf, RegimenEnded):
            return self._some(
                lambda one: ended(one) and one["purpose"] == leaf.purpose
                and len(counted_drugs(guideline, one) & own) >= leaf.count
            )  # fmt: skip
        counted = [
            (counted_drugs(guideline, one), true) for one, true in self._regimens if ended(one)
        ]
        failed = [
            self.either(true for drugs, true in counted if drug in drugs) for drug in sorted(own)
        ]
        return z3.PbGe([(one, 1) for one in failed], leaf.count)

    def _some(self, holds: Callable[[dict[str, Any]], bool]) -> Formula:
        return self.either(own for one, own in self._regimens if holds(one))

    def _taken(self, drug: str, drugs: Drugs) -> Formula:
        given = self._some(lambda one: one["outcome"] == "ongoing" and drug in one["drugs"])
        beside = self._member("other_drugs", drug)
        return self.either([self._z3.BoolVal(val=drug in drugs), given, beside])

    def _bool(self, name: str) -> Formula:
        return self._bool_of(name, "")

    def _bool_of(self, name: str, member: str) -> Formula:
        key = (name, member)
        if key not in self._variables:
            self._variables[key] = self._z3.Bool(f"{name} {member}")
        return self._variables[key]

    def _member(self, name: str, member: str) -> Formula:
        known = (name, member) in self._variables
        own = self._bool_of(name, member)
        if not known:
            self._solver.add(self._z3.Implies(own, self._bool_of(name, "any")))
        return own

    def _number(self, name: str) -> Formula:
        key = (name, "")
        if key not in self._variables:
            fact, z3 = self._facts[name], self._z3
            own = self._variables[key] = z3.Real(name)
            if fact.type == "choice":
                self._solver.add(z3.Or([own == place for place in range(len(fact.values))]))
            else:
                low, high = fact.low or Decimal(0), fact.high or Decimal(1000)
                self._solver.add(own >= str(low), own <= str(high))
        return self._variables[key]

    def _document(self, model: Formula) -> Facts:
        found: Facts = {}
        for (name, member), variable in self._variables.items():
            value = model.eval(variable, model_completion=True)
            fact = self._facts[name]
            if fact.type in ("set", "names"):
                held = found.setdefault(name, [])
                if self._z3.is_true(value):
                    held.append(member)
            elif fact.type == "boolean":
                found[name] = bool(self._z3.is_true(value))
            else:
                found[name] = _read(fact, value)
        for name, held in found.items():
            if isinstance(held, list):
                found[name] = _members(self._facts[name], held)
        true = {one.name() for one in model.decls() if self._z3.is_true(model[one])}
        found["treatments"] = [
            one for place, (one, _) in enumerate(self._regimens) if _name(place) in true
        ]
        return found


def _name(place: int) -> str:
    return f"regimen {place}"


def _read(fact: Fact, value: Formula) -> object:
    number = Decimal(value.numerator_as_long()) / Decimal(value.denominator_as_long())
    if fact.type == "choice":
        return list(fact.values)[int(number)]
    return plain(number)


def _members(fact: Fact, held: list[str]) -> list[str]:
    """Name one more member where the list is not empty and no named member is in it."""
    named = sorted(one for one in held if one != "any")
    if held and not named:
        return [next(iter(fact.values), "another")]
    return named
