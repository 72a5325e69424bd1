"""Figures as SVG text, drawn by us: the same bytes for the same answer, readable without colour."""
