"""A site's own rules on top of the guideline: they only take away, warn or say something.

An overlay is compiled to what the guideline already has for that: rules of the drug-safety layer,
messages, lower maxima. So it can exclude an option, caution it, hold a dose lower or say where to
call, and there is nothing by which it could add an option, move a node or raise a dose. Each of
its ids begins with ``LOCAL-``, each of its sentences with the site's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from myopathway.criteria import ALWAYS
from myopathway.errors import ContentError, Fault, nearest, shown
from myopathway.facts import PURPOSES
from myopathway.guideline import drugsafety, model, orderlimits
from myopathway.guideline.check import Checker
from myopathway.guideline.maxima import held_lower, limits
from myopathway.guideline.model import LOCAL
from myopathway.guideline.overlay_shape import EFFECTS, FILE, OVERLAY, Effect, Level
from myopathway.guideline.sentences import Reader, Words
from myopathway.guideline.shape import Key
from myopathway.yamltext import YamlText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from myopathway.criteria import Criterion
    from myopathway.guideline.maxima import Maximum
    from myopathway.guideline.model import Guideline
    from myopathway.yamltext import Path


def laid_over(guideline: Guideline, files: Mapping[str, str], digest: str) -> Guideline:
    """Lay a site's own rules over a guideline; ``digest`` is the hash of both.

    Raises ``ContentError`` with every fault by file and line: a word that the guideline does not
    know, a route that it does not give, a maximum that is not below its own.
    """
    return _Overlay(guideline, _text(files)).laid(digest)


def _text(files: Mapping[str, str]) -> YamlText:
    """Give the one file of an overlay."""
    faults = [
        Fault(name, f"no file of this name belongs to an overlay{nearest(name, [FILE])}", FILE)
        for name in files
        if name != FILE
    ]
    if FILE not in files:
        faults.append(Fault(FILE, "missing", "this file"))
    if faults:
        raise ContentError(faults)
    return YamlText(files[FILE], FILE)


class _Overlay:
    """One overlay on its guideline; faults are noted at their lines."""

    def __init__(self, guideline: Guideline, text: YamlText) -> None:
        self._guideline = guideline
        self._text = text
        words = {
            "drugs": list(guideline.drugs),
            "groups": [one.id for one in guideline.groups],
            "nodes": [one.id for one in guideline.nodes],
        }
        if not text.faults:
            Checker(text, words).value(Key("overlay", "entry", "", shape=OVERLAY), (), text.value)
        self._stop()
        self._one: dict[str, Any] = text.value
        known = Words(
            guideline.vocabulary.facts, guideline.terms, guideline.drug_classes, guideline.drugs,
            PURPOSES,
        )  # fmt: skip
        self._plain = Reader(known, text)
        self._of_rules = Reader(known, text, of_option=True)
        self._title: str = self._one["title"]
        self._source = f"{self._title}, {self._one['date']} ({self._one['url']})"

    def _stop(self) -> None:
        if self._text.faults:
            raise ContentError(self._text.faults)

    def laid(self, digest: str) -> Guideline:
        one = self._one
        base = self._guideline
        if one["guideline"] != base.edition.id:
            found = f"for the guideline {shown(one['guideline'])}"
            self._text.fault(("guideline",), found, base.edition.id)
        self._ids()
        notices = (*self._standing(), *self._notes())
        bound = self._bound()
        nodes, order_limits, remarks = self._maxima()
        rules = (*self._unavailable(), *self._routes(), *self._spoken(), *remarks)
        self._stop()
        safety = base.safety
        ledger = {
            **safety.ledger,
            **{rule.row: drugsafety.SafetyRow(rule.row, "rule") for rule in rules},
            **{notice.row: drugsafety.SafetyRow(notice.row, "notice") for notice in notices},
        }
        return msgspec.structs.replace(
            base,
            content_hash=digest,
            edition=self._edition(),
            nodes=nodes,
            notices=(*base.notices, *bound),
            interpretations={
                **base.interpretations,
                **{one.id: model.Interpretation(one.id, self._source, one.says) for one in bound},
            },
            safety=msgspec.structs.replace(
                safety,
                rules=(*safety.rules, *rules),
                notices=(*safety.notices, *notices),
                ledger=ledger if safety.ledger else safety.ledger,
            ),
            order_limits=msgspec.structs.replace(
                base.order_limits, limits=(*base.order_limits.limits, *order_limits)
            ),
        )

    def _edition(self) -> model.Edition:
        """Name the overlay in the version and among the sources of every answer."""
        one, edition = self._one, self._guideline.edition
        source = model.Source(f"{LOCAL}{one['id'].upper()}", f"Local rules: {self._title}",
                              f"the site's own, of {one['date']}", one["url"])  # fmt: skip
        return msgspec.structs.replace(
            edition,
            version=f"{edition.version}+{one['id']}.{one['date']}",
            sources=(*edition.sources, source),
        )

    def _ids(self) -> None:
        """Note an id that stands twice."""
        seen: set[str] = set()
        for key in ("unavailable", "routes", "maxima", "notes"):
            for place, entry in enumerate(self._one.get(key, [])):
                if entry["id"] in seen:
                    found = f"a second {entry['id']!r}"
                    self._text.fault((key, place, "id"), found, "each id once")
                seen.add(entry["id"])

    def _said(self, says: str) -> str:
        return f"Local ({self._title}): {says.strip()}"

    def _when(self, reader: Reader, path: Path, entry: dict[str, Any]) -> Criterion:
        return reader.criterion((*path, "when"), entry["when"]) if "when" in entry else ALWAYS

    def _rule(
        self, entry: dict[str, Any], drug: str, effect: Effect, when: Criterion
    ) -> drugsafety.SafetyRule:
        return drugsafety.SafetyRule(
            row=entry["id"],
            drug=drug,
            kind="local",
            says=self._said(entry["says"]),
            effect=effect,
            when=when,
            ask="",
            ask_unless=None,
            groups=tuple(entry.get("groups", ())),
            nodes=tuple(entry.get("nodes", ())),
            source=self._source,
            confidence="V",
        )

    def _unavailable(self) -> list[drugsafety.SafetyRule]:
        return [
            self._rule(one, one["drug"], EFFECTS[one["verdict"]],
                       self._when(self._of_rules, ("unavailable", place), one))
            for place, one in enumerate(self._one.get("unavailable", []))
        ]  # fmt: skip

    def _routes(self) -> list[drugsafety.SafetyRule]:
        """Say which route the site prefers, of those that the guideline gives."""
        found = []
        for place, one in enumerate(self._one.get("routes", [])):
            given = {
                route
                for node in self._guideline.nodes
                for therapy in node.therapies
                for option in therapy.options
                for dose in option.doses
                if dose.drug == one["drug"]
                for route in dose.routes
            }
            for number, route in enumerate(one["prefer"]):
                if route not in given:
                    path = ("routes", place, "prefer", number)
                    found_here = f"{shown(route)} is no route of {one['drug']} in the guideline"
                    self._text.fault(path, found_here, ", ".join(sorted(given)) or "none is given")
            says = f"preferred here: {' or '.join(one['prefer'])}. {one['says']}"
            found.append(self._rule({**one, "says": says}, one["drug"], "warn", ALWAYS))
        return found

    def _spoken(self) -> list[drugsafety.SafetyRule]:
        """Give the notes that go with drugs, as remarks on their options."""
        return [
            self._rule(one, drug, "warn", self._when(self._plain, ("notes", place), one))
            for place, one in enumerate(self._one.get("notes", []))
            for drug in one.get("drugs", ())
        ]

    def _notes(self) -> list[drugsafety.SafetyNotice]:
        """Give the notes that go with every place."""
        return [
            self._notice(one["id"], one["level"], one["says"],
                         self._when(self._plain, ("notes", place), one))
            for place, one in enumerate(self._one.get("notes", []))
            if "drugs" not in one and not _placed(one)
        ]  # fmt: skip

    def _bound(self) -> list[model.Notice]:
        """Give the notes of some groups or nodes: they go by the place, as the guideline's do."""
        return [
            model.Notice(
                id=one["id"],
                level=one["level"],
                when=self._when(self._plain, ("notes", place), one),
                says=self._said(one["says"]),
                cites=(one["id"],),
                groups=tuple(one.get("groups", ())),
                nodes=tuple(one.get("nodes", ())),
            )
            for place, one in enumerate(self._one.get("notes", []))
            if "drugs" not in one and _placed(one)
        ]

    def _standing(self) -> list[drugsafety.SafetyNotice]:
        """Say in every answer that local rules count, and whom to call."""
        one = self._one
        name = f"{LOCAL}{one['id'].upper()}"
        said = f"rules of {one['date']} are laid over the guideline; each is marked so."
        found = [self._notice(name, "info", said, ALWAYS)]
        if "contact" in one:
            found.append(self._notice(name, "info", one["contact"], ALWAYS))
        return found

    def _notice(
        self, row: str, level: Level, says: str, when: Criterion
    ) -> drugsafety.SafetyNotice:
        return drugsafety.SafetyNotice(row, level, self._said(says), when, self._source, "V")

    def _maxima(
        self,
    ) -> tuple[
        tuple[model.Node, ...],
        tuple[orderlimits.OrderLimit, ...],
        tuple[drugsafety.SafetyRule, ...],
    ]:
        """Hold doses lower, orders too, and say so with each option that it concerns."""
        nodes = self._guideline.nodes
        orders: list[orderlimits.OrderLimit] = []
        remarks: list[drugsafety.SafetyRule] = []
        for place, one in enumerate(self._one.get("maxima", [])):
            path = ("maxima", place, "limit")
            maximum = limits(self._text, path, one["limit"], self._guideline.drugs)
            if maximum is None:
                continue
            label = f"local maximum of {self._title} [{one['id']}]"
            held = held_lower(self._text, path, nodes, maximum, label)
            where = [old.id for old, new in zip(nodes, held, strict=True) if old != new]
            says = f"{maximum.sentence}. {one['says']}"
            entry = {"id": one["id"], "says": says, "nodes": where}
            remarks.append(self._rule(entry, maximum.drug, "warn", ALWAYS))
            nodes = held
            if maximum.days:
                orders.append(self._order_limit(one, maximum))
        return nodes, tuple(orders), tuple(remarks)

    def _order_limit(self, one: dict[str, Any], maximum: Maximum) -> orderlimits.OrderLimit:
        return orderlimits.OrderLimit(
            drug=maximum.drug,
            kind="at-most",
            says=self._said(one["says"]),
            severity="warning",
            when=ALWAYS,
            cites=(one["id"],),
            source=self._source,
            confidence="V",
            sentence=maximum.sentence,
            amount=maximum.amount,
            unit=maximum.unit,
            per_kg=maximum.per_kg,
            days=maximum.days,
        )


def _placed(note: dict[str, Any]) -> bool:
    return "groups" in note or "nodes" in note
