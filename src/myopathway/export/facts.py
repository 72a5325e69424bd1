"""Each fact of the dictionary as one definition: what the record states and shows, the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.export.cql.build import (
    FALSE,
    TRUE,
    both,
    either,
    known,
    op,
    text,
    unknown,
)
from myopathway.export.cql.syntax import (
    Call,
    Case,
    Define,
    Expression,
    If,
    Null,
    Op,
    Operand,
    Ref,
)
from myopathway.export.lists import listed
from myopathway.export.names import AS_OF, fact_name, stated_name
from myopathway.export.newest import newest
from myopathway.export.results import results

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline

SECTION: Final = "Facts"


class FactBook:
    """Writes the facts of one guideline."""

    def __init__(self, guideline: Guideline) -> None:
        """Note which facts follow from others."""
        self._guideline = guideline
        self._facts = guideline.vocabulary.facts

    def derived(self) -> frozenset[str]:
        """Name the facts that more than their own record decides."""
        names = {name for one in self._guideline.implications for name in (one.given, one.then)}
        for name, fact in self._facts.items():
            if fact.from_date:
                names |= {name, fact.from_date}
        return frozenset(names)

    def defines(self) -> Iterator[Define]:
        """Define every fact but the treatments: as recorded, then with what follows."""
        yield from results()
        yield from self._names()
        derived = self.derived()
        for name, fact in self._facts.items():
            if fact.type == "treatments":
                continue
            if fact.type in {"set", "names"}:
                yield from listed(fact)
                continue
            says = (f"{fact.says}. {fact.question}",)
            body = newest(fact)
            if name in derived:
                yield Define(stated_name(name), body, says, section=SECTION)
            else:
                yield Define(fact_name(name), body, says, section=SECTION)
        yield from self._following()

    def _following(self) -> Iterator[Define]:
        """Define what follows from what: the age from the date, one yes or no from another."""
        current: dict[str, Expression] = {}
        remarks: dict[str, list[str]] = {}
        for name in self.derived():
            current[name] = Ref(stated_name(name))
        for name, fact in self._facts.items():
            if fact.from_date:
                stated, since = Ref(stated_name(name)), Ref(stated_name(fact.from_date))
                years = Call("Years between", (since, Ref(AS_OF)))
                lower = op("Less", years, stated)
                current[name] = If(
                    both(known(years), either(unknown(stated), lower)), years, stated
                )
                remarks[name] = ["Worked out from the date where that is lower or alone known."]
        for one in self._guideline.implications:
            given = If(current[one.given], TRUE, Null("Boolean"))
            current[one.then] = _coalesced(current[one.then], given)
            remarks.setdefault(one.then, []).append(f"{one.says} [{', '.join(one.cites)}]")
        for one in self._guideline.implications:
            denied = If(op("IsFalse", Ref(fact_name(one.then))), FALSE, Null("Boolean"))
            current[one.given] = _coalesced(current[one.given], denied)
            remarks.setdefault(one.given, []).append(f"{one.says} [{', '.join(one.cites)}]")
        for name in self._facts:
            if name in current:
                says = tuple(remarks.get(name, ()))
                yield Define(fact_name(name), current[name], says, section="What follows from what")

    def broken(self) -> Expression:
        """Say that stated facts break an implication."""
        return either(
            *(
                both(
                    op("IsTrue", Ref(fact_name(one.given))),
                    op("IsFalse", Ref(stated_name(one.then))),
                )
                for one in self._guideline.implications
            )
        )

    def _names(self) -> Iterator[Define]:
        spelt = self._guideline.vocabulary.drug_names
        rows = tuple((text(one), text(name)) for one, name in spelt.items() if one != name)
        lower = op("Lower", Operand("name"))
        yield Define(
            "Drug",
            Case(rows, lower, lower),
            ("The name under which the guideline knows a drug; another drug keeps its own.",),
            (("name", "String"),),
            SECTION,
        )


def _coalesced(first: Expression, then: Expression) -> Expression:
    if isinstance(first, Op) and first.kind == "Coalesce":
        return Op("Coalesce", (*first.operands, then))
    return op("Coalesce", first, then)
