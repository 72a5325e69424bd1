"""The reading pages: fresh, whole, linked, and true to what was parsed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myopathway.criteria import (
    All,
    AtLeast,
    Compare,
    Ended,
    FirstKnown,
    Held,
    Includes,
    Is,
    Named,
    Not,
    OptionEvent,
    RegimenEnded,
    TakenWith,
    evaluate,
    leaves,
)
from myopathway.criteria import Any as AnyOf
from myopathway.engine import dose as engine
from myopathway.guideline import generate, shapes
from myopathway.guideline.build import build
from myopathway.guideline.generate import DOCS, generated, stale, write
from myopathway.guideline.load import carried, load, shipped
from myopathway.guideline.pages import pages
from myopathway.guideline.pages.dosage import in_words, worked
from myopathway.guideline.pages.markdown import anchor, code, slug, table, text
from myopathway.guideline.pages.rules import OCCASIONS
from myopathway.guideline.pages.wording import Wording, inline, worded
from myopathway.truth import NOT, Truth, all_of, any_of, at_least
from tests.small_guideline import FILES, changed, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from myopathway.criteria import Criterion, Leaf
    from myopathway.guideline.model import Dose, Guideline

GUIDELINE = shipped()
PAGES = pages(GUIDELINE)


# ---- fresh


@pytest.mark.as_written
def test_what_lies_in_docs_is_what_the_content_gives(capsys: pytest.CaptureFixture[str]) -> None:
    status = generate.main(["--check"])
    assert status == 0, capsys.readouterr().err


def test_the_same_content_gives_the_same_files() -> None:
    assert generated(GUIDELINE) == generated(msgspec.structs.replace(GUIDELINE))
    for name, content in generated(GUIDELINE).items():
        assert content.endswith("\n"), name
        assert "\r" not in content, name
        assert not re.search(r"[ \t]\n", content), name


def test_another_content_is_stale(tmp_path: Path) -> None:
    wanted = generated(load(written(tmp_path / "one")))
    write(wanted, tmp_path)
    assert list(stale(wanted, tmp_path)) == []
    changes = changed("nodes/one-1.yaml", "7.5-25 mg/week", "7.5-20 mg/week")
    other = generated(load(written(tmp_path / "other", changes)))
    assert list(stale(other, tmp_path)) == ["guideline/one-1.md: out of date"]
    assert write(other, tmp_path) == ("guideline/one-1.md",)
    assert write(other, tmp_path) == ()


def test_a_missing_a_changed_and_a_foreign_file_are_named(tmp_path: Path) -> None:
    wanted = generated(load(written(tmp_path / "one")))
    write(wanted, tmp_path)
    (tmp_path / "guideline/terms.md").unlink()
    rules = tmp_path / "guideline/rules.md"
    rules.write_text(rules.read_text() + "\n")
    (tmp_path / "guideline/one-9.md").write_text("left over")
    (tmp_path / "schema/old.schema.json").write_text("{}")
    assert sorted(stale(wanted, tmp_path)) == [
        "guideline/one-9.md: not generated from anything",
        "guideline/rules.md: out of date",
        "guideline/terms.md: missing",
        "schema/old.schema.json: not generated from anything",
    ]
    write(wanted, tmp_path)
    assert list(stale(wanted, tmp_path)) == []
    assert not (tmp_path / "guideline/one-9.md").exists()


def test_check_names_what_is_stale_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main(["--check"], tmp_path) == 1
    told = capsys.readouterr().err
    assert "docs/guideline/severe-1.md: missing" in told
    assert "make guideline" in told
    assert list(tmp_path.iterdir()) == []
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0
    (tmp_path / "guideline/severe-1.md").write_text("something else")
    assert generate.main(["--check"], tmp_path) == 1
    assert "docs/guideline/severe-1.md: out of date" in capsys.readouterr().err


def test_a_wrong_word_and_broken_content_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert generate.main(["--chek"], tmp_path) == 2
    assert "usage" in capsys.readouterr().err
    folder = written(tmp_path / "broken", changed("rules.yaml", "id: lung", "id: allergy"))
    monkeypatch.setattr(generate, "CONTENT", folder)
    assert generate.main([], tmp_path / "docs") == 1
    assert "rules.yaml:7: a second 'allergy'" in capsys.readouterr().err
    assert not (tmp_path / "docs").exists()


# ---- whole


def test_there_is_a_page_for_each_node_and_each_register() -> None:
    nodes = {f"{node.id.replace('.', '-')}.md" for node in GUIDELINE.nodes}
    others = {"README", "terms", "rules", "interpretations", "facts", "statements", "references",
              "drugs"}  # fmt: skip
    assert nodes | {f"{name}.md" for name in others} <= PAGES.keys()
    for name in PAGES.keys() - {"README.md"}:
        assert f"({name})" in PAGES["README.md"], f"{name} is not on the first page"


def test_a_node_page_says_everything_that_its_node_says() -> None:
    for node in GUIDELINE.nodes:
        page = PAGES[f"{node.id.replace('.', '-')}.md"]
        for says in (node.title, node.says, node.reviewed):
            assert text(says) in page
        for cite in node.cites:
            assert f"#{anchor(cite)})" in page
        for therapy in node.therapies:
            assert text(therapy.says) in page
            for option in therapy.options:
                assert text(option.says) in page
                for dose in option.doses:
                    assert code(dose.sentence) in page
                said = [(rule.says, rule.cites) for rule in option.rules]
                for words, cites in (*said, *((one.text, one.cites) for one in option.evidence)):
                    assert text(words) in page
                    for cite in cites:
                        assert f"#{anchor(cite)})" in page


def test_every_occasion_of_a_notice_is_said_in_words() -> None:
    assert OCCASIONS.keys() == set(shapes.OCCASIONS)


def test_what_a_page_rests_on_is_said_on_it_with_the_works() -> None:
    for node in GUIDELINE.nodes:
        page = PAGES[f"{node.id.replace('.', '-')}.md"]
        place = f"nodes/{node.id}"
        for name, places in carried(GUIDELINE).items():
            if not any(one == place or one.startswith(f"{place}/") for one in places):
                continue
            statement = GUIDELINE.statements.get(name)
            if statement is None:
                assert text(GUIDELINE.interpretations[name].says) in page
                continue
            assert text(statement.says) in page
            for number in statement.cites:
                assert f"[{number}](references.md#reference-{number})" in page


def test_the_ledger_has_a_row_for_each_statement_and_says_where_it_is_carried() -> None:
    rows = [line for line in PAGES["statements.md"].splitlines() if line.startswith("| <a id=")]
    assert len(rows) == len(GUIDELINE.statements) == 111
    for row, name in zip(rows, GUIDELINE.statements, strict=True):
        assert f"`{name}`" in row
        assert not row.endswith("| nothing |")


def test_a_statement_that_is_left_out_says_why(tmp_path: Path) -> None:
    more = (
        "  one.left:\n    src: A\n    kind: therapy\n    says: Left.\n    cites: []\n"
        "    not_encoded: It is no part of this.\nreferences:\n"
    )
    guideline = load(written(tmp_path, changed("sources.yaml", "references:\n", more)))
    page = pages(guideline)["statements.md"]
    assert "Left out: It is no part of this." in page
    assert "4 statements; 3 are carried by content, 1 are left out with a reason." in page


def test_the_facts_page_has_every_fact_value_and_row() -> None:
    page = PAGES["facts.md"]
    for name, fact in GUIDELINE.vocabulary.facts.items():
        assert f'<a id="{anchor(name)}"></a>{code(name)}' in page
        for value, label in fact.values.items():
            assert f"{code(value)} {text(label)}" in page
        for coding in (*fact.conditions, *fact.observations):
            assert f"(row {coding.row})" in page
            for value in (*coding.icd10, *coding.icd10cm, *coding.snomed, *coding.loinc):
                assert value in page


def test_the_references_link_to_pubmed() -> None:
    for reference in GUIDELINE.references.values():
        wanted = f"(https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/)"
        assert wanted in PAGES["references.md"]


def test_the_drugs_page_has_every_name_and_code() -> None:
    page = PAGES["drugs.md"]
    for name, drug in GUIDELINE.drugs.items():
        assert f"## {name}\n" in page
        for word in (*drug.synonyms, *drug.atc, *drug.rxnorm, *drug.snomed, drug.row):
            assert text(word) in page
        for advice in drug.advice:
            assert text(advice.text) in page


# ---- Markdown that GitHub shows


def _cells(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", row)) - 1


@pytest.mark.parametrize("name", PAGES)
def test_every_table_is_even(name: str) -> None:
    width = 0
    for line in PAGES[name].splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        width = width or _cells(line)
        assert _cells(line) == width, line


def _anchors(page: str) -> list[str]:
    headings = [
        slug(re.sub(r"\\(.)", r"\1", line.lstrip("#").strip()))
        for line in page.splitlines()
        if re.match(r"#+ ", line)
    ]
    return [*headings, *re.findall(r'<a id="([^"]+)"></a>', page)]


@pytest.mark.parametrize("name", PAGES)
def test_no_anchor_stands_twice(name: str) -> None:
    anchors = _anchors(PAGES[name])
    assert sorted(anchors) == sorted(set(anchors))


@pytest.mark.as_written
@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGES[name]):
        if target.startswith("https://"):
            continue
        file, _, place = target.partition("#")
        if file.startswith(".."):
            assert (DOCS / "guideline" / file).resolve().exists(), target
            continue
        assert (file or name) in PAGES, target
        if place:
            assert place in _anchors(PAGES[file or name]), target


def test_words_are_shown_as_they_are() -> None:
    assert text("a_b *c* [d] <e> | f & `g` ~ # $ \\") == (
        r"a\_b \*c\* \[d\] \<e\> \| f \& \`g\` \~ \# \$ " + "\\\\"
    )
    assert text("two\nlines") == "two lines"
    assert code("a | b `c`") == r"`a \| b 'c'`"
    assert table(["A", "B"], [["1", "2"]]) == "| A | B |\n| --- | --- |\n| 1 | 2 |"
    assert slug("What follows from what?") == "what-follows-from-what"
    assert anchor("severe.1.core") == "severe-1-core"


def test_content_cannot_break_a_page(tmp_path: Path) -> None:
    files = {**FILES, "nodes/one-1.yaml": FILES["nodes/one-1.yaml"].replace(
        "title: The one node", "title: 'A | <b>bold</b> [link](x) # node'")}  # fmt: skip
    page = pages(load(written(tmp_path, files)))["one-1.md"]
    assert r"# A \| \<b\>bold\</b\> \[link\](x) \# node" in page
    for line in page.splitlines():
        assert not line.startswith("|") or "<b>" not in line


# ---- the second column comes from what was parsed


def test_the_pages_come_from_the_parsed_guideline_alone() -> None:
    """Another criterion in the model is another page, whatever the files say."""
    node = GUIDELINE.node("severe.1")
    other = msgspec.structs.replace(node, when=(Is("ild", value=False),))
    nodes = tuple(other if one.id == node.id else one for one in GUIDELINE.nodes)
    page = pages(msgspec.structs.replace(GUIDELINE, nodes=nodes))["severe-1.md"]
    assert "All of these:<ul><li>Interstitial lung disease: no</li></ul>" in page
    assert "severe\\_third\\_line" not in page


def test_the_words_of_a_sentence_do_not_matter() -> None:
    """Two ways to write one criterion read the same."""
    plain = build(changed("nodes/one-1.yaml", "when: ild is true", "when: ild is not false"), "")
    assert pages(plain)["one-1.md"] == pages(build(FILES, ""))["one-1.md"]


ILD = Is("ild", value=True)
WORDS: list[tuple[Criterion, str, str]] = [
    (ILD, "Interstitial lung disease: yes", "Interstitial lung disease: no"),
    (Is("ild", value=False), "Interstitial lung disease: no", "Interstitial lung disease: yes"),
    (
        Is("course", "relapse"),
        "Course of the disease: “Active disease again after remission”",
        "Course of the disease: not “Active disease again after remission”",
    ),
    (
        Compare("weight_kg", ">", Decimal("100.0")),
        "Body weight: above 100 kg",
        "Body weight: at most 100 kg",
    ),
    (
        Compare("egfr", ">=", Decimal(30)),
        "Estimated glomerular filtration rate: at least 30 mL/min/1.73 m2",
        "Estimated glomerular filtration rate: below 30 mL/min/1.73 m2",
    ),
    (
        Includes("autoantibodies", "anti-mda5"),
        "Myositis autoantibodies found: anti-MDA5 among them",
        "Myositis autoantibodies found: anti-MDA5 not among them",
    ),
    (
        Includes("autoantibodies"),
        "Myositis autoantibodies found: at least one",
        "Myositis autoantibodies found: none",
    ),
    (
        Ended(2, "second-line-agents", "inadequate-response"),
        "at least 2 of the second-line agents had an inadequate response",
        "fewer than 2 of the second-line agents had an inadequate response",
    ),
    (
        Ended(1, "second-line-agents", "failed"),
        "at least 1 of the second-line agents failed, by an inadequate response or by intolerance",
        "none of the second-line agents failed, by an inadequate response or by intolerance",
    ),
    (
        RegimenEnded("maintenance", 1, "third-line-agents", "intolerance"),
        "a maintenance regimen with at least 1 of the third-line agents was not tolerated",
        "no maintenance regimen with at least 1 of the third-line agents was not tolerated",
    ),
    (
        Held("maintenance", "tacrolimus"),
        "a maintenance regimen held Tacrolimus",
        "no maintenance regimen held Tacrolimus",
    ),
    (
        Held("unknown", "tacrolimus"),
        "a regimen whose purpose is not recorded held Tacrolimus",
        "no regimen whose purpose is not recorded held Tacrolimus",
    ),
    (
        OptionEvent("ongoing"),
        "a drug of the option is being given now",
        "not so: a drug of the option is being given now",
    ),
    (
        TakenWith("allopurinol"),
        "it is given together with, or beside, allopurinol",
        "not so: it is given together with, or beside, allopurinol",
    ),
    (
        All((ILD, Is("pregnant", value=True))),
        "all of these: Interstitial lung disease: yes; Pregnant: yes",
        "at least one of these: Interstitial lung disease: no; Pregnant: no",
    ),
    (
        AnyOf((ILD, Is("pregnant", value=True))),
        "at least one of these: Interstitial lung disease: yes; Pregnant: yes",
        "all of these: Interstitial lung disease: no; Pregnant: no",
    ),
    (
        AtLeast(2, (ILD, Is("pregnant", value=True), Is("infection", value=True))),
        (
            "at least 2 of these: Interstitial lung disease: yes; Pregnant: yes;"
            " Active, serious infection: yes"
        ),
        (
            "fewer than 2 of these: Interstitial lung disease: yes; Pregnant: yes;"
            " Active, serious infection: yes"
        ),
    ),
    (
        FirstKnown((ILD, Is("pregnant", value=True))),
        "by the first of these that is known: Interstitial lung disease: yes; Pregnant: yes",
        "by the first of these that is known: Interstitial lung disease: no; Pregnant: no",
    ),
    (AnyOf((ILD,)), "Interstitial lung disease: yes", "Interstitial lung disease: no"),
    (All(()), "always", "never"),
    (
        Named("first_line_failed", ILD),
        "A conventional immunosuppressant failed: yes (Interstitial lung disease: yes)",
        "A conventional immunosuppressant failed: no (Interstitial lung disease: no)",
    ),
]


@pytest.mark.parametrize(("criterion", "holds", "fails"), WORDS)
def test_a_criterion_in_words(criterion: Criterion, holds: str, fails: str) -> None:
    assert inline(worded(GUIDELINE, criterion)) == holds
    assert inline(worded(GUIDELINE, Not(criterion))) == fails
    assert inline(worded(GUIDELINE, Not(Not(criterion)))) == holds


def _criteria(guideline: Guideline) -> Iterator[Criterion]:
    for node in guideline.nodes:
        yield from node.when
        for therapy in node.therapies:
            for option in therapy.options:
                yield from (rule.when for rule in option.rules)
                if option.listed is not None:
                    yield option.listed
    yield from (term.criterion for term in guideline.terms.values())
    for group in (guideline.rules, guideline.notices, guideline.conflicts):
        yield from (one.when for one in group)
    yield from (rule.when for rule in guideline.safety.rules)
    yield from (notice.when for notice in guideline.safety.notices)
    yield from (guideline.scope.when, guideline.unstated_purpose.when)


LEAVES = list(dict.fromkeys(leaf for one in _criteria(GUIDELINE) for leaf in leaves(one)))


def test_no_two_leaves_read_the_same() -> None:
    """Nothing is lost on the way into words: what reads the same is the same."""
    said: dict[str, Leaf] = {}
    for leaf in LEAVES:
        for holds in (True, False):
            same = leaf
            if isinstance(leaf, Is) and isinstance(leaf.value, bool):
                same = Is(leaf.fact, value=leaf.value is holds)
            elif not holds:
                continue
            told = inline(worded(GUIDELINE, leaf, holds=holds))
            assert said.setdefault(told, same) == same, told
    assert len(said) > len(LEAVES)


class Forgetful(dict[str, Truth]):
    """Keeps no term: what is drawn gives one name to different criteria."""

    def __setitem__(self, *_: object) -> None:
        """Keep nothing."""


class Table:
    """A view that answers leaves out of a table."""

    def __init__(self, truths: dict[Leaf, Truth]) -> None:
        self.truths = truths
        self.terms: dict[str, Truth] = Forgetful()

    def truth(self, leaf: Leaf) -> Truth:
        return self.truths[leaf]


FEW: list[Leaf] = [ILD, Is("course", "relapse"), Compare("muscle_strength_mrc", "<", Decimal(4)),
       Includes("autoantibodies"), Ended(1, "second-line-agents", "failed"),
       OptionEvent("worked")]  # fmt: skip


def _grown(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(parts, min_size=1, max_size=4).map(tuple)
    return st.one_of(
        several.map(All),
        several.map(AnyOf),
        several.map(FirstKnown),
        parts.map(Not),
        parts.map(lambda part: Named("covered", part)),
        several.flatmap(lambda own: st.integers(1, len(own)).map(lambda n: AtLeast(n, own))),
    )


CRITERIA = st.recursive(st.sampled_from(FEW), _grown, max_leaves=12)
TRUTHS = st.tuples(*(st.sampled_from(list(Truth)) for _ in FEW))


def _truth_of(wording: Wording, leaf_truths: dict[str, Truth]) -> Truth:
    """Work out what a wording claims, by its words alone."""
    parts = [_truth_of(part, leaf_truths) for part in wording.parts]
    if wording.term:
        return parts[0]
    if not parts:
        return leaf_truths[wording.text]
    match wording.text.split():
        case ["all", *_]:
            return all_of(parts)
        case ["at", "least", "one", *_]:
            return any_of(parts)
        case ["at", "least", count, *_]:
            return at_least(int(count), parts)
        case ["fewer", "than", count, *_]:
            return NOT[at_least(int(count), parts)]
        case _:
            assert wording.text == "by the first of these that is known:"
            known = (part for part in parts if part is not Truth.UNKNOWN)
            return next(known, Truth.UNKNOWN)


@settings(max_examples=400, deadline=None)
@given(CRITERIA, TRUTHS, st.booleans())
def test_the_words_claim_what_the_machine_works_out(
    criterion: Criterion,
    truths: tuple[Truth, ...],
    holds: bool,
) -> None:
    by_leaf: dict[Leaf, Truth] = dict(zip(FEW, truths, strict=True))
    told = {
        inline(worded(GUIDELINE, leaf, holds=way)): truth if way else NOT[truth]
        for leaf, truth in by_leaf.items()
        for way in (True, False)
    }
    wanted = evaluate(criterion, Table(by_leaf))
    claimed = _truth_of(worded(GUIDELINE, criterion, holds=holds), told)
    assert claimed is (wanted if holds else NOT[wanted])


# ---- doses


DOSES = list(
    dict.fromkeys(
        dose
        for node in GUIDELINE.nodes
        for therapy in node.therapies
        for option in therapy.options
        for dose in option.doses
    )
)


@pytest.mark.parametrize("weight", ["70", "12.4", "39.95", "80", "93.5", "160.1", "350"])
def test_the_worked_doses_are_those_of_the_engine(weight: str) -> None:
    for dose in DOSES:
        ours = [
            (one.kind, one.low, one.high, one.unit, one.held)
            for one in worked(dose, Decimal(weight))
        ]
        theirs = [
            (one.kind, one.low, one.high, one.unit, one.capped)
            for one in engine.calculated(dose, Decimal(weight))
        ]
        assert ours == theirs, dose.sentence


def _dose(drug: str, place: str) -> Dose:
    for option in (one for part in GUIDELINE.node(place).therapies for one in part.options):
        for dose in option.doses:
            if dose.drug == drug:
                return dose
    raise AssertionError(drug)


@pytest.mark.parametrize(
    ("drug", "node", "words", "figures"),
    [
        (
            "methylprednisolone",
            "severe.1",
            (
                "1000 mg a day, every day; into a vein; for 3 to 5 days; no maximum is stated;"
                " once every day"
            ),
            ["each day 1000 mg/day", "the whole course 3000 to 5000 mg"],
        ),
        (
            "azathioprine",
            "severe.1",
            (
                "25 to 50 mg a day, at first; by mouth; at most 2 mg for each kg of weight a day;"
                " once a day at first, raised step by step by response"
            ),
            ["at first 25 to 50 mg/day", "at most 140 mg/day"],
        ),
        (
            "mycophenolate",
            "severe.1",
            (
                "500 to 1000 mg a day, at first; in 1 to 2 doses; by mouth;"
                " at most 3000 mg a day in 2 doses; raised step by step by response"
            ),
            ["at first 500 to 1000 mg/day", "at most 3000 mg/day"],
        ),
        (
            "ivig",
            "severe.1",
            (
                "2 g for each kg of weight a cycle, for each cycle; into a vein; in equal parts"
                " over 2 to 5 days; again every 4 weeks; no maximum is stated;"
                " the number of cycles is not stated"
            ),
            ["each cycle 140 g", "each day of the cycle 28 to 70 g/day"],
        ),
        (
            "rituximab",
            "severe.3",
            (
                "no figure, so that none is ever worked out;"
                " by specialist guidance, the sources give no figure"
            ),
            [],
        ),
    ],
)
def test_a_dose_in_words(drug: str, node: str, words: str, figures: list[str]) -> None:
    dose = _dose(drug, node)
    assert in_words(dose) == words
    assert [str(one) for one in worked(dose, Decimal(70))] == figures


def test_a_dose_without_a_route_names_none() -> None:
    dose = msgspec.structs.replace(_dose("prednisolone", "severe.1"), routes=(), words="")
    assert (
        in_words(dose) == "0.5 to 1 mg for each kg of weight a day, at first; at most 80 mg a day"
    )


def test_a_dose_that_meets_its_maximum_says_so() -> None:
    [first, *_] = worked(_dose("prednisolone", "severe.1"), Decimal("93.5"))
    assert str(first) == "at first 46.8 to 80 mg/day, held at the maximum"
