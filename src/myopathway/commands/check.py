"""``myopathway check``: an order, before it is signed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from myopathway.commands.desk import at_desk, handed
from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from myopathway.commands.desk import Desk


@click.command(
    short_help="Check an order before it is signed.",
    epilog="Exit status: 0 for every answer, 2 for bad input.",
)
@click.argument("patient", metavar="PATIENT")
@click.argument("order", metavar="ORDER")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              help="How the answer is shown.", show_default=True)  # fmt: skip
@at_desk
def check(desk: Desk, patient: str, order: str, form: str) -> None:
    """Check an ORDER for PATIENT: dose, rhythm, contraindications, place in the pathway.

    PATIENT is a facts document or a FHIR R4 Bundle. ORDER is a document (YAML or JSON: drug, dose,
    unit, frequency or every, times, days, cycle, route), a FHIR R4 MedicationRequest, or a list of
    them that are ordered together. One of the two may be - for standard input.
    """
    from myopathway.orders import check_orders
    from myopathway.orders.read import orders_in
    from myopathway.render.order import order_json, order_text

    if patient == order == "-":
        raise InputError([Fault("ORDER", "both from standard input", "a file for one of them")])
    guideline = desk.guideline()
    day = desk.day(dt.date.today())  # noqa: DTZ011 - the local day
    person = desk.patient(patient, guideline, day)
    orders, many = orders_in(*handed(order), guideline)
    answers = check_orders(person, orders, day, guideline)
    if form == "json":
        click.echo(order_json(answers, single=not many))
    else:
        click.echo(order_text(answers, guideline, **desk.paper()), nl=False)
