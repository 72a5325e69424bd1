"""The service as it is really run: processes of its own, on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Self

import httpx

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE = 90.0


class Served:
    """`myopathway serve` with settings of its own; stopped at the end."""

    def __init__(self, folder: Path, workers: int = 1, /, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.base = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"serve-{self.port}.log"
        own = {name: text for name, text in os.environ.items() if "MYOPATHWAY" not in name}
        own |= {"MYOPATHWAY_PUBLIC_URL": self.base, "XDG_STATE_HOME": str(folder)}
        own |= {f"MYOPATHWAY_{name}": text for name, text in settings.items()}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "myopathway", "serve", "--port", str(self.port),
                 "--workers", str(workers)], env=own, stderr=log, stdout=log,
            )  # fmt: skip

    def __enter__(self) -> Self:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.base}/ready", timeout=5).status_code == 200:
                    return self
            except httpx.HTTPError:
                pass
        self.stop()
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> int:
        """Ask it to end; give its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
