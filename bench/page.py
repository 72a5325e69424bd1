"""Times the page: how long the service takes for a full answer, over HTTP on loopback.

usage: python -m bench.page [requests, default 600]

The six example patients in turn, one request after the other on one connection. Beside it stands
an empty handler of the same server in the same run, for the machine's own speed.
"""

from __future__ import annotations

import statistics
import sys
import time

import httpx
from fastapi import FastAPI

from myopathway.settings import Settings
from myopathway.web.pages import router
from tests.page_site import EXAMPLES, address, example, serve


def timed(client: httpx.Client, wanted: list[str], count: int) -> list[float]:
    found = []
    for number in range(count):
        began = time.perf_counter()
        client.get(wanted[number % len(wanted)]).raise_for_status()
        found.append((time.perf_counter() - began) * 1000)
    return found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    app = FastAPI()
    app.include_router(router(Settings()))

    @app.get("/empty")
    async def empty() -> str:
        return "ok"

    with serve(app) as base, httpx.Client(base_url=base) as client:
        timed(client, ["/empty", *(address(example(name)) for name in EXAMPLES)], 50)
        idle = statistics.median(timed(client, ["/empty"], count))
        print(f"empty handler             median {idle:6.2f} ms")
        for name in EXAMPLES:
            taken = timed(client, [address(example(name))], count // len(EXAMPLES))
            middle, late = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
            print(f"{name:25} median {middle:6.2f} ms, p99 {late:6.2f} ms")


if __name__ == "__main__":
    main()
