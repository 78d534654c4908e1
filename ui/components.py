"""Our own components, shipped as files in `frontend/`.

Streamlit finds such files by the `pyproject.toml` of installed distributions; in an editable installation, though, only
where a package is named like its distribution, which none of ours is. So the manifest beside this module is given to
it directly, and one way holds for every installation.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.components.v2.component_manager import BidiComponentManager

_HERE = Path(__file__).parent
# By the runtime's manager: a test has a fresh runtime for each of its apps, a server one for its life.
_mounts: WeakKeyDictionary[BidiComponentManager, dict[str, Callable[..., Any]]] = WeakKeyDictionary()


def component(name: str, *, js: str, css: str, html: str) -> Callable[..., Any]:
    """The mount function of a component of ours; JavaScript gets its `data` as the one item of a list.

    Args:
        name: As in `ui/pyproject.toml`, without the project's name.
        js: Glob that matches one module in `frontend/`.
        css: Glob that matches one style sheet there.
        html: What the component finds in its root when it starts.
    """
    manager = get_bidi_component_manager()
    mounts = _mounts.setdefault(manager, {})
    if name not in mounts:
        manifest = _manifest()
        if manager.get(f"{manifest.name}.{name}") is None:
            manager.register_from_manifest(manifest, _HERE)
        made = st.components.v2.component(f"{manifest.name}.{name}", js=js, css=css, html=html)

        def mount(*, data: dict[str, Any], **given: Any) -> Any:
            # In a list: a dictionary is searched for tables, for which pandas is loaded, 70 MB of it.
            return made(data=[data], **given)

        mounts[name] = mount
    return mounts[name]


def _manifest() -> ComponentManifest:
    found = tomllib.loads((_HERE / "pyproject.toml").read_text(encoding="utf-8"))
    listed = found["tool"]["streamlit"]["component"]["components"]
    parsed = [config for entry in listed if (config := ComponentConfig.parse_or_none(entry)) is not None]
    return ComponentManifest(name=found["project"]["name"], version=found["project"]["version"], components=parsed)
