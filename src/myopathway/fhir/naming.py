"""What is known of a named drug."""

from __future__ import annotations

import msgspec


class Naming(msgspec.Struct, frozen=True):
    """What is known of a named drug: its name in the algorithm, or only its words.

    ``form`` is what says that it is for local use; ``doubt`` why the drug cannot be told;
    ``named`` holds every drug of the algorithm that its codes or words name.
    """

    drug: str = ""
    words: tuple[str, ...] = ()
    detail: str = ""
    doubt: str = ""
    form: str = ""
    named: tuple[str, ...] = ()
