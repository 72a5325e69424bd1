"""The implementation guide and its package, as FHIR's package registries have them."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.export.canonical import Resource, Site

PACKAGE: Final = "myopathway.iim-treatment"
_FHIR: Final = "4.0.1"
_INDEXED: Final = ("id", "url", "version", "kind", "type", "supplements", "content")


def implementation_guide(site: Site, resources: Iterable[Resource]) -> Resource:
    """Give the guide, which lists every other artefact."""
    edition = site.guideline.edition
    listed = [
        {
            "reference": {"reference": f"{one['resourceType']}/{one['id']}"},
            "name": one["title"],
            "exampleBoolean": False,
        }
        for one in resources
    ]
    return {
        **site.artefact(
            "ImplementationGuide",
            PACKAGE,
            f"{edition.title}, as FHIR artefacts",
            edition.intended_use,
        ),
        "packageId": PACKAGE,
        "license": "Apache-2.0",
        "fhirVersion": [_FHIR],
        "definition": {"resource": listed},
    }


def package(site: Site, resources: list[Resource]) -> bytes:
    """Give package.tgz: the same bytes for the same content, whenever and wherever."""
    edition = site.guideline.edition
    described = {
        "name": PACKAGE,
        "version": edition.version,
        "type": "fhir.ig",
        "title": edition.title,
        "description": edition.intended_use,
        "date": edition.date.replace("-", "") + "000000",
        "author": "myopathway",
        "license": "Apache-2.0",
        "canonical": site.base,
        "url": site.base,
        "fhirVersions": [_FHIR],
        "dependencies": {"hl7.fhir.r4.core": _FHIR},
    }
    index = {
        "index-version": 2,
        "files": [
            {
                "filename": file_name(one),
                "resourceType": one["resourceType"],
                **{key: one[key] for key in _INDEXED if isinstance(one.get(key), str)},
            }
            for one in resources
        ],
    }
    files = {"package/package.json": described, "package/.index.json": index}
    files |= {f"package/{file_name(one)}": one for one in resources}
    stored = io.BytesIO()
    with tarfile.open(fileobj=stored, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, value in files.items():
            raw = as_json(value)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(raw), 0o644
            archive.addfile(entry, io.BytesIO(raw))
    return gzip.compress(stored.getvalue(), compresslevel=9, mtime=0)


def file_name(resource: Resource) -> str:
    """Name the file of an artefact."""
    return f"{resource['resourceType']}-{resource['id']}.json"


def as_json(value: object) -> bytes:
    """Write JSON as people read it, always in the same bytes."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
