"""Every criterion of the content, with its place in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.criteria import ALWAYS, Criterion, Held, OptionEvent, TakenWith, leaves
from myopathway.engine.options import safety_rule
from myopathway.guideline.model import Node, Option, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline

OF_OPTION: Final = (OptionEvent, Held, TakenWith)


class Sentence(msgspec.Struct, frozen=True):
    """A criterion and where it stands.

    ``of_record``: it says that a record answers a question, and is true whatever the answer is.
    """

    where: str
    criterion: Criterion
    of_record: bool = False

    @property
    def of_option(self) -> bool:
        """Say whether it speaks of the option judged, or of what is taken beside it."""
        return any(isinstance(leaf, OF_OPTION) for leaf in leaves(self.criterion))


class Spoken(msgspec.Struct, frozen=True):
    """A rule that speaks of an option of a node."""

    where: str
    node: Node
    option: Option
    rule: Rule
    own: bool


def sentences_of(guideline: Guideline) -> Iterator[Sentence]:
    """Walk every criterion, in the order of the content's files."""
    yield Sentence("position.yaml: not_covered", guideline.scope.when)
    yield Sentence("position.yaml: unstated_purpose", guideline.unstated_purpose.when)
    for conflict in guideline.conflicts:
        yield Sentence(f"position.yaml: {conflict.id}", conflict.when)
    for term in guideline.terms.values():
        yield Sentence(f"terms.yaml: {term.name}", term.criterion)
    for node in guideline.nodes:
        for place, part in enumerate(node.when, start=1):
            yield Sentence(f"{node.id}: sentence {place} of when", part)
        for therapy in node.therapies:
            for option in therapy.options:
                if option.listed is not None:
                    yield Sentence(f"{node.id}: listed of {option.id}", option.listed)
                for place, rule in enumerate(option.rules, start=1):
                    yield Sentence(f"{node.id}: rule {place} of {option.id}", rule.when)
    for rule in guideline.rules:
        yield Sentence(f"rules.yaml: {rule.id}", rule.when)
    for notice in guideline.notices:
        if notice.when != ALWAYS:
            yield Sentence(f"notices.yaml: {notice.id}", notice.when)
    yield from _safety(guideline)
    for limit in guideline.order_limits.limits:
        if limit.when != ALWAYS:
            yield Sentence(f"orders.yaml: {limit.sentence}", limit.when)


def _safety(guideline: Guideline) -> Iterator[Sentence]:
    safety = guideline.safety
    for rule in safety.rules:
        yield Sentence(f"safety/{rule.drug}.yaml: {rule.row}", rule.when)
        if rule.ask_unless is not None:
            yield Sentence(f"safety/{rule.drug}.yaml: {rule.row}, ask_unless", rule.ask_unless)
    for check in safety.checks:
        if check.when != ALWAYS:
            yield Sentence(f"safety/{check.drug}.yaml: check {check.row}", check.when)
        if check.done is not None:
            yield Sentence(
                f"safety/{check.drug}.yaml: check {check.row}, done", check.done, of_record=True
            )
    for notice in safety.notices:
        if notice.when != ALWAYS:
            yield Sentence(f"safety/whole-patient.yaml: {notice.row}", notice.when)


def rules_spoken(guideline: Guideline) -> Iterator[Spoken]:
    """Walk every rule with every option of which it speaks, drug-safety rules among them."""
    shared = [(f"rules.yaml: {one.id}", one) for one in guideline.rules]
    shared += [
        (f"safety/{one.drug}.yaml: {one.row}", safety_rule(one))
        for one in guideline.safety.rules
        if one.effect != "vaccine"
    ]
    for node in guideline.nodes:
        for therapy in node.therapies:
            for option in therapy.options:
                for where, rule in shared:
                    if guideline.speaks(rule, node, option):
                        yield Spoken(where, node, option, rule, own=False)
                for place, rule in enumerate(option.rules, start=1):
                    yield Spoken(
                        f"{node.id}: rule {place} of {option.id}", node, option, rule, own=True
                    )
