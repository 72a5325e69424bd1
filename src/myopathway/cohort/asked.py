"""Which facts are asked for, and how the questions of one node are put in order.

A question is one whole number, so that sorting numbers sorts questions, most useful first: what
it could make stricter, for how many options, how easily it is answered, its place in the
dictionary. A question about a regimen carries which regimen and what about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlglot import exp

from myopathway.cohort import expressions as sql
from myopathway.cohort.expressions import WORD
from myopathway.cohort.leaves import Atom  # msgspec reads the annotations
from myopathway.cohort.words import joined, tested
from myopathway.criteria import Held

if TYPE_CHECKING:
    from myopathway.cohort.expressions import Sql
    from myopathway.cohort.leaves import Leaves
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
    """A leaf about the history that an option leaves open: ``seen`` and ``when`` say when."""

    atom: Atom
    option: int
    strictness: int
    seen: dict[str, int]
    when: Any  # a condition; msgspec cannot check it


class Asking:
    """The questions about regimens that one node can raise, in the order in which they are asked.

    A question has the bit of its leaf among the bits of the history.
    """

    def __init__(self, guideline: Guideline, leaves: Leaves) -> None:
        """Begin with no question."""
        self._guideline = guideline
        self._leaves = leaves
        self.questions: list[Question] = []

    def add(
        self, atom: Atom, option: int, strictness: int, seen: dict[str, int], when: Sql
    ) -> None:
        """Ask while a bit that is ``seen`` is set and a condition holds."""
        self.questions.append(Question(atom, option, strictness, seen, when))

    @property
    def words(self) -> int:
        """Count the words that the questions may fill."""
        return self._leaves.words if self.questions else 0

    def of(self, history: History) -> dict[str, int]:
        """Say which questions a regimen leaves open: about its outcome and about its purpose."""
        found: dict[str, int] = {}
        held = {drug for one in history.regimens for drug in one.drugs}
        for one in self.questions:
            atom = one.atom
            wanted = (atom.leaf.drug,) if isinstance(atom.leaf, Held) else atom.drugs
            if held.isdisjoint(wanted):
                continue
            word, bits = self._bit(one)
            for token in history.open_questions(atom.leaf, atom.drugs, atom.purpose):
                name = f"{token.rpartition('.')[2]}{word}"
                found[name] = found.get(name, 0) | bits
        return found

    def asked(self) -> list[Sql]:
        """Give the words that say which questions a row raises."""
        same: dict[tuple[int, str, str], tuple[Sql, int, int]] = {}
        found: list[list[Sql]] = [[] for _ in range(self.words)]
        for one in self.questions:
            word, bits = self._bit(one)
            ((seen, mask),) = one.seen.items()
            if mask == bits and seen[1:] == str(word):
                # The history's own bits: those of one option are taken together.
                key = (word, seen, one.when.sql(dialect="duckdb"))
                _, _, before = same.get(key, (one.when, word, 0))
                same[key] = (one.when, word, before | bits)
            else:
                when = sql.both([tested(one.seen), one.when])
                found[word].append(sql.case([(when, sql.num(bits))], sql.num(0)))
        for (_, seen, _), (when, word, bits) in same.items():
            own = sql.masked(sql.col(seen), bits)
            found[word].append(sql.case([(when, own)], sql.num(0)))
        return [_united(parts) for parts in found]

    def rank(self, kind: str, index: Sql) -> Sql:
        """Rank what a row asks about a regimen's ``kind``; null where it asks nothing.

        The columns ``x_<kind><word>`` hold what the row asks and the regimen leaves open.
        """

        def some(chosen: list[Question]) -> Sql:
            mask: dict[str, int] = {}
            for one in chosen:
                word, bits = self._bit(one)
                joined(mask, {f"x_{kind}{word}": bits})
            return tested(mask)

        levels = sorted({one.strictness for one in self.questions}, reverse=True)
        strictness = sql.case(
            [
                (some([one for one in self.questions if one.strictness == level]), sql.num(level))
                for level in levels
            ],
            sql.num(0),
        )
        options = dict.fromkeys(one.option for one in self.questions)
        count = sql.plus(
            [
                sql.case(
                    [(some([q for q in self.questions if q.option == option]), sql.num(1))],
                    sql.num(0),
                )
                for option in options
            ]
        )
        place = sql.case(
            [(some([one]), sql.num(n)) for n, one in enumerate(self.questions)], sql.num(0)
        )
        about = sql.plus(
            [
                sql.times(place, sql.num(1 << _AT_PLACE)),
                sql.times(index, sql.num(1 << _AT_INDEX)),
                sql.num((1 << _AT_REGIMEN) + (kind == "purpose")),
            ]
        )
        ranked = sql.plus([rank(self._guideline, _HISTORY, strictness, count), about])
        return sql.case([(some(self.questions), ranked)])

    def _bit(self, one: Question) -> tuple[int, int]:
        word, bit = divmod(self._leaves.place(one.atom), WORD)
        return word, 1 << bit


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


def _united(parts: list[Sql]) -> Sql:
    """Put words together, bit by bit."""
    united: Sql = sql.cast(sql.num(0), "BIGINT")
    for part in parts:
        united = exp.BitwiseOr(this=united, expression=part)
    return united
