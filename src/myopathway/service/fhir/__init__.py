"""The FHIR R4 interface: what we can, the artefacts, and ``$apply``."""
