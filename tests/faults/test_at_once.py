"""The same thing sent twenty times at the same moment: it is there once, and nineteen are told so."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections import Counter

import httpx
import pytest

from sync.canon import canonical
from sync.words import Entry
from tests.conftest import Counted, EngineUnderTest
from tests.faults.scene import Worker, crew, in_database, running, suijian
from tests.harness.tablet import moment
from tests.tablets import photo, photo_body

COPIES = 20


def push_of(worker: Worker, entry: Entry) -> bytes:
    """The request that carries this entry, signed."""
    tablet = worker.tablet
    _, body = tablet.store.entries[entry.id]
    signed = entry.model_copy(update={"signature": tablet.sign(entry.id)})
    with tablet.store.transaction() as write:
        write.put(tablet.store.entries, entry.id, (signed, body))
    return canonical(
        {
            "device": tablet.device,
            "epoch": tablet.state.epoch,
            "cursor": tablet.state.cursor.model_dump(),
            "entries": [{"entry": signed.model_dump(), "body": body}],
            "at": moment(tablet.clock()),
        }
    )


@pytest.mark.parametrize("rounds", [2, pytest.param(200, marks=pytest.mark.slow)])
async def test_twenty_identical_submissions_at_once_are_stored_once(
    rounds: int, engine: EngineUnderTest, free_port: int, counted: Counted
) -> None:
    chance, statuses, put = random.Random(rounds), Counter[str](), Counter[str]()
    recorded, pictures = [], []
    # A tablet that sends everything twenty times comes to its limit on a quick machine; that is another test.
    environment = {**engine.environment(), "SUIJIAN_RATES": "0"}
    async with (
        running(engine.data, free_port, environment) as server,
        crew(server.origin, environment, tablets=1, visits=40) as tablets,
        httpx.AsyncClient(base_url=server.origin, timeout=120, trust_env=False) as client,
    ):
        (worker,) = tablets.workers
        await worker.settle()
        token = worker.tablet.store.one[f"token {worker.tablet.account}"]
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        for _ in range(rounds):
            content = photo(chance.randrange(1 << 48), (32, 32)) + chance.randbytes(64)
            visit = chance.choice(list(worker.visits))
            entry = worker.tablet.record(visit, "evidence.taken", photo_body(content), photo=content)
            body, name = push_of(worker, entry), hashlib.sha256(content).hexdigest()
            answers = await asyncio.gather(
                *(client.post("/field/exchange", content=body, headers=headers) for _ in range(COPIES))
            )
            told = Counter(
                receipt["status"]
                for answer in answers
                for item in json.loads(answer.content)["received"]
                for receipt in item["body"]["receipts"]
            )
            assert told == {"accepted": 1, "exists": COPIES - 1}
            statuses += told
            sending = {**headers, "upload-offset": "0"}
            puts = await asyncio.gather(
                *(client.put(f"/field/blobs/{name}", content=content, headers=sending) for _ in range(COPIES))
            )
            put += Counter(json.loads(one.content).get("code", "stored") for one in puts)
            numbers = {json.loads(one.content).get("stored") for one in puts if one.status_code == 200}
            assert len(numbers - {0, None}) == 1
            recorded.append(entry.id)
            pictures.append(name)
        ids, photos, said = await in_database(engine)
    assert Counter(ids).most_common(1)[0][1] == 1 and set(recorded) <= set(ids)
    assert sorted(photos) == sorted(pictures) and said >= len(pictures)
    assert set(put) <= {"stored", "server_busy", "blob_offset"}
    assert "一切完好" in suijian(engine.data, "doctor", database=engine.database)
    counted(
        f"{COPIES} identical submissions at once, {rounds} times, {engine.name}: receipts "
        f"{dict(statuses)}, photos {dict(put)}; 0 lost, 0 twice"
    )
