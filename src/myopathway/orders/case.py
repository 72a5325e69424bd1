"""A patient on a day as an order is checked for: the situation, the place, the company of drugs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from myopathway.engine.situation import Situation
from myopathway.recommendation import engine_for, recommend_on

if TYPE_CHECKING:
    import datetime as dt

    from myopathway.engine.answer import Engine
    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline, Node
    from myopathway.patient import Patient


@dataclass(frozen=True, slots=True)
class Case:
    """What is fixed of a patient; ``nodes`` are those that are possible, or all where none is."""

    guideline: Guideline
    engine: Engine
    answer: Answer
    situation: Situation
    nodes: tuple[Node, ...]

    @property
    def node(self) -> Node | None:
        """Give the node where the patient stands; None while it is not settled."""
        return self.nodes[0] if self.answer.status == "recommended" else None

    @property
    def purpose(self) -> str:
        """Give the purpose that all possible nodes share; "" where they do not."""
        purposes = {one.purpose for one in self.nodes}
        return purposes.pop() if len(purposes) == 1 else ""

    @property
    def being_given(self) -> frozenset[str] | None:
        """Give the drugs of the algorithm that are being given; None while it is not known."""
        return self.situation.company[0]


def case_of(patient: Patient, day: dt.date, guideline: Guideline) -> Case:
    """Place a patient; ``day`` counts where the patient states no ``as_of``."""
    engine = engine_for(guideline)
    stated = patient.record.value("as_of")
    answer = recommend_on(patient, day, guideline)
    situation = Situation(
        guideline,
        engine.positions.cuts.lines,
        patient.record,
        stated or day,  # type: ignore[arg-type]
    )
    possible = answer.possible or tuple(one.id for one in guideline.nodes)
    nodes = tuple(guideline.node(name) for name in possible)
    return Case(guideline, engine, answer, situation, nodes)
