"""The detail of a card, as Markdown: what is urgent, the options with doses, what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myopathway.render.markdown import escaped
from myopathway.render.page import loud
from myopathway.render.record import edition, sources, unread
from myopathway.render.words import LEVELS, ROLES, basis_words, day, node_title, patient_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline
    from myopathway.service.hooks.options import Part
    from myopathway.settings import Settings

_MOST: Final = 3
_MOST_KEPT: Final = 20_000


class Details:
    """Writes details for one site; remembers the sentences that it wrote."""

    def __init__(self, guideline: Guideline, settings: Settings) -> None:
        """Write what is the same under every card."""
        self._guideline = guideline
        self._kept: dict[tuple[str, str], str] = {}
        self._treatments: dict[tuple[Any, ...], str] = {}
        self._closing = [
            escaped(sources(guideline), links=True),
            escaped(guideline.edition.intended_use),
        ]
        for word, text in (("note", settings.local_note), ("contact", settings.local_contact)):
            if text:
                place = f" of {escaped(settings.site_name)}" if settings.site_name else ""
                self._closing.append(f"**Local {word}{place}:** {escaped(text)}")

    def of(self, answer: Answer, parts: Sequence[Sequence[Part]]) -> str:
        """Write the detail of an answer."""
        who = patient_words(self._guideline, ((one.fact, one.value) for one in answer.facts))
        first = f"{who or 'Nothing known of the patient'}; on {day(answer.as_of)}"
        lines = [escaped(first), ""]
        for section in (
            self._cautions(answer),
            self._treatment(answer, parts),
            self._open(answer),
            self._unknown(answer),
            self._before(answer),
            self._not_read(answer),
        ):
            if found := list(section):
                lines += [*found, ""]
        return "\n".join((*lines, *self.closing(answer)))

    def said(self, text: str, basis: str = "") -> str:
        """Write a sentence with the id that it rests on."""
        key = (text, basis)
        found = self._kept.get(key)
        if found is None:
            told = f"{text} [{basis_words(self._guideline, basis)}]" if basis else text
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = escaped(told)
        return found

    def closing(self, answer: Answer) -> list[str]:
        """Give what stands under every card: edition, sources, limits, the site's own words."""
        return [self.said(edition(answer)), "", *self._closing]

    def _cautions(self, answer: Answer) -> Iterator[str]:
        for one in loud(answer):
            yield f"- **{LEVELS[one.level]}:** {self.said(one.text, one.basis)}"

    def _treatment(self, answer: Answer, parts: Sequence[Sequence[Part]]) -> Iterator[str]:
        if answer.status == "conflict":
            yield self.said(answer.about.text)
        if answer.status != "recommended":
            return
        key = (answer.node, *[one.number for own in parts for one in own])
        found = self._treatments.get(key)
        if found is None:
            if len(self._treatments) > _MOST_KEPT:
                self._treatments.clear()
            found = self._treatments[key] = "\n".join(self._therapies(answer, parts))
        yield found

    def _therapies(self, answer: Answer, parts: Sequence[Sequence[Part]]) -> Iterator[str]:
        for place, (therapy, own) in enumerate(zip(answer.therapies, parts, strict=True)):
            label = ROLES.get(therapy.role, therapy.role)
            if therapy.role == "core" and place:
                label = f"And {label.lower()}"
            basis = therapy.statements[0] if therapy.statements else ""
            if place:
                yield ""
            yield f"**{label}:** {self.said(therapy.text, basis)}"
            yield ""
            for one in own:
                yield from one.lines

    def _open(self, answer: Answer) -> Iterator[str]:
        if answer.status == "needs-information":
            yield "**Still possible:**"
            yield ""
            for name in answer.possible:
                yield f"- {self.said(f'{node_title(self._guideline, name)} ({name})')}"

    def _unknown(self, answer: Answer) -> Iterator[str]:
        if answer.missing:
            asked = " ".join(self.said(one.question) for one in answer.missing[:_MOST])
            rest = len(answer.missing) - _MOST
            yield f"**Not known:** {asked}{f' And {rest} more.' if rest > 0 else ''}"

    def _before(self, answer: Answer) -> Iterator[str]:
        due = {one.text for drug in answer.before_start for one in drug.checks
               if one.state != "done"}  # fmt: skip
        if due:
            what = "1 check is" if len(due) == 1 else f"{len(due)} checks are"
            yield f"**Before the first dose:** {what} due; the page lists them."

    def _not_read(self, answer: Answer) -> Iterator[str]:
        found = unread(answer)
        if found:
            told = "; ".join([escaped(f"{one.resource}: {one.reason}") for one in found[:_MOST]])
            rest = len(found) - _MOST
            yield f"**Not read in the record:** {told}{f'; and {rest} more' if rest > 0 else ''}"
