"""What another fact would change, for a terminal, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.render.paper import NARROWEST, Paper
from myopathway.render.words import basis_words, drug_title, node_title, small, titles_listed
from myopathway.whatif.difference import ABSENT
from myopathway.whatif.moves import TREATMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.guideline.model import Guideline
    from myopathway.render.paper import Style
    from myopathway.whatif.difference import Difference
    from myopathway.whatif.suggestion import Aim, Suggestion, Suggestions

FEW: Final = 3
NOTHING: Final = f"{TREATMENTS}=[]"  # how the history is said to be empty
LONG: Final = 60
MOST_REASONS: Final = 2
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_STYLES: Final[dict[str, Style]] = {
    "favoured": "green", "caution": "yellow", "excluded": "red",
}  # fmt: skip
_WORDS_ONLY: Final = """Place, verdicts, doses, messages, checks and questions stay as they are;
only what is known differs, or a wording."""
_CHANGES: Final = {
    "by-treatment": "can be acted on",
    "with-the-disease": "",
    "not-known-yet": "not known yet",
}


def whatif_json(found: Difference | Suggestions) -> str:
    """Give a difference, or suggestions, indented: the same input gives the same text."""
    return msgspec.json.format(_ENCODER.encode(found), indent=2).decode()


def difference_text(
    found: Difference, asked: Iterable[str], guideline: Guideline, *, width: int = 80,
    colour: bool = False,
) -> str:  # fmt: skip
    """Write what the changes of facts would change in the answer, within ``width`` columns."""
    sheet = Sheet(Paper(max(width, NARROWEST), colour), guideline)
    head = sheet.paper.rule(f"What if {', '.join(asked)}?", "=")
    lines = list(sheet.difference(found)) or ["", "The answer stays as it is."]
    return "\n".join([*head, *lines]) + "\n"


def suggestions_text(
    found: Suggestions, guideline: Guideline, *, width: int = 80, colour: bool = False,
    every: bool = False,
) -> str:  # fmt: skip
    """Write what would change the answer; without ``every``, a few sets for each aim."""
    sheet = Sheet(Paper(max(width, NARROWEST), colour), guideline)
    most = 10**6 if every else FEW
    lines = [*sheet.head(found), *sheet.places(found, most), *sheet.options(found, most)]
    return "\n".join(lines if every else [*lines[:-1], *sheet.foot(found, most), ""])


class Sheet:
    """What would be otherwise, on one sheet of paper."""

    def __init__(self, paper: Paper, guideline: Guideline) -> None:
        """Write on this paper, with the words of this guideline."""
        self.paper = paper
        self._guideline = guideline

    def difference(self, found: Difference) -> Iterator[str]:
        """Write a difference: place, verdicts, doses, then what is told, checked and asked."""
        sections = (
            ("The place", self._place(found)),
            ("Verdicts", self._verdicts(found)),
            ("Doses", self._doses(found)),
            ("Messages", self._notices(found)),
            ("Before the first dose", self._checks(found)),
            ("Questions", self._missing(found)),
        )
        for title, written in sections:
            lines = list(written)
            if lines:
                yield from ("", *self.paper.rule(title, "-"), *lines)
        if found.wording:
            yield from ("", *self._said(_WORDS_ONLY, ""))

    def head(self, found: Suggestions) -> Iterator[str]:
        """Write where the patient stands now."""
        yield from self.paper.rule("What would change the answer", "=")
        place = f"Now: {self._named(found.node) if found.node else found.status}"
        if not found.node and found.possible:
            place += f" (possible: {', '.join(found.possible)})"
        yield from self._said(place, "")
        told = "Each set is a smallest one: no smaller set of changes does the same."
        yield from self._said(told, "", style="dim")

    def places(self, found: Suggestions, most: int) -> Iterator[str]:
        """Write what would settle another place."""
        yield from ("", *self.paper.rule("Another place", "-"))
        for aim in found.places:
            yield from self._said(self._named(aim.after), "", first="-> ", style="bold")
            yield from self._aim(aim, most)
        others = sum(1 for one in self._guideline.nodes if one.id != found.node)
        if len(found.places) < others:
            sizes = _changes(found.tried_for_places)
            what = "another" if found.places else "any other"
            told = f"Of the changes tried, no {sizes} leads to {what} place."
            if any(part.written == NOTHING for aim in found.places
                   for one in aim.suggestions for part in one.alter):  # fmt: skip
                told += " Of a history that is not known only “none” was tried."
            yield from self._said(told, "", style="dim")

    def options(self, found: Suggestions, most: int) -> Iterator[str]:
        """Write what would give an option another verdict."""
        if found.node is None:
            yield ""
            return
        yield from ("", *self.paper.rule("Another verdict, in the same place", "-"))
        for aim in found.verdicts:
            told = f"{self._option(aim.option)}: {aim.before} -> {aim.after}"
            yield from self._said(told, "", style=_STYLES.get(aim.after, "bold"))
            yield from self._aim(aim, most)
        if not found.verdicts:
            sizes = _changes(found.tried_for_verdicts)
            told = f"Of the changes tried, no {sizes} alters a verdict."
            yield from self._said(told, "", style="dim")
        yield ""

    def foot(self, found: Suggestions, most: int) -> Iterator[str]:
        """Say how the rest is seen, where not every set is shown."""
        if any(len(one.suggestions) > most for one in (*found.places, *found.verdicts)):
            yield from ("", *self._said("--all shows every set.", "", style="dim"))

    def _aim(self, aim: Aim, most: int) -> Iterator[str]:
        for one in aim.suggestions[:most]:
            yield from self._suggestion(one, place=not aim.option)
        rest = len(aim.suggestions) - most
        more = max(rest, 0) + aim.more
        if more:
            yield from self._said(f"and {more} more of this size", "", first="    ", style="dim")

    def _suggestion(self, one: Suggestion, *, place: bool) -> Iterator[str]:
        parts = []
        for part in one.alter:
            said = self._fact(part.fact)
            kind = _CHANGES[part.changes]
            before = f"{part.before} -> " if part.before else ""
            more = part.fact == TREATMENTS and not part.before and part.written != NOTHING
            said = "" if more else f"{said}: "
            parts.append(f"{said}{before}{part.after}{f' ({kind})' if kind else ''}")
        joined = "; and ".join([*parts[:1], *(small(one) for one in parts[1:])])
        yield from self._said(joined, "", first="  - ")
        # Of the criteria of a place the last is the widest; of an option's rules the first judges.
        for reason in one.reasons[-1:] if place else one.reasons[:1]:
            yield from self._said(reason.text, reason.basis, first="      ", style="dim")

    def _fact(self, name: str) -> str:
        fact = self._guideline.vocabulary.facts.get(name.partition("[")[0])
        said = fact.says.partition(";")[0] if fact is not None else name
        return said.partition(",")[0] if len(said) > LONG else said

    def _place(self, found: Difference) -> Iterator[str]:
        place = found.place
        if place is None:
            return
        before, after = (
            self._named(node) if node else status
            for status, node in zip(place.status, place.node, strict=True)
        )
        if before != after:
            yield from self._said(f"{before} -> {after}", "", style="bold")
        if place.possible[0] != place.possible[1]:
            was, now = (", ".join(one) or "none" for one in place.possible)
            yield from self._said(f"Possible: {was} -> {now}", "")
        for one in place.reasons:
            yield from self._said(one.text, one.basis, first="  - ")

    def _verdicts(self, found: Difference) -> Iterator[str]:
        for one in found.verdicts:
            told = f"{self._option(one.option)}: {one.before} -> {one.after}"
            yield from self._said(told, "", style=_STYLES.get(one.after, "bold"))
            for reason in one.reasons if one.before != ABSENT else one.reasons[:MOST_REASONS]:
                yield from self._said(reason.text, reason.basis, first="  - ")
            for reason in () if one.reasons or one.after == ABSENT else one.gone:
                yield from self._said(f"No longer: {reason.text}", reason.basis, first="  - ")

    def _doses(self, found: Difference) -> Iterator[str]:
        for one in found.doses:
            name = drug_title(self._guideline, one.drug)
            told = f"{name}{f' ({one.kind})' if one.kind else ''}: "
            told += f"{one.before or 'no figure'} -> {one.after or 'no figure'}"
            yield from self._said(told, one.basis, first="- ")

    def _notices(self, found: Difference) -> Iterator[str]:
        for turn, told in (("Now", found.notices), ("No longer", found.notices_gone)):
            for one in told:
                yield from self._said(f"{turn}: {one.level}: {one.text}", one.basis, first="- ")

    def _checks(self, found: Difference) -> Iterator[str]:
        """Write the checks of drugs that stay; of those that come or go, how many there are."""
        states: dict[str, set[tuple[bool, bool]]] = {}
        for one in found.checks:
            states.setdefault(one.drug, set()).add((bool(one.before), bool(one.after)))
        moved = {drug: turns for drug, turns in states.items() if len(turns) == 1}
        for drug, turns in moved.items():
            ((was, is_now),) = turns
            if was is not is_now:
                count = sum(1 for one in found.checks if one.drug == drug)
                word = "more" if is_now else "fewer"
                told = f"{drug_title(self._guideline, drug)}: {count} {word}"
                yield from self._said(told, "", first="- ")
        for one in found.checks:
            if moved.get(one.drug, set()) & {(True, False), (False, True)}:
                continue
            states_said = f"{one.before or 'not asked for'} -> {one.after or 'not asked for'}"
            name = drug_title(self._guideline, one.drug)
            yield from self._said(f"{name}: {one.text} {states_said}", one.basis, first="- ")

    def _missing(self, found: Difference) -> Iterator[str]:
        for one in found.missing:
            yield from self._said(one.question, "", first="? ")
        if found.missing_gone:
            gone = ", ".join(one.fact for one in found.missing_gone)
            yield from self._said(f"No longer asked for: {gone}", "", first="- ")

    def _named(self, node: str) -> str:
        return f"{node} ({node_title(self._guideline, node)})"

    def _option(self, option: str) -> str:
        return titles_listed(drug_title(self._guideline, one) for one in option.split("+"))

    def _said(self, text: str, basis: str, *, first: str = "", style: Style = "") -> list[str]:
        runs: list[tuple[str, Style]] = [(text, style)]
        if basis:
            runs.append((f"[{basis_words(self._guideline, basis)}]", "dim"))
        return self.paper.lines(*runs, first=first)


def _changes(most: int) -> str:
    return "single change" if most <= 1 else f"set of up to {most} changes"
