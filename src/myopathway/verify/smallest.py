"""Making patients small: the smallest for whom a criterion is true, and what can be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.criteria import TakenWith
from myopathway.verify.axes import axes_of
from myopathway.verify.kleene import every_atom, row
from myopathway.verify.sentences import OF_OPTION
from myopathway.verify.space import Space, merged

if TYPE_CHECKING:
    from collections.abc import Callable

    from myopathway.criteria import Criterion
    from myopathway.guideline.model import Guideline
    from myopathway.verify.kleene import Row
    from myopathway.verify.report import Facts


def smallest_true(guideline: Guideline, criterion: Criterion) -> Facts:
    """Give the smallest patient for whom a criterion is true, as far as facts decide it."""
    atoms = every_atom([criterion])
    taken = [atom.drug for atom in atoms if isinstance(atom, TakenWith)]
    axes = axes_of(guideline, [atom for atom in atoms if not isinstance(atom, OF_OPTION)])
    if not axes:
        return {"other_drugs": taken[:1]} if taken else {}
    space = Space(axes, whole=True)

    def atom_row(part: Criterion) -> Row | None:
        if isinstance(part, OF_OPTION):
            return 0, space.everyone
        return space.row(part) if part in atoms else None

    true, _ = row(criterion, atom_row, space.everyone)
    patients = list(space.patients())
    found = [patients[place] for place in space.members(true)]
    return merged(min(found, key=lambda own: sum(one.size for one in own))) if found else {}


def shrunk(facts: Facts, shows: Callable[[Facts], bool]) -> Facts:
    """Leave out what can be left out while the patient still shows it."""
    current = facts
    for name in sorted(facts, key=lambda one: one == "treatments"):
        without = {key: value for key, value in current.items() if key != name}
        if shows(without):
            current = without
    for regimen in list(current.get("treatments", ())):
        fewer = [one for one in current["treatments"] if one is not regimen]
        if shows({**current, "treatments": fewer}):
            current = {**current, "treatments": fewer}
    return current
