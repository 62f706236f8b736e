"""People at a dashboard without their browsers: Streamlit's own messages over its websocket.

What a browser sends is sent: the link, the page, and what every box holds, with the box that was
clicked set anew. A click has its answer when the script has run to its end.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

KEPT_RUNS = 2  # a browser keeps a large message for so many runs, and is not sent it again
PATIENCE = 120  # seconds until a click counts as lost
BOXES = {"selectbox": "string_value", "multiselect": "string_array_value"}


@dataclass
class Person:
    """One browser window: what it has been sent, and what its boxes hold.

    `boxes` maps the key of each box to its id, its kind and its options.
    """

    socket: ClientConnection
    query: str = ""
    page: str = ""
    boxes: dict[str, tuple[str, str, list[str]]] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)
    charts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    large: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    runs: int = 0

    async def open(self, page: str = "") -> float:
        """Open a page as a new visitor; return the seconds until it is all there."""
        return await self._run(page)

    async def choose(self, key: str, value: str) -> float:
        """Set one box, as one click does; return the seconds until the page is new."""
        self.values[key] = [value]
        return await self._run()

    async def _run(self, page: str = "") -> float:
        ask = BackMsg()
        state = ask.rerun_script
        state.query_string, state.page_script_hash, state.page_name = self.query, self.page, page
        state.cached_message_hashes.extend(self.large)
        for key, (name, kind, _) in self.boxes.items():
            widget = state.widget_states.widgets.add(id=name)
            if kind == "multiselect":
                widget.string_array_value.data.extend(self.values[key])
                widget.string_array_value.SetInParent()
            elif self.values[key]:
                widget.string_value = self.values[key][0]
        self.charts.clear()
        start = time.perf_counter()
        await self.socket.send(ask.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            while not self._take(await self.socket.recv(decode=False)):
                pass
        return time.perf_counter() - start

    def _take(self, data: bytes) -> bool:
        """Keep what a message says; return whether it was the last one of a run."""
        message = ForwardMsg.FromString(data)
        if message.WhichOneof("type") == "ref_hash":
            data = self.large[message.ref_hash][1]
            self.large[message.ref_hash] = (self.runs, data)
            message = ForwardMsg.FromString(data)
        elif message.metadata.cacheable and message.hash:
            self.large[message.hash] = (self.runs, data)
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._element(message.delta.new_element)
        elif kind == "navigation":
            self.page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "script_finished":
            self.runs += 1
            self.large = {n: k for n, k in self.large.items() if self.runs - k[0] <= KEPT_RUNS}
            return bool(message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY)
        return False

    def _element(self, element: Any) -> None:
        kind = element.WhichOneof("type") or ""
        if kind in BOXES:
            box = getattr(element, kind)
            key = box.id.split("-", 2)[2]  # $$ID-HASH-KEY
            if box.set_value or key not in self.boxes:
                self.values[key] = _held(box, kind)
            self.boxes[key] = (box.id, kind, list(box.options))
        elif kind == "plotly_chart":
            self.charts.append(element.plotly_chart.spec)
        elif kind == "exception":
            self.faults.append(str(element))


def _held(box: Any, kind: str) -> list[str]:
    """Return what a box holds when it is drawn."""
    one = kind == "selectbox"
    if box.set_value:
        return [box.raw_value] if one else list(box.raw_values)
    places = [box.default] if one else box.default
    return [box.options[at] for at in places if at < len(box.options)]


@asynccontextmanager
async def seated(address: str) -> AsyncIterator[Person]:
    """Connect one person with the server at an address, as their browser would."""
    place = urlsplit(address)
    stream = f"ws://{place.netloc}/_stcore/stream"
    protocols = [Subprotocol("streamlit")]
    async with connect(
        stream, subprotocols=protocols, max_size=None, compression=None, origin=None
    ) as socket:
        yield Person(socket)


@dataclass
class Load:
    """What people did: seconds of each click, what went wrong, and how many charts were new."""

    clicks: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    pictures: set[int] = field(default_factory=set)

    def percentile(self, share: float) -> float:
        """Return the seconds that such a share of the clicks took at most."""
        return sorted(self.clicks)[max(0, round(share * len(self.clicks)) - 1)]


async def _stay(
    address: str, keys: Collection[str], seed: str, think: float, end: float, load: Load
) -> None:
    """Let one person open a page, and click and think until the end."""
    draw = random.Random(seed)
    try:
        async with seated(address) as person:
            await asyncio.sleep(draw.random() * think)
            await person.open(urlsplit(address).path.strip("/"))
            while time.perf_counter() < end:
                await asyncio.sleep(think * (0.5 + draw.random()))
                key = draw.choice(sorted(keys))
                other = [v for v in person.boxes[key][2] if [v] != person.values[key]]
                load.clicks.append(await person.choose(key, draw.choice(other)))
                load.pictures.update(map(hash, person.charts))
            load.errors += person.faults
    except (OSError, WebSocketException, TimeoutError, KeyError) as error:
        load.errors.append(repr(error))


def crowd(
    addresses: Sequence[str],
    keys: Collection[str],
    sessions: int,
    think: float,
    seconds: float,
    round_: int,
) -> Load:
    """Return what so many people do, each at one of the addresses and with their own choices.

    `think` is the mean of the seconds between two clicks of one person, `keys` the boxes that they
    set.
    """

    async def all_of_them() -> Load:
        load = Load()
        end = time.perf_counter() + think + seconds
        async with asyncio.TaskGroup() as group:
            for number in range(sessions):
                seed = f"{round_} {number}"
                address = addresses[number % len(addresses)]
                group.create_task(_stay(address, keys, seed, think, end, load))
        return load

    # in a thread of its own: a browser that is open in this one has its event loop running here
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(all_of_them())).result()
