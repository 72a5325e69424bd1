"""The pages of figures: a form, a chart of what was typed into it, the same as a table."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from myopathway.figures.bounds import bounds, tapered, unit_of
from myopathway.figures.cycles import PHONE, Course, course, cycled, cycles_svg
from myopathway.figures.monitoring import monitoring_svg
from myopathway.figures.steps import cumulative, days_above
from myopathway.figures.taper import taper_svg
from myopathway.quantity import plain
from myopathway.render.words import day as day_words
from myopathway.render.words import drug_title
from myopathway.web.guide_links import Links, homes
from myopathway.web.guide_markup import Html, html, items, table, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from myopathway.errors import Fault
    from myopathway.guideline.model import Guideline
    from myopathway.plan.outcome import Plan
    from myopathway.web.figure_forms import CyclesForm, TaperForm

_WEEK: Final = 7
ARITHMETIC: Final = (
    "Arithmetic on what was typed, no advice: the sources state the bounds shown and no schedule."
)


def taper_page(guideline: Guideline, form: TaperForm | None, typed: Mapping[str, str],
               faults: Sequence[Fault]) -> Html:  # fmt: skip
    """Give the page of a taper; with faults, only the form and what is wrong."""
    chart = _taper(guideline, form) if form is not None and form.drug and form.steps else Html()
    return html(
        tag("h1", "A dose that is tapered"),
        tag("p", ARITHMETIC),
        _faults(faults),
        chart,
        tag(
            "form",
            _drugs(guideline, tapered(guideline), typed),
            _label("Steps, one a line, as in: 12 mg for 3 days",
                   tag("textarea", typed.get("steps", ""), name="steps", rows="6")),
            _field("First day, if the chart shall show dates", "start", typed, "date"),
            _field("Weight in kg, for the bounds that need it", "weight_kg", typed),
            _field("Count the weeks above this amount a day", "level", typed),
            tag("button", "Draw", type="submit"),
            action="/figures/taper", method="get",
        ),
    )  # fmt: skip


def cycles_page(guideline: Guideline, form: CyclesForm | None, found: Course | None,
                typed: Mapping[str, str], faults: Sequence[Fault]) -> Html:  # fmt: skip
    """Give the page of a treatment in cycles."""
    chart = _cycles(guideline, found, form.start if form else None) if found else Html()
    days = [dose.days for dose in cycled(guideline).values() if dose.days]
    span = f" ({days[0][0]} to {days[0][1]} in the sources)" if days else ""
    return html(
        tag("h1", "A treatment in cycles"),
        tag("p", "The sources state amount, days and interval; the number of cycles is yours."),
        _faults(faults),
        chart,
        tag(
            "form",
            _drugs(guideline, tuple(cycled(guideline)), typed),
            _field("Weight in kg to dose by", "weight_kg", typed),
            _field(f"Days of a cycle{span}", "days", typed),
            _field("Number of cycles", "cycles", typed),
            _field("First day, if the chart shall show dates", "start", typed, "date"),
            tag("button", "Draw", type="submit"),
            action="/figures/ivig", method="get",
        ),
    )  # fmt: skip


def monitoring_page(guideline: Guideline, plan: Plan | None, faults: Sequence[Fault]) -> Html:
    """Give the page of a monitoring plan."""
    if plan is None:
        ask = "Choose a drug and its first day on the page of the patient to see its tests here."
        return html(tag("h1", "Monitoring"), _faults(faults),
                    tag("p", ask, " ", tag("a", "To the page", href="/")))  # fmt: skip
    links = Links(guideline, homes(guideline))
    rows: list[tuple[str, ...]] = [
        (html(drug_title(guideline, one.drug), ": ", one.test, links.cited([one.basis])),
         one.first, items([html(text) for text in one.intervals]) or "no interval is stated",
         ", ".join(day_words(due.date) for due in one.dates) or "no day can be worked out")
        for one in plan.monitoring
    ]  # fmt: skip
    drawn = _both(lambda **more: monitoring_svg(guideline, plan, **more), "monitoring")
    return html(
        tag("h1", "Monitoring"),
        tag("p", f"{plan.policy.title}. {plan.policy.text}"),
        drawn,
        table(("Test", "First", "Then", "Due by"), rows, "Tests and their days"),
        tag("h2", "To be settled before it begins") if plan.warnings else Html(),
        *(
            tag("p", tag("strong", f"{one.level.capitalize()}: "), one.text)
            for one in plan.warnings
        ),
    )  # fmt: skip


def excluded_told(guideline: Guideline, plan: Plan) -> str:
    """Say which drugs of a plan are ruled out, and why."""
    return "; ".join(
        f"{drug_title(guideline, one.drug)} is ruled out: {one.reasons[0].text}"
        if one.reasons else f"{drug_title(guideline, one.drug)} is ruled out"
        for one in plan.excluded
    )  # fmt: skip


def made(guideline: Guideline, form: CyclesForm) -> Course | None:
    """Work out what was typed, once there is enough of it; raises ``InputError``."""
    if not form.drug or form.weight is None or form.cycles is None or form.days is None:
        return None
    return course(guideline, form.drug, form.weight, form.cycles, form.days)


def _taper(guideline: Guideline, form: TaperForm) -> Html:
    unit = unit_of(guideline, form.drug)
    stated = bounds(guideline, form.drug, form.weight)
    links = Links(guideline, homes(guideline))
    above = [
        f"Step {place} passes what the sources state: {bound.says} ({', '.join(bound.nodes)})."
        for place, one in enumerate(form.steps, start=1)
        for bound in stated if bound.most and one.amount > bound.amount
    ]  # fmt: skip
    whole = list(cumulative(form.steps))
    days = sum(one.days for one in form.steps)
    told = [html(f"In all {plain(whole[-1])} {unit} in {days} days.")]
    if form.level is not None:
        more = days_above(form.steps, form.level)
        weeks = f"{more // _WEEK} weeks and {more % _WEEK} days"
        told.append(html(f"Above {plain(form.level)} {unit} a day: {weeks}."))
    told += [html(f"Stated: {one.says}, in {', '.join(one.nodes)}", links.cited([one.basis]), ".")
             for one in stated]  # fmt: skip
    rows: list[tuple[str, ...]] = [
        (str(place), _when(form.start, one.first), _when(form.start, one.first + one.days - 1),
         f"{plain(one.amount)} {unit}", f"{one.days}", f"{plain(total)} {unit}")
        for place, (one, total) in enumerate(zip(form.steps, whole, strict=True), start=1)
    ]  # fmt: skip

    def drawn(**more: object) -> str:
        return taper_svg(guideline, form.drug, form.steps, weight=form.weight, start=form.start,
                         **more)  # type: ignore[arg-type]  # fmt: skip

    head = ("Step", "From", "To", "A day", "Days", "Taken by then")
    return html(
        *(tag("p", tag("strong", "▲ Caution: "), one, class_="limits") for one in above),
        _both(drawn, "taper"),
        items(told),
        table(head, rows, "The steps as typed"),
    )


def _cycles(guideline: Guideline, found: Course, start: dt.date | None) -> Html:
    rows: list[tuple[str, ...]] = [
        (str(one.number), _when(start, one.first), _when(start, one.last),
         f"{plain(one.amount)} {found.unit}", f"{plain(one.total)} {found.unit}")
        for one in found.cycles
    ]  # fmt: skip

    def drawn(**more: object) -> str:
        return cycles_svg(guideline, found, start=start, **more)  # type: ignore[arg-type]

    head = ("Cycle", "First day", "Last day", "Amount", "In all")
    return html(_both(drawn, "cycles"), table(head, rows, "The cycles as typed"))


def _both(draw: Callable[..., str], ident: str) -> Html:
    """Draw a figure twice, for a desk and for a phone; the style sheet shows one."""
    return html(
        tag("div", Html(draw(ident=ident)), class_="figure-wide"),
        tag("div", Html(draw(wide=PHONE, ident=f"{ident}-phone")), class_="figure-phone"),
    )


def _when(start: dt.date | None, day: int) -> str:
    if start is None:
        return f"day {day + 1}"
    return day_words((start + dt.timedelta(day)).isoformat())


def _faults(faults: Sequence[Fault]) -> Html:
    if not faults:
        return Html()
    return tag("div", tag("p", tag("strong", "Not drawn:")), items([html(str(one)) for one in
               faults]), class_="limits", role="alert")  # fmt: skip


def _drugs(guideline: Guideline, names: Sequence[str], typed: Mapping[str, str]) -> Html:
    """Let a drug be chosen where there is a choice."""
    if len(names) == 1:
        return tag("p", f"Drug: {drug_title(guideline, names[0])}")
    chosen = typed.get("drug", "")
    options = [
        tag("option", drug_title(guideline, one), value=one,
            selected="selected" if one == chosen else "")
        for one in names
    ]  # fmt: skip
    return _label("Drug", tag("select", *options, name="drug"))


def _field(label: str, name: str, typed: Mapping[str, str], kind: str = "text") -> Html:
    mode = "decimal" if kind == "text" else ""
    box = tag("input", name=name, type=kind, value=typed.get(name, ""), inputmode=mode,
              autocomplete="off")  # fmt: skip
    return _label(label, box)


def _label(text: str, box: Html) -> Html:
    return tag("p", tag("label", text, " ", box), class_="field")
