"""What the audit tells: which cards were shown, what became of them, which rules fell silent."""

from __future__ import annotations

from myopathway.service.report.gather import gather
from myopathway.service.report.text import report_text
from myopathway.service.report.values import Period, Report

__all__ = ["Period", "Report", "gather", "report_text"]
