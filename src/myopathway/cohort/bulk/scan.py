"""The lines of an export as rows of numbers, by DuckDB; what is out of the ordinary as text."""

# ruff: noqa: S608 - names and texts are our own or quoted
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.cohort.bulk.columns import LAYOUTS, Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST: Final = 16 << 20  # bytes of a line that DuckDB reads
_PREFIX: Final = '"Patient/'
_LONGEST: Final = 66  # characters of an id in its quotes


def quoted(text: str) -> str:
    """Write a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def source(files: Iterable[str], columns: dict[str, str]) -> str:
    """Read columns of lines; a line that DuckDB cannot read gives nulls only."""
    named = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    paths = ", ".join(map(quoted, files))
    return (f"read_json([{paths}], format='newline_delimited', records='true', ignore_errors=true,"
            f" columns={{{named}}}, maximum_object_size={LONGEST})")  # fmt: skip


def kinds(files: Sequence[str]) -> str:
    """Count lines by file and type; of a line that DuckDB cannot read the type is null."""
    read = source(files, {"resourceType": "JSON"})
    return f"SELECT filename, resourceType::VARCHAR, count(*) FROM {read} GROUP BY ALL"


def broken(file: str) -> str:
    """Select the numbers of the lines, but blank ones, in which DuckDB finds no type."""
    read = source([file], {"resourceType": "JSON"})
    number = f"SELECT row_number() OVER () AS line, resourceType FROM {read}"
    return f"SELECT line FROM ({number}) WHERE resourceType IS NULL ORDER BY line"


def whole(file: str, kind: str) -> str:
    """Select the lines that may be of a type, as they stand."""
    lines = (
        f"read_ndjson_objects({quoted(file)}, ignore_errors=true, maximum_object_size={LONGEST})"
    )
    return f"SELECT json::VARCHAR FROM {lines} WHERE contains(json::VARCHAR, {quoted(_json(kind))})"


def columns_of(kind: str) -> dict[str, str]:
    """Name the columns of a type of resource."""
    layout = LAYOUTS[kind]
    owner = {layout.owner: "STRUCT(reference JSON)"} if layout.owner else {}
    return dict.fromkeys(("resourceType", "id", *layout.columns), "JSON") | owner


def texts(kind: str, files: Sequence[str]) -> str:
    """Select the codes of some lines, and the other texts that make forms."""
    layout = LAYOUTS[kind]
    parts = [f"unnest([{', '.join(f'{one}::VARCHAR' for one in _form(layout))}]) AS said"]
    return (
        f"SELECT DISTINCT {layout.code}::VARCHAR AS code, {', '.join(parts)}"
        f" FROM {_dosed(kind, files)} WHERE resourceType = {quoted(_json(kind))}"
    )


def rows(kind: str, files: Sequence[str], spoken: int, codes: int, part: str, *, only: bool) -> str:
    """Select lines as rows; of all ``codes`` the first ``spoken`` are those a fact is read from.

    ``part`` gives the range of a patient ``pid``. With ``only`` other types are left out.
    """
    layout = LAYOUTS[kind]
    is_person = kind == "Patient"
    ref = "id::VARCHAR" if is_person else f"{layout.owner}.reference::VARCHAR"
    start = 2 if is_person else len(_PREFIX) + 1
    name = "id::VARCHAR"
    made = [
        f"substr({ref}, {start}, strlen({ref}) - {start}) AS pid",
        f"substr({name}, 2, strlen({name}) - 2) AS name",
        *(f"{_number(kind, one)} AS t{place}" for place, one in enumerate(_form(layout))),
        *(f"{one}::VARCHAR AS d{place}" for place, one in enumerate(layout.dates)),
    ]  # fmt: skip
    where = f" WHERE resourceType = {quoted(_json(kind))}" if only else ""
    read = f"SELECT *, filename, {ref} AS ref, {', '.join(made)} FROM {_dosed(kind, files)}{where}"
    mute = f"t0 BETWEEN {spoken} AND {codes - 1}"
    if is_person:
        mute = "false"
    elif kind == "Observation":
        mute += " AND component IS NULL"
    own = {"Patient": "birthDate::VARCHAR", "MedicationRequest": "dose"}.get(kind, "NULL")
    fine, plain = _usual(kind, spoken)
    told = [f"t{place}" for place in range(len(_form(layout)))]
    told += [f"d{place}" for place in range(len(layout.dates))]
    return f"""
    SELECT CASE WHEN usual THEN {part} WHEN is_ours THEN -1 END::SMALLINT AS part,
        pid, name AS id, {", ".join(told)}, {own}::VARCHAR AS own, is_mute,
        CASE WHEN usual THEN NULL WHEN is_ours THEN concat(filename, chr(0), {_whole(kind)})
            ELSE concat(filename, chr(0), resourceType::VARCHAR) END AS odd
    FROM (SELECT *, filename,
            is_ours AND COALESCE({fine} AND (is_mute OR ({plain})), false) AS usual
        FROM (SELECT *, filename, COALESCE({mute}, false) AS is_mute,
            COALESCE(resourceType = {quoted(_json(kind))}, false) AS is_ours FROM ({read})))"""


def _usual(kind: str, spoken: int) -> tuple[str, str]:
    """Say which lines are ordinary: id and patient, and what is read by a fact."""
    layout = LAYOUTS[kind]
    name = "id::VARCHAR"
    fine = (f"starts_with({name}, '\"') AND strlen({name}) BETWEEN 3 AND {_LONGEST}"
            rf" AND strlen({name}) = length({name}) AND NOT contains({name}, '\')"
        f" AND NOT contains({name}, chr(127))")  # fmt: skip
    if kind != "Patient":
        fine += (rf" AND starts_with(ref, {quoted(_PREFIX)}) AND NOT contains(ref, '\')"
                 " AND pid <> '' AND NOT contains(pid, '/')")  # fmt: skip
    plain = [f"(t{place} IS NOT NULL OR {one} IS NULL)" for place, one in enumerate(_form(layout))]
    plain.append(f"COALESCE(t0 < {spoken}, true)")
    if layout.dosed:
        plain.append("is_simple")
    if kind == "Patient":
        plain.append("(birthDate IS NULL OR (starts_with(birthDate::VARCHAR, '\"')"
                     r" AND NOT contains(birthDate::VARCHAR, '\')))")  # fmt: skip
    else:
        plain += [f"{one} IS NULL" for one in layout.rest]
    return fine, " AND ".join(plain)


def written(layout: Layout) -> tuple[str, ...]:
    """Name the columns of which each gives one text of the form."""
    return _form(layout)


def _form(layout: Layout) -> tuple[str, ...]:
    dosage = ("route", "is_dosed") if layout.dosed else ()
    return (layout.code, *layout.texts, *dosage)


def _dosed(kind: str, files: Sequence[str]) -> str:
    """Read a type of resource; of one plain dosage the dose in words and the route apart."""
    read = source(files, columns_of(kind))
    if not LAYOUTS[kind].dosed:
        return read
    said = "dosageInstruction::VARCHAR"
    apart = "json_extract(dosageInstruction, ['$[0].text', '$[0].route'])"
    return f"""(SELECT *, filename, apart[1]::VARCHAR AS dose, apart[2]::VARCHAR AS route,
        dosageInstruction IS NULL OR (starts_with({said}, '[{{') AND
            json_array_length(dosageInstruction) = 1 AND NOT contains({said}, 'boundsPeriod')
            AND (dose IS NULL OR starts_with(dose, '"'))) AS is_simple,
        CASE WHEN dosageInstruction IS NOT NULL THEN
            CASE WHEN dose IS NULL OR trim(dose, '" ') = '' THEN 'false' ELSE 'true' END
        END AS is_dosed
        FROM (SELECT *, filename, {apart} AS apart FROM {read}))"""


def _number(kind: str, one: str) -> str:
    text = f"{one}::VARCHAR"
    # A cast that fails looks for a text that is meant, and takes its time.
    known = f"hash({text}) IN (SELECT hash(said) FROM texts_{kind})"
    return f"CASE WHEN {known} THEN enum_code(TRY_CAST({text} AS said_{kind})) END::INTEGER"


def _whole(kind: str) -> str:
    """Put a line together again, as far as the reader looks at it."""
    layout = LAYOUTS[kind]
    parts = [quoted(f'{{"resourceType":"{kind}"')]
    if layout.owner:
        parts.append(f"""COALESCE(',"{layout.owner}":{{"reference":' || ref || '}}', '')""")
    parts += [f"""COALESCE(',"{one}":' || {one}::VARCHAR, '')""" for one in ("id", *layout.columns)]
    return f"concat({', '.join(parts)}, '}}')"


def _json(kind: str) -> str:
    return f'"{kind}"'
