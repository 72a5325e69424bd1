"""The colours of the page, worked out without a browser: every text can be read in both themes."""

from __future__ import annotations

import re

import pytest

from myopathway.web.assets import assets

CSS = assets()["page.css"].body.decode()
TEXT = 4.5  # WCAG 2.2, 1.4.3
EDGE = 3.0  # WCAG 2.2, 1.4.11
TEXTS = (
    *(("ink", ground) for ground in ("bg", "pane", "warnbg", "badbg", "herebg")),
    *(("soft", ground) for ground in ("bg", "pane", "herebg")),
    *(("act", ground) for ground in ("bg", "pane", "warnbg", "badbg", "herebg")),
    ("on", "act"),
    ("good", "bg"),
    ("warn", "bg"),
    ("warn", "warnbg"),
    ("bad", "bg"),
    ("bad", "pane"),
    ("bad", "badbg"),
)
EDGES = (("line", "bg"), ("line", "pane"), ("act", "herebg"), ("warn", "warnbg"), ("bad", "badbg"))


def themes() -> dict[str, dict[str, str]]:
    """Read the palettes: light first, then dark by the system, then dark by the switch."""
    blocks = [
        dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})", block))
        for block in re.findall(r"\{(--bg:[^}]*)\}", CSS)
    ]
    return dict(zip(("light", "dark", "dark by switch", "print"), blocks, strict=True))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_knows_black_on_white() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark", "dark by switch"])
@pytest.mark.parametrize(("ink", "ground"), TEXTS)
def test_texts_can_be_read(theme: str, ink: str, ground: str) -> None:
    palette = themes()[theme]
    assert contrast(palette[ink], palette[ground]) >= TEXT, (palette[ink], palette[ground])


@pytest.mark.parametrize("theme", ["light", "dark", "dark by switch"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_of_controls_can_be_seen(theme: str, edge: str, ground: str) -> None:
    palette = themes()[theme]
    assert contrast(palette[edge], palette[ground]) >= EDGE, (palette[edge], palette[ground])


def test_the_switch_gives_the_same_dark_as_the_system() -> None:
    found = themes()
    assert found["dark"] == found["dark by switch"]
    assert found["dark"] != found["light"]


def test_every_colour_used_is_of_the_palette() -> None:
    rules = re.sub(r"\{--bg:[^}]*\}", "", CSS)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", rules.replace("#answer", ""))
    used = set(re.findall(r"var\(--(\w+)\)", rules))
    assert used <= {*themes()["light"], "c"}
