"""Two processes behind nginx with the file of the docs: each reader stays with one of them."""

import re
import shutil
import subprocess
import urllib.request
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, Server
from tests.chromium import free_port
from tests.cli.serving import two_processes

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
DOCS = ROOT / "docs" / "deployment.md"
WHOLE = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    log_format upstream '$upstream_addr $status $request_uri';
    access_log {folder}/access.log upstream;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/trd-outcomes.conf;
}}
"""


def documented(port: int, first: int) -> str:
    """Return the file of the docs; only its ports are others, which may be taken here."""
    (block,) = re.findall(r"```nginx\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    ports = {"8500": port, "8501": first, "8502": first + 1}
    found = re.findall(r"127\.0\.0\.1:(\d+)", block)
    assert sorted(found) == sorted(ports)
    return re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda m: str(ports[m.group()]), block)


@pytest.fixture(scope="module")
def proxied(sample_store, tmp_path_factory):
    """Serve the sample in two processes behind nginx."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("No nginx was found: apt-get install nginx-light (Debian), then run again.")
    folder = tmp_path_factory.mktemp("nginx")
    port = free_port()
    with two_processes(sample_store.path) as served:
        first = served.port
        (folder / "trd-outcomes.conf").write_text(documented(port, first), "utf-8")
        (folder / "nginx.conf").write_text(WHOLE.format(folder=folder), "utf-8")
        command = [nginx, "-e", f"{folder}/error.log", "-p", str(folder), "-c", "nginx.conf"]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        process = subprocess.Popen(command, text=True)
        server = Server(process, f"http://127.0.0.1:{port}")
        try:
            server.wait_until_healthy()
            yield server, folder / "access.log"
        finally:
            process.terminate()
            process.wait(timeout=30)


def asked(server: Server, cookie: str | None = None) -> tuple[bytes, str | None]:
    """Return the answer to one request, and the reader's cookie if one came with it."""
    headers = {} if cookie is None else {"Cookie": f"trd_reader={cookie}"}
    request = urllib.request.Request(f"{server.address}/_stcore/health", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        given = [SimpleCookie(line) for line in reply.headers.get_all("Set-Cookie", [])]
        found = [cookie["trd_reader"].value for cookie in given if "trd_reader" in cookie]
        return reply.read(), found[0] if found else None


def processes(log: Path, since: int) -> list[str]:
    """Return which process answered each request after a number of them."""
    return [line.split()[0] for line in log.read_text("utf-8").splitlines()[since:]]


def test_a_reader_gets_a_cookie_once_and_meets_the_same_process(proxied):
    server, log = proxied
    body, cookie = asked(server)
    assert body == b"ok"
    assert cookie is not None
    assert re.fullmatch(r"[0-9a-f]{32}", cookie)
    since = len(processes(log, 0))
    assert [asked(server, cookie) for _ in range(12)] == [(b"ok", None)] * 12
    assert len(set(processes(log, since))) == 1
    assert processes(log, since - 1)[0] == processes(log, since)[0]


def test_many_readers_are_spread_over_both_processes(proxied):
    server, log = proxied
    since = len(processes(log, 0))
    for number in range(40):
        asked(server, f"{number:032x}")
    met = processes(log, since)
    assert len(met) == 40
    assert min(met.count(one) for one in set(met)) >= 8
    assert len(set(met)) == 2


def test_a_cookie_that_is_not_ours_is_replaced(proxied):
    body, cookie = asked(proxied[0], "x; evil=1")
    assert body == b"ok"
    assert cookie is not None
    assert re.fullmatch(r"[0-9a-f]{32}", cookie)


def test_a_page_works_through_the_proxy(reader, proxied):
    server, log = proxied
    since = len(processes(log, 0))
    person = reader(address=server.address)
    person.open()
    person.drawn()
    person.go_to("Outcomes")
    person.choose("Grouped by", "Site")
    person.drawn()
    with person.page.expect_download() as saved:
        person.page.get_by_role("button", name=re.compile(r"\(CSV\)")).first.click()
    assert Path(saved.value.path()).read_text("utf-8").count("\n") > 3
    assert person.faults == []
    met = processes(log, since)
    assert len(met) > 10
    assert len(set(met[1:])) == 1
