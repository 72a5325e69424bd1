"""How a served process speaks HTTP: as uvicorn does, but that plain calls are answered straight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from myopathway.service.straight import Straight


class Protocol(H11Protocol):
    """One connection to the application that ``worker.app`` makes."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        """Begin as uvicorn does."""
        super().__init__(config, server_state, app_state, _loop)
        self._straight: Straight | None = self.app.straight
        self._answered = 0.0

    def data_received(self, data: bytes) -> None:
        """Answer a call that is plain and whole; anything else goes uvicorn's way.

        Uvicorn never sees such a call: between two requests its state is that of no request.
        """
        conn = self.conn
        if (
            self._straight is not None
            and conn.our_state is h11.IDLE
            and not conn.trailing_data[0]
            and not self.flow.write_paused  # who does not read is waited for
        ):
            response = self._straight.answer(data, self.server_state.default_headers)
            if response is not None:
                self.transport.write(response)
                if self.timeout_keep_alive_task is None:
                    self.on_response_complete()
                else:  # that it rests is measured anew: to set another clock would cost more
                    self.server_state.total_requests += 1
                    self._answered = self.loop.time()
                return
        super().data_received(data)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that rests; one that was answered since then has its time again."""
        left = self._answered + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            again = self.timeout_keep_alive_handler
            self.timeout_keep_alive_task = self.loop.call_later(left, again)
        else:
            super().timeout_keep_alive_handler()
