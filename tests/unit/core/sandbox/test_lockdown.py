"""What a child that has been taken over can still do: nothing of what it would want, all of what it is for.

Each act runs twice, without and with the lock-down: a refusal that also happens without it proves nothing.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import SandboxMissing
from core.options import Limits
from core.sandbox import Child, Piece, lockdown, run_piece
from core.sandbox.pieces import COMPLETE, missing
from core.wire import Message
from tests.unit.core.pdfs import drawn, lines
from tests.unit.core.sandbox.hostile import ACTS

HOSTILE = "tests.unit.core.sandbox.hostile"
#: Refused before Landlock and seccomp: no file may be written, and capabilities are dropped.
ALWAYS_REFUSED = {
    "write outside",
    "write to site-packages",
    "mount",
    "raise a limit",
    "read the environment of the parent",
    "trace another process",
}
#: Part of what `ocr` is for; that only tesseract can be started is tested apart.
OCR_ALLOWS = {"fork"}


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What there is to reach: a file, a folder, servers, a process."""
    secret = tmp_path / "secret"
    secret.write_text("of somebody else")
    secret.chmod(0o644)
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o777)
    victim = subprocess.Popen(["/bin/sleep", "60"])
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        path = str(tmp_path / "socket")
        unix.bind(path)
        unix.listen()
        yield {
            "secret": str(secret),
            "folder": str(folder),
            "port": tcp.getsockname()[1],
            "socket": path,
            "victim": victim.pid,
        }
    assert victim.poll() in (None, -15)
    victim.kill()
    victim.wait()


def _refused(act: str, profile: str, outside: dict[str, Any]) -> bool:
    piece = Piece(f"{HOSTILE}:act", profile=profile, wall_seconds=20)
    try:
        answer = run_piece(piece, Message({"act": act, **outside}), limits=Limits())
    except Exception as error:
        # It became another program and never answered; anything else is not an outcome of an act.
        assert "without an answer" in str(error), (act, error)
        return False
    return answer.header["refused"] is not None


@pytest.mark.parametrize("act", ACTS)
def test_a_reader_cannot(act: str, outside: dict[str, Any]) -> None:
    if act not in ALWAYS_REFUSED:
        assert not _refused(act, "bare", outside)
    assert _refused(act, "parse", outside)
    assert not list(Path(outside["folder"]).iterdir())


@pytest.mark.parametrize("act", [act for act in ACTS if act not in OCR_ALLOWS])
def test_a_recogniser_cannot(act: str, outside: dict[str, Any]) -> None:
    assert _refused(act, "ocr", outside)


def test_what_it_is_for_still_works(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(drawn(lines("Words to be read")))
    with path.open("rb") as file:
        piece = Piece(f"{HOSTILE}:works", wall_seconds=30)
        answer = run_piece(piece, Message({}), files=[file.fileno()], limits=Limits())
    assert answer.header["words"] == 4
    assert answer.header["picture"] > 100
    assert answer.header["thread"] == 1


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_a_recogniser_can_start_tesseract_only(tmp_path: Path) -> None:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (700, 80), 255)
    font = ImageFont.load_default(size=40)
    ImageDraw.Draw(picture).text((20, 15), "Thirty days notice", fill=0, font=font)
    path = tmp_path / "line.png"
    picture.save(path)
    with path.open("rb") as file:
        piece = Piece(f"{HOSTILE}:recognises", profile="ocr", wall_seconds=60)
        answer = run_piece(piece, Message({}), files=[file.fileno()], limits=Limits())
    told = bytes(answer.buffers["text"].data).decode()
    assert (answer.header["status"], told.strip()) == (0, "Thirty days notice")


def test_a_child_says_what_locks_it_in() -> None:
    with Child(Piece(f"{HOSTILE}:act"), limits=Limits()).start() as child:
        child.send(Message({"act": "fork"}))
        child.result()
    assert missing(child.sandbox) == []


def test_work_is_refused_where_a_complete_sandbox_is_required_and_not_there() -> None:
    limits = Limits(sandbox="required")
    run_piece(Piece(f"{HOSTILE}:act"), Message({"act": "fork"}), limits=limits)
    with pytest.raises(SandboxMissing, match="landlock and seccomp"):
        run_piece(Piece(f"{HOSTILE}:act", profile="bare"), Message({"act": "fork"}), limits=limits)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_it_holds_for_an_ordinary_user_too() -> None:
    """As root this suite shows that it holds for root; here the same as a user without any privilege."""
    python = next((p for p in (sys.executable, "/usr/bin/python3.11") if _can_be_run_by_anybody(p)), None)
    if python is None:
        pytest.skip("the interpreter stands where only root can read it")
    ours = [path for path in sys.path if path.endswith("-packages")] + [str(Path(__file__).parents[4])]
    code = f"""
import os, sys
os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
sys.path[:0] = {ours!r}
from core.options import Limits
from core.sandbox import Child, Piece
from core.wire import Message
with Child(Piece("{HOSTILE}:act", wall_seconds=20), limits=Limits(sandbox="required")).start() as child:
    child.send(Message({{"act": "fork"}}))
    print(child.result().header["refused"], *child.sandbox)
"""
    found = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert found.stdout.split() == ["1", *COMPLETE], found.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_becomes_nobody_where_nobody_can_read_our_libraries() -> None:
    python = next((p for p in (sys.executable, "/usr/bin/python3.11") if _can_be_run_by_anybody(p)), None)
    if python is None:
        pytest.skip("the interpreter stands where only root can read it")
    ours = [path for path in sys.path if path.endswith("-packages")] + [str(Path(__file__).parents[4])]
    if not all(part.stat().st_mode & 0o001 for path in ours for part in (Path(path), *Path(path).parents)):
        pytest.skip("our packages stand where only root can read them")
    code = f"""
import sys
sys.path[:0] = {ours!r}
from core.options import Limits
from core.sandbox import Child, Piece
from core.wire import Message
with Child(Piece("{HOSTILE}:who", wall_seconds=20), limits=Limits()).start() as child:
    child.send(Message({{}}))
    print(*child.result().header["uids"], *child.sandbox)
"""
    found = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert found.stdout.split() == ["65534", "65534", "65534", "limits", "user", *COMPLETE[1:]], found.stderr


def _can_be_run_by_anybody(python: str) -> bool:
    """And of the version that the installed packages are made for."""
    path = Path(python).resolve()
    return path.exists() and all(part.stat().st_mode & 0o001 for part in (path, *path.parents))


@pytest.mark.parametrize(("folder", "seen"), [("site-packages", "site-packages"), ("source", "source/core")])
def test_late_imports_reach_installed_packages_but_of_a_source_tree_the_core_alone(
    folder: str, seen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an image the product itself lies among the installed packages, which children import late."""
    monkeypatch.setattr(sys, "path", ["/usr/lib/python3", str(tmp_path / folder)])
    found = list(lockdown._import_trees(tmp_path / folder / "core"))
    assert found == ["/usr/lib/python3", str(tmp_path / seen)]
