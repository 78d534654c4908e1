"""The web server: `streamlit run ui/app.py`. Pages by Streamlit; API, files and probes beside them in one process."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import runtime, server

_services = runtime.services()
_cookies = runtime.cookies()

# Streamlit finds the server by this very assignment, so it cannot move into a function.
app = st.App(
    Path(__file__).with_name("main.py"),
    lifespan=server.lifespan(_services),
    middleware=server.middleware(_services, _cookies),
    routes=server.routes(_services, _cookies),
)
