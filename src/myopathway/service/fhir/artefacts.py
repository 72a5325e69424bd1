"""The exported artefacts, by type and id: made from the content when they are first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from myopathway.service.fhir.reasons_system import reasons_system

if TYPE_CHECKING:
    from myopathway.service.site import Site


class Artefacts:
    """What a site can be asked for under its FHIR address."""

    def __init__(self, site: Site) -> None:
        """Make nothing yet."""
        self._site = site

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
        made = [reasons_system(guideline, base), *_exported(self._site)]
        return {(one["resourceType"], one["id"]): one for one in made}


def _exported(site: Site) -> list[dict[str, Any]]:
    from importlib import import_module  # noqa: PLC0415 - while it is being written

    made = getattr(import_module("myopathway.export"), "artefacts", None)
    return [] if made is None else list(made(site.guideline, site.settings.canonical))
