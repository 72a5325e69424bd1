"""What every page tells the browser: nothing from elsewhere, nothing kept, framed by few."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myopathway.settings import Settings


def page_headers(settings: Settings) -> dict[str, str]:
    """Give the headers of a page that may hold facts of a patient."""
    frames = " ".join(("'self'", *settings.frame_ancestors))
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {frames}"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Vary": "X-Fragment",
    }


ASSET_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}
