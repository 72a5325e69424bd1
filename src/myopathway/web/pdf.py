"""``/answer.pdf``: the answer on two sheets, tagged for screen readers, nothing loaded.

WeasyPrint writes it; without the extra ``pdf`` the route says so.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from myopathway.errors import InputError
from myopathway.intake import Intake
from myopathway.recommendation import recommend_on
from myopathway.web.carried import RECORD, unpacked
from myopathway.web.entries import entries
from myopathway.web.guide_markup import Html, html, tag
from myopathway.web.headers import page_headers
from myopathway.web.pages import today
from myopathway.web.pdf_sheet import closing, first_sheet, layers, picture
from myopathway.web.reading import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline
    from myopathway.settings import Settings
    from myopathway.web.pdf_sheet import Layer

SIZES: Final = {"a4": "A4", "letter": "Letter"}
SHEETS: Final = 2
_AT_ONCE: Final = 2  # a sheet takes a processor for half a second
_ROOM: Final = 14_500  # characters of HTML beneath the answer and its picture
_MISSING: Final = (
    "This service cannot write PDF: it was installed without WeasyPrint (the extra pdf)."
    " The printable page is at /print."
)


def pdf(answer: Answer, guideline: Guideline, size: str = "a4") -> bytes:
    """Write an answer as a tagged PDF (PDF/UA-1) of two sheets at most, but for the longest ones.

    What has no room on them is left out from the end of the layers on, and the sheet says so.
    The same answer gives the same bytes. Raises ``ImportError`` without WeasyPrint.
    """
    import weasyprint  # noqa: PLC0415 - an extra, and slow to import

    style = weasyprint.CSS(string=f"{_stylesheet()} @page {{ size: {SIZES[size]} }}",
                           url_fetcher=refuse)  # fmt: skip
    below = layers(answer, guideline)
    keep = _fitting(below)
    while True:
        text = _page(answer, guideline, below[:keep], [one.title for one in below[keep:]])
        source = weasyprint.HTML(string=text, base_url=None, url_fetcher=refuse)
        document = source.render(stylesheets=[style], pdf_variant="pdf/ua-1")
        over = len(document.pages) - SHEETS
        if over <= 0 or keep == 0:
            written: bytes = document.write_pdf(pdf_variant="pdf/ua-1",
                                                pdf_identifier=_identifier(guideline))  # fmt: skip
            return written
        keep -= 1


def _fitting(below: Sequence[Layer]) -> int:
    """Guess how many layers have room, so that seldom anything is set twice."""
    used = 0
    for place, one in enumerate(below):
        used += len(one.body)
        if used > _ROOM:
            return place
    return len(below)


def refuse(url: str, *_: object, **__: object) -> Any:  # noqa: ANN401 - it never returns
    """Refuse every address: a sheet is made of what is in it."""
    raise ValueError(f"nothing is loaded from anywhere: {url[:60]}")


def router(settings: Settings) -> APIRouter:
    """Give the route: the form of the page, in the address or posted, or a document as JSON."""
    guideline = settings.guideline()
    routes = APIRouter(include_in_schema=False)
    limiter = CapacityLimiter(_AT_ONCE)
    headers = {
        **page_headers(settings),
        "Content-Disposition": 'inline; filename="answer.pdf"',
    }

    @routes.api_route("/answer.pdf", methods=["GET", "POST"])
    async def as_pdf(request: Request) -> Response:
        size = request.query_params.get("size", "a4").lower()
        if size not in SIZES:
            raise HTTPException(422, f"size: accepted: {', '.join(SIZES)}")
        if find_spec("weasyprint") is None:
            raise HTTPException(501, _MISSING)
        answer = await _answer(request, guideline)
        try:
            body = await to_thread.run_sync(pdf, answer, guideline, size, limiter=limiter)
        except (ImportError, OSError):  # WeasyPrint without the libraries it draws with
            raise HTTPException(501, _MISSING) from None
        return Response(body, media_type="application/pdf", headers=headers)

    return routes


async def _answer(request: Request, guideline: Guideline) -> Answer:
    """Read the patient as the page does, or from a JSON document, and answer."""
    day = today()
    if request.method == "GET":
        pairs = [one for one in request.query_params.multi_items() if one[0] != "size"]
        return read(guideline, day, entries(pairs)).answer
    try:
        if "json" in request.headers.get("content-type", ""):
            patient = Intake(guideline, day).patient(await request.body(), "body")
            return recommend_on(patient, day, guideline)
        form = await request.form()
        pairs = [(name, one) for name, one in form.multi_items() if isinstance(one, str)]
        record = next((one for name, one in pairs if name == RECORD), "")
        found = entries((name, one) for name, one in pairs if name != RECORD)
        return read(guideline, day, found, unpacked(record) if record else None).answer
    except InputError as error:
        raise HTTPException(422, "; ".join(map(str, error.faults))) from None


def _page(
    answer: Answer, guideline: Guideline, shown: Sequence[Layer], left_out: Sequence[str]
) -> str:
    more = f"Not on these sheets, for want of room: {', '.join(left_out)}." if left_out else ""
    body = html(
        tag("p", f"{guideline.edition.title}, {guideline.edition.version}", class_="name"),
        first_sheet(answer, guideline),
        tag("div", picture(answer, guideline), class_="picture"),
        tag("div", *(html(tag("h2", one.title), one.body) for one in shown), class_="layers"),
        tag("p", more) if more else Html(),
        tag("div", closing(answer, guideline), class_="end"),
    )
    head = tag("head", tag("meta", charset="utf-8"), tag("title", answer.about.title))
    return "<!doctype html>" + tag("html", head, tag("body", body), lang="en")


def _identifier(guideline: Guideline) -> bytes:
    return guideline.content_hash[:16].encode()


@cache
def _stylesheet() -> str:
    return (resources.files("myopathway.web") / "pdf.css").read_text(encoding="utf-8")
