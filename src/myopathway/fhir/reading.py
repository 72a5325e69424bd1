"""What a Bundle says of its patient."""

from __future__ import annotations

import msgspec

from myopathway.facts import Record, Unread


class Reading(msgspec.Struct, frozen=True):
    """What a Bundle says of its patient; ``unread`` is what was skipped or is doubtful.

    ``occasions`` names what the answer should remark on: that the history is as recorded.
    """

    record: Record
    unread: tuple[Unread, ...] = ()
    occasions: tuple[str, ...] = ()
