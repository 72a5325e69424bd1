"""One row of a file of answers, explained: the patient as stored, and the day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from myopathway.cohort.columns import UNREADABLE
from myopathway.cohort.outputs import ending_of
from myopathway.cohort.rows import patient_of
from myopathway.errors import Fault, InputError, nearest

if TYPE_CHECKING:
    import datetime as dt

    from myopathway.guideline.model import Guideline
    from myopathway.patient import Patient

_READERS = {
    ".parquet": "read_parquet(?)",
    ".csv": "read_csv(?, all_varchar = true, header = true)",
    ".ndjson": "read_json(?, format = 'newline_delimited', maximum_object_size = 33554432,"
    " columns = {id: 'VARCHAR', status: 'VARCHAR', as_of: 'VARCHAR', content_hash: 'VARCHAR',"
    " faults: 'JSON', facts: 'JSON'})",
}
_WANTED = "a file that myopathway cohort wrote with all its columns"


def stored(name: str, row: str, guideline: Guideline) -> tuple[Patient, dt.date]:
    """Give the patient of a row and the day that the answer was for.

    Raises ``InputError``: no such file or row, a row that could not be read, other content.
    """
    reader = _READERS[ending_of(name)]
    if "://" not in name and not Path(name).is_file():
        raise InputError([Fault(name, "no such file", _WANTED)])
    wanted = "id, status, CAST(as_of AS VARCHAR), content_hash, to_json(faults), to_json(facts)"
    with duckdb.connect() as con:
        try:
            found = con.execute(
                f"SELECT {wanted} FROM {reader} WHERE id = ? LIMIT 2",  # noqa: S608 - names of ours
                [name, row],
            ).fetchall()
        except duckdb.Error as error:
            reason = " ".join(str(error).partition("\n")[0].split())[:200]
            raise InputError([Fault(name, reason, _WANTED)]) from None
        if not found:
            near = con.execute(
                f"SELECT id FROM {reader} LIMIT 2000",  # noqa: S608 - names of ours
                [name],
            ).fetchall()
            hint = nearest(row, [one for (one,) in near])
            raise InputError([Fault(f"{name}: {row}", f"no such row{hint}", "the id of a row")])
    if len(found) > 1:
        raise InputError([Fault(f"{name}: {row}", "more than one row", "an id that stands once")])
    return _patient(found[0], f"{name}: {row}", guideline)


def _patient(row: tuple[Any, ...], where: str, guideline: Guideline) -> tuple[Patient, dt.date]:
    import datetime as dt  # noqa: PLC0415 - for the type above it is not needed

    _, status, day, content, faults, facts = row
    if status == UNREADABLE:
        told = _read(faults) or []
        raise InputError(
            [Fault(where, "the row could not be read", "; ".join(str(one) for one in told))]
        )
    if content != guideline.content_hash:
        found = f"answered by other content ({str(content)[:12]})"
        raise InputError([Fault(where, found, f"content {guideline.content_hash[:12]}")])
    return patient_of(guideline.vocabulary, _read(facts)), dt.date.fromisoformat(day)


def _read(text: Any) -> Any:  # noqa: ANN401 - any JSON
    """Decode a JSON text; of a text column the text is JSON in JSON."""
    found = json.loads(text) if isinstance(text, str) else text
    return json.loads(found) if isinstance(found, str) else found
