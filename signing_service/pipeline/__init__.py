"""What happens to a document, in order; functions of bytes and facts.

preflight -> render -> stamp -> lay_out -> seal -> prove -> archive, one module each. Keys and time come in through the
protocols of ``domain.keys``; nothing here knows a database, a network or a key store.
"""
