"""How a dossier moves; knows no particular procedure."""
