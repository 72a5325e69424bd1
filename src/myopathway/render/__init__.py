"""An answer as text, Markdown and FHIR."""
