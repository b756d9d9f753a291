"""A PKCS#11 library is started so that several threads may call it.

The binding starts it without saying so (``C_Initialize(NULL)``: one thread only, PKCS#11 v2.40, 5.4), and SoftHSM
then crashes the process under two threads. So it is stopped again and started with CKF_OS_LOCKING_OK, past the
binding, which does not notice; likewise when it has to be started anew.
"""

from __future__ import annotations

import ctypes
import threading
from typing import Any

import pkcs11

_OS_LOCKING_OK = 0x2
_CANNOT_LOCK = 0xA


class _Arguments(ctypes.Structure):
    """CK_C_INITIALIZE_ARGS: no mutexes of ours, the operating system's will do."""

    _fields_ = (
        ("mutexes", ctypes.c_void_p * 4),
        ("flags", ctypes.c_ulong),
        ("reserved", ctypes.c_void_p),
    )


class _FirstFunctions(ctypes.Structure):
    """The beginning of CK_FUNCTION_LIST."""

    _fields_ = (
        ("version", ctypes.c_ubyte * 2),
        ("initialize", ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)),
        ("finalize", ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)),
    )


_started: set[str] = set()
_starting = threading.Lock()


def library(module: str) -> Any:
    """The binding's library, started for many threads. Raises PKCS11Error when it cannot be."""
    with _starting:
        loaded = pkcs11.lib(module)
        if module not in _started:
            _start_again(module)
            _started.add(module)
        return loaded


def restart(module: str) -> None:
    """Stop and start the library: every session of this process is gone. Nobody may be in a call of it."""
    with _starting:
        pkcs11.lib(module)
        _start_again(module)
        _started.add(module)


def _start_again(module: str) -> None:
    functions = ctypes.POINTER(_FirstFunctions)()
    ctypes.CDLL(module).C_GetFunctionList(ctypes.byref(functions))
    functions.contents.finalize(None)
    arguments = _Arguments(flags=_OS_LOCKING_OK)
    answer = functions.contents.initialize(ctypes.addressof(arguments))
    if answer == _CANNOT_LOCK:
        raise pkcs11.PKCS11Error("this PKCS#11 library cannot serve several threads")
    if answer != 0:
        raise pkcs11.GeneralError
