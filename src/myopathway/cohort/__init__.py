"""A whole population: facts tables in, one explained row per patient out."""
