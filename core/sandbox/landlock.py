"""Which files a child may still open: a Landlock ruleset (landlock(7)), which needs no privilege.

The kernel says how much it can do (its ABI); what it cannot do is left out, and the caller is told the ABI.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from contextlib import suppress

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  #: the same numbers on all architectures
_VERSION, _PATH_BENEATH = 1, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE = 1 << 14
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
_NET_BIND, _NET_CONNECT = 1 << 0, 1 << 1
_SCOPE_ABSTRACT_UNIX, _SCOPE_SIGNAL = 1 << 0, 1 << 1
#: Rights over files that each ABI brought: 2 rename and link, 3 truncate, 5 ioctl on devices.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_ONLY_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE


def abi() -> int:
    """The version that the kernel speaks; 0 where it has none or has it switched off."""
    return max(_syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION), 0)


def restrict(*, read: Iterable[str] = (), execute: Iterable[str] = (), write: Iterable[str] = ()) -> int:
    """Allow this process these trees and files and no others, for good; needs no_new_privs.

    Args:
        read: To be read; what is not there is left out.
        execute: To be read and run.
        write: To be read, written and filled with files.

    Returns:
        The ABI that was used, 0 when there is none and nothing was restricted. From 4 on no TCP port can be bound or
        connected to, from 6 on no process outside can be signalled and no abstract UNIX socket reached.

    Raises:
        OSError: The kernel speaks it, but refuses.
    """
    version = abi()
    if version < 1:
        return 0
    handled = sum(rights for since, rights in _FILE_RIGHTS.items() if since <= version)
    network = (_NET_BIND | _NET_CONNECT) if version >= 4 else 0
    scoped = (_SCOPE_ABSTRACT_UNIX | _SCOPE_SIGNAL) if version >= 6 else 0
    attributes = struct.pack("=QQQ", handled, network, scoped)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    ruleset = _checked(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    try:
        reading = _READ_FILE | _READ_DIR
        for paths, rights in (
            (read, reading),
            (execute, reading | _EXECUTE),
            (write, reading | _WRITE_FILE | _REMOVE_AND_MAKE | _TRUNCATE),
        ):
            for path in paths:
                with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                    _allow(ruleset, path, rights & handled)
        _checked(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: str, rights: int) -> None:
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            rights &= _ONLY_FILES
        _checked(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, parent), 0)
    finally:
        os.close(parent)


def _checked(number: int, *arguments: object) -> int:
    result = _syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses a Landlock rule")
    return result


def _syscall(number: int, *arguments: object) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))
