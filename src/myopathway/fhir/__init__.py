"""FHIR R4 in: a Bundle of one patient, read tolerantly, nothing dropped in silence."""

from myopathway.fhir.read import read_bundle
from myopathway.fhir.reading import Reading

__all__ = ["Reading", "read_bundle"]
