"""What the ordinary lines of an export say: their texts, dates and forms, each learned once."""

# ruff: noqa: S608 - names and texts are our own or quoted
from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa

from myopathway.cohort.bulk import scan
from myopathway.cohort.bulk.columns import LAYOUTS
from myopathway.cohort.bulk.dates import ABSENT, EMPTY, WRONG, day_as, written_as
from myopathway.cohort.bulk.form import SLOTS
from myopathway.cohort.bulk.pieces import Broken, bare, blocks_of, pieces_of
from myopathway.cohort.bulk.plainly import NOTHING, decoded
from myopathway.fhir.plain import as_text, brief

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from myopathway.cohort.bulk.desk import Desk

_SAMPLE: Final = 8 << 20  # bytes of one type from which its texts are learned
_SHARE: Final = 50  # of all lines, one of this many
_HEAD: Final = 1 << 16
_AT_A_TIME: Final = 20_000  # lines
_YEAR, _MONTH, _DAY = 4, 7, 10
_START: Final = 12  # characters: a day, its first quote, and what follows it
# A date written in each of the ways of ``dates``.
_WAYS: Final = {
    ABSENT: None, WRONG: '"x"', EMPTY: '""', _YEAR: '"2001"', _MONTH: '"2001-02"',
    _DAY: '"2001-02-10"',
}  # fmt: skip


class Learner:
    """Learns from lines in a database, and writes the expressions that join them with it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, desk: Desk) -> None:
        """Start with nothing learned."""
        self._con = con
        self._desk = desk
        self._texts: dict[str, list[str]] = {}
        self._spoken: dict[str, tuple[int, int]] = {}
        self._joins: dict[str, str] = {}
        self._has_odd_days = False

    def texts(self, kind: str, files: Sequence[str], beside: Path) -> tuple[int, int]:
        """Learn the texts of a type from some lines; give how many codes speak, and of how many."""
        if kind not in self._spoken:
            path = beside / f"sample-{kind}.ndjson"
            path.write_bytes(_sample(files))
            said = self._con.execute(scan.texts(kind, [str(path)])).fetchall()
            path.unlink()
            codes = sorted({code for code, _ in said if _is_json(code)})
            speaks = {code: self._desk.sifter.speaks(kind, code.encode()) for code in codes}
            codes.sort(key=lambda code: not speaks[code])
            others = sorted({text for _, text in said if _is_json(text)} - speaks.keys())
            self._texts[kind] = texts = [*codes, *others]
            self._enter(f"texts_{kind}", {"n": pa.array(range(len(texts)), pa.int32()),
                                 "said": pa.array(texts, pa.string())})  # fmt: skip
            self._con.execute(
                f"CREATE TYPE said_{kind} AS ENUM (SELECT said FROM texts_{kind} ORDER BY n)"
            )
            self._spoken[kind] = (sum(speaks.values()), len(codes))
        return self._spoken[kind]

    def days(self, tables: Mapping[str, str]) -> None:
        """Learn every date that is written otherwise than as a day."""
        some = " UNION ".join(
            f"SELECT DISTINCT substr(d{place}, 1, {_START}) FROM {table}"
            " WHERE part >= 0 AND NOT is_mute"
            for table, kind in tables.items()
            for place in range(len(LAYOUTS[kind].dates))
        )
        odd: list[tuple[str, int, str]] = []
        for (said,) in self._con.execute(some).fetchall() if some else ():
            if said is not None:
                date = msgspec.json.decode(_begun(said))
                text = date if isinstance(date, str) else "x"
                if (way := written_as(text)) != _DAY:
                    odd.append((said, way, day_as(text)))
        self._has_odd_days = bool(odd)
        self._enter("odd_day", {"d": pa.array([said for said, _, _ in odd], pa.string()),
                                "way": pa.array([way for _, way, _ in odd], pa.int32()),
                                "day": pa.array([day for _, _, day in odd], pa.string()),
                                })  # fmt: skip

    def doses(self, tables: Mapping[str, str]) -> None:
        """Learn the doses in words."""
        some = [f"SELECT DISTINCT own FROM {table} WHERE part >= 0 AND own IS NOT NULL"
                for table, kind in tables.items() if LAYOUTS[kind].dosed]  # fmt: skip
        said = self._con.execute(" UNION ".join(some)).fetchall() if some else []
        texts = [brief(as_text(msgspec.json.decode(own))) for (own,) in said]
        self._enter("dose", {"own": pa.array([own for (own,) in said], pa.string()),
                             "said": pa.array(texts, pa.string())})  # fmt: skip

    def forms(self, kind: str, table: str) -> Iterator[list[bytes]]:
        """Learn the forms of a table; give lines that have none and have to be read one by one."""
        layout = LAYOUTS[kind]
        texts = [f"t{place}" for place in range(len(scan.written(layout)))]
        days = [f"d{place}" for place in range(len(layout.dates))]
        ways = [self._way(place) for place in range(len(days))]
        names = [*texts, *(f"p{place}" for place in range(len(days)))]
        found = self._con.execute(
            f"SELECT {', '.join([*texts, *ways])} FROM {self._dated(kind, table)}"
            " WHERE part >= 0 AND NOT is_mute GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        rows = [(*one, *self._form(kind, one)) for one in found]
        self._enter(f"forms_{table}", {
            name: pa.array([row[place] for row in rows], pa.int32())
            for place, name in enumerate([*names, "form", "u1", "u2"])
        })  # fmt: skip
        same = [f"r.{one} IS NOT DISTINCT FROM f.{one}" for one in texts]
        same += [f"{way} = f.p{place}" for place, way in enumerate(ways)]
        self._joins[table] = " AND ".join(["NOT r.is_mute", *same])
        odd = self._con.cursor().execute(
            f"SELECT pid, id, r.own, {', '.join([*(f'r.{one}' for one in texts), *days])}"
            f" FROM {self._dated(kind, table)} JOIN forms_{table} AS f ON {self._joins[table]}"
            " WHERE part >= 0 AND form < 0"
        )
        while some := odd.fetchmany(_AT_A_TIME):
            yield [
                self._line(kind, one[3 : 3 + len(texts)],
                           one[3 + len(texts) :], *one[:3])
                for one in some
            ]  # fmt: skip

    def joined(self, kind: str, table: str) -> tuple[str, list[tuple[str, str]]]:
        """Write the lines ``r`` of a table joined with their forms ``f``.

        The two dates that a form uses come with it: the day, and as it is written.
        """
        places = range(len(LAYOUTS[kind].dates))
        dates = [f"substr(r.d{place}, 2, length(r.d{place}) - 2)" for place in places]
        days = [f"substr(r.d{place}, 2, {_DAY})" for place in places]
        if self._has_odd_days:
            days = [f"COALESCE(o{place}.day, {day})" for place, day in enumerate(days)]
        used = [(_chosen(f"f.{use}", days), _chosen(f"f.{use}", dates)) for use in ("u1", "u2")]
        join = f"LEFT JOIN forms_{table} AS f ON {self._joins[table]}"
        return f"{self._dated(kind, table)} {join}", used

    def _way(self, place: int) -> str:
        """Write an expression for how a date of a line ``r`` is written."""
        known = f"COALESCE(o{place}.way, {_DAY})" if self._has_odd_days else str(_DAY)
        return f"(CASE WHEN r.d{place} IS NULL THEN {ABSENT} ELSE {known} END)"

    def _dated(self, kind: str, table: str) -> str:
        """Write the lines ``r`` of a table, joined with the dates that are no plain days."""
        places = range(len(LAYOUTS[kind].dates)) if self._has_odd_days else ()
        joins = [
            f" LEFT JOIN odd_day AS o{place} ON substr(r.d{place}, 1, {_START}) = o{place}.d"
            for place in places
        ]
        return f"{table} AS r{''.join(joins)}"

    def _form(self, kind: str, row: tuple[Any, ...]) -> tuple[int | None, int, int]:
        """Give the number of a form and the columns of the dates that it uses."""
        layout = LAYOUTS[kind]
        count = len(scan.written(layout))
        line = self._line(kind, row[:count], [_WAYS[way] for way in row[count:]], "x", "x", '"x"')
        (found,) = self._desk.rows(kind, [line], 0, "")
        form = found[3]
        if form is None or form < 0:
            return form, -1, -1
        slots = [SLOTS[kind].index((one,)) for one in layout.dates]
        first, second, *_ = [*map(slots.index, self._desk.sifter.uses(form)), -1, -1]
        return form, first, second

    def _line(
        self, kind: str, numbers: Sequence[int | None], dates: Sequence[str | None], pid: str,
        name: str, own: str | None,
    ) -> bytes:  # fmt: skip
        """Write a line of these texts and dates, as far as the reader looks at it."""
        layout, known = LAYOUTS[kind], self._texts[kind]
        texts = {one: known[number] for one, number in
                 zip(scan.written(layout), numbers, strict=True) if number is not None}  # fmt: skip
        parts = {"resourceType": f'"{kind}"', "id": f'"{name}"'}
        if layout.owner:
            parts[layout.owner] = f'{{"reference":"Patient/{pid}"}}'
        elif own is not None:
            parts["birthDate"] = own
        route, is_dosed = texts.pop("route", None), texts.pop("is_dosed", None)
        if is_dosed is not None:
            dose = [f'"text":{own}'] if is_dosed == "true" else []
            dose += [] if route is None else [f'"route":{route}']
            parts["dosageInstruction"] = f"[{{{','.join(dose)}}}]"
        parts |= texts
        parts |= {one: date for one, date in zip(layout.dates, dates, strict=True) if date}
        members = ",".join(f'"{one}":{text}' for one, text in parts.items())
        return f"{{{members}}}".encode()

    def _enter(self, name: str, columns: dict[str, pa.Array]) -> None:
        self._con.register("entered", pa.table(columns))
        self._con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM entered")
        self._con.unregister("entered")


def _chosen(use: str, days: Sequence[str]) -> str:
    """Write an expression for the one of the days that a form uses."""
    some = " ".join(f"WHEN {place} THEN {day}" for place, day in enumerate(days))
    return f"CASE {use} {some} END" if days else "NULL::VARCHAR"


def _begun(said: str) -> str:
    """Give the beginning of a date as JSON, as much as tells its day."""
    if not said.startswith('"'):
        return "0"  # no text, whatever it is
    text = said[1:].partition('"')[0]
    return '"x"' if "\\" in text else f'"{text}"'


def _is_json(text: str | None) -> bool:
    """Say whether a text can be read; DuckDB lets more pass than JSON allows."""
    return text is not None and decoded(text.encode()) is not NOTHING


def _sample(files: Sequence[str]) -> bytes:
    """Give some lines of the files, from places spread over them."""
    pieces = [piece for path in files for piece in pieces_of(Path(path))]
    size = sum(Path(path).stat().st_size for path in files)
    most = max(min(_SAMPLE, size // _SHARE) // max(len(pieces), 1), _HEAD)
    parts: list[bytes] = []
    for piece in pieces[:: max(len(pieces) * _HEAD // _SAMPLE, 1)]:
        size = 0
        with contextlib.suppress(Broken):
            for block in blocks_of(piece):
                data = bare(block.data)[: most - size]
                parts.append(data[: data.rfind(b"\n") + 1])
                size += len(block.data)
                if size >= most:
                    break
    return b"".join(parts)
