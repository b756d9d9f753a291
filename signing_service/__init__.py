"""Documents and electronic licences that anybody can check, and nobody can forge."""
