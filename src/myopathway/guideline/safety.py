"""Reading the drug-safety layer: one file a drug, the whole patient, and the ledger of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myopathway.criteria import ALWAYS, Criterion
from myopathway.guideline.drugsafety import (
    Check,
    Safety,
    SafetyAdvice,
    SafetyNotice,
    SafetyRow,
    SafetyRule,
)
from myopathway.guideline.shape import Key, Shape

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from myopathway.guideline.sentences import Reader
    from myopathway.yamltext import YamlText

EFFECTS: Final = ("block", "hold", "warn", "vaccine")
CONFIDENCES: Final = ("V", "V-", "K")
USES: Final = ("rule", "check", "advice", "notice", "monitoring", "left-out")
LEVELS: Final = ("info", "warning", "critical")

_ROW = Key("row", "text", "the row of the fact sheet")
_PART = Key("part", "text", "which part of the row", required=False)
_KIND = Key("kind", "text", "the row's own kind")
_SAYS = Key("says", "text", "what it says to the reader, in our own words")
_WHEN = Key("when", "criterion", "a sentence, a list of them, or all/any/not")
_FOR = Key("when", "criterion", "for whom; left out, for all", required=False)
_SOURCE = Key("source", "text", "where it stands")
_CONFIDENCE = Key("confidence", "words", "how well it is confirmed", words=CONFIDENCES)

RULE: Final = Shape(
    "safety rule",
    (
        _ROW,
        _PART,
        _KIND,
        _SAYS,
        Key("effect", "words", "what it does", words=EFFECTS),
        Key("groups", "texts", "the groups that it holds for", required=False),
        Key("nodes", "texts", "the nodes that it holds for", required=False),
        _WHEN,
        Key("ask", "text", "the question for what is not known", required=False),
        Key("ask_unless", "criterion", "when the question is pointless", required=False),
        _SOURCE,
        _CONFIDENCE,
    ),
)
CHECK: Final = Shape(
    "check",
    (
        _ROW,
        _PART,
        _SAYS,
        _FOR,
        Key("done", "criterion", "true when the record answers it", required=False),
        _SOURCE,
        _CONFIDENCE,
    ),
)
ADVICE: Final = Shape("safety advice", (_ROW, _PART, _KIND, _SAYS, _SOURCE, _CONFIDENCE))
DRUG_FILE: Final = Shape(
    "drug safety",
    (
        Key("drug", "text", "the drug"),
        Key("rules", "entries", "what can be computed", required=False, shape=RULE),
        Key("checks", "entries", "before the first dose", required=False, shape=CHECK),
        Key("advice", "entries", "what cannot be computed", required=False, shape=ADVICE),
    ),
)
NOTICE: Final = Shape(
    "safety notice",
    (
        _ROW,
        _PART,
        Key("level", "words", "how urgent it is", words=LEVELS),
        _SAYS,
        _WHEN,
        _SOURCE,
        _CONFIDENCE,
    ),
)
CLIMBING: Final = Shape("re-check", (_ROW, _PART, _SAYS, _FOR, _SOURCE, _CONFIDENCE))
WHOLE_PATIENT: Final = Shape(
    "whole-patient safety",
    (
        Key("notices", "entries", "messages", required=False, shape=NOTICE),
        Key("before_climbing", "entries", "re-checked before a line is climbed", required=False,
            shape=CLIMBING),
    ),
)  # fmt: skip
LEDGER: Final = Shape(
    "ledger",
    (
        Key("rows", "named", "every row of the fact sheet", shape=Shape("row", (
            Key("as", "words", "what became of it", words=USES),
            Key("reason", "text", "why it was left out", required=False)))),
    ),
)  # fmt: skip


def shape_of(name: str) -> Shape:
    """Give the shape of a file of the safety folder, by its name."""
    return {"ledger": LEDGER, "whole-patient": WHOLE_PATIENT}.get(name, DRUG_FILE)


class SafetyReader:
    """Reads the files of the safety folder into one layer."""

    def __init__(
        self,
        texts: Mapping[str, YamlText],
        readers: Mapping[str, Reader],
        drugs: Collection[str],
        groups: Collection[str],
        nodes: Collection[str],
    ) -> None:
        """Read these texts (by stem) with these sentence readers; faults go to the texts."""
        self._texts = texts
        self._readers = readers
        self._known = {"groups": groups, "nodes": nodes}
        self._drugs = drugs
        self._used: dict[str, set[str]] = {}

    def safety(self) -> Safety:
        """Give the layer; empty where there is no file."""
        rules: list[SafetyRule] = []
        checks: list[Check] = []
        advice: list[SafetyAdvice] = []
        notices: list[SafetyNotice] = []
        for stem, text in self._texts.items():
            if stem == "ledger":
                continue
            if stem == "whole-patient":
                notices = [*self._notices(stem), *self._climbing(stem)]
                continue
            drug = text.value["drug"]
            if drug not in self._drugs:
                text.fault(("drug",), f"no drug {drug!r}", ", ".join(self._drugs))
                continue
            for place, one in enumerate(text.value.get("rules", [])):
                rules.append(self._rule(stem, drug, ("rules", place), one))
            for place, one in enumerate(text.value.get("checks", [])):
                checks.append(self._check(stem, drug, ("checks", place), one))
            for one in text.value.get("advice", []):
                self._note(one["row"], "advice")
                advice.append(SafetyAdvice(one["row"], drug, one["kind"], one["says"].strip(),
                                           one["source"], one["confidence"]))  # fmt: skip
        ledger = self._ledger()
        return Safety(tuple(rules), tuple(checks), tuple(advice), tuple(notices), ledger)

    def _note(self, row: str, use: str) -> None:
        self._used.setdefault(row, set()).add(use)

    def _criterion(self, stem: str, path: tuple[Any, ...], raw: object) -> Criterion:
        return ALWAYS if raw is None else self._readers[stem].criterion(path, raw)

    def _rule(self, stem: str, drug: str, path: tuple[Any, ...], one: dict[str, Any]) -> SafetyRule:
        self._note(one["row"], "rule")
        for key, known in self._known.items():
            for member in one.get(key, []):
                if member not in known:
                    self._texts[stem].fault((*path, key), f"{member!r} is not known",
                                            ", ".join(known))  # fmt: skip
        unless = one.get("ask_unless")
        return SafetyRule(
            row=one["row"],
            drug=drug,
            kind=one["kind"],
            says=one["says"].strip(),
            effect=one["effect"],
            when=self._criterion(stem, (*path, "when"), one["when"]),
            ask=one.get("ask", ""),
            ask_unless=(
                None if unless is None else self._criterion(stem, (*path, "ask_unless"), unless)
            ),
            groups=tuple(one.get("groups", ())),
            nodes=tuple(one.get("nodes", ())),
            source=one["source"],
            confidence=one["confidence"],
        )

    def _check(self, stem: str, drug: str, path: tuple[Any, ...], one: dict[str, Any]) -> Check:
        self._note(one["row"], "check")
        done = one.get("done")
        return Check(
            row=one["row"],
            drug=drug,
            says=one["says"].strip(),
            when=self._criterion(stem, (*path, "when"), one.get("when")),
            done=None if done is None else self._criterion(stem, (*path, "done"), done),
            source=one["source"],
            confidence=one["confidence"],
        )

    def _notices(self, stem: str) -> list[SafetyNotice]:
        found = []
        for place, one in enumerate(self._texts[stem].value.get("notices", [])):
            self._note(one["row"], "notice")
            when = self._criterion(stem, ("notices", place, "when"), one["when"])
            found.append(SafetyNotice(one["row"], one["level"], one["says"].strip(), when,
                                      one["source"], one["confidence"]))  # fmt: skip
        return found

    def _climbing(self, stem: str) -> list[SafetyNotice]:
        found = []
        for place, one in enumerate(self._texts[stem].value.get("before_climbing", [])):
            self._note(one["row"], "notice")
            path = ("before_climbing", place, "when")
            when = self._criterion(stem, path, one.get("when"))
            level = "info" if one.get("when") is None else "warning"
            found.append(SafetyNotice(one["row"], level, one["says"].strip(), when,  # type: ignore[arg-type]
                                      one["source"], one["confidence"], climbing=True))  # fmt: skip
        return found

    def _ledger(self) -> dict[str, SafetyRow]:
        """Hold the ledger against what is there: nothing missing, nothing unaccounted for."""
        text = self._texts.get("ledger")
        if text is None:
            return {}
        rows: dict[str, dict[str, Any]] = text.value["rows"]
        for row in sorted(self._used.keys() - rows.keys()):
            text.fault(("rows",), f"{row} is used and not in the ledger", "an entry for it")
        for row, one in rows.items():
            used = self._used.get(row, set())
            use = one["as"]
            if use in ("rule", "check", "advice", "notice") and use not in used:
                text.fault(("rows", row), f"{row} is said to be a {use} and no file has it",
                           "the entry itself, or another use")  # fmt: skip
            if use == "left-out" and (used or not one.get("reason")):
                text.fault(("rows", row), f"{row} is left out, but used or without a reason",
                           "a reason, and no use")  # fmt: skip
        return {row: SafetyRow(row, one["as"], one.get("reason", "")) for row, one in rows.items()}
