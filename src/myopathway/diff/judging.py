"""Verdicts compared: for each option, every combination of what its changed rules can see."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from myopathway.criteria import Held, OptionEvent, TakenWith, leaves
from myopathway.diff.cells import as_document, cells, facts_read
from myopathway.diff.door import TREATMENTS
from myopathway.diff.outcome import Judged, Reversal
from myopathway.engine.options import safety_rule
from myopathway.facts import OUTCOMES, PURPOSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.criteria import Criterion, Leaf
    from myopathway.diff.door import Document, Door
    from myopathway.diff.space import Space
    from myopathway.guideline.model import Guideline, Node, Option

BUDGET: Final = 2_000
MOST_DOCUMENTS: Final = 2
Seen: TypeAlias = "frozenset[tuple[object, Criterion]]"
_VACCINE: Final = "vaccine"  # such a rule judges no option
_OTHER_DRUGS: Final = "other_drugs"
_ALLERGIES: Final = "allergies"


def judged(old: Guideline, new: Guideline, space: Space, door: Door) -> tuple[Judged, ...]:
    """Compare the verdicts of every option whose rules are others in one version."""
    versions = (old, new)
    nodes = [{node.id: node for node in one.nodes} for one in versions]
    found: list[Judged] = []
    for name in dict.fromkeys((*nodes[0], *nodes[1])):
        if name not in nodes[0] or name not in nodes[1]:
            continue  # a place that only one version has is told by who moves there
        before, after = (_options(one[name]) for one in nodes)
        for option in dict.fromkeys((*after, *before)):
            changed = _changed(
                (old, nodes[0][name], before.get(option)), (new, nodes[1][name], after.get(option))
            )
            if changed is None:
                continue
            drugs = (after.get(option) or before[option]).drugs
            one = _compared(versions, door, (name, option, drugs), changed, space)
            if one.changed:
                found.append(one)
    return tuple(found)


def _options(node: Node) -> dict[str, Option]:
    return {option.id: option for therapy in node.therapies for option in therapy.options}


def _changed(
    before: tuple[Guideline, Node, Option | None], after: tuple[Guideline, Node, Option | None]
) -> tuple[Criterion, ...] | None:
    """Give the criteria that judge an option in one version alone; None where there is none."""
    if before[2] is None or after[2] is None:
        # It is an option in one version alone: wherever it is listed there.
        return tuple(one.listed for one in (before[2], after[2]) if one and one.listed)
    was, now = _seen(*before), _seen(*after)  # type: ignore[arg-type]
    return tuple(criterion for _, criterion in was ^ now) if was != now else None


def _seen(guideline: Guideline, node: Node, option: Option) -> Seen:
    """Give what judges an option: verdicts with their criteria, and when it is listed."""
    shared = [*guideline.rules]
    shared += [safety_rule(one) for one in guideline.safety.rules if one.effect != _VACCINE]
    rules = [one for one in shared if guideline.speaks(one, node, option)]
    rules += option.rules
    found: set[tuple[object, Criterion]] = {(one.verdict, one.when) for one in rules if one.verdict}
    if option.listed is not None:
        found.add(("listed", option.listed))
    return frozenset(found)


def _compared(
    versions: tuple[Guideline, Guideline],
    door: Door,
    where: tuple[str, str, tuple[str, ...]],
    changed: tuple[Criterion, ...],
    space: Space,
) -> Judged:
    node, option, drugs = where
    read = tuple(dict.fromkeys(leaf for one in changed for leaf in leaves(one)))
    axes = _axes(versions, read, drugs)
    placing = [name for name in axes if name in space.facts]
    ways = space.at(node, placing)
    others = {name: values for name, values in axes.items() if name not in placing}
    whole = prod(len(values) for values in others.values()) * len(ways) <= BUDGET
    counts: dict[tuple[str, str], int] = {}
    kept: dict[tuple[str, str], list[Document]] = {}
    total = 0
    for at in ways:
        for facts in _combinations(others) if whole else _singles(others):
            told = _asked(door, node, option, facts, at)
            if told is None:
                continue
            total += 1
            verdicts, document = told
            if verdicts[0] != verdicts[1]:
                counts[verdicts] = counts.get(verdicts, 0) + 1
                if len(kept.setdefault(verdicts, [])) < MOST_DOCUMENTS:
                    kept[verdicts].append(document)
    reversals = tuple(
        Reversal(node, option, *verdicts, count,
                 door.smallest_verdict(kept[verdicts], node, option, verdicts))
        for verdicts, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    )  # fmt: skip
    return Judged(node, option, tuple(axes), total, sum(counts.values()), reversals, whole)


def _asked(
    door: Door, node: str, option: str, facts: Document, at: tuple[Document, ...]
) -> tuple[tuple[str, str], Document] | None:
    """Ask about patients of the node with these facts, until one shows another verdict."""
    found: tuple[tuple[str, str], Document] | None = None
    for place in at:
        known = {name: value for name, value in place.items() if name not in facts}
        document = known | {name: value for name, value in facts.items() if value is not None}
        verdicts = door.verdicts(document, node, option)
        if verdicts is not None:
            found = verdicts, document
            if verdicts[0] != verdicts[1]:
                break
    return found


def _axes(
    versions: tuple[Guideline, Guideline], read: tuple[Leaf, ...], drugs: tuple[str, ...]
) -> dict[str, tuple[Any, ...]]:
    """Give, for each fact that the rules see, unknown and each value that they tell apart."""
    facts = {**versions[0].vocabulary.facts, **versions[1].vocabulary.facts}
    found: dict[str, tuple[Any, ...]] = {
        name: (
            None,
            *(as_document(one[0]) for one in cells(facts[name], read) if one[0] is not None),
        )
        for name in facts_read(read)
    }
    beside = sorted({one.drug for one in read if isinstance(one, TakenWith)})
    if beside:
        own = found.get(_OTHER_DRUGS, (None,))
        found[_OTHER_DRUGS] = (*own, [], *([one] for one in beside))
    if any(isinstance(one, OptionEvent) and one.event == "allergy" for one in read):
        found[_ALLERGIES] = (None, [], list(drugs))
    if any(isinstance(one, Held) or _of_history(one) for one in read):
        found[TREATMENTS] = (None, *_histories(read, drugs))
    return found


def _of_history(leaf: Leaf) -> bool:
    return isinstance(leaf, OptionEvent) and leaf.event != "allergy"


def _histories(read: tuple[Leaf, ...], drugs: tuple[str, ...]) -> Iterator[list[dict[str, Any]]]:
    """Give histories of one regimen with the option's drugs, for each purpose and end."""
    held = sorted({one.drug for one in read if isinstance(one, Held)})
    yield []
    for given in dict.fromkeys((drugs, *((one,) for one in held))):
        for purpose in (*PURPOSES, None):
            for outcome in (*OUTCOMES, None):
                yield [{"drugs": list(given), "purpose": purpose, "outcome": outcome}]


def _combinations(axes: dict[str, tuple[Any, ...]]) -> Iterator[Document]:
    for values in product(*axes.values()):
        yield dict(zip(axes, values, strict=True))


def _singles(axes: dict[str, tuple[Any, ...]]) -> Iterator[Document]:
    yield dict.fromkeys(axes)
    for name, values in axes.items():
        for value in values:
            if value is not None:
                yield {**dict.fromkeys(axes), name: value}
