"""The guideline as frozen data: its model, the sentences it is written in, and the loader."""
