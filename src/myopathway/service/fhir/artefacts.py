"""The exported artefacts, by type and id: made from the content when they are first asked for."""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING, Any

from myopathway.export import artefacts
from myopathway.service.fhir.reasons_system import reasons_system

if TYPE_CHECKING:
    from myopathway.service.site import Site


class Artefacts:
    """What a site can be asked for under its FHIR address."""

    def __init__(self, site: Site) -> None:
        """Make nothing yet."""
        self._site = site

    async def prepared(self) -> Artefacts:
        """Make them, once, beside other requests: it takes a moment."""
        if "_all" not in self.__dict__:
            await asyncio.to_thread(self.kinds)
        return self

    def read(self, kind: str, name: str) -> dict[str, Any] | None:
        """Give an artefact; None where there is none of that type and id."""
        return self._all.get((kind, name))

    def found(self, kind: str, url: str) -> list[dict[str, Any]]:
        """Give the artefacts of a type, those of a canonical address where one is named."""
        address, _, version = url.partition("|")
        return [
            one
            for (own, _), one in self._all.items()
            if own == kind
            and (not address or one.get("url") == address)
            and (not version or one.get("version") == version)
        ]

    def kinds(self) -> list[str]:
        """Give the types, in order."""
        return sorted({kind for kind, _ in self._all})

    @cached_property
    def _all(self) -> dict[tuple[str, str], dict[str, Any]]:
        guideline, base = self._site.guideline, self._site.settings.canonical
        made = [reasons_system(guideline, base), *artefacts(guideline, base).values()]
        return {(one["resourceType"], one["id"]): one for one in made}
