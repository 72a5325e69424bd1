"""What places a patient, read from its file: groups, limits, implications, contradictions."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from myopathway.guideline import model
from myopathway.guideline.entries import Entries, once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from myopathway.facts import Fact
    from myopathway.yamltext import Path, YamlText


class Position:
    """Reads the file on position, whose shape was checked; notes faults at their lines."""

    def __init__(self, text: YamlText, entries: Entries, facts: Mapping[str, Fact]) -> None:
        """Read this file, with these sentences and facts."""
        self._text = text
        self._entries = entries
        self._facts = facts

    def groups(self) -> tuple[model.Group, ...]:
        """Give the groups in their order."""
        return tuple(
            model.Group(one["id"], one["title"], one["says"], tuple(one["cites"]))
            for _, one in once(self._text, "groups")
        )

    def scope(self) -> model.Scope:
        """Say whom the guideline does not cover."""
        one = self._text.value["not_covered"]
        when = self._entries.criterion(("not_covered", "when"), one["when"])
        return model.Scope(when, one["says"], tuple(one["cites"]))

    def adult(self) -> model.Adult:
        """Say from which age doses are shown."""
        one = self._text.value["adult"]
        self._of_type(("adult", "fact"), one["fact"], "number")
        return model.Adult(
            fact=one["fact"],
            from_years=Decimal(one["from_years"]),
            child=one["child"],
            unknown=one["unknown"],
            cites=tuple(one["cites"]),
        )

    def unstated_purpose(self) -> model.Unstated:
        """Say how a regimen without a stated purpose is read."""
        one = self._text.value["unstated_purpose"]
        when = self._entries.criterion(("unstated_purpose", "when"), one["when"])
        return model.Unstated(one["purpose"], when, tuple(one["cites"]))

    def implications(self) -> tuple[model.Implication, ...]:
        """Say what follows from what."""
        return tuple(self._implication(*one) for one in once(self._text, "implications"))

    def conflicts(self) -> tuple[model.Conflict, ...]:
        """Say what cannot all be true."""
        return tuple(
            model.Conflict(
                id=one["id"],
                when=self._entries.criterion(("conflicts", place, "when"), one["when"]),
                says=one["says"],
                cites=tuple(one["cites"]),
                asks=tuple(one.get("asks", ())),
            )
            for place, one in once(self._text, "conflicts")
        )

    def readings(self) -> dict[str, tuple[str, ...]]:
        """Say which interpretation each rule of the engine follows."""
        return {name: (one,) for name, one in self._text.value["readings"].items()}

    def _implication(self, place: int, one: dict[str, Any]) -> model.Implication:
        for key in ("given", "then"):
            self._of_type(("implications", place, key), one[key], "boolean")
        cites = tuple(one["cites"])
        return model.Implication(one["id"], one["given"], one["then"], one["says"], cites)

    def _of_type(self, path: Path, name: str, kind: str) -> None:
        if self._facts[name].type != kind:
            found = f"{name} is a {self._facts[name].type}"
            self._text.fault(path, found, f"a fact of type {kind}")
