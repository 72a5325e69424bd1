"""Two versions of the guideline, compared in content and in patients."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from myopathway.diff.content import content_changes
from myopathway.diff.door import Door
from myopathway.diff.dosing import dosed
from myopathway.diff.judging import judged
from myopathway.diff.outcome import Comparison
from myopathway.diff.people import in_cases, in_file
from myopathway.diff.space import Space

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from myopathway.diff.versions import Version


def compare(old: Version, new: Version, patients: Iterable[Path] = ()) -> Comparison:
    """Compare two versions: what changed in words, and whose answer changes.

    ``patients``: files with one facts document or Bundle a line. The day is that of the new
    edition, where a patient states none. Raises ``InputError`` for a file that cannot be read.
    """
    before, after = old.guideline, new.guideline
    day = dt.date.fromisoformat(after.edition.date)
    groups = [in_cases(old, new), *(in_file(path, old, new, day) for path in patients)]
    door = Door(before, after, day)
    space = Space(before, after)
    return Comparison(
        old=old.name,
        new=new.name,
        changes=content_changes(before, after),
        places=space.compared(door),
        options=judged(before, after, space, door),
        doses=dosed(before, after),
        groups=tuple(groups),
    )
