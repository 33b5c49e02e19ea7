"""The simulator as a program: it listens, serves the page to a browser, and stops when told."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.ports import free_ports

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

API = {"X-Api-Key": "key"}
SIM = {"X-Sim-Token": "token"}
ROOT = Path(__file__).parents[3]


def command(port: int, folder: Path) -> list[str]:
    places = ["--port", str(port), "--data-dir", str(folder)]
    return [sys.executable, "-m", "app.simulator", *places, "--auto-pair", "--token", "token", "--api-key", "key"]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A running simulator."""
    port = free_ports(1)
    program = subprocess.Popen(command(port, tmp_path), cwd=ROOT)
    try:
        wait_for(port, program)
        yield f"http://127.0.0.1:{port}"
    finally:
        program.send_signal(signal.SIGTERM)
        assert program.wait(20) == 0


def wait_for(port: int, program: subprocess.Popen[bytes]) -> None:
    """Until it answers; a mere connection proves nothing, for a port can be connected to itself."""
    while program.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/ping", trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the simulator did not start")


@pytest.fixture
async def gateway(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A caller, once both sessions work."""
    async with httpx.AsyncClient(base_url=address, headers=API | SIM, trust_env=False) as http:
        for name in ("agent", "consultant"):
            await http.post("/api/sessions", json={"name": name})
            # The call waits inside the gateway until the session works.
            assert (await http.get(f"/api/{name}/new-message-id")).is_success
        yield http


async def test_webhooks_reach_a_listener_over_the_network(gateway: httpx.AsyncClient):
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        await arrived.put(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        hook = {"url": f"http://127.0.0.1:{port}/hook", "events": ["message.any"]}
        await gateway.put("/api/sessions/agent", json={"config": {"webhooks": [hook]}})
        await gateway.get("/api/agent/new-message-id")
        await gateway.post("/_sim/messages", json={"number": "15550100110", "text": "over the wire"})
        assert b"over the wire" in await arrived.get()


def test_a_second_simulator_on_the_same_port_says_so(address: str, tmp_path: Path):
    port = int(address.rpartition(":")[2])
    second = subprocess.run(
        command(port, tmp_path / "second"), cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    assert second.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.fixture
async def phone(browser: Browser, gateway: httpx.AsyncClient, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """The page in a browser, on which nothing may go wrong."""
    width = getattr(request, "param", 1440)
    page = await browser.new_page(viewport={"width": width, "height": 844})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    await page.goto(f"{gateway.base_url}/phone?theme=dark")
    yield page
    await page.close()
    assert errors == []


async def send(gateway: httpx.AsyncClient, number: str, text: str, session: str = "agent") -> None:
    body: dict[str, Any] = {"session": session, "chatId": f"{number}@c.us", "text": text}
    assert (await gateway.post("/api/sendText", json=body)).status_code == 201


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("phone", [1440, 390], indirect=True)
async def test_anybody_can_play_a_lead_in_the_browser(phone: Page, gateway: httpx.AsyncClient):
    await phone.locator("button.radio:visible", has_text="Mariana").click()
    await phone.locator("#message").fill("Oi! Ainda tem vaga?")
    await phone.keyboard.press("Enter")
    await phone.locator(".bub.out", has_text="Oi! Ainda tem vaga?").wait_for()
    number = await phone.evaluate("sessionStorage.getItem('phone')")
    history = await gateway.get(f"/api/agent/chats/{number}@c.us/messages")
    assert [message["body"] for message in history.json()] == ["Oi! Ainda tem vaga?"]

    await gateway.post("/api/startTyping", json={"session": "agent", "chatId": f"{number}@c.us"})
    await phone.locator(".dots").wait_for()
    await send(gateway, number, "Tem sim. Como posso te chamar?")
    await phone.locator(".bub", has_text="Como posso te chamar?").wait_for()
    assert await phone.locator(".dots").count() == 0
    await gateway.post("/api/sendSeen", json={"session": "agent", "chatId": f"{number}@c.us"})
    await phone.locator(".bub.out .tick.read").wait_for()

    await send(gateway, number, "Aqui é a Ana", "consultant")
    await phone.get_by_label("Back to chats").click()
    await phone.locator(".wa-row", has_text="Aqui é a Ana").click()
    await phone.locator(".bub", has_text="Aqui é a Ana").wait_for()


@pytest.mark.needs("chromium")
async def test_messages_wait_while_the_business_is_away(phone: Page, gateway: httpx.AsyncClient):
    await phone.locator("button.radio:visible", has_text="Tom").click()
    await phone.locator("#message").wait_for()
    await gateway.post("/_sim/sessions/agent/failed")
    await phone.locator(".wa-note").wait_for()
    await phone.locator("#message").fill("Hello?")
    await phone.keyboard.press("Enter")
    await phone.locator(".tick.waiting").wait_for()
    await gateway.post("/api/sessions/agent/start")
    await phone.locator(".bub.out .tick.sent, .bub.out .tick.delivered").wait_for()
    assert await phone.locator(".bub.out").count() == 1


@pytest.mark.needs("chromium")
async def test_a_lead_of_one_s_own_can_hide_its_number(phone: Page, gateway: httpx.AsyncClient):
    await phone.locator("button.radio:visible", has_text="Yourself").click()
    form = phone.locator("#cast .form")
    await form.get_by_label("Name", exact=True).fill("Grace Okafor")
    await form.get_by_label("Hide the number").check()
    await form.get_by_text("Take this phone").click()
    await phone.locator("#message").fill("Hi")
    await phone.keyboard.press("Enter")
    await phone.locator(".bub.out", has_text="Hi").wait_for()
    number = await phone.evaluate("sessionStorage.getItem('phone')")
    assert (await gateway.get("/api/agent/lids/count")).json() == {"count": 1}
    await phone.locator("#start-over").click()
    await phone.wait_for_function("old => ![null, old].includes(sessionStorage.getItem('phone'))", arg=number)
