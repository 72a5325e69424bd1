"""YAML read strictly: no duplicate keys, no folded plain text, no anchors, tags or directives.

Every value has its line.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode

from myopathway.errors import Fault, shown

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

Path: TypeAlias = tuple[str | int, ...]
MOST_DEPTH: Final = 40
MOST_OPEN: Final = 5 * MOST_DEPTH
_DEPTH: Final = f"at most {MOST_DEPTH} levels"
_BRACKET: Final = re.compile(r"[\[\]{}]")
_TAG: Final = "tag:yaml.org,2002:"
_UNTAGGED: Final = "plain values without tags"


class YamlText:
    """A YAML text as plain values, with the line of each and the faults found on the way."""

    def __init__(self, text: str, name: str) -> None:
        """Read the text; ``name`` is how the file is called in faults."""
        self.name = name
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []
        self.value: Any = None
        for number, line in enumerate(text.split("\n"), start=1):
            if line.startswith("%"):
                # %YAML 1.1 would make words such as yes and no booleans.
                self.faults.append(Fault(f"{name}:{number}", "a directive", "YAML without one"))
                return
        if (place := _too_open(text)) is not None:
            number = text.count("\n", 0, place) + 1
            self.faults.append(Fault(f"{name}:{number}", "nested too deeply", _DEPTH))
            return
        self._compose(text)

    def _compose(self, text: str) -> None:
        name = self.name
        try:
            node = YAML(typ="safe", pure=True).compose(text)
        except MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            self.faults.append(Fault(f"{name}:{line}", error.problem or "not YAML", "YAML"))
        except (YAMLError, ValueError, AttributeError, AssertionError) as error:
            line = text.count("\n", 0, int(getattr(error, "position", 0))) + 1
            self.faults.append(Fault(f"{name}:{line}", f"not YAML: {str(error)[:80]}", "YAML"))
        except RecursionError:
            self.faults.append(Fault(f"{name}:1", "nested too deeply", _DEPTH))
        else:
            self.value = None if node is None else self._plain(node, ())

    def line(self, path: Path) -> int:
        """Give the line of a value, or of the nearest value around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def where(self, path: Path) -> str:
        """Give file and line of a value."""
        return f"{self.name}:{self.line(path)}"

    def fault(self, path: Path, found: str, accepted: str = "") -> None:
        """Note a fault at the line of a value."""
        self.faults.append(Fault(self.where(path), found, accepted))

    def _plain(self, node: Node, path: Path) -> Any:  # noqa: ANN401 - any YAML value
        self.lines[path] = node.start_mark.line + 1
        if node.anchor is not None:
            self.fault(path, "an anchor or alias", "plain values, written out")
            return None
        if _first(node) == "!":
            self.fault(path, f"the tag {shown(str(node.tag).removeprefix(_TAG))}", _UNTAGGED)
            return None
        if len(path) > MOST_DEPTH:
            self.fault(path, "nested too deeply", _DEPTH)
            return None
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        return [self._plain(part, (*path, place)) for place, part in enumerate(node.value)]

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode) or _first(key_node) in "!&*":
                here = f"{self.name}:{key_node.start_mark.line + 1}"
                self.faults.append(Fault(here, "a key that is no plain word", "a word as key"))
                continue
            key = str(key_node.value)
            inner = (*path, key)
            if key in found:
                self.lines[inner] = key_node.start_mark.line + 1
                self.fault(inner, f"the key {shown(key)} stands twice", "each key once")
                continue
            found[key] = self._plain(value_node, inner)
            self.lines[inner] = key_node.start_mark.line + 1
        return found

    def _scalar(self, node: ScalarNode, path: Path) -> Any:  # noqa: ANN401 - any scalar
        text = str(node.value)
        if node.style is None and node.start_mark.line != node.end_mark.line:
            found = f"plain text over several lines ({shown(text)})"
            self.fault(path, found, "one line, or a block that begins with >- or |")
            return None
        tag = str(node.tag)
        match tag.removeprefix(_TAG):
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" | "float":
                try:
                    number = Decimal(text.replace("_", ""))
                except InvalidOperation:
                    return text
                return int(number) if tag.endswith(":int") and number.is_finite() else number
            case _:  # text, and what other readers would make a date of
                return text


def _too_open(text: str) -> int | None:
    """Say where more brackets are open than any document needs: reading those takes for ever.

    Brackets inside words count too, since telling them apart is the reading itself.
    """
    depth = 0
    for found in _BRACKET.finditer(text):
        depth = depth + 1 if found[0] in "[{" else max(0, depth - 1)
        if depth > MOST_OPEN:
            return found.start()
    return None


def _first(node: Node) -> str:
    """Give the character that a node begins with: its tag or anchor, if it has one."""
    return str(node.start_mark.buffer[node.start_mark.pointer])
