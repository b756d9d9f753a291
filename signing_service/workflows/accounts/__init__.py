"""Accounts: how people, enterprises and officers show who they are. A module is a verb; all of them lean on ``Accounts``."""
