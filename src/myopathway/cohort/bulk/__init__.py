"""FHIR Bulk Data in, a facts table out: every patient as the reader of one Bundle reads them.

Lines that are written alike become numbers unparsed (``mould``, ``casting``), other ordinary ones
by DuckDB (``scan``, ``store``); each distinct form of a resource is read once, by the reader
proper (``form``, ``learning``); numbers put simple patients together (``vectors``, ``cells``),
that reader's own steps the others (``fold``). Who is out of the ordinary is given to it as a
Bundle (``whole``).
"""

from myopathway.cohort.bulk.counts import Counts, Skipped
from myopathway.cohort.bulk.read import Bulk, read

__all__ = ["Bulk", "Counts", "Skipped", "read"]
