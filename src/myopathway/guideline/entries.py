"""The entries of one content file as parts of the guideline: nodes, options, rules, bases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from myopathway.criteria import Held, OptionEvent, leaves
from myopathway.guideline import model
from myopathway.guideline.doses import read_dose
from myopathway.guideline.sentences import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from myopathway.criteria import Criterion
    from myopathway.guideline.sentences import Words
    from myopathway.yamltext import Path, YamlText


class Entries:
    """Reads the entries of one file, whose shape was checked; notes faults at their lines."""

    def __init__(
        self, text: YamlText, words: Words, statements: Mapping[str, model.Statement]
    ) -> None:
        """Read with these words; a dose is tied to the statement that gives it."""
        self._text = text
        self._words = words
        self._statements = statements
        self._plain = Reader(words, text)
        self._of_rules = Reader(words, text, of_option=True)

    def criterion(self, path: Path, raw: object) -> Criterion:
        """Read a criterion about the patient."""
        return self._plain.criterion(path, raw)

    def node(self) -> model.Node:
        """Read a whole file as a node."""
        one: dict[str, Any] = self._text.value
        when = one["when"] if isinstance(one["when"], list) and one["when"] else [one["when"]]
        therapies = tuple(
            self._therapy(("therapies", place), part) for place, part in enumerate(one["therapies"])
        )
        self._options_once(therapies)
        return model.Node(
            id=one["id"],
            group=one["group"],
            line=one.get("line"),
            title=one["title"],
            says=one["says"].strip(),
            cites=tuple(one["cites"]),
            purpose=one.get("purpose", ""),
            wins=one.get("wins", False),
            when=tuple(self.criterion(("when", place), part) for place, part in enumerate(when)),
            therapies=therapies,
            evidence=bases(one.get("evidence", [])),
            reviewed=one.get("reviewed", ""),
        )

    def rule(self, path: Path, one: dict[str, Any]) -> model.Rule:
        """Read a rule of an option, or one that is shared by options."""
        when = self._of_rules.criterion((*path, "when"), one["when"])
        if "{" in one["says"] and not any(
            isinstance(leaf, OptionEvent | Held) for leaf in leaves(when)
        ):
            want = "a text without {...}, or a sentence about the option"
            self._text.fault((*path, "says"), "nothing fills in {...} here", want)
        return model.Rule(
            id=one.get("id", f"{self._text.name}:{'.'.join(str(part) for part in path)}"),
            verdict=one.get("verdict", ""),
            when=when,
            says=one["says"],
            cites=tuple(one["cites"]),
            drugs=tuple(one.get("drugs", ())),
            groups=tuple(one.get("groups", ())),
            nodes=tuple(one.get("nodes", ())),
            not_classes=tuple(one.get("not_classes", ())),
        )

    def _therapy(self, path: Path, one: dict[str, Any]) -> model.Therapy:
        return model.Therapy(
            role=one["role"],
            says=one["says"],
            cites=tuple(one["cites"]),
            options=tuple(
                self._option((*path, "options", place), part)
                for place, part in enumerate(one.get("options", []))
            ),
        )

    def _option(self, path: Path, one: dict[str, Any]) -> model.Option:
        cites = tuple(one["cites"])
        listed = one.get("listed")
        return model.Option(
            id="+".join(one["give"]),
            drugs=tuple(one["give"]),
            tier=one.get("tier"),
            says=one["says"],
            cites=cites,
            doses=self._doses((*path, "doses"), one, cites),
            listed=None if listed is None else self.criterion((*path, "listed"), listed),
            rules=tuple(
                self.rule((*path, "rules", place), part)
                for place, part in enumerate(one.get("rules", []))
            ),
            evidence=bases(one.get("evidence", [])),
        )

    def _doses(
        self, path: Path, one: dict[str, Any], cites: tuple[str, ...]
    ) -> tuple[model.Dose, ...]:
        read = [
            read_dose(self._text, (*path, place), sentence, self._words.drugs)
            for place, sentence in enumerate(one["doses"])
        ]
        doses = [dose for dose in read if dose is not None]
        if len(doses) == len(read) and [*dict.fromkeys(dose.drug for dose in doses)] != one["give"]:
            want = "a dose sentence for each, in this order: " + ", ".join(one["give"])
            self._text.fault(path, "doses for other drugs than are given", want)
        return tuple(self._cited(dose, cites) for dose in doses)

    def _cited(self, dose: model.Dose, cites: tuple[str, ...]) -> model.Dose:
        """Tie a dose to the statement of kind dose that names its drug, else to the first."""
        known = self._statements
        doses = [one for one in cites if one in known and known[one].kind == "dose"]
        own = [one for one in doses if f".{dose.drug}" in one]
        return msgspec.structs.replace(dose, cite=next(iter([*own, *doses, *cites]), ""))

    def _options_once(self, therapies: tuple[model.Therapy, ...]) -> None:
        seen: set[str] = set()
        for place, therapy in enumerate(therapies):
            for position, option in enumerate(therapy.options):
                if option.id in seen:
                    path = ("therapies", place, "options", position)
                    self._text.fault(path, f"a second option {option.id!r}", "each once in a node")
                seen.add(option.id)


def bases(raw: list[dict[str, Any]]) -> tuple[model.Basis, ...]:
    """Read what is said, each with what it rests on."""
    return tuple(model.Basis(one["says"], tuple(one["cites"])) for one in raw)


def once(text: YamlText, key: str) -> list[tuple[int, dict[str, Any]]]:
    """Give the entries of a list with their places, noting each id that stands twice."""
    seen: set[str] = set()
    for place, one in enumerate(text.value[key]):
        if one["id"] in seen:
            text.fault((key, place, "id"), f"a second {one['id']!r}", "each id once")
        seen.add(one["id"])
    return list(enumerate(text.value[key]))
