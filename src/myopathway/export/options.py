"""Options with their verdicts, as CQL: every rule that holds counts, the strictest decides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from myopathway.engine.options import safety_rule
from myopathway.export.cql.build import both, either, equals, is_true, negated, text
from myopathway.export.cql.syntax import Case, Define, Expression, Ref
from myopathway.export.criteria import Sight, cited, criterion
from myopathway.export.names import listed_name, open_name, therapy_name, verdict_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline, Node, Option, Rule

RULES: Final = "Rules for and against options"
SECTION: Final = "Options"
_STRICTEST_FIRST: Final = ("excluded", "caution", "favoured")


class Judging:
    """The rules of one guideline, each defined once for all options that it judges alike."""

    def __init__(self, guideline: Guideline) -> None:
        """Gather the rules that can change a verdict."""
        self._guideline = guideline
        rules = list(guideline.rules)
        rules += [safety_rule(one) for one in guideline.safety.rules if one.effect != "vaccine"]
        self._shared = [one for one in rules if one.verdict]
        self._names: dict[tuple[str, Expression], str] = {}
        self.rules: list[Define] = []

    def defines(self) -> Iterator[Define]:
        """Define each option: whether it is listed, its verdict, whether it may be chosen."""
        for node in self._guideline.nodes:
            for place, therapy in enumerate(node.therapies, 1):
                for option in therapy.options:
                    yield from self._option(node, option)
                if therapy.options:
                    opened = (Ref(open_name(node, option)) for option in therapy.options)
                    yield Define(
                        therapy_name(node, place),
                        either(*opened),
                        cited(therapy.says, therapy.cites),
                        section=SECTION,
                    )

    def _option(self, node: Node, option: Option) -> Iterator[Define]:
        sight = Sight(option.drugs, node.purpose)
        by_verdict: dict[str, list[Expression]] = {}
        for rule in self._speaking(node, option):
            by_verdict.setdefault(rule.verdict, []).append(
                Ref(self._named(rule, node, option, sight))
            )
        rows = tuple(
            (either(*by_verdict[verdict]), text(verdict))
            for verdict in _STRICTEST_FIRST
            if verdict in by_verdict
        )
        says = cited(option.says, option.cites)
        if option.listed is not None:
            listed = is_true(criterion(option.listed, sight))
            yield Define(listed_name(node, option), listed, says, section=SECTION)
        verdict: Expression = Case(rows, text("offered")) if rows else text("offered")
        yield Define(verdict_name(node, option), verdict, says, section=SECTION)
        closed = equals(Ref(verdict_name(node, option)), "excluded")
        chosen = negated(closed)
        if option.listed is not None:
            chosen = both(Ref(listed_name(node, option)), chosen)
        yield Define(open_name(node, option), chosen, section=SECTION)

    def _speaking(self, node: Node, option: Option) -> Iterator[Rule]:
        for rule in self._shared:
            if self._guideline.speaks(rule, node, option):
                yield rule
        yield from (rule for rule in option.rules if rule.verdict)

    def _named(self, rule: Rule, node: Node, option: Option, sight: Sight) -> str:
        """Define a rule as it is seen from an option; the same sight, the same definition."""
        body = criterion(rule.when, sight)
        name = self._names.get((rule.id, body))
        if name is None:
            name = self._names[rule.id, body] = self._free(_title(rule, node, option, sight))
            words = f"{rule.says} Verdict: {rule.verdict}."
            self.rules.append(Define(name, body, cited(words, rule.cites), section=RULES))
        return name

    def _free(self, title: str) -> str:
        """Give the title, numbered where another definition has it."""
        taken = {one.name for one in self.rules}
        serial, name = 1, title
        while name in taken:
            serial += 1
            name = f"{title}, {serial}"
        return name


def _title(rule: Rule, node: Node, option: Option, sight: Sight) -> str:
    drugs = "+".join(option.drugs)
    if rule in option.rules:
        return f"Rule of {node.id} {drugs}"
    seen = criterion(rule.when, sight)
    if seen == criterion(rule.when, replace(sight, drugs=("another",))):
        drugs = "+".join(rule.drugs) if rule.safety else ""
    words = [f"Rule {rule.cites[0] if rule.safety else rule.id}", *([drugs] if drugs else [])]
    if rule.verdict and seen != criterion(rule.when, replace(sight, purpose="another")):
        words.append(f"for {sight.purpose}")
    return " ".join(words)
