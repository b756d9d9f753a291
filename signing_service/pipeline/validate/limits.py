"""How much of a stranger's file the verifier is ready to look at.

Each limit answers an attack that was measured (claimed table sizes, same-name CA certs, endless revisions); files
of ours and of ordinary signing software stay far below every one of them.
"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    max_bytes: int = 20 * MIB
    """Longest file, in bytes."""
    seconds: float = 10.0
    """Wall-clock and CPU time a file may take in its process before it is ended."""
    memory_bytes: int = 512 * MIB
    """Address space a file may take in its process beside the interpreter, in bytes."""
    max_contents_digits: int = 64 * 1024
    """Hex digits of one string, which is what a signature's /Contents is."""
    max_names: int = 2_000_000
    """Slashes, of which each may begin a name."""
    max_signatures: int = 20
    max_revisions: int = 50
    max_objects: int = 500_000
    """Entries that the cross-reference sections may claim, all together."""
    max_certs: int = 16
    """Certs embedded in one signature with its timestamps."""
    max_pool_certs: int = 64
    """Certs of one signature and the document security store together."""
    max_same_name_certs: int = 4
    """Certs in that pool that share their subject with another one: path building is factorial in them."""
    max_fields: int = 5_000
    max_field_depth: int = 32
