"""Reading what users hand in: a facts document (YAML or JSON) or a FHIR Bundle, by content.

Whatever is wrong with it becomes faults that say where, what was found and what is accepted.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.errors import Fault, InputError, shown
from myopathway.guideline.model import Guideline
from myopathway.patient import Patient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

MOST_FACTS_BYTES: Final = 1_000_000
MOST_BUNDLE_BYTES: Final = 200_000_000
_WANTED: Final = "a facts document (YAML or JSON) or a FHIR R4 Bundle (JSON)"


class Intake(msgspec.Struct, frozen=True):
    """How patients are read: the guideline, the day, and what the caller says of the record."""

    guideline: Guideline
    today: dt.date
    complete_problem_list: bool = False
    complete_medication_list: bool = False

    def patient(self, raw: bytes, name: str) -> Patient:
        """Read one patient; raises ``InputError``, every fault beginning with ``name``."""
        try:
            return self._patient(document(raw))
        except InputError as error:
            raise InputError(_under(name, one) for one in error.faults) from None

    def _patient(self, found: object) -> Patient:
        if isinstance(found, dict) and "resourceType" in found:
            return Patient.from_fhir(
                found,
                today=self.today,
                complete_problem_list=self.complete_problem_list,
                complete_medication_list=self.complete_medication_list,
                guideline=self.guideline,
            )
        if not isinstance(found, dict):
            raise InputError([Fault("document", f"found {shown(found)}", _WANTED)])
        return Patient.from_facts(found, guideline=self.guideline)


def document(raw: bytes, wanted: str = _WANTED) -> Any:  # noqa: ANN401 - any document
    """Decode a JSON or YAML document strictly; raises ``InputError``, saying what is wanted."""
    if len(raw) > MOST_BUNDLE_BYTES:
        found = f"{len(raw)} bytes"
        raise InputError([Fault("document", found, f"at most {MOST_BUNDLE_BYTES} bytes")])
    begin = raw[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not begin:
        if raw.strip(b"\xef\xbb\xbf \t\r\n"):
            begin = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        else:
            raise InputError([Fault("document", "it is empty", wanted)])
    if begin[:1] in (b"{", b"["):
        return _json(raw.removeprefix(b"\xef\xbb\xbf"), wanted)
    return _yaml(raw, wanted)


def _json(raw: bytes, wanted: str) -> Any:  # noqa: ANN401 - any document
    try:
        found = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise InputError([_malformed(raw, str(error), wanted)]) from None
    except (UnicodeDecodeError, ValueError) as error:
        raise InputError([Fault("document", f"not JSON: {str(error)[:80]}", wanted)]) from None
    except RecursionError:
        raise InputError([_DEEP]) from None
    if isinstance(found, dict) and "resourceType" in found:
        return found
    # A facts document is small: read it again with an eye on keys that stand twice.
    _small(raw)
    return json.loads(raw, object_pairs_hook=_once)


_DEEP: Final = Fault("document", "nested too deeply", "a document of ordinary depth")


def _malformed(raw: bytes, message: str, wanted: str) -> Fault:
    """Turn a byte offset into line and column."""
    text, _, rest = message.partition(" (byte ")
    digits = rest.rstrip(")")
    if not digits.isdigit():
        return Fault("document", f"not JSON: {message[:100]}", wanted)
    before = raw[: int(digits)]
    line = before.count(b"\n") + 1
    column = len(before) - before.rfind(b"\n")
    return Fault(f"line {line}, column {column}", text[:100], "JSON")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise InputError([Fault(key[:80], "the key stands twice", "each key once")])
        found[key] = value
    return found


def _small(raw: bytes) -> None:
    if len(raw) > MOST_FACTS_BYTES:
        found = f"{len(raw)} bytes"
        want = f"a facts document of at most {MOST_FACTS_BYTES} bytes"
        raise InputError([Fault("document", found, want)])


def _yaml(raw: bytes, wanted: str) -> Any:  # noqa: ANN401 - any document
    from myopathway.yamltext import YamlText  # noqa: PLC0415 - slow, and JSON does without

    _small(raw)
    try:
        text = YamlText(raw.decode("utf-8-sig"), "document")
    except UnicodeDecodeError as error:
        found = f"byte {error.start} is no UTF-8"
        raise InputError([Fault("document", found, "a UTF-8 text")]) from None
    if text.faults:
        raise InputError(
            Fault(one.where.replace("document:", "line "), one.found, one.accepted)
            for one in text.faults
        )
    if text.value is None:
        raise InputError([Fault("document", "nothing in it", wanted)])
    return text.value


def _under(name: str, fault: Fault) -> Fault:
    return Fault(f"{name}: {fault.where}", fault.found, fault.accepted)


def read_file(path: Path) -> bytes:
    """Read a whole file; raises ``InputError`` where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError([Fault(str(path), reason.lower(), "a file that can be read")]) from None


def lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Walk the lines that hold something, numbered from 1; memory stays that of one line."""
    for number, raw in enumerate(stream, start=1):
        if raw.strip():
            yield number, raw
