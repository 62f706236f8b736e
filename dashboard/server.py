"""The server that `streamlit run` finds: the script of every session, and a warm-up beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import warm


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any] | None]:
    """Begin the warm-up when the server starts."""
    warm.start()
    yield None


app = st.App(Path(__file__).with_name("app.py"), lifespan=lifespan)
