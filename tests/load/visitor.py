"""One user without a browser: cookies, the API, and the websocket that the pages' framework speaks.

He sends what a browser sends (a page's name, the state of widgets, where he is in a result) and takes every message of
the script's run up to its last one, which is when a user sees all of it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

_WAIT_SECONDS = 60.0
_GOOD = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class Refused(Exception):
    """Something that a user would see as an error; the text says what he did."""


class Visitor:
    """A user with one page open; all he does may raise `Refused`."""

    def __init__(self, base: str) -> None:
        self.http = httpx.Client(base_url=base, timeout=_WAIT_SECONDS)
        self._base = base
        self._get("/")
        self._get("/_stcore/host-config")
        self._csrf = self._get("/api/v1/session").json()["csrf"]
        self._socket: ClientConnection | None = None
        self._widgets: dict[str, WidgetState] = {}
        self._ids: dict[str, str] = {}  # of the widgets on the page, by what stands in them
        self._fragments: dict[str, str] = {}
        self._pages: dict[str, str] = {}
        self._page = self._query = ""
        self._pictures: set[str] = set()

    def __enter__(self) -> Visitor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            self._socket.close()
        self.http.close()

    # ---- pages

    def visit(self, page: str, **query: str) -> None:
        """Open a page by its place in the address, such as `library`; the socket stays as it is."""
        self._query = urlencode(query)
        self._page = page
        self._widgets = {}
        self._ids.clear()
        self._fragments.clear()
        self._rerun()

    def search_library(self, words: str) -> None:
        """Type into the search of the Library."""
        widget = WidgetState(id=self._widget("library_query"), string_value=words)
        self._widgets[widget.id] = widget
        self._rerun()

    def open_result(self, comparison: str) -> dict[str, Any]:
        """Open a result as the viewer does: the page, then the result, which is returned."""
        self.visit("result", comparison=comparison)
        result: dict[str, Any] = self._get(f"/api/v1/comparisons/{comparison}/result").json()
        return result

    def jump(self, change: dict[str, Any]) -> None:
        """Go to a change: the server hears where the user is now."""
        places = {side: change[side]["regions"][0] for side in ("old", "new") if change[side]}
        view = {
            "change": change["id"],
            "filter": {"layer": [], "kind": [], "severity": [], "query": ""},
            "zoom": 1,
            "at": {side: [place["page"], 0.5] for side, place in places.items()},
        }
        widget = WidgetState(id=self._widget("viewer"), json_value=json.dumps({"view": view}))
        self._widgets[widget.id] = widget
        self._rerun(fragment=self._fragments["viewer"])

    # ---- the API

    def upload(self, name: str, data: bytes) -> str:
        """Store a document; its id."""
        answer = self.http.put(
            "/api/v1/documents", params={"name": name}, content=data, headers={"X-CSRF-Token": self._csrf}
        )
        return str(_good(answer).json()["document"]["id"])

    def compare(self, old: str, new: str) -> str:
        """Ask for a comparison; its id."""
        body = {"old": old, "new": new, "options": {}}
        answer = self.http.post("/api/v1/comparisons", json=body, headers={"X-CSRF-Token": self._csrf})
        return str(_good(answer).json()["comparison"]["id"])

    def wait(self, comparison: str, *, seconds: float, every: float = 0.6) -> None:
        """Until the comparison is done."""
        end = time.monotonic() + seconds
        while (state := self._get(f"/api/v1/comparisons/{comparison}").json()["comparison"]["state"]) != "done":
            if state in {"failed", "cancelled"} or time.monotonic() > end:
                raise Refused(f"comparison: {state}")
            time.sleep(every)

    # ----

    def _get(self, path: str) -> httpx.Response:
        with _told(path.split("?", maxsplit=1)[0]):
            return _good(self.http.get(path))

    def look_at(self, result: dict[str, Any], change: dict[str, Any]) -> None:
        """The pictures of a change's pages and of those that follow, unless this browser has them."""
        for side in ("old", "new"):
            if not change[side]:
                continue
            first = change[side]["regions"][0]["page"]
            for page in (first, first + 1):
                picture = f"/files/{result[side]['sha256']}/pages/{page}?dpi=100"
                if page <= len(result[side]["pages"]) and picture not in self._pictures:
                    self._pictures.add(picture)
                    self._get(picture)

    def _widget(self, name: str) -> str:
        if name not in self._ids:
            raise Refused(f"{self._page}: there is no {name}")
        return self._ids[name]

    def _connected(self) -> ClientConnection:
        if self._socket is None:
            cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
            address = urlsplit(self._base)
            scheme = "wss" if address.scheme == "https" else "ws"
            token = self.http.cookies.get("_streamlit_xsrf") or "none"
            self._socket = connect(
                f"{scheme}://{address.netloc}/_stcore/stream",
                additional_headers={"Cookie": cookies},
                subprotocols=[Subprotocol("streamlit"), Subprotocol(token)],
                origin=Origin(self._base),
                open_timeout=20,
                max_size=None,
            )
        return self._socket

    def _rerun(self, fragment: str = "") -> None:
        """Send what a browser sends, and take all up to the end of the run."""
        with _told(self._page):
            message = BackMsg()
            message.rerun_script.query_string = self._query
            message.rerun_script.widget_states.CopyFrom(WidgetStates(widgets=self._widgets.values()))
            message.rerun_script.fragment_id = fragment
            if self._page in self._pages:
                message.rerun_script.page_script_hash = self._pages[self._page]
            else:
                message.rerun_script.page_name = self._page
            socket = self._connected()
            socket.send(message.SerializeToString())
            while True:
                data = socket.recv(timeout=_WAIT_SECONDS)
                if isinstance(data, bytes) and self._take(ForwardMsg.FromString(data)):
                    return

    def _take(self, message: ForwardMsg) -> bool:
        """Whether this was the last of the run."""
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self._pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
        elif kind == "delta":
            self._see(message.delta)
        elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
            raise Refused(f"{self._page}: script error")
        elif kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return False
            if message.script_finished not in _GOOD:
                raise Refused(f"{self._page}: script ended badly")
            return True
        return False

    def _see(self, delta: Delta) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception" or (kind == "alert" and "error" in element.alert.icon):
            raise Refused(f"{self._page}: an error is shown")
        if kind == "text_input":
            self._ids["library_query"] = element.text_input.id
        elif kind == "bidi_component":
            name = element.bidi_component.component_name.rpartition(".")[2]
            self._ids[name] = element.bidi_component.id
            self._fragments[name] = delta.fragment_id


def _good(answer: httpx.Response) -> httpx.Response:
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        raise Refused(f"{urlsplit(str(answer.url)).path.split('/')[1]}: {answer.status_code}")
    return answer


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Whatever breaks the wire as an error of the user's."""
    try:
        yield
    except (httpx.HTTPError, WebSocketException, OSError, TimeoutError) as error:
        raise Refused(f"{what}: {type(error).__name__}") from error
