"""The strict loader: a folder of content in, a ``Guideline`` out, or every fault with its line."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from myopathway.criteria import ALWAYS, All, Criterion
from myopathway.errors import ContentError, Fault, shown
from myopathway.facts import PURPOSES, Coding, Fact, Vocabulary, drug_names
from myopathway.guideline import cache as compiled
from myopathway.guideline import model, shapes
from myopathway.guideline.doses import read_dose

if TYPE_CHECKING:
    from myopathway.guideline.sentences import Reader
    from myopathway.guideline.shape import Shape
    from myopathway.yamltext import YamlText

CONTENT: Final = Path(str(resources.files("myopathway") / "content"))
_ENTRY_FILES: Final[dict[str, Shape]] = {
    "edition": shapes.EDITION,
    "sources": shapes.SOURCES,
    "drugs": shapes.DRUGS,
    "position": shapes.POSITION,
    "rules": shapes.RULES,
    "notices": shapes.NOTICES,
}
_NAMED_FILES: Final[dict[str, Shape]] = {
    "facts": shapes.FACT,
    "terms": shapes.TERM,
    "interpretations": shapes.INTERPRETATION,
}


@cache
def shipped() -> model.Guideline:
    """Give the guideline that is shipped with the package."""
    return load(CONTENT)


def load(folder: Path) -> model.Guideline:
    """Read a content folder; raises ``ContentError`` with every fault, by file and line.

    What was read once is kept compiled under the hash of its content, outside the folder.
    """
    files = content_files(folder)
    digest = content_hash(files)
    kept = compiled.kept(digest)
    if kept is not None:
        return kept
    guideline = _Loader(files, digest).guideline()
    compiled.keep(guideline)
    return guideline


def content_files(folder: Path) -> dict[str, str]:
    """Read the texts that decide answers (no cases), by their name below the folder."""
    names = [*sorted(folder.glob("*.yaml")), *sorted(folder.glob("nodes/*.yaml"))]
    if not names:
        raise ContentError([Fault(str(folder), "no content here", "a folder with edition.yaml")])
    found: dict[str, str] = {}
    for name in names:
        short = name.relative_to(folder).as_posix()
        try:
            found[short] = name.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ContentError([Fault(short, str(error)[:120], "a readable UTF-8 text")]) from None
    return found


def content_hash(files: dict[str, str]) -> str:
    """Give the SHA-256 of the content, names included."""
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{len(text)}\0{text}".encode())
    return digest.hexdigest()


class _Loader:
    """Reads one content folder; collects faults until all files were looked at."""

    def __init__(self, files: dict[str, str], digest: str) -> None:
        from myopathway.yamltext import YamlText  # noqa: PLC0415 - slow; not for compiled content

        self._digest = digest
        self._texts = {name: YamlText(text, name) for name, text in files.items()}
        self._faults: list[Fault] = []

    def guideline(self) -> model.Guideline:
        """Build the guideline, or raise ``ContentError``."""
        self._check_shapes()
        self._stop_at_faults()
        return self._build()

    def _check_shapes(self) -> None:
        for stem in (*_ENTRY_FILES, *_NAMED_FILES):
            if f"{stem}.yaml" not in self._texts:
                self._faults.append(Fault(f"{stem}.yaml", "missing", "this file"))
        for name, text in self._texts.items():
            stem = name.removesuffix(".yaml")
            if text.faults:
                continue
            if stem in _ENTRY_FILES:
                _ENTRY_FILES[stem].check(text, (), text.value)
            elif stem.startswith("nodes/"):
                shapes.NODE.check(text, (), text.value)
            elif stem in _NAMED_FILES and isinstance(text.value, dict):
                for key, value in text.value.items():
                    _NAMED_FILES[stem].check(text, (key,), value)
            else:
                text.fault((), "no file of this name belongs to the content",
                           ", ".join([*_ENTRY_FILES, *_NAMED_FILES, "nodes/*"]))

    def _stop_at_faults(self) -> None:
        faults = [*self._faults]
        for text in self._texts.values():
            faults.extend(text.faults)
        if faults:
            raise ContentError(faults)

    def _build(self) -> model.Guideline:
        from myopathway.guideline.sentences import Reader, Words  # noqa: PLC0415 - as above

        sources, drugs_text = self._texts["sources.yaml"], self._texts["drugs.yaml"]
        statements = {
            name: model.Statement(name, one["kind"], one["says"],
                                  tuple(int(number) for number in one["cites"]), one["src"])
            for name, one in sources.value["statements"].items()
        }  # fmt: skip
        references = {name: _reference(int(name), one)
                      for name, one in sources.value["references"].items()}  # fmt: skip
        interpretations = {
            name: model.Interpretation(name, one["title"], one["says"])
            for name, one in self._texts["interpretations.yaml"].value.items()
        }
        self._ids = {*statements, *interpretations}
        self._statements = statements
        for name, statement in statements.items():
            for number in statement.cites:
                if str(number) not in references:
                    sources.fault(("statements", name, "cites"), f"no reference {number}",
                                  "a number of the references")
        facts = {name: _fact(name, one) for name, one in self._texts["facts.yaml"].value.items()}
        drugs = {name: self._drug(drugs_text, name, one)
                 for name, one in drugs_text.value["drugs"].items()}  # fmt: skip
        classes = {
            name: model.DrugClass(
                name, one["title"], self._cites(drugs_text, ("classes", name, "cites"),
                                                one["cites"]))
            for name, one in drugs_text.value["classes"].items()
        }  # fmt: skip
        for name, drug in drugs.items():
            for member in drug.classes:
                if member not in classes:
                    drugs_text.fault(("drugs", name, "classes"), f"no class {member!r}",
                                     ", ".join(classes))
        words = Words(facts, {}, classes, drugs, PURPOSES)
        terms = self._terms(words, Reader)
        words = Words(facts, terms, classes, drugs, PURPOSES)
        self._readers = {name: Reader(words, text) for name, text in self._texts.items()}
        self._drugs = drugs
        position = self._texts["position.yaml"]
        groups = tuple(
            model.Group(one["id"], one["title"], one["says"],
                        self._cites(position, ("groups", place, "cites"), one["cites"]))
            for place, one in enumerate(position.value["groups"])
        )  # fmt: skip
        self._groups = [group.id for group in groups]
        nodes = self._nodes()
        self._node_ids = [node.id for node in nodes]
        edition = self._edition()
        guideline = model.Guideline(
            edition=edition,
            content_hash=self._digest,
            statements=statements,
            references=references,
            interpretations=interpretations,
            vocabulary=Vocabulary(
                facts, drug_names({name: drug.synonyms for name, drug in drugs.items()})
            ),
            terms=terms,
            drugs=drugs,
            drug_classes=classes,
            groups=groups,
            nodes=nodes,
            rules=self._rules(),
            notices=self._notices(),
            old_measurements=self._old_measurements(facts),
            **self._position(facts),
        )
        self._carried(guideline)
        self._stop_at_faults()
        return guideline

    def _cites(self, text: YamlText, path: tuple[Any, ...], raw: list[Any]) -> tuple[str, ...]:
        if not raw:
            text.fault(path, "no citation", "at least one id of a statement or interpretation")
        for place, one in enumerate(raw):
            if str(one) not in self._ids:
                text.fault((*path, place), f"{shown(one)} resolves to nothing",
                           "an id of sources.yaml or interpretations.yaml")
        return tuple(str(one) for one in raw)

    def _drug(self, text: YamlText, name: str, one: dict[str, Any]) -> model.Drug:
        codes = one["codes"]
        advice = tuple(
            model.DrugAdvice(
                part["kind"], part["says"],
                self._cites(text, ("drugs", name, "advice", place, "cites"), part["cites"]))
            for place, part in enumerate(one.get("advice", []))
        )  # fmt: skip
        return model.Drug(
            name=name, title=one["title"], classes=tuple(one["classes"]),
            synonyms=tuple(one["synonyms"]), row=codes["row"],
            atc=tuple(codes.get("atc", ())), rxnorm=tuple(codes.get("rxnorm", ())),
            snomed=tuple(codes.get("snomed", ())), supplement=one.get("supplement", False),
            dose_weight=tuple(one.get("dose_weight", ("weight_kg",))), advice=advice,
        )  # fmt: skip

    def _terms(self, words: Any, reader: type[Reader]) -> dict[str, model.Term]:  # noqa: ANN401
        from myopathway.guideline.sentences import Words  # noqa: PLC0415 - as above

        text = self._texts["terms.yaml"]
        found: dict[str, model.Term] = {}
        for name, one in text.value.items():
            so_far = Words(words.facts, dict(found), words.classes, words.drugs, words.purposes)
            if name in words.facts:
                text.fault((name,), f"{name!r} is the name of a fact", "another name")
            found[name] = model.Term(
                name, one["says"], reader(so_far, text).criterion((name, "when"), one["when"]),
                self._cites(text, (name, "cites"), one["cites"]))  # fmt: skip
        return found

    def _criterion(self, name: str, path: tuple[Any, ...], raw: object) -> Criterion:
        return self._readers[name].criterion(path, raw)

    def _edition(self) -> model.Edition:
        text = self._texts["edition.yaml"]
        one = text.value
        return model.Edition(
            one["id"], one["version"], one["title"], one["date"],
            tuple(model.Source(**source) for source in one["sources"]), one["intended_use"],
            self._bases(text, ("evidence",), one["evidence"]))  # fmt: skip

    def _bases(
        self, text: YamlText, path: tuple[Any, ...], raw: list[dict[str, Any]]
    ) -> tuple[model.Basis, ...]:
        return tuple(
            model.Basis(one["says"], self._cites(text, (*path, place, "cites"), one["cites"]))
            for place, one in enumerate(raw)
        )

    def _nodes(self) -> tuple[model.Node, ...]:
        names = [name for name in self._texts if name.startswith("nodes/")]
        nodes = [self._node(name) for name in names]
        seen: set[str] = set()
        for name, node in zip(names, nodes, strict=True):
            if node.id in seen:
                self._texts[name].fault(("id",), f"a second node {node.id!r}", "each id once")
            seen.add(node.id)
        known = [node for node in nodes if node.group in self._groups]
        return tuple(
            sorted(known, key=lambda node: (self._groups.index(node.group), node.line or 0))
        )

    def _node(self, name: str) -> model.Node:
        text = self._texts[name]
        one = text.value
        if one["group"] not in self._groups:
            text.fault(("group",), f"no group {one['group']!r}", ", ".join(self._groups))
        when = one["when"] if isinstance(one["when"], list) else [one["when"]]
        purpose = one.get("purpose", "")
        if purpose and purpose not in PURPOSES:
            text.fault(("purpose",), f"found {purpose!r}", ", ".join(PURPOSES))
        return model.Node(
            id=one["id"], group=one["group"], line=one.get("line"), title=one["title"],
            says=one["says"].strip(), cites=self._cites(text, ("cites",), one["cites"]),
            purpose=purpose, wins=one.get("wins", False),
            when=tuple(self._criterion(name, ("when", place), part)
                       for place, part in enumerate(when)),
            therapies=tuple(self._therapy(name, ("therapies", place), part)
                            for place, part in enumerate(one["therapies"])),
            evidence=self._bases(text, ("evidence",), one.get("evidence", [])),
        )  # fmt: skip

    def _therapy(self, name: str, path: tuple[Any, ...], one: dict[str, Any]) -> model.Therapy:
        return model.Therapy(
            one["role"], one["says"],
            self._cites(self._texts[name], (*path, "cites"), one["cites"]),
            tuple(self._option(name, (*path, "options", place), part)
                  for place, part in enumerate(one.get("options", []))))  # fmt: skip

    def _option(self, name: str, path: tuple[Any, ...], one: dict[str, Any]) -> model.Option:
        text = self._texts[name]
        drugs = tuple(one["give"])
        cites = self._cites(text, (*path, "cites"), one["cites"])
        doses = []
        for place, sentence in enumerate(one["doses"]):
            dose = read_dose(text, (*path, "doses", place), sentence, self._drugs)
            if dose is not None:
                doses.append(_cited(dose, cites, self._statements))
        if tuple(dict.fromkeys(dose.drug for dose in doses)) != drugs and not text.faults:
            text.fault((*path, "doses"), "doses for other drugs than are given",
                       "a dose sentence for each of " + ", ".join(drugs))
        listed = one.get("listed")
        return model.Option(
            id="+".join(drugs), drugs=drugs, tier=one.get("tier"), says=one["says"], cites=cites,
            doses=tuple(doses),
            listed=None if listed is None else self._criterion(name, (*path, "listed"), listed),
            rules=tuple(self._rule(name, (*path, "rules", place), part)
                        for place, part in enumerate(one.get("rules", []))),
            evidence=self._bases(text, (*path, "evidence"), one.get("evidence", [])),
        )  # fmt: skip

    def _rule(self, name: str, path: tuple[Any, ...], one: dict[str, Any]) -> model.Rule:
        return model.Rule(
            id=one.get("id", f"{name}:{'.'.join(str(part) for part in path)}"),
            verdict=one.get("verdict", ""),
            when=self._criterion(name, (*path, "when"), one["when"]),
            says=one["says"],
            cites=self._cites(self._texts[name], (*path, "cites"), one["cites"]),
            drugs=self._known(name, path, one, "drugs", self._drugs),
            groups=self._known(name, path, one, "groups", self._groups),
            nodes=self._known(name, path, one, "nodes", getattr(self, "_node_ids", ())),
            not_classes=tuple(one.get("not_classes", ())),
        )

    def _known(
        self, name: str, path: tuple[Any, ...], one: dict[str, Any], key: str, known: Any  # noqa: ANN401
    ) -> tuple[str, ...]:  # fmt: skip
        for place, member in enumerate(one.get(key, [])):
            if member not in known:
                self._texts[name].fault((*path, key, place), f"{shown(member)} is not known",
                                        ", ".join(known))
        return tuple(one.get(key, ()))

    def _rules(self) -> tuple[model.Rule, ...]:
        entries = self._texts["rules.yaml"].value["rules"]
        return tuple(self._rule("rules.yaml", ("rules", place), one)
                     for place, one in enumerate(entries))  # fmt: skip

    def _notices(self) -> tuple[model.Notice, ...]:
        name = "notices.yaml"
        found = []
        for place, one in enumerate(self._texts[name].value["notices"]):
            path = ("notices", place)
            when = one.get("when")
            found.append(model.Notice(
                id=one["id"], level=one["level"],
                when=(ALWAYS if when is None
                      else self._criterion(name, (*path, "when"), when)),
                says=one["says"].strip(),
                cites=self._cites(self._texts[name], (*path, "cites"), one["cites"]),
                groups=self._known(name, path, one, "groups", self._groups),
                nodes=self._known(name, path, one, "nodes", self._node_ids),
                occasion=one.get("occasion", "")))  # fmt: skip
        return tuple(found)

    def _old_measurements(self, facts: dict[str, Fact]) -> tuple[model.OldMeasurement, ...]:
        text = self._texts["notices.yaml"]
        found = []
        for place, one in enumerate(text.value["old_measurements"]):
            path = ("old_measurements", place)
            if one["fact"] not in facts:
                text.fault((*path, "fact"), f"no fact {one['fact']!r}", "a fact")
            found.append(model.OldMeasurement(
                one["fact"], one["days"], one["says"],
                self._cites(text, (*path, "cites"), one["cites"])))  # fmt: skip
        return tuple(found)

    def _position(self, facts: dict[str, Fact]) -> dict[str, Any]:
        name = "position.yaml"
        text = self._texts[name]
        one = text.value

        def cites(*path: str | int) -> tuple[str, ...]:
            raw: Any = one
            for step in path:
                raw = raw[step]
            return self._cites(text, (*path, "cites"), raw["cites"])

        def fact(path: tuple[Any, ...], raw: str) -> str:
            if raw not in facts:
                text.fault(path, f"no fact {raw!r}", "a fact of the dictionary")
            return raw

        implications = tuple(
            model.Implication(
                part["id"], fact(("implications", place, "given"), part["given"]),
                fact(("implications", place, "then"), part["then"]), part["says"],
                cites("implications", place))
            for place, part in enumerate(one["implications"])
        )  # fmt: skip
        conflicts = tuple(
            model.Conflict(
                part["id"], self._criterion(name, ("conflicts", place, "when"), part["when"]),
                part["says"], cites("conflicts", place),
                tuple(fact(("conflicts", place, "asks"), ask) for ask in part.get("asks", [])))
            for place, part in enumerate(one["conflicts"])
        )  # fmt: skip
        for key, value in one["readings"].items():
            if value not in self._ids:
                text.fault(("readings", key), f"{value!r} resolves to nothing", "an interpretation")
        adult, unstated = one["adult"], one["unstated_purpose"]
        return {
            "scope": model.Scope(
                self._criterion(name, ("not_covered", "when"), one["not_covered"]["when"]),
                one["not_covered"]["says"], cites("not_covered")),
            "adult": model.Adult(
                fact(("adult", "fact"), adult["fact"]), Decimal(adult["from_years"]),
                adult["child"], adult["unknown"], cites("adult")),
            "unstated_purpose": model.Unstated(
                unstated["purpose"],
                self._criterion(name, ("unstated_purpose", "when"), unstated["when"]),
                cites("unstated_purpose")),
            "implications": implications,
            "conflicts": conflicts,
            "readings": {key: (value,) for key, value in one["readings"].items()},
        }  # fmt: skip

    def _carried(self, guideline: model.Guideline) -> None:
        """Note every statement that no content carries and that gives no reason for it."""
        text = self._texts["sources.yaml"]
        cited = carried(guideline)
        for name, one in text.value["statements"].items():
            if name not in cited and not one.get("not_encoded"):
                text.fault(("statements", name), f"no content carries {name}",
                           "a citation of it, or not_encoded with the reason")
            if name in cited and one.get("not_encoded"):
                text.fault(("statements", name), f"{name} is carried and said not to be",
                           "one of the two")


def carried(guideline: model.Guideline) -> dict[str, list[str]]:
    """Say for each cited id where the content cites it (node, rule, term, drug, ...)."""
    found: dict[str, list[str]] = {}

    def note(where: str, cites: tuple[str, ...]) -> None:
        for one in cites:
            places = found.setdefault(one, [])
            if where not in places:
                places.append(where)

    for node in guideline.nodes:
        note(f"nodes/{node.id}", node.cites)
        for basis in node.evidence:
            note(f"nodes/{node.id}", basis.cites)
        for therapy in node.therapies:
            note(f"nodes/{node.id}/{therapy.role}", therapy.cites)
            for option in therapy.options:
                where = f"nodes/{node.id}/{therapy.role}/{option.id}"
                for cites in (option.cites, *(one.cites for one in option.rules),
                              *(one.cites for one in option.evidence)):  # fmt: skip
                    note(where, cites)
    for name, term in guideline.terms.items():
        note(f"terms/{name}", term.cites)
    for name, drug in guideline.drugs.items():
        for advice in drug.advice:
            note(f"drugs/{name}", advice.cites)
    for name, drug_class in guideline.drug_classes.items():
        note(f"drugs/{name}", drug_class.cites)
    for group in guideline.groups:
        note(f"position/{group.id}", group.cites)
    for kind, entries in (("rules", guideline.rules), ("notices", guideline.notices),
                          ("position", guideline.conflicts),
                          ("position", guideline.implications)):  # fmt: skip
        for entry in entries:
            note(f"{kind}/{entry.id}", entry.cites)
    for basis in guideline.edition.evidence:
        note("edition", basis.cites)
    return found


def _cited(
    dose: model.Dose, cites: tuple[str, ...], statements: dict[str, model.Statement]
) -> model.Dose:
    """Tie a dose to the statement of kind dose that names its drug, else to the option's first."""
    import msgspec  # noqa: PLC0415 - only while content is compiled

    doses = [one for one in cites if one in statements and statements[one].kind == "dose"]
    own = [one for one in doses if f".{dose.drug}" in one]
    cite = next(iter([*own, *doses, *cites]), "")
    return msgspec.structs.replace(dose, cite=cite)


def _fact(name: str, one: dict[str, Any]) -> Fact:
    def number(key: str) -> Decimal | None:
        return None if one.get(key) is None else Decimal(one[key])

    def codings(key: str) -> tuple[Coding, ...]:
        return tuple(
            Coding(**{field: tuple(value) if isinstance(value, list) else value
                      for field, value in coding.items()})
            for coding in one.get(key, [])
        )  # fmt: skip

    return Fact(
        name=name, type=one["type"], says=one["says"], question=one["question"],
        ease=one["ease"], section=one["section"], help=one.get("help", ""),
        values=one.get("values", {}), low=number("low"), high=number("high"),
        unit=one.get("unit", ""), judgement=one.get("judgement", False),
        problem_list=one.get("problem_list", False), from_date=one.get("from_date", ""),
        conditions=codings("conditions"), observations=codings("observations"),
    )  # fmt: skip


def _reference(number: int, one: dict[str, Any]) -> model.Reference:
    issue = f"({one['issue']})" if one.get("issue") else ""
    citation = (
        f"{one['authors']}. {one['title']}. {one['journal']} {one['year']};"
        f"{one['volume']}{issue}:{one['pages']}."
    )
    return model.Reference(number, citation, one["pmid"], one.get("doi", ""))


__all__ = ["All", "CONTENT", "carried", "content_files", "content_hash", "load", "shipped"]
