"""Two versions of the guideline: what changed in clinical words, and whose answer changes."""

from __future__ import annotations

from myopathway.diff.compare import compare
from myopathway.diff.content import content_changes
from myopathway.diff.outcome import Change, Comparison
from myopathway.diff.versions import Version, version

__all__ = ["Change", "Comparison", "Version", "compare", "content_changes", "version"]
