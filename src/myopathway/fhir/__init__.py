"""FHIR R4 in: a Bundle of one patient, read tolerantly, nothing dropped in silence."""
