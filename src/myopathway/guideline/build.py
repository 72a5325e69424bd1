"""The guideline built from its files: every part read, every id held against the others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from myopathway.criteria import ALWAYS
from myopathway.facts import PURPOSES, Vocabulary, drug_names
from myopathway.guideline import drugsafety, model, orderlimits
from myopathway.guideline.carried import carried
from myopathway.guideline.departures import departures
from myopathway.guideline.dictionary import read_drugs, read_facts, read_others
from myopathway.guideline.entries import Entries, bases, once
from myopathway.guideline.monitoring import policy
from myopathway.guideline.orders import order_limits
from myopathway.guideline.position import Position
from myopathway.guideline.safety import SafetyReader
from myopathway.guideline.sentences import Reader, Words
from myopathway.guideline.texts import Texts, stem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from myopathway.yamltext import YamlText


def build(files: Mapping[str, str], digest: str) -> model.Guideline:
    """Build the guideline, or raise ``ContentError`` with every fault by file and line."""
    texts = Texts(files)
    texts.check()
    guideline = _Build(texts).guideline(digest)
    _ledger(texts["sources.yaml"], guideline)
    texts.stop_at_faults()
    return guideline


class _Build:
    """The parts of one guideline, each read from its file."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._statements = _statements(texts["sources.yaml"].value["statements"])
        self._facts = read_facts(texts["facts.yaml"])
        self._drugs = read_drugs(texts["drugs.yaml"])
        self._classes = {
            name: model.DrugClass(
                name,
                one["title"],
                tuple(one["cites"]),
                background=one.get("background", False),
                combines=one.get("combines", False),
            )
            for name, one in texts["drugs.yaml"].value["classes"].items()
        }
        terms = self._terms(texts["terms.yaml"])
        self._words = Words(self._facts, terms, self._classes, self._drugs, PURPOSES)

    def guideline(self, digest: str) -> model.Guideline:
        """Put the parts together."""
        texts, drugs = self._texts, self._drugs
        position = Position(
            texts["position.yaml"], self._entries(texts["position.yaml"]), self._facts
        )
        groups = position.groups()
        nodes = self._nodes([group.id for group in groups])
        references = texts["sources.yaml"].value["references"]
        return model.Guideline(
            edition=_edition(texts["edition.yaml"].value),
            content_hash=digest,
            statements=self._statements,
            references={name: _reference(int(name), one) for name, one in references.items()},
            interpretations=self._interpretations(texts["interpretations.yaml"]),
            vocabulary=Vocabulary(
                self._facts, drug_names({name: one.synonyms for name, one in drugs.items()})
            ),
            terms=dict(self._words.terms),
            drugs=drugs,
            drug_classes=self._classes,
            groups=groups,
            nodes=nodes,
            scope=position.scope(),
            adult=position.adult(),
            unstated_purpose=position.unstated_purpose(),
            implications=position.implications(),
            conflicts=position.conflicts(),
            rules=self._rules(texts["rules.yaml"]),
            notices=self._notices(texts["notices.yaml"]),
            old_measurements=self._old_measurements(texts["notices.yaml"]),
            readings=position.readings(),
            monitoring={
                one.id: one for one in (policy(text, self._drugs) for text in self._texts.policies)
            },
            safety=self._safety([group.id for group in groups], [node.id for node in nodes]),
            order_limits=self._order_limits(),
            departures=self._departures(),
            other_drugs=read_others(texts["drugs.yaml"]),
        )

    def _entries(self, text: YamlText) -> Entries:
        return Entries(text, self._words, self._statements)

    def _interpretations(self, text: YamlText) -> dict[str, model.Interpretation]:
        for name in text.value:
            if name in self._statements:
                text.fault((name,), f"{name!r} is the id of a statement", "another id")
        return {
            name: model.Interpretation(name, one["title"], one["says"])
            for name, one in text.value.items()
        }

    def _terms(self, text: YamlText) -> dict[str, model.Term]:
        """Read the terms in order: each may use those above it, and none can use itself."""
        found: dict[str, model.Term] = {}
        for name, one in text.value.items():
            words = Words(self._facts, dict(found), self._classes, self._drugs, PURPOSES)
            if name in self._facts:
                text.fault((name,), f"{name!r} is the name of a fact", "another name")
            criterion = Reader(words, text).criterion((name, "when"), one["when"])
            found[name] = model.Term(name, one["says"], criterion, tuple(one["cites"]))
        return found

    def _nodes(self, groups: list[str]) -> tuple[model.Node, ...]:
        nodes: dict[str, model.Node] = {}
        for text in self._texts.nodes:
            node = self._entries(text).node()
            if stem(text.name) != node.id.replace(".", "-"):
                want = f"the file name {node.id.replace('.', '-')}.yaml"
                text.fault(("id",), f"the node {node.id!r} in a file of another name", want)
            if node.id in nodes:
                text.fault(("id",), f"a second node {node.id!r}", "each id once")
            nodes[node.id] = node
        order = {name: place for place, name in enumerate(groups)}
        return tuple(sorted(nodes.values(), key=lambda one: (order[one.group], one.line or 0)))

    def _rules(self, text: YamlText) -> tuple[model.Rule, ...]:
        entries = self._entries(text)
        return tuple(entries.rule(("rules", place), one) for place, one in once(text, "rules"))

    def _notices(self, text: YamlText) -> tuple[model.Notice, ...]:
        entries = self._entries(text)
        for place, one in enumerate(text.value["notices"]):
            if "occasion" not in one:
                for slot in re.findall(r"\{\w*\}", one["says"]):
                    found = f"nothing fills in {slot} without an occasion"
                    text.fault(("notices", place, "says"), found, "a text without {...}")
        return tuple(
            model.Notice(
                id=one["id"],
                level=one["level"],
                when=(
                    entries.criterion(("notices", place, "when"), one["when"])
                    if "when" in one
                    else ALWAYS
                ),
                says=one["says"].strip(),
                cites=tuple(one["cites"]),
                groups=tuple(one.get("groups", ())),
                nodes=tuple(one.get("nodes", ())),
                occasion=one.get("occasion", ""),
                while_possible=one.get("while_possible", False),
            )
            for place, one in once(text, "notices")
        )

    @staticmethod
    def _old_measurements(text: YamlText) -> tuple[model.OldMeasurement, ...]:
        return tuple(
            model.OldMeasurement(one["fact"], one["days"], one["says"], tuple(one["cites"]))
            for one in text.value["old_measurements"]
        )

    def _safety(self, groups: list[str], nodes: list[str]) -> drugsafety.Safety:
        texts = self._texts.safety
        readers = {name: Reader(self._words, text, of_option=True) for name, text in texts.items()}
        return SafetyReader(texts, readers, self._drugs, groups, nodes).safety()

    def _order_limits(self) -> orderlimits.OrderLimits:
        """Read what orders are held against; it cites rows of the safety ledger too."""
        text = self._texts.orders
        if text is None:
            return orderlimits.OrderLimits()
        return order_limits(text, Reader(self._words, text), self._drugs, self._citable())

    def _departures(self) -> tuple[model.Departure, ...]:
        """Read where treatment departs; a class stands for its drugs."""
        text = self._texts.departures
        if text is None:
            return ()
        named: dict[str, list[str]] = {name: [name] for name in self._drugs}
        for name in self._classes:
            named[name] = [drug for drug, one in self._drugs.items() if name in one.classes]
        return departures(text, Reader(self._words, text), named, self._citable())

    def _citable(self) -> set[str]:
        ledger = self._texts.safety.get("ledger")
        rows = ledger.value["rows"] if ledger is not None else {}
        return {*self._statements, *self._texts["interpretations.yaml"].value, *rows}


def _ledger(text: YamlText, guideline: model.Guideline) -> None:
    """Note every statement that no content carries and that gives no reason for it."""
    cited = carried(guideline)
    for name, one in guideline.statements.items():
        if name not in cited and not one.not_encoded:
            want = "a citation of it, or not_encoded with the reason"
            text.fault(("statements", name), f"no content carries {name}", want)
        if name in cited and one.not_encoded:
            found = f"{name} is carried by {cited[name][0]} and said not to be"
            text.fault(("statements", name), found, "one of the two")


def _statements(raw: dict[str, Any]) -> dict[str, model.Statement]:
    return {
        name: model.Statement(
            id=name,
            kind=one["kind"],
            says=one["says"],
            cites=tuple(one["cites"]),
            source=one["src"],
            not_encoded=one.get("not_encoded", ""),
        )
        for name, one in raw.items()
    }


def _reference(number: int, one: dict[str, Any]) -> model.Reference:
    issue = f"({one['issue']})" if one.get("issue") else ""
    citation = (
        f"{one['authors']}. {one['title']}. {one['journal']} {one['year']};"
        f"{one['volume']}{issue}:{one['pages']}."
    )
    return model.Reference(number, citation, one["pmid"], one.get("doi", ""))


def _edition(one: dict[str, Any]) -> model.Edition:
    return model.Edition(
        id=one["id"],
        version=one["version"],
        title=one["title"],
        date=one["date"],
        sources=tuple(model.Source(**source) for source in one["sources"]),
        intended_use=one["intended_use"],
        evidence=bases(one["evidence"]),
    )
