"""The vignettes: each holds, and every node and option is shown, refused and left open by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from myopathway.cases import answer_of, failures
from myopathway.errors import InputError
from myopathway.verify.report import Failure
from myopathway.verify.smallest import shrunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.cases import Case
    from myopathway.guideline.model import Guideline
    from myopathway.verify.report import Facts

WAYS: Final = ("shown", "refused", "left open")


def wrong_cases(cases: Iterable[Case], guideline: Guideline) -> Iterator[Failure]:
    """Find vignettes that the engine does not answer as expected, with as few facts as show it."""
    for case in cases:
        for said in _said(case, guideline):
            yield Failure(f"cases/{case.id}: {said}", _smaller(case, said, guideline))


def _said(case: Case, guideline: Guideline) -> tuple[str, ...]:
    try:
        return failures(case, guideline)
    except ArithmeticError as error:  # content with a gap can leave the engine without an answer
        return (f"the engine has no answer ({type(error).__name__})",)


def _smaller(case: Case, said: str, guideline: Guideline) -> Facts:
    def shows(facts: Facts) -> bool:
        try:
            return said in _said(replace(case, given=facts), guideline)
        except InputError:  # a date of birth without the day
            return False

    return shrunk(case.given, shows)


def uncovered(
    cases: Iterable[Case], guideline: Guideline, at: dict[str, Facts]
) -> Iterator[Failure]:
    """Find nodes and options that no vignette shows, refuses or leaves open."""
    seen: dict[tuple[str, ...], set[str]] = {(node.id,): set() for node in guideline.nodes}
    for node in guideline.nodes:
        for therapy in node.therapies:
            seen |= {(node.id, option.id): set() for option in therapy.options}
    for case in cases:
        answer = answer_of(case, guideline)
        for node in guideline.nodes:
            if answer.node == node.id:
                seen[node.id,].add("shown")
            elif node.id in answer.possible:
                seen[node.id,].add("left open")
            else:
                seen[node.id,].add("refused")
        if answer.node is None:
            continue
        verdicts = {one.id: one.verdict for part in answer.therapies for one in part.options}
        decided = {one for missing in answer.missing for one in missing.decides}
        for place, ways in seen.items():
            if place[0] == answer.node and len(place) > 1:
                shown = verdicts.get(place[1], "excluded") != "excluded"
                ways.add("shown" if shown else "refused")
                if place[1] in decided:
                    ways.add("left open")
    for place, ways in seen.items():
        for way in WAYS:
            if way not in ways:
                says = f"cases: {': '.join(place)} is {way} by no vignette"
                yield Failure(says, {} if way == "left open" else at.get(place[0]) or {})
