"""``myopathway serve``: the page, the API, CDS Hooks and FHIR over HTTP."""

from __future__ import annotations

import os

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True,
              help="The port to listen on.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True,
              help="Processes that answer.")  # fmt: skip
def serve(host: str, port: int, workers: int) -> None:
    """Serve the page for clinicians, the API, CDS Hooks and FHIR."""
    import gc

    import uvicorn

    from myopathway.settings import read_settings

    gc.enable()
    settings = read_settings(os.environ)
    uvicorn.run(
        "myopathway.service.worker:app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.limits.stop_seconds,
    )
