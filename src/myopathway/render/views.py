"""The therapies of an answer made ready to be written: titles, dose lines, the reasons to lead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from myopathway.render.doses import DrugLine, drug_line
from myopathway.render.words import ROLES, TIERS, capital, option_title, small

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.engine.outcome import Answer, OptionAnswer, Reason, TherapyAnswer
    from myopathway.guideline.model import Guideline, Option, Rule

_UNKNOWN: Final = "Not known: "
_EFFECTS: Final = {"block": "excluded", "hold": "caution"}
# For each basis: the sentences that rest on it, with the verdict that each gives.
Told: TypeAlias = dict[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class OptionView:
    """An option with its name, its dose lines, and the reasons that have to be read with it.

    ``tier`` is the source's own rank where there is more than one option. ``lead`` holds why the
    verdict is what it is, ``standing`` that a drug is being given or has worked, ``unknown`` which
    answers could still rule it out, and ``unknown_facts`` what they would be about.
    """

    answer: OptionAnswer
    title: str
    tier: str
    lines: tuple[DrugLine, ...]
    lead: tuple[Reason, ...]
    standing: tuple[Reason, ...]
    unknown: tuple[Reason, ...]
    unknown_facts: tuple[str, ...]

    @property
    def excluded(self) -> bool:
        """Say whether the option is ruled out."""
        return self.answer.verdict == "excluded"


@dataclass(frozen=True, slots=True)
class TherapyView:
    """A therapy with its label (the source's own word) and its options."""

    answer: TherapyAnswer
    label: str
    basis: str
    options: tuple[OptionView, ...]

    @property
    def open(self) -> tuple[OptionView, ...]:
        """Give the options that are not ruled out, in the order given."""
        return tuple(one for one in self.options if not one.excluded)


class _Rules:
    """What the rules of one guideline say, by basis: gathered once."""

    def __init__(self, guideline: Guideline) -> None:
        self.shared = _told(guideline.rules)
        for rule in guideline.safety.rules:
            said = (rule.says, _EFFECTS.get(rule.effect, ""))
            self.shared.setdefault(rule.row, []).append(said)
        self.standing = _told(one for one in guideline.rules if not one.verdict)
        self._guideline = guideline
        self._options: dict[tuple[str | None, int, str], tuple[Option | None, Told]] = {}

    def option(self, answer: Answer, place: int, name: str) -> tuple[Option | None, Told]:
        """Give an option of the answer as the content has it, and what its rules say."""
        key = (answer.node, place, name)
        if key not in self._options:
            own = _content(answer, self._guideline, place, name)
            told = _told(own.rules if own is not None else (), self.shared)
            self._options[key] = own, told
        return self._options[key]


_rules: Final[dict[str, _Rules]] = {}
_MOST_KEPT: Final = 8


def _rules_of(guideline: Guideline) -> _Rules:
    found = _rules.get(guideline.content_hash)
    if found is None:
        if len(_rules) >= _MOST_KEPT:
            _rules.clear()
        found = _rules[guideline.content_hash] = _Rules(guideline)
    return found


def therapy_views(answer: Answer, guideline: Guideline) -> tuple[TherapyView, ...]:
    """Make an answer's therapies ready, in the order given."""
    rules = _rules_of(guideline)
    views: list[TherapyView] = []
    for place, therapy in enumerate(answer.therapies):
        options: list[OptionView] = []
        for one in therapy.options:
            own, told = rules.option(answer, place, one.id)
            ranked = len(therapy.options) > 1
            options.append(_option(guideline, one, own, told, rules.standing, ranked=ranked))
        label = _label(therapy.role, place)
        basis = next(iter(therapy.statements), "")
        views.append(TherapyView(therapy, label, basis, tuple(options)))
    return tuple(views)


def _option(
    guideline: Guideline,
    option: OptionAnswer,
    own: Option | None,
    told: Told,
    standing: Told,
    *,
    ranked: bool,
) -> OptionView:
    doses = own.doses if own is not None else ()
    lead = [one for one in option.reasons if option.verdict in _verdicts(told, one)]
    if not lead and option.verdict != "offered":
        lead = list(option.reasons[:1])  # better one reason too many than a bare verdict
    unknown = tuple(one for one in option.reasons if one.text.startswith(_UNKNOWN))
    return OptionView(
        option,
        option_title(guideline, option),
        TIERS.get(option.tier or "", option.tier or "") if ranked else "",
        tuple(
            drug_line(guideline, drug, tuple(one for one in doses if one.drug == drug.drug))
            for drug in option.drugs
        ),
        tuple(lead),
        tuple(one for one in option.reasons if one not in lead and _verdicts(standing, one)),
        unknown,
        tuple(dict.fromkeys(name for one in unknown for name in _about(guideline, one))),
    )


def _label(role: str, place: int) -> str:
    """Give the source's word; a second core is given beside the first, not in its place."""
    label = ROLES.get(role, capital(role))
    return f"And {label.lower()}" if role == "core" and place else label


def _content(answer: Answer, guideline: Guideline, place: int, name: str) -> Option | None:
    """Find the option in the guideline's content."""
    node = next((one for one in guideline.nodes if one.id == answer.node), None)
    if node is None or place >= len(node.therapies):
        return None
    return next((one for one in node.therapies[place].options if one.id == name), None)


def _told(rules: Iterable[Rule], more: Told | None = None) -> Told:
    found: Told = {basis: list(said) for basis, said in (more or {}).items()}
    for rule in rules:
        for basis in rule.cites[:1]:
            found.setdefault(basis, []).append((rule.says, rule.verdict))
    return found


def _verdicts(told: Told, reason: Reason) -> set[str]:
    """Give the verdicts of the rules behind a reason: the same basis, the same sentence."""
    return {
        verdict
        for says, verdict in told.get(reason.basis, ())
        if _sentence(says).match(reason.text)
    }


@cache
def _sentence(says: str) -> re.Pattern[str]:
    """Read a rule's sentence as a pattern: anything may stand where it names drugs or regimens."""
    parts = re.split(r"(\{\w+\})", says)
    return re.compile(
        "".join(".*" if one[:1] == "{" else re.escape(one) for one in parts), re.DOTALL
    )


def _about(guideline: Guideline, reason: Reason) -> Iterator[str]:
    """Name the facts that an open question is about, in a word or two each."""
    found = [
        one.says.partition(";")[0]
        for one in guideline.vocabulary.facts.values()
        if one.question in reason.text
    ]
    if found:
        yield from (small(one) for one in found)
    else:
        yield reason.text.removeprefix(_UNKNOWN).partition("?")[0] + "?"
