"""The part of CQL that the exported library uses, as a tree of plain values.

The tree is written as CQL text (``text``) and as ELM (``elm``), so that both say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal

STRING: Final = "String"


@dataclass(frozen=True, slots=True)
class Literal:
    """A boolean, a number or a text; a whole number is an Integer, a Decimal a Decimal."""

    value: bool | int | Decimal | str


@dataclass(frozen=True, slots=True)
class Null:
    """Unknown, of a named type."""

    type: str


@dataclass(frozen=True, slots=True)
class Ref:
    """The value of a definition of the library."""

    name: str


@dataclass(frozen=True, slots=True)
class Operand:
    """What was handed to the function in which it stands."""

    name: str


@dataclass(frozen=True, slots=True)
class Alias:
    """The row that a query is looking at."""

    name: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a query has gathered so far."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """A property of a row, a tuple or a FHIR element."""

    of: Expression
    path: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the library."""

    name: str
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Op:
    """An operator of the language, by its ELM name."""

    kind: str
    operands: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    """One value or another; an unknown condition is no condition met."""

    when: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Case:
    """The value of the first condition that holds, or (with a subject) that equals it."""

    items: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression
    subject: Expression | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list; ``type`` is that of its members."""

    items: tuple[Expression, ...]
    type: str = STRING


@dataclass(frozen=True, slots=True)
class Record:
    """A tuple with named parts."""

    parts: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """A FHIR choice element seen as one of its types; null where it is of another."""

    of: Expression
    type: str


@dataclass(frozen=True, slots=True)
class Retrieve:
    """All resources of one type."""

    type: str


@dataclass(frozen=True, slots=True)
class Fold:
    """What a query gathers row by row."""

    name: str
    starting: Expression
    step: Expression


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of a source that meet a condition, and what is made of each; nothing is dropped."""

    source: Expression
    alias: str
    where: Expression | None = None
    returns: Expression | None = None
    sort_by: str = ""
    fold: Fold | None = None


Expression: TypeAlias = (
    Literal
    | Null
    | Ref
    | Operand
    | Alias
    | Gathered
    | Field
    | Call
    | Op
    | If
    | Case
    | Items
    | Record
    | Cast
    | Retrieve
    | Query
)


@dataclass(frozen=True, slots=True)
class Define:
    """A named expression; ``says`` are the lines of its comment. With ``takes`` a function."""

    name: str
    body: Expression
    says: tuple[str, ...] = ()
    takes: tuple[tuple[str, str], ...] | None = None
    section: str = ""


@dataclass(frozen=True, slots=True)
class CqlLibrary:
    """A whole library, its definitions in the order in which they are read."""

    name: str
    version: str
    says: tuple[str, ...]
    defines: tuple[Define, ...]
    systems: tuple[tuple[str, str], ...] = ()
