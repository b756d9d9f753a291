"""How the tables of one release become those of the next, in the order of the versions."""
