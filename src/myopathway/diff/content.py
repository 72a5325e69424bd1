"""What changed in the content, in clinical words: every part of the guideline, field by field.

The walk is over the guideline's own structure, so that nothing can be left out of it; the tables
say what a field is called, which are only another form of one that is told, and what kind of
change it is. One edited sentence is one change.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec

from myopathway.criteria import All, Criterion
from myopathway.diff.conditions import told_apart
from myopathway.diff.matching import pairs
from myopathway.diff.naming import amount, maximum, named, summary
from myopathway.diff.outcome import Change, Kind
from myopathway.facts import Coding, Fact, Vocabulary
from myopathway.guideline import drugsafety, model, orderlimits, policy
from myopathway.quantity import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline

# Another form of what is told elsewhere, or no content.
_LEFT_OUT: Final[dict[type, frozenset[str]]] = {
    model.Guideline: frozenset({"content_hash"}),
    Vocabulary: frozenset({"drug_names"}),
    model.Option: frozenset({"id", "drugs"}),
    model.Rule: frozenset({"id"}),
    model.Dose: frozenset({"sentence", "cite", "drug", "kind", "below", "low", "high", "unit",
                           "per", "per_kg", "ceiling", "split"}),
    orderlimits.OrderLimit: frozenset({"drug", "kind", "amount", "unit", "per_kg", "days", "low",
                                 "high"}),
    Fact: frozenset({"name", "line"}),
}  # fmt: skip
_CALLED: Final[dict[str, str]] = {
    "says": "wording", "text": "wording", "cites": "citation", "when": "condition",
    "listed": "listed only while", "per_day": "a day", "portions": "doses a day",
    "every_weeks": "weeks between cycles", "days": "days", "low": "least value",
    "high": "greatest value", "tier": "rank", "not_classes": "not for classes",
    "ask_unless": "not asked while", "from_years": "least age", "given": "what is given",
    "then": "what follows", "sentence": "limit", "words": "words beside the dose",
    "routes": "route", "every_days": "days between tests", "done": "done when",
    "criterion": "condition", "unstated_purpose": "purpose of a regimen without one",
}  # fmt: skip
_KINDS: Final[dict[type, Kind]] = {
    model.Option: "option", model.Therapy: "option", model.Dose: "dose", model.Ceiling: "dose",
    model.Drug: "drug", model.DrugClass: "drug", model.DrugAdvice: "drug", Fact: "fact",
    Coding: "code", model.Notice: "message", drugsafety.SafetyNotice: "message",
    policy.Policy: "monitoring", policy.Monitored: "monitoring", policy.Phase: "monitoring",
    policy.Threshold: "monitoring", orderlimits.OrderLimit: "order", orderlimits.OrderBar: "order",
    orderlimits.OrderProduct: "order", orderlimits.OrderMessage: "order", model.Node: "place",
    model.Group: "place", model.Conflict: "place", model.Implication: "place",
    model.Scope: "place", model.Adult: "dose", model.Reference: "citation",
    model.Source: "citation", drugsafety.SafetyRow: "citation", model.Rule: "verdict",
    drugsafety.SafetyRule: "verdict",
}  # fmt: skip
_BY_FIELD: Final[dict[str, Kind]] = {
    "says": "wording", "text": "wording", "title": "wording", "question": "wording",
    "help": "wording", "ask": "wording", "child": "wording", "unknown": "wording",
    "reviewed": "wording", "intended_use": "wording", "version": "content", "date": "content",
    "cites": "citation", "source": "citation", "confidence": "citation", "row": "citation",
    "verdict": "verdict", "effect": "verdict", "classes": "drug", "synonyms": "drug",
    "atc": "code", "rxnorm": "code", "snomed": "code", "routes": "dose", "tier": "option",
}  # fmt: skip
_CRITERIA: Final = get_args(Criterion)
WITHIN: Final = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
ORDER: Final = tuple(get_args(Kind))


def content_changes(old: Guideline, new: Guideline) -> tuple[Change, ...]:
    """Give every change of the content, the most clinical kinds first."""
    found = dict.fromkeys(_Walk(old, new).struct(old, new, ()))
    return tuple(sorted(found, key=lambda one: ORDER.index(one.kind)))


class _Walk:
    def __init__(self, old: Guideline, new: Guideline) -> None:
        self._old = old
        self._new = new

    def struct(
        self, before: msgspec.Struct, after: msgspec.Struct, where: tuple[str, ...]
    ) -> Iterator[Change]:
        """Walk two forms of one part."""
        if before == after:
            return
        if isinstance(before, model.Dose) and isinstance(after, model.Dose):
            yield from self._dose(before, after, where)
        left_out = _LEFT_OUT.get(type(after), frozenset())
        for field in after.__struct_fields__:
            if field not in left_out:
                was, now = getattr(before, field), getattr(after, field)
                if was != now:
                    yield from self._field(type(after), field, was, now, where)

    def _field(
        self,
        owner: type,
        field: str,
        was: Any,  # noqa: ANN401 - any value of the content
        now: Any,  # noqa: ANN401 - as above
        where: tuple[str, ...],
    ) -> Iterator[Change]:
        kind = _BY_FIELD.get(field) or _KINDS.get(owner, "content")
        called = _CALLED.get(field, field.replace("_", " "))
        told = self._where(where, owner, field)
        if _is_condition(was) or _is_condition(now):
            for one in told_apart(self._old, self._new, was, now):
                yield Change("condition", told, called, *one)
        elif isinstance(was, msgspec.Struct) and isinstance(now, msgspec.Struct):
            inner = where if owner is model.Guideline and field != "scope" else (*where, called)
            yield from self.struct(was, now, inner)
        elif _is_named(was) or _is_named(now):
            yield from self._named(field, was, now, where)
        elif _is_listed(was) or _is_listed(now):
            if all(_is_condition(one) for one in (*was, *now)):
                yield from self._conditions(was, now, told, called)
            else:
                for old, new in pairs(was, now):
                    yield from self._pair(field, old, new, where)
        elif isinstance(was, dict) and isinstance(now, dict):
            for key in dict.fromkeys((*now, *was)):
                if was.get(key) != now.get(key):
                    yield Change(kind, told, f"{called}: {key}", _said(was.get(key)),
                                 _said(now.get(key)))  # fmt: skip
        else:
            yield Change(kind, told, called, _said(was), _said(now))

    def _conditions(
        self, was: tuple[Criterion, ...], now: tuple[Criterion, ...], where: str, called: str
    ) -> Iterator[Change]:
        for one in told_apart(self._old, self._new, All(was), All(now)):
            yield Change("condition", where, called, *one)

    def _named(
        self, field: str, was: dict[str, Any], now: dict[str, Any], where: tuple[str, ...]
    ) -> Iterator[Change]:
        """Walk parts by name: statements, drugs, facts, the tests of a drug."""
        for key in dict.fromkeys((*now, *was)):
            old, new = was.get(key), now.get(key)
            if isinstance(old, tuple) or isinstance(new, tuple):
                title = self._new.drugs[key].title if key in self._new.drugs else key
                for one, other in pairs(old or (), new or ()):
                    yield from self._pair(field, one, other, (*where, title))
            else:
                yield from self._pair(field, old, new, where)

    def _pair(
        self, field: str, old: msgspec.Struct | None, new: msgspec.Struct | None,
        where: tuple[str, ...],
    ) -> Iterator[Change]:  # fmt: skip
        if old == new:
            return
        if old is not None and new is not None:
            name = named(self._new, new)
            inner = (*where, name) if name else where
            yield from self.struct(old, new, inner)
            return
        one = old if old is not None else new
        if one is None:  # pragma: no cover - a pair has one side at least
            return
        owner = self._old if old is not None else self._new
        kind = _KINDS.get(type(one)) or _BY_FIELD.get(field, "content")
        what = _singular(field)
        told = summary(owner, one)
        name = named(owner, one)
        inside = where if isinstance(one, model.Option | model.Dose) or not name else (*where, name)
        sides = tuple(told if side is not None else None for side in (old, new))
        yield Change(kind, WITHIN.join(inside) or "the guideline", what, *sides)

    def _dose(
        self, before: model.Dose, after: model.Dose, where: tuple[str, ...]
    ) -> Iterator[Change]:
        told = WITHIN.join(where)
        for what, was, now in (
            ("amount", amount(before), amount(after)),
            ("maximum", maximum(before.ceiling), maximum(after.ceiling)),
            ("doses of the maximum", *(_portions(one) for one in (before, after))),
            ("manner", *("over the days" if one.split else "each day" for one in (before, after))),
        ):
            if was != now:
                yield Change("dose", told, what, was, now)

    def _where(self, where: tuple[str, ...], owner: type, field: str) -> str:
        if where:
            return WITHIN.join(where)
        return "the guideline" if owner is model.Guideline else field


def _portions(dose: model.Dose) -> str:
    return dose.ceiling.portions if dose.ceiling is not None else ""


def _is_condition(value: object) -> bool:
    return isinstance(value, _CRITERIA)


def _is_listed(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], msgspec.Struct)


def _is_named(value: object) -> bool:
    """Say whether a mapping leads to parts of the guideline, or to lists of them."""
    if not isinstance(value, dict) or not value:
        return False
    first = next(iter(value.values()))
    return isinstance(first, msgspec.Struct) or _is_listed(first)


_SINGULAR: Final[dict[str, str]] = {
    "therapies": "therapy", "evidence": "evidence", "advice": "advice", "references": "reference",
    "drug_classes": "class", "never": "bar", "codes": "code", "facts": "fact", "safety": "safety",
}  # fmt: skip


def _singular(field: str) -> str:
    return _SINGULAR.get(field, field.removesuffix("s").replace("_", " "))


_WORDS: Final = {"block": "excluded", "hold": "caution", "warn": "said only"}


def _said(value: Any) -> str | None:  # noqa: ANN401 - any plain value of the content
    match value:
        case None:
            return None
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return plain(value)
        case tuple() | list():
            return ", ".join(str(one) for one in value) or "none"
        case _:
            return _WORDS.get(str(value), str(value)) or "none"
