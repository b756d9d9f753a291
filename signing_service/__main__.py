"""``python -m signing_service`` is the command line."""

from signing_service.cli import main

main()
