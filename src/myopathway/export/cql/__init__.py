"""The CQL library that carries the guideline: a small syntax tree and two ways to write it."""
