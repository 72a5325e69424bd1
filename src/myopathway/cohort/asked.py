"""Which facts are asked for, and how the questions of one node are put in order.

A question is one whole number, so that sorting numbers sorts questions, most useful first: what
it could make stricter, for how many options, how easily it is answered, its place in the
dictionary. A question about a regimen carries which regimen and what about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.cohort import expressions as sql
from myopathway.cohort.expressions import WORD
from myopathway.cohort.leaves import Atom  # msgspec reads the annotations

if TYPE_CHECKING:
    from myopathway.cohort.expressions import Sql
    from myopathway.engine.history import History
    from myopathway.guideline.model import Guideline

STRICTEST: Final = 7
MOST_OPTIONS: Final = 63
_KIND, _INDEX, _PLACE, _REGIMEN, _ORDER, _EASE, _COUNT = 1, 9, 12, 1, 8, 4, 6
_AT_INDEX: Final = _KIND
_AT_PLACE: Final = _AT_INDEX + _INDEX
_AT_REGIMEN: Final = _AT_PLACE + _PLACE
_AT_ORDER: Final = _AT_REGIMEN + _REGIMEN
_AT_EASE: Final = _AT_ORDER + _ORDER
_AT_COUNT: Final = _AT_EASE + _EASE
_AT_STRICT: Final = _AT_COUNT + _COUNT
_HISTORY: Final = "treatments"


class Question(msgspec.Struct, frozen=True):
    """A leaf about the history that an option may leave open, and how strict its rule is."""

    atom: Atom
    option: int
    strictness: int


class Asking:
    """The questions about regimens that one node can raise, each with its place among the bits."""

    def __init__(self, guideline: Guideline) -> None:
        """Begin with no question."""
        self._guideline = guideline
        self.questions: list[Question] = []
        self.when: list[Sql] = []

    def add(self, question: Question, when: Sql) -> None:
        """Ask, while something holds; the order of asking is that of the engine."""
        self.questions.append(question)
        self.when.append(when)

    @property
    def words(self) -> int:
        """Count the words that the questions fill."""
        return -(-len(self.questions) // WORD)

    def of(self, history: History) -> dict[str, int]:
        """Say which questions a regimen leaves open: about its outcome and about its purpose."""
        found: dict[str, int] = {}
        for place, one in enumerate(self.questions):
            word, bit = divmod(place, WORD)
            atom = one.atom
            for token in history.open_questions(atom.leaf, atom.drugs, atom.purpose):
                name = f"{token.rpartition('.')[2]}{word}"
                found[name] = found.get(name, 0) | 1 << bit
        return found

    def asked(self) -> list[Sql]:
        """Give the words that say which questions a row raises."""
        words = [
            [
                sql.case([(when, sql.num(1 << place % WORD))], sql.num(0))
                for place, when in enumerate(self.when)
                if place // WORD == word
            ]
            for word in range(self.words)
        ]
        return [sql.plus(one) for one in words]

    def rank(self, kind: str, index: Sql) -> Sql:
        """Rank what a row asks about a regimen's ``kind``; null where it asks nothing.

        The columns ``ask<word>`` say what the row asks, ``<kind><word>`` what the regimen leaves
        open.
        """
        shown = [
            sql.call("coalesce", sql.col(f"x_{kind}{word}"), sql.num(0))
            for word in range(self.words)
        ]

        def some(chosen: list[int]) -> Sql:
            masks = [0] * self.words
            for place in chosen:
                masks[place // WORD] |= 1 << place % WORD
            return sql.either(
                [sql.has(one.copy(), mask) for one, mask in zip(shown, masks, strict=True) if mask]
            )

        levels = sorted({one.strictness for one in self.questions}, reverse=True)
        strictness = sql.case(
            [
                (some([n for n, q in enumerate(self.questions) if q.strictness == level]),
                 sql.num(level))
                for level in levels
            ],
            sql.num(0),
        )  # fmt: skip
        options = dict.fromkeys(one.option for one in self.questions)
        count = sql.plus(
            [
                sql.case(
                    [(some([n for n, q in enumerate(self.questions) if q.option == option]),
                      sql.num(1))],
                    sql.num(0),
                )
                for option in options
            ]
        )  # fmt: skip
        place = sql.case([(some([n]), sql.num(n)) for n in range(len(self.questions))], sql.num(0))
        about = sql.plus(
            [
                sql.times(place, sql.num(1 << _AT_PLACE)),
                sql.times(index, sql.num(1 << _AT_INDEX)),
                sql.num((1 << _AT_REGIMEN) + (kind == "purpose")),
            ]
        )
        ranked = sql.plus([rank(self._guideline, _HISTORY, strictness, count), about])
        return sql.case([(some(list(range(len(self.questions)))), ranked)])


def rank(guideline: Guideline, fact: str, strictness: Sql, options: Sql) -> Sql:
    """Rank the question for a fact: the lower, the earlier it is asked."""
    facts = list(guideline.vocabulary.facts)
    known = guideline.vocabulary.facts[fact]
    fixed = (known.ease << _AT_EASE) + (facts.index(fact) << _AT_ORDER)
    return sql.plus(
        [
            _shifted(sql.minus(sql.num(STRICTEST), strictness), _AT_STRICT),
            _shifted(sql.minus(sql.num(MOST_OPTIONS), options), _AT_COUNT),
            sql.num(fixed),
        ]
    )


def asked_for(guideline: Guideline, ranked: Sql) -> Sql:
    """Name what a rank asks for: a fact, or what is not recorded of a regimen."""
    facts = list(guideline.vocabulary.facts)
    names = sql.array([sql.text(one) for one in facts])
    place = _cut(ranked, _AT_ORDER, _ORDER)
    fact = sql.call("list_extract", names, sql.plus([place, sql.num(1)]))
    index = sql.cast(_cut(ranked, _AT_INDEX, _INDEX), "VARCHAR")
    about = sql.case([(sql.has(ranked.copy(), 1), sql.text("].purpose"))], sql.text("].outcome"))
    regimen = sql.call("concat", sql.text(f"{_HISTORY}["), index, about)
    return sql.case([(sql.has(ranked.copy(), 1 << _AT_REGIMEN), regimen)], fact)


def _shifted(value: Sql, bits: int) -> Sql:
    return sql.times(sql.cast(value, "BIGINT"), sql.num(1 << bits))


def _cut(value: Sql, at: int, bits: int) -> Sql:
    """Cut some bits out of a whole number."""
    return sql.masked(sql.whole_part(value.copy(), sql.num(1 << at)), (1 << bits) - 1)
