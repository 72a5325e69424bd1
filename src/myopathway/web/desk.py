"""What the routes of one site share: the guideline, its pages, how they are sent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from fastapi import Response

from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.web.carried import RECORD, unpacked
from myopathway.web.entries import entries
from myopathway.web.headers import page_headers
from myopathway.web.reading import read
from myopathway.web.view import Pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from starlette.datastructures import FormData

    from myopathway.errors import InputError
    from myopathway.settings import Settings
    from myopathway.web.carried import Carried
    from myopathway.web.entries import Entries
    from myopathway.web.reading import Reading

HTML: Final = "text/html; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"
UNREADABLE: Final = 422


class Desk:
    """Reads forms and sends pages for one site; holds nothing of any patient."""

    def __init__(self, settings: Settings, clock: Callable[[], dt.date] | None = None) -> None:
        """Load the guideline; raises ``ContentError``. ``clock`` gives the day."""
        self.settings = settings
        self.guideline = settings.guideline()
        self.today = clock or today
        blank = Patient.from_facts({}, guideline=self.guideline)
        asked = recommend_on(blank, self.today(), self.guideline).missing
        self.pages = Pages(settings, self.guideline, tuple(one.fact for one in asked))
        self.headers = page_headers(settings)

    def read(self, found: Entries, carried: Carried | None = None) -> Reading:
        """Read a form on this day."""
        return read(self.guideline, self.today(), found, carried)

    async def asked(self, request: Request) -> tuple[Reading, Entries]:
        """Read the form of a request, from its address or its body; raises ``InputError``."""
        if request.method == "GET":
            found, carried = entries(request.query_params.multi_items()), None
        else:
            async with request.form() as form:
                found, carried = session(form)
        return self.read(found, carried), found

    def html(self, text: str, status: int = 200) -> Response:
        """Send a page."""
        return Response(text, status, self.headers, HTML)

    def sent(self, body: str | bytes, media_type: str, name: str = "") -> Response:
        """Send a text, or a file under a name."""
        headers = dict(self.headers)
        if name:
            headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return Response(body, 200, headers, media_type)

    def refused(self, error: InputError) -> Response:
        """Say in plain lines why something cannot be given."""
        text = "\n".join(map(str, error.faults)) + "\n"
        return Response(text, UNREADABLE, self.headers, TEXT)


def session(form: FormData) -> tuple[Entries, Carried | None]:
    """Read a posted form and the record that it carries; raises ``InputError``."""
    pairs = [(name, one) for name, one in form.multi_items() if isinstance(one, str)]
    record = next((one for name, one in pairs if name == RECORD), "")
    found = entries((name, one) for name, one in pairs if name != RECORD)
    return found, unpacked(record) if record else None


def today() -> dt.date:
    """Give the day of the place where the service runs."""
    return dt.date.today()  # noqa: DTZ011 - the local day is meant
