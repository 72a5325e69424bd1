"""Vignettes: a patient as a clinician writes one, the answer that is expected, and why.

They lie in ``content/cases/``, are read as strictly as the guideline, and are held against the
answer of the one door. ``expect`` names only what the vignette is about.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec

from myopathway.engine.outcome import Status, Verdict
from myopathway.errors import ContentError, Fault, InputError, nearest, shown
from myopathway.guideline import doses, shapes
from myopathway.guideline.load import load, shipped
from myopathway.guideline.shape import Key, Shape
from myopathway.patient import Patient
from myopathway.quantity import plain
from myopathway.recommendation import recommend_on
from myopathway.yamltext import YamlText

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from myopathway.engine.outcome import Answer, Calculated, OptionAnswer
    from myopathway.guideline.model import Guideline
    from myopathway.yamltext import Path as YamlPath

ABSENT: Final = "absent"
NO_FIGURE: Final = "none"
_IDS: Final = "ids of statements, interpretations and safety rules"
EXPECT: Final = Shape(
    "expectation",
    (
        Key("status", "words", "the status", required=False, words=get_args(Status)),
        Key("node", "text", "the node", required=False, of="nodes"),
        Key("possible", "texts", "all that stay possible, in order", required=False, of="nodes"),
        Key("options", "labels", "option: verdict, or absent", required=False, of="verdicts"),
        Key("reasons", "facts", "option: ids that its reasons rest on", required=False),
        Key("doses", "labels", "drug kind: figure, or none", required=False),
        Key("first_missing", "text", "the fact to ask for first", required=False),
        Key("missing", "texts", "facts that are asked for", required=False),
        Key("not_missing", "texts", "facts that are not asked for", required=False),
        Key("notices", "texts", "ids that notices rest on", required=False, of=_IDS),
        Key("not_notices", "texts", "ids that no notice rests on", required=False, of=_IDS),
        Key("shows", "texts", "ids that steps of the trace rest on", required=False, of=_IDS),
    ),
)
_KINDS: Final = (*doses.KINDS, "maximum", "course", "per-day")
_NUMBER: Final = r"\d+(?:\.\d+)?"
_FIGURE: Final = re.compile(rf"{_NUMBER}(?:-{_NUMBER})? (?:mg|g)(?:/day|/week)?(?: held)?|none")
_STEP: Final = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
_FEW: Final = 20
_REGIMEN: Final = re.compile(r"treatments\[(\d+)\]\.(?:outcome|purpose)")


class Expected(msgspec.Struct, frozen=True):
    """What the answer must hold; what is left out is not looked at."""

    status: str = ""
    node: str = ""
    possible: tuple[str, ...] | None = None
    options: dict[str, str] = {}
    reasons: dict[str, tuple[str, ...]] = {}
    doses: dict[str, str] = {}
    first_missing: str = ""
    missing: tuple[str, ...] = ()
    not_missing: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    not_notices: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


class Case(msgspec.Struct, frozen=True):
    """One vignette, and where it stands."""

    name: str
    why: str
    given: dict[str, Any]
    expect: Expected
    file: str
    line: int

    @property
    def id(self) -> str:
        """Name the vignette among all: file and name."""
        return f"{self.file}: {self.name}"


def answer_of(case: Case, guideline: Guideline) -> Answer:
    """Give the answer for a vignette, on the day of the edition where it states none."""
    patient = Patient.from_facts(case.given, guideline=guideline)
    return recommend_on(patient, dt.date.fromisoformat(guideline.edition.date), guideline)


def known_bases(guideline: Guideline) -> frozenset[str]:
    """Give every id that something in an answer may rest on."""
    safety = guideline.safety
    rows = {
        one.row
        for part in (safety.rules, safety.checks, safety.notices, safety.advice)
        for one in part
    }
    return frozenset({*guideline.statements, *guideline.interpretations, *rows})


def load_cases(folder: Path, guideline: Guideline | None = None) -> tuple[Case, ...]:
    """Read a folder of vignettes; raises ``ContentError`` with every fault, by file and line.

    They speak of the guideline whose content the folder lies in, unless another is given.
    """
    names = sorted(folder.glob("*.yaml"))
    if not names:
        raise ContentError([Fault(str(folder), "no vignettes here", "a folder of YAML files")])
    if guideline is None:
        whole = (folder.parent / "edition.yaml").is_file()
        guideline = load(folder.parent) if whole else shipped()
    found: list[Case] = []
    faults: list[Fault] = []
    for name in names:
        try:
            reader = _Reader(YamlText(name.read_text(encoding="utf-8"), name.name), guideline)
        except (OSError, UnicodeDecodeError) as error:
            faults.append(Fault(name.name, str(error)[:120], "a readable UTF-8 text"))
            continue
        found += reader.cases()
        faults += reader.text.faults
    if faults:
        raise ContentError(faults)
    return tuple(found)


class _Reader:
    """Reads one file of vignettes; every word in it must be one that the guideline knows."""

    def __init__(self, text: YamlText, guideline: Guideline) -> None:
        self.text = text
        self._guideline = guideline
        self._options = {
            node.id: [option.id for part in node.therapies for option in part.options]
            for node in guideline.nodes
        }
        self._words: dict[str, Collection[str]] = {
            "nodes": list(self._options),
            "verdicts": (*get_args(Verdict), ABSENT),
            _IDS: known_bases(guideline),
        }

    def cases(self) -> list[Case]:
        """Give the vignettes of the file; faults are noted in its text."""
        text = self.text
        if text.faults:
            return []
        if not isinstance(text.value, list) or not text.value:
            text.fault((), f"found {shown(text.value)}", "a list of vignettes")
            return []
        for place, entry in enumerate(text.value):
            shapes.CASE.check(text, (place,), entry)
            if isinstance(entry, dict) and "expect" in entry:
                EXPECT.check(text, (place, "expect"), entry["expect"], self._words)
        if text.faults:
            return []
        seen: set[str] = set()
        for place, entry in enumerate(text.value):
            if entry["name"] in seen:
                text.fault((place, "name"), f"a second {shown(entry['name'])}", "each name once")
            seen.add(entry["name"])
            self._given((place, "given"), entry["given"])
            self._expect((place, "expect"), entry["expect"], entry["given"])
        return [] if text.faults else [self._case(*one) for one in enumerate(text.value)]

    def _case(self, place: int, entry: dict[str, Any]) -> Case:
        expected = msgspec.convert(entry["expect"], Expected)
        name, why = entry["name"].strip(), entry["why"].strip()
        line = self.text.line((place,))
        return Case(name, why, entry["given"], expected, self.text.name, line)

    def _given(self, path: YamlPath, given: object) -> None:
        try:
            self._guideline.vocabulary.read(given)
        except InputError as error:
            for fault in error.faults:
                steps = [one[1] or int(one[2]) for one in _STEP.finditer(fault.where)]
                self.text.fault((*path, *steps), f"{fault.where}: {fault.found}", fault.accepted)
        else:
            if isinstance(given, dict) and "birth_date" in given and "as_of" not in given:
                self.text.fault(path, "a date of birth without as_of", "the day it is for, too")

    def _expect(self, path: YamlPath, expect: dict[str, Any], given: object) -> None:
        if not expect:
            self.text.fault(path, "nothing is expected", "at least one key")
        own = self._options.get(expect.get("node", ""), ())
        every = {option for options in self._options.values() for option in options}
        for option, verdict in expect.get("options", {}).items():
            self._word((*path, "options", option), option, every if verdict == ABSENT else own)
        self._reasons((*path, "reasons"), expect.get("reasons", {}), own)
        for key, figure in expect.get("doses", {}).items():
            here = (*path, "doses", key)
            drug, _, kind = key.partition(" ")
            self._word(here, drug, self._guideline.drugs)
            if kind:
                self._word(here, kind, _KINDS)
            if not _FIGURE.fullmatch(figure) or (not kind and figure != NO_FIGURE):
                self.text.fault(here, f"found {shown(figure)}", "35-70 mg/day, 140 g held, none")
        for key in ("first_missing", "missing", "not_missing"):
            names = expect.get(key, [])
            for name in [names] if isinstance(names, str) else names:
                self._fact((*path, key), name, given)

    def _reasons(self, path: YamlPath, reasons: object, own: Collection[str]) -> None:
        if not isinstance(reasons, dict):
            self.text.fault(path, f"found {shown(reasons)}", "option: a list of ids")
            return
        for option, ids in reasons.items():
            self._word((*path, option), option, own)
            if not isinstance(ids, list):
                self.text.fault((*path, option), f"found {shown(ids)}", "a list of ids")
                continue
            for one in ids:
                self._word((*path, option), one, self._words[_IDS])

    def _fact(self, path: YamlPath, name: str, given: object) -> None:
        regimen = _REGIMEN.fullmatch(name)
        regimens = given.get("treatments") if isinstance(given, dict) else None
        if regimen is None or int(regimen[1]) >= len(regimens or ()):
            self._word(path, name, self._guideline.vocabulary.facts)

    def _word(self, path: YamlPath, word: object, known: Collection[str]) -> None:
        if not isinstance(word, str) or word not in known:
            few = 0 < len(known) <= _FEW
            want = ", ".join(sorted(known)) if few else "a word of the guideline"
            self.text.fault(path, f"found {shown(word)}{nearest(str(word), known)}", want)


def failures(case: Case, guideline: Guideline) -> tuple[str, ...]:
    """Say in words what of the answer is not as the vignette expects; nothing where all is."""
    return tuple(_differences(case.expect, answer_of(case, guideline)))


def _differences(expect: Expected, answer: Answer) -> Iterator[str]:
    if expect.status and answer.status != expect.status:
        yield f"the status is {answer.status}; {expect.status} was expected"
    if expect.node and answer.node != expect.node:
        possible = ", ".join(answer.possible) or "nowhere"
        yield f"the place is {answer.node or possible}; {expect.node} was expected"
    if expect.possible is not None and answer.possible != expect.possible:
        yield f"possible are {_named(answer.possible)}; {_named(expect.possible)} were expected"
    options = {option.id: option for part in answer.therapies for option in part.options}
    for name, verdict in expect.options.items():
        found = options[name].verdict if name in options else ABSENT
        if found != verdict:
            yield f"{name} is {found}; {verdict} was expected"
    for name, ids in expect.reasons.items():
        told = [one.basis for one in options[name].reasons] if name in options else []
        for lacking in (one for one in ids if one not in told):
            yield f"no reason for {name} rests on {lacking}, only on {_named(told)}"
    yield from _dose_differences(expect.doses, options.values())
    asked = [one.fact for one in answer.missing]
    if expect.first_missing and asked[:1] != [expect.first_missing]:
        yield f"asked for first is {_named(asked[:1])}; {expect.first_missing} was expected"
    yield from (f"{one} is not asked for" for one in expect.missing if one not in asked)
    yield from (f"{one} is asked for" for one in expect.not_missing if one in asked)
    told = [one.basis for one in answer.notices]
    yield from (f"no notice rests on {one}" for one in expect.notices if one not in told)
    yield from (f"a notice rests on {one}" for one in expect.not_notices if one in told)
    passed = [one.basis for one in answer.trace]
    yield from (f"no criterion rests on {one}" for one in expect.shows if one not in passed)


def _dose_differences(expected: dict[str, str], options: Collection[OptionAnswer]) -> Iterator[str]:
    for key, figure in expected.items():
        drug, _, kind = key.partition(" ")
        own = [one for option in options for one in option.drugs if one.drug == drug]
        if not own:
            yield f"{drug} is no option, so that it has no dose"
        for one in own:
            found = [in_figures(dose) for dose in one.calculated if kind in ("", dose.kind)]
            if (found or [NO_FIGURE]) != [figure]:
                yield f"{key} is {_named(found)}; {figure} was expected"


def in_figures(dose: Calculated) -> str:
    """Write a dose as vignettes do: ``35-70 mg/day``, ``80 mg/day held``."""
    span = plain(dose.low) if dose.low == dose.high else f"{plain(dose.low)}-{plain(dose.high)}"
    return f"{span} {dose.unit} held" if dose.capped else f"{span} {dose.unit}"


def _named(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"
