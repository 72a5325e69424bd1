"""Copies of the shipped content with known edits, for the tests that compare versions."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from myopathway.guideline.load import CONTENT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Edit = tuple[str, str, str]

DOSE: Edit = (
    "nodes/severe-1.yaml",
    "mg/kg/day oral, at most 80 mg/day; after the",
    "mg/kg/day oral, at most 60 mg/day; after the",
)
CONDITION: Edit = ("terms.yaml", "- muscle_strength_mrc < 4\n", "- muscle_strength_mrc <= 4\n")
CITATION: Edit = (
    "rules.yaml",
    "cites: [severe.1.consider.ivig-evidence, V-IVIG]",
    "cites: [severe.1.consider.ivig-evidence]",
)
VERDICT: Edit = ("safety/methotrexate.yaml", "when: egfr < 30\n", "when: egfr < 45\n")


def without_option(folder: Path, name: str, drug: str) -> None:
    """Take an option out of a node's file: from its ``give`` to the next entry of the list."""
    path = folder / name
    kept: list[str] = []
    inside = False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("      - give:"):
            inside = line == f"      - give: [{drug}]"
        elif line.startswith("  - role:"):
            inside = False
        if not inside:
            kept.append(line)
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")


def edited(folder: Path, edits: Iterable[Edit]) -> Path:
    """Copy the content into a folder and make these edits, each in exactly one place."""
    shutil.copytree(CONTENT, folder, dirs_exist_ok=True)
    for name, old, new in edits:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")
    return folder
