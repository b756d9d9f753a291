"""The agent on a party's own computer: shows what is to be signed, asks for the PIN, has the token sign. Needs no server code."""
