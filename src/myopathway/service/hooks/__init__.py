"""CDS Hooks 2.0: the answer as a card in the record system, before and while something is ordered.

What is said of the standard here follows https://cds-hooks.hl7.org/2.0/.
"""
