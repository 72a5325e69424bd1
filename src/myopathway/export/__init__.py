"""The guideline as standard artefacts: FHIR R4 Clinical Reasoning, CQL and ELM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from myopathway.export.activities import activities
from myopathway.export.canonical import Site, base_url
from myopathway.export.code_system import code_systems
from myopathway.export.evidence import evidence
from myopathway.export.guide import implementation_guide
from myopathway.export.logic import logic_library
from myopathway.export.plan import plan_definition
from myopathway.export.questionnaire import questionnaire
from myopathway.export.value_sets import value_sets
from myopathway.render.fhir import BASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline

__all__ = ["artefacts", "site_of"]


def artefacts(guideline: Guideline, base: str = BASE) -> dict[str, dict[str, Any]]:
    """Give every artefact by ``Type/id``, as plain JSON values.

    ``base`` is the address under which they are published. Raises ``InputError`` where it is no
    address, ``ContentError`` for content that cannot be exported exactly.
    """
    site = site_of(guideline, base)
    found = {f"{one['resourceType']}/{one['id']}": one for one in _artefacts(site)}
    guide = implementation_guide(site, found.values())
    return {f"{guide['resourceType']}/{guide['id']}": guide, **found}


def site_of(guideline: Guideline, base: str = BASE) -> Site:
    """Give the place where artefacts are published; raises ``InputError``."""
    return Site(guideline, base_url(base))


def _artefacts(site: Site) -> Iterator[dict[str, Any]]:
    yield plan_definition(site)
    yield logic_library(site)
    yield questionnaire(site)
    yield from activities(site)
    yield from code_systems(site)
    yield from value_sets(site)
    yield from evidence(site)
