"""The app's files as they are served: small on the wire, asked for again only when they changed."""

from __future__ import annotations

from backend.tablet import DIST
from tests.builders import Client


async def test_texts_travel_compressed_and_are_the_built_bytes(client: Client) -> None:
    plain = await client.get("/tablet/", headers={"accept-encoding": "identity"})
    small = await client.get("/tablet/", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert (small.headers["content-encoding"], small.headers["vary"]) == ("gzip", "accept-encoding")
    assert int(small.headers["content-length"]) < len(plain.content)
    assert small.content == plain.content == (DIST / "index.html").read_bytes()


async def test_what_did_not_change_is_not_sent_again(client: Client) -> None:
    first = await client.get("/tablet/sw.js", headers={"accept-encoding": "gzip"})
    asked = {"accept-encoding": "gzip", "if-none-match": first.headers["etag"]}
    again = await client.get("/tablet/sw.js", headers=asked)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["service-worker-allowed"] == "/tablet/"


async def test_the_app_may_use_camera_place_and_microphone_and_no_other_page_may(client: Client) -> None:
    app = (await client.get("/tablet/")).headers["permissions-policy"]
    page = (await client.get("/")).headers["permissions-policy"]
    for sensor in ("camera", "geolocation", "microphone"):
        assert f"{sensor}=(self)" in app
        assert f"{sensor}=()" in page
