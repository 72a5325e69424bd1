"""The detail of a card, as Markdown: what is urgent, the options with doses, what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.render.markdown import escaped
from myopathway.render.record import edition, sources, unread
from myopathway.render.words import (
    LEVELS,
    PATIENT,
    ROLES,
    basis_words,
    capital,
    day,
    fact_value,
    node_title,
    small,
)
from myopathway.service.hooks.card import within
from myopathway.service.hooks.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myopathway.engine.outcome import Answer, NoticeAnswer, TherapyAnswer
    from myopathway.guideline.model import Guideline
    from myopathway.service.hooks.part import Part
    from myopathway.settings import Settings

_MOST: Final = 3
_LINE: Final = b"\\n"  # as JSON writes it
_APART: Final = _LINE * 2


class Details:
    """Writes details for one site; remembers the sentences that it wrote."""

    def __init__(self, guideline: Guideline, settings: Settings) -> None:
        """Write what is the same under every card."""
        self._guideline = guideline
        self._said: Kept[tuple[str, str], str] = Kept()
        self._words: Kept[tuple[str, str], str] = Kept()
        self._days: Kept[str, str] = Kept()
        self._cautions: Kept[tuple[str, ...], bytes] = Kept()
        self._therapies: Kept[tuple[object, ...], bytes] = Kept()
        self._opens: Kept[tuple[str, ...], bytes] = Kept()
        self._unknowns: Kept[tuple[object, ...], bytes] = Kept()
        self._closings: Kept[str, bytes] = Kept()
        self._under = [
            escaped(sources(guideline), links=True),
            escaped(guideline.edition.intended_use),
        ]
        for word, text in (("note", settings.local_note), ("contact", settings.local_contact)):
            if text:
                place = f" of {escaped(settings.site_name)}" if settings.site_name else ""
                self._under.append(f"**Local {word}{place}:** {escaped(text)}")

    def of(
        self, answer: Answer, parts: Sequence[Sequence[Part]], loud: Sequence[NoticeAnswer]
    ) -> bytes:
        """Write the detail of an answer, as it stands between the quotes of JSON.

        ``loud`` are the notices to be read first.
        """
        blocks = [self._who(answer)]
        if loud:
            blocks.append(_LINE.join([self._caution(one) for one in loud]))
        if answer.status == "recommended":
            blocks.append(self._treatment(answer, parts))
        elif answer.status == "conflict":
            blocks.append(within(self.said(answer.about.text)))
        elif answer.status == "needs-information":
            blocks.append(self._open(answer.possible))
        if answer.missing:
            blocks.append(self._unknown(answer))
        if answer.before_start:
            due = {one.text for drug in answer.before_start for one in drug.checks
                   if one.state != "done"}  # fmt: skip
            if due:
                what = "1 check is" if len(due) == 1 else f"{len(due)} checks are"
                told = f"**Before the first dose:** {what} due; the page lists them."
                blocks.append(told.encode())
        if not_read := unread(answer):
            told = "; ".join([f"{one.resource}: {one.reason}" for one in not_read[:_MOST]])
            rest = f"; and {len(not_read) - _MOST} more" if len(not_read) > _MOST else ""
            blocks.append(within(f"**Not read in the record:** {escaped(told)}{rest}"))
        blocks.append(self._closing(answer))
        return _APART.join(blocks)

    def said(self, text: str, basis: str = "") -> str:
        """Write a sentence with the id that it rests on."""
        key = (text, basis)
        found = self._said.get(key)
        if found is None:
            told = f"{text} [{basis_words(self._guideline, basis)}]" if basis else text
            found = self._said.keep(key, escaped(told))
        return found

    def closing(self, answer: Answer) -> str:
        """Give what stands under every card: edition, sources, limits, the site's own words."""
        return "\n".join((self.said(edition(answer)), "", *self._under))

    def _who(self, answer: Answer) -> bytes:
        """Say the few facts by which a reader checks that it is the right patient."""
        known = {one.fact: one.value for one in answer.facts}
        words: list[str] = []
        for name in PATIENT:
            if (value := known.get(name)) is not None:
                key = (name, str(value))
                found = self._words.get(key)
                words.append(found or self._word(key, value))
        on = self._days.get(answer.as_of) or self._days.keep(answer.as_of, day(answer.as_of))
        who = capital(", ".join(words)) or "Nothing known of the patient"
        return within(escaped(f"{who}; on {on}"))

    def _word(self, key: tuple[str, str], value: object) -> str:
        return self._words.keep(key, small(fact_value(self._guideline, key[0], value)))

    def _caution(self, one: NoticeAnswer) -> bytes:
        key = (one.level, one.text, one.basis)
        found = self._cautions.get(key)
        if found is None:
            told = f"- **{LEVELS[one.level]}:** {self.said(one.text, one.basis)}"
            found = self._cautions.keep(key, within(told))
        return found

    def _treatment(self, answer: Answer, parts: Sequence[Sequence[Part]]) -> bytes:
        lines: list[bytes] = []
        for place, (therapy, own) in enumerate(zip(answer.therapies, parts, strict=True)):
            if place:
                lines.append(b"")
            lines += (self._therapy(place, therapy), b"")
            lines += [one.lines for one in own]
        return _LINE.join(lines)

    def _therapy(self, place: int, therapy: TherapyAnswer) -> bytes:
        key = (place, therapy.role, therapy.text, therapy.statements[:1])
        found = self._therapies.get(key)
        if found is None:
            label = ROLES.get(therapy.role, therapy.role)
            if therapy.role == "core" and place:
                label = f"And {label.lower()}"
            told = f"**{label}:** {self.said(therapy.text, *therapy.statements[:1])}"
            found = self._therapies.keep(key, within(told))
        return found

    def _open(self, possible: tuple[str, ...]) -> bytes:
        found = self._opens.get(possible)
        if found is None:
            lines = [
                f"- {self.said(f'{node_title(self._guideline, name)} ({name})')}"
                for name in possible
            ]
            told = "\n".join(("**Still possible:**", "", *lines))
            found = self._opens.keep(possible, within(told))
        return found

    def _unknown(self, answer: Answer) -> bytes:
        rest = len(answer.missing) - _MOST
        key = (rest, *[one.question for one in answer.missing[:_MOST]])
        found = self._unknowns.get(key)
        if found is None:
            asked = " ".join(self.said(one.question) for one in answer.missing[:_MOST])
            told = f"**Not known:** {asked}{f' And {rest} more.' if rest > 0 else ''}"
            found = self._unknowns.keep(key, within(told))
        return found

    def _closing(self, answer: Answer) -> bytes:
        found = self._closings.get(answer.as_of)
        if found is None:
            found = self._closings.keep(answer.as_of, within(self.closing(answer)))
        return found
