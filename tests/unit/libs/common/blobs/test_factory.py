from __future__ import annotations

import subprocess
import sys

from libs.common.blobs.factory import open_blobs
from libs.common.blobs.links import LinkSigner, load_link_secret
from libs.common.blobs.local import LocalBlobs
from libs.common.blobs.s3 import S3Blobs
from libs.common.database.client import Database
from libs.common.settings import Settings
from tests.conftest import MakeSettings


async def test_unset_means_a_folder_in_the_home(settings: Settings, database: Database) -> None:
    store = await open_blobs(settings, database)
    assert isinstance(store, LocalBlobs)
    assert store.uri("x") == (settings.home / "temp_exports" / "x").as_uri()
    await store.close()


B2 = {
    "b2_endpoint_url": "http://127.0.0.1:9",
    "b2_bucket_name": "bucket",
    "b2_access_key_id": "key",
    "b2_secret_access_key": "secret",
}


async def test_set_means_s3(make_settings: MakeSettings, database: Database) -> None:
    store = await open_blobs(make_settings(**B2), database)
    assert isinstance(store, S3Blobs)
    assert store.uri("exports/x") == "s3://bucket/exports/x"
    await store.close()


async def test_two_services_understand_each_others_links(settings: Settings, database: Database) -> None:
    first, second = await open_blobs(settings, database), await open_blobs(settings, database)
    assert isinstance(first, LocalBlobs)
    assert isinstance(second, LocalBlobs)
    token = (await first.link("x", filename="x", seconds=60)).split("/")[-2]
    assert second.signer.verify(token) == ("x", "x")


async def test_links_lead_to_s3_or_where_browsers_cannot_reach_it_to_the_gateway(
    make_settings: MakeSettings, database: Database
) -> None:
    public = await open_blobs(make_settings(**B2), database)
    hidden = await open_blobs(
        make_settings(**B2, links_to_gateway=True, public_url="https://e.example/"), database
    )
    direct, relayed = [
        await store.link("exports/x", filename="x y.zip", seconds=60) for store in (public, hidden)
    ]
    assert direct.startswith("http://127.0.0.1:9/bucket/exports/x?")
    head, _, rest = relayed.partition("/downloads/")
    token, _, filename = rest.partition("/")
    assert (head, filename) == ("https://e.example", "x%20y.zip")
    assert LinkSigner(await load_link_secret(database)).verify(token) == ("exports/x", "x y.zip")
    await public.close()
    await hidden.close()


def test_the_s3_client_is_not_loaded_where_it_is_not_used() -> None:
    program = "import sys, libs.common.blobs.factory; sys.exit('aiobotocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
