"""``myopathway serve``: the page, the API, CDS Hooks and FHIR over HTTP."""

from __future__ import annotations

import os
import socket
import sys
import tempfile

import click

from myopathway.errors import Fault, InputError


@click.command(
    short_help="Serve the page, the API, CDS Hooks and FHIR.",
    epilog="A site is set up by environment variables; docs/integrators.md lists them.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True,
              help="The port to listen on; 0 takes a free one.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True,
              help="Processes that answer.")  # fmt: skip
def serve(host: str, port: int, workers: int) -> None:
    """Serve the page for clinicians, the API, CDS Hooks and FHIR."""
    import uvicorn

    from myopathway.service.logs import CONFIGURATION
    from myopathway.service.protocol import Protocol
    from myopathway.service.store import Store
    from myopathway.service.store.shared import prepare
    from myopathway.settings import read_settings

    settings = read_settings(os.environ)
    _free(host, port)
    if workers > 1 and settings.smart_issuers:
        # A launch is kept by the process that began it; another one would not know of it.
        accepted = "one worker where MYOPATHWAY_SMART_ISSUERS is set"
        raise InputError([Fault("--workers", f"found {workers}", accepted)])
    # Faults are told here, once, rather than by each worker: content, then database.
    settings.guideline()
    Store(settings.database_url).close()
    if port and sys.stderr.isatty():
        where = f"[{host}]" if ":" in host else host
        click.echo(f"The page: http://{where}:{port}/ (Ctrl-C stops it)", err=True)
    with tempfile.TemporaryDirectory(prefix="myopathway-metrics-") as shared:
        if workers > 1:
            # Each worker counts for itself; /metrics adds up.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared
            prepare(shared)
        uvicorn.run(
            "myopathway.service.worker:app",
            factory=True,
            http=Protocol,
            host=host,
            port=port,
            workers=workers,
            access_log=False,
            log_config=CONFIGURATION,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=settings.limits.stop_seconds,
        )


def _free(host: str, port: int) -> None:
    """Refuse in one line an address that is not of this machine, or a port that is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        # The system's words: the module adds the address to them.
        reason = os.strerror(error.errno).lower() if error.errno and error.errno > 0 else ""
        found = reason or (error.strerror or type(error).__name__).lower().partition(" (")[0]
        wanted = "an address of this machine with a free port"
        raise InputError([Fault(f"{host} port {port}", found, wanted)]) from None
