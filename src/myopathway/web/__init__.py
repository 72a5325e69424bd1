"""The pages for people: the answer for one patient on one screen, and every way out of it."""
