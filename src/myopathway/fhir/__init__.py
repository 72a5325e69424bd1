"""FHIR R4 in: a Bundle of one patient, read tolerantly, nothing dropped in silence."""

from myopathway.fhir.read import Reading, read_bundle

__all__ = ["Reading", "read_bundle"]
