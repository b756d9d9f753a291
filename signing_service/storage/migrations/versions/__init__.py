"""One file a change of the tables, each able to go forward and back."""
