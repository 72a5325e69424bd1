"""The lines of an export in DuckDB: ordinary ones as numbers, the others read one by one."""

# ruff: noqa: S608 - names and texts are our own or quoted
from __future__ import annotations

import pickle
from bisect import bisect_right
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa

from myopathway.cohort.bulk import scan, shapes
from myopathway.cohort.bulk.casts import Casts, Left
from myopathway.cohort.bulk.columns import LAYOUTS
from myopathway.cohort.bulk.desk import Desk
from myopathway.cohort.bulk.export import Kept
from myopathway.cohort.bulk.form import MEDICATIONS
from myopathway.cohort.bulk.learning import Learner
from myopathway.cohort.bulk.lines import PEOPLE, ROWS, WHOLE_LINES
from myopathway.cohort.bulk.pieces import Broken, Piece, blocks_of
from myopathway.cohort.bulk.plainly import NOTHING, decoded, first_kind, kind_of, lines_of
from myopathway.cohort.bulk.products import keep
from myopathway.cohort.bulk.whose import patient_of
from myopathway.cohort.database import is_of_duckdb
from myopathway.fhir.bundle import SUBJECT
from myopathway.fhir.codebook import code_book
from myopathway.fhir.plain import as_map, as_text, brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import duckdb

    from myopathway.cohort.bulk.arrays import Ints
    from myopathway.cohort.bulk.counts import Tally
    from myopathway.cohort.bulk.export import Key
    from myopathway.cohort.bulk.form import Form
    from myopathway.cohort.bulk.lines import People
    from myopathway.intake import Intake

KINDS: Final = tuple(sorted(shapes.OF))
_KIND: Final = "['" + "', '".join(KINDS) + "'][kind + 1]"
_MEMORY: Final = "600MB"
_AT_A_TIME: Final = 20_000  # lines
_PERSON: Final = "Patient"
_EXTRA: Final = pa.schema([
    ("part", pa.int16()), ("pid", pa.string()), ("kind", pa.int8()), ("id", pa.string()),
    ("form", pa.int32()), ("first", pa.string()), ("second", pa.string()), ("a", pa.string()),
    ("b", pa.string()), ("own", pa.string()), ("more", pa.binary()),
])  # fmt: skip
_NO_TYPE: Final = "a line that holds no resource of a type"
# A file, what type stands in it (as JSON; None where none can be read), and how often.
_Stray: TypeAlias = tuple[str, "str | None", int]


class Span(msgspec.Struct, frozen=True):
    """A range of patients: its part, and the ids where that is cut again ("": it is not).

    ``start`` is the place of the first of them among all patients, ``end`` that behind the last.
    """

    part: int
    low: str
    high: str
    start: int
    end: int


class Store:
    """Holds the lines of an export, sorted to ranges of patients by ``bounds``."""

    def __init__(
        self, into: Path, intake: Intake, tally: Tally, bounds: Sequence[str], threads: int
    ) -> None:
        """Open an empty store in a folder of its own."""
        self._into = into / "store"
        self._into.mkdir()
        self._tally = tally
        self._bounds = bounds
        self._desk = Desk(code_book(intake.guideline), tally)
        self._places = 0
        self._nameless: dict[int, str] = {}
        self._tables: dict[str, str] = {}
        self._files: dict[str, set[str]] = {}
        self._held: list[tuple[Any, ...]] = []
        self._threads = threads
        self._numbers: dict[str, Ints] = {}
        self._from: dict[str, str] = {}
        self.casts = Casts(self._desk, KINDS, tally, threads, self._into)

    @cached_property
    def con(self) -> duckdb.DuckDBPyConnection:
        """Begin a database, where one is needed."""
        import duckdb  # noqa: PLC0415 - see ``cohort.database``

        con = duckdb.connect()
        con.execute(
            f"SET threads={self._threads}; SET preserve_insertion_order=false;"
            f" SET memory_limit='{_MEMORY}'; SET temp_directory={scan.quoted(str(self._into))}"
        )
        con.register("none", _EXTRA.empty_table())
        con.execute("CREATE TABLE extra AS SELECT * FROM none")
        con.unregister("none")
        return con

    @cached_property
    def _learner(self) -> Learner:
        return Learner(self.con, self._desk)

    @property
    def is_used(self) -> bool:
        """Say whether there is a database: no line needs one that fits a mould."""
        return "con" in self.__dict__

    @property
    def forms(self) -> list[Form]:
        """Give the forms that were met."""
        return self._desk.sifter.forms

    def close(self) -> None:
        """Let go of everything."""
        if self.is_used:
            self.con.close()

    def take(self, files: Iterable[Path], tell: Callable[[Path], None]) -> None:
        """Take every line of the files; ``tell`` is told of each file that is done."""
        kinds = sorted((first_kind(path), path) for path in files)
        groups: dict[str, list[Path]] = {}
        sources: dict[Path, Path] = {}
        for kind, path, left in self.casts.take(kinds, self._into):
            if left is not path:
                self._files.setdefault(kind, set()).add(str(path))
            if left is None:
                tell(path)
                continue
            if isinstance(left, Left):
                self._from[str(left.path)] = str(path)
                self._numbers[str(left.path)] = left.numbers()
                left = left.path  # noqa: PLW2901 - from here on a file as any other
            sources[left] = path
            groups.setdefault(kind, []).append(left)
        for kind, paths in sorted(groups.items()):
            try:
                self._group(kind, [str(path) for path in paths])
            except Exception as error:
                if not is_of_duckdb(error):
                    raise
                # One of them cannot be read to its end: which one, and up to where?
                for path in paths:
                    self._one(kind, path)
            for path in paths:
                tell(sources[path])
        if self._tables:
            self._learner.days(self._tables)
            self._learner.doses(self._tables)
        for table, kind in self._tables.items():
            for lines in self._learner.forms(kind, table):
                self._read(kind, [(line, "") for line in lines])
        self._flush()

    def here(self, one: Span) -> None:
        """Make the view ``here`` the lines of a range of patients."""
        if not self.is_used:
            return
        edges = "".join([f" AND pid >= {scan.quoted(one.low)}" if one.low else "",
                         f" AND pid < {scan.quoted(one.high)}" if one.high else ""])  # fmt: skip
        some = self._lines(f"part = {one.part}{edges}")
        self.con.execute(f"CREATE OR REPLACE VIEW here AS {some}")

    def rows(self) -> pa.Table:
        """Give the lines of the view ``here`` but the Patients, as ``lines.Rows`` has them."""
        if not self.is_used:
            return ROWS.empty_table()
        days = ", ".join(f"(TRY_CAST({one} AS DATE) - DATE '0001-01-01' + 1)::INTEGER AS {one}"
                         for one in "ab")  # fmt: skip
        return self.con.sql(
            f"SELECT pid, kind, id, form, first, second, {days}, own"
            f" FROM here WHERE kind <> {KINDS.index(_PERSON)}"
        ).to_arrow_table()

    def people(self) -> pa.Table:
        """Give every Patient: id, form and date of birth as written."""
        cast = self.casts.people()
        if not self.is_used:
            return cast
        others = self.con.sql(
            f"SELECT pid, form, own FROM ({self._lines('part >= 0', _PERSON)})"
            f" WHERE kind = {KINDS.index(_PERSON)}"
        ).to_arrow_table()
        return pa.concat_tables([cast, others.cast(PEOPLE)])

    def whole(self, pids: pa.StringArray) -> pa.Table:
        """Give the lines of the view ``here`` of these patients with all that is known of them."""
        if not self.is_used:
            return WHOLE_LINES.empty_table()
        self.con.register("wanted", pa.table({"pid": pids}))
        drugs = ", ".join(str(KINDS.index(one)) for one in MEDICATIONS)
        found = self.con.sql(
            f"SELECT pid, {_KIND} AS kind, id, form, COALESCE(first, '') AS first,"
            " COALESCE(second, '') AS second,"
            f" CASE WHEN kind IN ({drugs}) THEN COALESCE(own, '') ELSE own END AS own, more"
            " FROM here SEMI JOIN wanted USING (pid)"
        ).to_arrow_table()
        self.con.unregister("wanted")
        return found.cast(WHOLE_LINES)

    def _lines(self, where: str, only: str = "") -> str:
        """Select lines of a type, or of all."""
        selected = [f"SELECT * EXCLUDE part FROM extra WHERE {where}"]
        for table, kind in self._tables.items():
            if only not in {"", kind}:
                continue
            own, join = "NULL::VARCHAR", ""
            if kind == _PERSON:
                own = "substr(r.own, 2, length(r.own) - 2)"
            elif LAYOUTS[kind].dosed:
                own, join = "s.said", " LEFT JOIN dose AS s ON r.own = s.own"
            source, ((a, first), (b, second)) = self._learner.joined(kind, table)
            selected.append(
                f"SELECT r.pid, {KINDS.index(kind)}::TINYINT AS kind, r.id, f.form,"
                f" {first} AS first, {second} AS second, {a} AS a, {b} AS b, {own} AS own,"
                f" NULL::BLOB AS more FROM {source}{join}"
                f" WHERE r.{where} AND (f.form IS NULL OR f.form >= 0)"
            )
        return " UNION ALL ".join(selected)

    def ranges(self, people: People, most: int) -> Iterator[Span]:
        """Give the ranges of patients in order; one that turned out too large is cut again."""
        sizes: dict[int, int] = {}
        if self.is_used:
            some = " UNION ALL ".join(f"SELECT part FROM {one}" for one in [*self._tables, "extra"])
            sizes = dict(self.con.execute(
                f"SELECT part, count(*) FROM ({some}) WHERE part >= 0 GROUP BY part"
            ).fetchall())  # fmt: skip
        cast = np.concatenate([[0], np.cumsum(self.casts.counts(len(people.ids)))])
        edges = [0, *(people.place(one) for one in self._bounds), len(people.ids)]
        for part, (start, end) in enumerate(pairwise(edges)):
            size = sizes.get(part, 0) + int(cast[end] - cast[start])
            pieces = min(size // most, end - start) + 1
            places = [start + (end - start) * piece // pieces for piece in range(pieces + 1)]
            names = ["", *(people.ids[place].as_py() for place in places[1:-1]), ""]
            for (begin, stop), (low, high) in zip(pairwise(places), pairwise(names), strict=True):
                yield Span(part, low, high, begin, stop)

    def keep(self, into: Path, twice: Iterable[Key]) -> Kept:
        """Write down what workers need to know beside the lines; ``twice`` with all versions."""
        forms, originals, shelf = (into / name for name in ("forms", "originals", "products"))
        forms.write_bytes(pickle.dumps(self.forms, pickle.HIGHEST_PROTOCOL))
        versions: dict[Key, list[Any]] = {key: [] for key in twice}
        for kind, resource in self._originals({(kind, name) for _, kind, name in versions}):
            name = as_text(resource.get("id"))
            owner = as_map(resource.get(SUBJECT.get(kind, ""))).get("reference")
            whose = f"{_PERSON}/{name}" if kind == _PERSON else owner
            patient = patient_of(whose) if isinstance(whose, str) else None
            if patient is not None and (patient, kind, name) in versions:
                versions[patient, kind, name].append(resource)
        originals.write_bytes(pickle.dumps(versions, pickle.HIGHEST_PROTOCOL))
        products = self._desk.sifter.products
        if products and not shelf.exists():
            keep(str(shelf), products)
        return Kept(str(forms), str(shelf) if products else "", str(originals), self._nameless)

    def _originals(self, keys: Iterable[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give the resources of these types and ids as they stand in the export."""
        wanted: dict[str, set[str]] = {}
        for kind, name in keys:
            wanted.setdefault(kind, set()).add(name)
        for kind, names in sorted(wanted.items()):
            self.con.register("wanted", pa.table({"id": pa.array(sorted(names), pa.string())}))
            for path in sorted(self._files.get(kind, ())):
                found = self.con.execute(
                    f"SELECT json FROM ({scan.whole(path, kind)}) AS t(json)"
                    " SEMI JOIN wanted ON trim(json_extract_string(json, '$.id')) = trim(wanted.id)"
                )
                while rows := found.fetchmany(_AT_A_TIME):
                    resources = (decoded(line.encode()) for (line,) in rows)
                    yield from ((kind, one) for one in resources if kind_of(one) == kind)
            self.con.unregister("wanted")

    def _one(self, kind: str, path: Path) -> None:
        """Take one file, or as much of it as can be read."""
        try:
            self._group(kind, [str(path)])
        except Exception as error:
            mended = self._mended(path) if is_of_duckdb(error) else None
            if mended is None:
                raise
            if mended.stat().st_size:
                self._group(kind, [str(mended)])

    def _group(self, kind: str, files: list[str]) -> None:
        """Take the files of which most lines are of one type."""
        strays: list[_Stray] = []
        if kind in LAYOUTS:
            strays = self._rows(kind, files, only=False)
        elif kind in shapes.OF:
            for path in files:
                strays += self._plainly(kind, path)
        else:
            strays = self.con.execute(scan.kinds(files)).fetchall()
        for path, said, count in strays:
            if said is None:
                self._look_at(path)
                continue
            name = decoded(said.encode())
            if not isinstance(name, str) or not brief(name):
                self._tally.skip(_NO_TYPE, Path(path).name, count)
            elif name in LAYOUTS:
                self._rows(name, [path], only=True)
            elif name in shapes.OF:
                self._plainly(name, path)
            else:
                self._tally.unused[brief(name)] += count

    def _rows(self, kind: str, files: list[str], *, only: bool) -> list[_Stray]:
        """Take lines of a type; give what else stands in the files."""
        spoken, codes = self._learner.texts(kind, files, self._into)
        table, part = f"raw_{len(self._tables)}", _part(self._bounds)
        con = self.con
        con.execute(
            f"CREATE TABLE {table} AS {scan.rows(kind, files, spoken, codes, part, only=only)}"
        )
        self._tables[table] = kind
        self._files.setdefault(kind, set()).update(self._from.get(one, one) for one in files)
        odd = con.cursor().execute(f"SELECT odd FROM {table} WHERE part = -1")
        while found := odd.fetchmany(_AT_A_TIME):
            parts = [said.partition("\0") for (said,) in found]
            self._read(kind, [(line.encode(), path) for path, _, line in parts])
        counted = con.execute(
            f"SELECT odd, count(*) FROM {table} WHERE part IS NULL GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        split = [(*said.partition("\0"), count) for said, count in counted]
        strays: list[_Stray] = [(path, stray or None, count) for path, _, stray, count in split]
        ((every,),) = con.execute(f"SELECT count(*) FROM {table}").fetchall()
        self._tally.resources[kind] += every - sum(count for _, _, count in strays)
        return strays

    def _plainly(self, kind: str, path: str) -> list[_Stray]:
        """Take lines of a type that is read as it stands; give what else stands in the file."""
        strays: list[_Stray] = self.con.execute(scan.kinds([path])).fetchall()
        self._files.setdefault(kind, set()).add(self._from.get(path, path))
        found = self.con.cursor().execute(scan.whole(path, kind))
        while rows := found.fetchmany(_AT_A_TIME):
            lines = [line.encode() for (line,) in rows]
            mine = [one for one in lines if kind_of(decoded(one)) == kind]
            self._tally.resources[kind] += len(mine)
            self._read(kind, [(line, path) for line in mine])
        return [one for one in strays if one[1] is None or decoded(one[1].encode()) != kind]

    def _read(self, kind: str, lines: Sequence[tuple[bytes, str]]) -> None:
        """Read lines one by one; each comes with its file."""
        if not lines:
            return
        texts = [line for line, _ in lines]
        number = KINDS.index(kind)
        for pid, _, *row in self._desk.rows(kind, texts, self._places, Path(lines[0][1]).name):
            self._held.append((bisect_right(self._bounds, pid), pid, number, *row))
            name, more = row[0], row[-1]
            if not name and isinstance(more, bytes):
                place = pickle.loads(more)[0]  # noqa: S301 - made a moment ago
                self._nameless[place] = Path(lines[place - self._places][1]).name
        self._places += len(lines)
        if len(self._held) >= _AT_A_TIME:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            columns = [pa.array(column, field.type) for column, field in
                       zip(zip(*self._held, strict=True), _EXTRA, strict=True)]  # fmt: skip
            self.con.register("held", pa.Table.from_arrays(columns, schema=_EXTRA))
            self.con.execute("INSERT INTO extra SELECT * FROM held")
            self.con.unregister("held")
            self._held.clear()

    def _look_at(self, path: str) -> None:
        """Look at the lines in which DuckDB found no type, by their numbers."""
        numbers = {line for (line,) in self.con.execute(scan.broken(path)).fetchall()}
        number = 0
        for line, data in enumerate(lines_of(path), start=1):
            if data.strip():
                number += 1
                if number in numbers:
                    at = int(self._numbers[path][line - 1]) if path in self._numbers else line
                    self._look(data, path, f"{Path(path).name}, line {at}")

    def _look(self, data: bytes, path: str, where: str) -> None:
        resource = decoded(data)
        kind = kind_of(resource)
        if resource is NOTHING:
            self._tally.skip("a broken line: it is no JSON", where)
        elif not brief(kind):
            self._tally.skip(_NO_TYPE, where)
        elif kind in shapes.OF:
            self._tally.resources[kind] += 1
            self._read(kind, [(msgspec.json.encode(resource), path)])
        else:
            self._tally.unused[brief(kind)] += 1

    def _mended(self, path: Path) -> Path | None:
        """Write what can be read of a file that breaks off; None where it does not."""
        into = self._into / f"{len(self._tables)}-{path.name.removesuffix('.gz')}"
        try:
            with into.open("wb") as out:
                for block in blocks_of(Piece(str(path), 0, -1)):
                    out.write(block.data)
        except Broken as error:
            self._tally.skip(str(error), path.name)
            return into
        return None


def _part(bounds: Sequence[str]) -> str:
    """Write an expression for the range that a patient ``pid`` belongs to."""

    def cut(low: int, high: int) -> str:
        if low == high:
            return str(low)
        middle = (low + high) // 2
        return (f"CASE WHEN pid < {scan.quoted(bounds[middle])} THEN {cut(low, middle)}"
                f" ELSE {cut(middle + 1, high)} END")  # fmt: skip

    return cut(0, len(bounds))
