"""The content's files as plain values with their lines, checked against their shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myopathway.errors import ContentError, Fault, nearest
from myopathway.guideline import departures, monitoring, orders, safety, shapes
from myopathway.guideline.check import Checker
from myopathway.guideline.shape import Key
from myopathway.yamltext import YamlText

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from myopathway.guideline.shape import Shape

_ENTRIES: Final[dict[str, Shape]] = {
    "edition.yaml": shapes.EDITION,
    "sources.yaml": shapes.SOURCES,
    "drugs.yaml": shapes.DRUGS,
    "position.yaml": shapes.POSITION,
    "rules.yaml": shapes.RULES,
    "notices.yaml": shapes.NOTICES,
}
_NAMED: Final[dict[str, Key]] = {
    "facts.yaml": shapes.FACTS,
    "terms.yaml": shapes.TERMS,
    "interpretations.yaml": shapes.INTERPRETATIONS,
}
_ORDERS: Final = "orders.yaml"
_NODES: Final = "nodes/"
_SAFETY: Final = "safety/"
_MONITORING: Final = "monitoring/"


class Texts:
    """All files of one content folder; knows every fault found in any of them."""

    def __init__(self, files: Mapping[str, str]) -> None:
        """Read the YAML of every file."""
        self._texts = {name: YamlText(text, name) for name, text in files.items()}
        self._missing: list[Fault] = []

    def __getitem__(self, name: str) -> YamlText:
        """Give a file by its name below the content folder."""
        return self._texts[name]

    @property
    def nodes(self) -> list[YamlText]:
        """Give the files of the nodes."""
        return [text for name, text in self._texts.items() if name.startswith(_NODES)]

    @property
    def safety(self) -> dict[str, YamlText]:
        """Give the files of the drug-safety layer, by stem."""
        return {stem(name): text for name, text in self._texts.items() if name.startswith(_SAFETY)}

    @property
    def orders(self) -> YamlText | None:
        """Give the file of what orders are held against, if there is one."""
        return self._texts.get(_ORDERS)

    @property
    def departures(self) -> YamlText | None:
        """Give the file of where treatment departs, if there is one."""
        return self._texts.get(departures.FILE)

    @property
    def policies(self) -> list[YamlText]:
        """Give the files of the monitoring policies."""
        return [text for name, text in self._texts.items() if name.startswith(_MONITORING)]

    def check(self) -> None:
        """Hold every file against its shape; raises ``ContentError`` with all that is wrong."""
        known = [*_ENTRIES, *_NAMED]
        self._missing = [
            Fault(name, "missing", "this file") for name in known if name not in self._texts
        ]
        words = self._words()
        for name, text in self._texts.items():
            if name in _ENTRIES:
                self._check(text, Key("content", "entry", "", shape=_ENTRIES[name]), words)
            elif name in _NAMED:
                self._check(text, _NAMED[name], words)
            elif name.startswith(_NODES):
                self._check(text, Key("node", "entry", "", shape=shapes.NODE), words)
            elif name.startswith(_SAFETY):
                shape = safety.shape_of(stem(name))
                self._check(text, Key("safety", "entry", "", shape=shape), words)
            elif name == _ORDERS:
                self._check(text, Key("orders", "entry", "", shape=orders.ORDERS), words)
            elif name == departures.FILE:
                shape = departures.DEPARTURES
                self._check(text, Key("departures", "entry", "", shape=shape), words)
            elif name.startswith(_MONITORING):
                self._check(text, Key("policy", "entry", "", shape=monitoring.POLICY), words)
            else:
                found = f"no file of this name belongs to the content{nearest(name, known)}"
                text.fault(
                    (),
                    found,
                    ", ".join(
                        [
                            *known,
                            _ORDERS,
                            departures.FILE,
                            f"{_NODES}*.yaml",
                            f"{_SAFETY}*.yaml",
                            f"{_MONITORING}*.yaml",
                        ]
                    ),
                )
        self.stop_at_faults()

    def stop_at_faults(self) -> None:
        """Raise ``ContentError`` if any file has a fault: with all of them."""
        faults = [*self._missing]
        for text in self._texts.values():
            faults.extend(sorted(text.faults, key=lambda one: int(one.where.rpartition(":")[2])))
        if faults:
            raise ContentError(faults)

    @staticmethod
    def _check(text: YamlText, key: Key, words: Mapping[str, Collection[str]]) -> None:
        if not text.faults:
            Checker(text, words).value(key, (), text.value)

    def _words(self) -> dict[str, Collection[str]]:
        """List the words that the content may use; without those of a file that is broken."""
        statements = self._names("sources.yaml", "statements")
        interpretations = self._names("interpretations.yaml")
        found: dict[str, Collection[str] | None] = {
            "references": self._names("sources.yaml", "references"),
            "facts": self._names("facts.yaml"),
            "drugs": self._names("drugs.yaml", "drugs"),
            "classes": self._names("drugs.yaml", "classes"),
            "groups": self._ids("position.yaml", "groups"),
            "nodes": self._node_ids(),
        }
        if statements is not None and interpretations is not None:
            found["statements and interpretations"] = {*statements, *interpretations}
        return {name: words for name, words in found.items() if words is not None}

    def _value(self, name: str, *path: str) -> Any:  # noqa: ANN401 - any YAML value
        text = self._texts.get(name)
        value = None if text is None or text.faults else text.value
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    def _names(self, name: str, *path: str) -> Collection[str] | None:
        value = self._value(name, *path)
        return list(value) if isinstance(value, dict) else None

    def _ids(self, name: str, *path: str) -> Collection[str] | None:
        value = self._value(name, *path)
        if not isinstance(value, list):
            return None
        return [one["id"] for one in value if isinstance(one, dict) and "id" in one]

    def _node_ids(self) -> Collection[str] | None:
        if any(text.faults for text in self.nodes):
            return None
        return [str(one["id"]) for one in (text.value for text in self.nodes)
                if isinstance(one, dict) and "id" in one]  # fmt: skip


def stem(name: str) -> str:
    """Give a file's name without folder and ending."""
    return name.rpartition("/")[2].removesuffix(".yaml")
