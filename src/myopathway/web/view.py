"""One page written: the templates filled with a reading."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from myopathway.figures.pathway import pathway_svg
from myopathway.figures.places import STATES, rows
from myopathway.render import record as told
from myopathway.render.doses import workings
from myopathway.render.words import (
    age_words,
    fact_says,
    fact_value,
    node_title,
    small,
    source_words,
)
from myopathway.web import layers, marks
from myopathway.web.asks import asks, decides
from myopathway.web.assets import assets
from myopathway.web.carried import packed
from myopathway.web.entries import is_row
from myopathway.web.marks import basis, brief, reasons, source
from myopathway.web.screen import SIGNS, VERDICTS, offered, ruled_out, screen, worked
from myopathway.web.sheet import plan, sheet
from myopathway.web.sheet import told as fault_told
from myopathway.web.whatif import what_if

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer, FactUsed, Step
    from myopathway.guideline.model import Guideline
    from myopathway.render.views import TherapyView
    from myopathway.settings import Settings
    from myopathway.web.entries import Entries
    from myopathway.web.reading import Reading
    from myopathway.web.sheet import Field

_MOST_KEPT: Final = 2_000
_TYPED: Final = "\ufdd0"  # stands for what a reader typed; no text may hold it
MOST_BYTES: Final = 80_000  # of a page with what it loads
_LOADED: Final = sum(len(one.body) for name, one in assets().items() if name != "figures.css")
_YES_NO: Final = (("yes", "Yes"), ("no", "No"))


@dataclass(frozen=True, slots=True)
class FaultShown:
    """A fault in the list at the top: the field that it stands beside, named, and what it says."""

    field: str
    label: str
    text: str


class Pages:
    """The pages of one site; holds nothing of any patient."""

    def __init__(self, settings: Settings, guideline: Guideline, asked: tuple[str, ...]) -> None:
        """Compile the templates; ``asked`` names the facts, the most deciding first."""
        self.guideline = guideline
        self.plan = plan(guideline, asked)
        environment = Environment(
            loader=PackageLoader("myopathway.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals.update(
            settings=settings,
            guideline=guideline,
            assets=assets(),
            signs=SIGNS,
            verdicts=VERDICTS,
            yes_no=_YES_NO,
            small=small,
            worked=worked,
            offered=offered,
            workings=workings,
            ruled_out=ruled_out,
            node_title=lambda name: node_title(guideline, name),
            fact_says=lambda name: fact_says(guideline, name),
            fact_value=lambda name, value: fact_value(guideline, name, value),
            source_words=lambda source: source_words(guideline, source),
            decides=lambda one: decides(guideline, one.decides, one.fact),
            used=self._used,
            basis=basis,
            age=age_words,
            short=_short,
            source=source,
            reasons=reasons,
            told=marks.told,
            field=self._field,
            states=STATES,
        )
        self._page = environment.get_template("page.html")
        self._main = environment.get_template("main.html")
        self._field_template = environment.get_template("field.html")
        self._kept: dict[tuple[str, tuple[str, ...]], Markup] = {}

    def page(
        self,
        reading: Reading,
        found: Entries,
        kind: str = "",
        *,
        fragment: bool = False,
        session: bool = False,
        fault: str = "",
    ) -> str:
        """Write a page, or only its ``fragment`` that answers a changed form.

        ``kind`` "paper" is to be printed on two sheets, "full" leaves nothing out; both have no
        form and lie open. A ``session`` keeps what it holds out of the address; ``fault`` says why
        a record could not be opened.
        """
        answer = reading.answer
        first = screen(answer, self.guideline)
        session = session or reading.carried is not None
        watch = layers.watched(first.therapies, self.guideline)
        values: dict[str, Any] = {
            "answer": answer,
            "screen": first,
            "said": _said(answer, len(first.critical) + len(first.cautions) + len(first.below)),
            "faults": tuple(self._faults(reading)),
            "way": rows(self.guideline, answer),
            "figure": self._figure(answer) if kind == "full" else "",
            "before": layers.before_start(answer, self.guideline),
            "due": layers.due(answer),
            "watch": watch,
            "further": sum(len(one.further) for one in watch),
            "unread": told.unread(answer),
            "notes": tuple(one for one in answer.notices if one.level == "info"),
            "edition": told.edition(answer),
            "sources": told.sources(self.guideline),
            "kind": kind,
            "inner": "main.html",
            "paper": kind != "",
            "basis": basis if kind else brief,
            "full": kind == "full",
            "address": "" if session else address(reading.entries),
            "heavy": False,
        }
        if not kind:
            values |= self._asking(reading, found, first.therapies, session=session, fault=fault)
        else:
            values["asks"] = ()
        written = (self._main if fragment else self._page).render(values)
        if not kind and len(written.encode()) + _LOADED >= MOST_BYTES:
            # A long history with much ruled out: notes and references wait on the full page.
            written = (self._main if fragment else self._page).render(values | {"heavy": True})
        return written

    def picture(self, reading: Reading, *, fragment: bool = False, tall: bool = False) -> str:
        """Draw the pathway with its options: on a page of its own, or the bare figure."""
        answer = reading.answer
        if fragment:
            return str(self._figure(answer, tall=tall))
        figures = {"figure": self._figure(answer), "tall": self._figure(answer, tall=True)}
        return self.around("picture.html", reading, "drawing", **figures)

    def around(self, inner: str, reading: Reading, kind: str, **values: Any) -> str:  # noqa: ANN401 - a template's
        """Write a page of its own around a template, with what that template needs."""
        return self._page.render(
            answer=reading.answer,
            screen=screen(reading.answer, self.guideline),
            edition=told.edition(reading.answer),
            sources=told.sources(self.guideline),
            kind=kind,
            inner=inner,
            **values,
        )

    def _figure(self, answer: Answer, *, tall: bool = False) -> Markup:
        ident = "pathway-tall" if tall else "pathway"
        drawn = pathway_svg(self.guideline, answer, vertical=tall, ident=ident)
        return Markup(drawn)  # noqa: S704 - our own SVG, escaped where it is drawn

    def _asking(
        self,
        reading: Reading,
        found: Entries,
        views: tuple[TherapyView, ...],
        *,
        session: bool,
        fault: str,
    ) -> dict[str, Any]:
        """Give what only a page that can be filled in needs."""
        asked = what_if(reading, found, self.plan.units)
        return {
            "asks": asks(reading, self.plan.units),
            "sheet": sheet(
                self.guideline, self.plan, reading.filled, reading.patient.record,
                private=session, pressed=found,
            ),
            "record": packed(reading.carried) if reading.carried is not None else "",
            "method": "post" if session else "get",
            "bundle_fault": fault,
            "changeable": asked.changeable,
            "if_fact": asked.fact,
            "if_values": asked.values,
            "if_to": asked.to,
            "if_unit": asked.unit,
            "compared": asked.compared,
            "plannable": layers.plannable(views),
            "plan_drugs": next(iter(found.get("plan.drugs", ())), ""),
            "plan_start": next(iter(found.get("plan.start", ())), "") or reading.day.isoformat(),
        }  # fmt: skip

    def _field(self, one: Field) -> Markup:
        """Write a field. What anybody's form may hold is kept, what one reader typed is not."""
        if one.fault or one.source:
            return Markup(self._field_template.render(f=one))  # noqa: S704 - the template escapes
        open_ended = one.type not in {"boolean", "choice", "set"} and bool(one.held)
        key = (one.name, (_TYPED,) if open_ended else one.held)
        kept = self._kept.get(key)
        if kept is None:
            shown = replace(one, held=key[1])
            kept = Markup(self._field_template.render(f=shown))  # noqa: S704 - as above
            if len(self._kept) < _MOST_KEPT:
                self._kept[key] = kept
        if open_ended:
            return Markup(kept.replace(_TYPED, str(escape(one.text))))  # noqa: S704 - escaped
        return kept

    def _faults(self, reading: Reading) -> list[FaultShown]:
        facts = self.guideline.vocabulary.facts
        found = []
        for name, fault in reading.filled.faults.items():
            row = name.partition("_")[0]
            label = fact_says(self.guideline, name) if name in facts else f"Regimen {row[1:]}"
            field = f"{row}_drugs" if is_row(name) else name
            code = facts[name].unit if name in facts else ""
            text = fault_told(fault, code, self.plan.units.get(name, ""))
            found.append(FaultShown(field, label, text))
        return found

    def _used(self, step: Step, one: FactUsed) -> str:
        """Write a fact that a step used; where a reader stated it, that goes without saying."""
        value = fact_value(self.guideline, one.name, one.value)
        source = source_words(self.guideline, one.source)
        if source == "stated":
            return value
        if source and step.value == "true" and step.criterion.endswith(value):
            return source
        return f"{value}, {source}" if source else value


def address(found: Entries) -> str:
    """Give the address that shows this answer again: what is blank is left out."""
    pairs = [(name, one) for name, held in found.items() for one in held if "." not in name]
    return f"/?{urlencode(pairs)}" if pairs else "/"


def _short(citation: str) -> str:
    """Name a work by its first author and year; the number and the link say the rest."""
    years = re.findall(r"\b(?:19|20)\d\d\b", citation.rpartition(". ")[2])
    return f"{citation.partition(',')[0]} et al., {years[0]}" if years else citation


def _said(answer: Answer, cautions: int) -> str:
    """Say in a sentence what a listener has to know when the answer has changed."""
    more = f"; {len(answer.missing)} questions open" if answer.missing else ""
    word = "caution" if cautions == 1 else "cautions"
    return f"{answer.about.title}; {cautions} {word}{more}"
