"""The public verification portal: a stranger asks whether a document is genuine and what it is worth today.

Its own app. It reads the public register and validates files; it holds no key and writes nothing.
"""
