"""One change in one file, and which tests are asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGE = Path("src/myopathway")
CONTENT = PACKAGE / "content"


@dataclass(frozen=True, order=True)
class Mutant:
    """A file whose characters from ``start`` to ``end`` are replaced."""

    path: Path
    line: int
    column: int
    what: str
    start: int
    end: int
    new: str
    kind: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.what}"

    def text(self, old: str) -> str:
        return old[: self.start] + self.new + old[self.end :]


def changed(path: Path, line: int, what: str, old: str, new: str, kind: str) -> Mutant:
    """Keep of a changed text only what differs."""
    most = min(len(old), len(new))
    start = next((n for n in range(most) if old[n] != new[n]), most)
    same = 0
    while same < most - start and old[-1 - same] == new[-1 - same]:
        same += 1
    column = start - old.rfind("\n", 0, start)
    end = len(old) - same
    return Mutant(path, line, column, what, start, end, new[start : len(new) - same], kind)
