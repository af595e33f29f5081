"""Every store keeps the same promises: a folder, and a bucket behind a real HTTP server."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from saas.config import ROOT, Settings
from saas.documents.storage import (
    LocalFolder,
    MissingFileError,
    Storage,
    StorageError,
    new_key,
    open_storage,
)

TENANT, OTHER = uuid.UUID(int=11), uuid.UUID(int=12)
LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def bucket() -> Iterator[Settings]:
    """A bucket in moto's server, reached over HTTP as a real one is."""
    boto3 = pytest.importorskip("boto3")
    moto_server = pytest.importorskip("moto.server")
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = Settings(
        environment="test",
        documents_s3_bucket="papers",
        documents_s3_endpoint=f"http://{host}:{port}",
        documents_s3_region="eu-west-2",
        documents_s3_access_key=SecretStr("an-access-key"),
        documents_s3_secret_key=SecretStr("a-secret-key"),
    )
    client = boto3.client(
        "s3",
        endpoint_url=settings.documents_s3_endpoint,
        region_name="eu-west-2",
        aws_access_key_id="an-access-key",
        aws_secret_access_key="a-secret-key",
    )
    client.create_bucket(
        Bucket="papers", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"}
    )
    client.close()
    yield settings
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return LocalFolder(tmp_path / "documents")
    return open_storage(request.getfixturevalue("bucket"))


def test_what_is_put_is_there_until_it_is_deleted(storage: Storage) -> None:
    key = new_key(TENANT, uuid.uuid4())
    with pytest.raises(MissingFileError):
        storage.get(key)
    storage.put(key, b"first")
    storage.put(key, b"second")
    assert storage.get(key) == b"second"
    storage.delete(key)
    storage.delete(key)
    with pytest.raises(MissingFileError):
        storage.get(key)


def test_the_old_files_of_one_tenant_are_listed_alone(storage: Storage) -> None:
    tenant = uuid.uuid4()
    keys = sorted(new_key(tenant, uuid.uuid4()) for _ in range(3))
    for key in (*keys, new_key(OTHER, uuid.uuid4())):
        storage.put(key, b"x")
    assert sorted(storage.older_than(tenant, LATER)) == keys
    assert list(storage.older_than(tenant, dt.datetime(2020, 1, 1, tzinfo=dt.UTC))) == []
    assert list(storage.older_than(uuid.uuid4(), LATER)) == []


@pytest.mark.parametrize("key", ["", "a/b", "../../etc/passwd", f"{TENANT.hex}/../x", "/tmp/x"])
def test_a_key_that_is_not_two_ids_is_refused(storage: Storage, key: str) -> None:
    with pytest.raises(ValueError, match="two ids"):
        storage.put(key, b"x")
    with pytest.raises(ValueError, match="two ids"):
        storage.get(key)
    with pytest.raises(ValueError, match="two ids"):
        storage.delete(key)


def test_files_in_the_folder_are_the_services_own(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    key = new_key(TENANT, uuid.uuid4())
    LocalFolder(folder).put(key, b"x")
    assert (folder / key).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / key).parent.stat().st_mode & 0o777 == 0o700


def test_a_put_that_fails_leaves_the_old_file_and_no_half_of_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = LocalFolder(tmp_path)
    key = new_key(TENANT, uuid.uuid4())
    storage.put(key, b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        storage.put(key, b"new")
    assert storage.get(key) == b"old"
    assert [path.name for path in (tmp_path / TENANT.hex).iterdir()] == [key.partition("/")[2]]


def test_what_a_killed_process_was_writing_is_cleared_away(tmp_path: Path) -> None:
    storage = LocalFolder(tmp_path)
    key = new_key(TENANT, uuid.uuid4())
    storage.put(key, b"x")
    (tmp_path / TENANT.hex / ".put-abc").write_bytes(b"half")
    assert list(storage.older_than(TENANT, LATER)) == [key]
    assert not (tmp_path / TENANT.hex / ".put-abc").exists()


def test_the_bucket_is_asked_to_encrypt(bucket: Settings) -> None:
    storage = open_storage(bucket)
    sent: list[str | None] = []
    storage._client.meta.events.register(  # type: ignore[attr-defined]
        "before-send.s3.PutObject",
        lambda request, **_: sent.append(
            request.headers.get("x-amz-server-side-encryption", b"").decode()
        ),
    )
    storage.put(new_key(TENANT, uuid.uuid4()), b"x")
    assert sent == ["AES256"]


def test_a_bucket_that_is_not_there_is_a_fault_of_the_store(bucket: Settings) -> None:
    storage = open_storage(bucket.model_copy(update={"documents_s3_bucket": "another"}))
    with pytest.raises(StorageError, match="NoSuchBucket"):
        storage.put(new_key(TENANT, uuid.uuid4()), b"x")


def test_the_folder_lies_outside_what_the_web_shows() -> None:
    settings = Settings(environment="test")
    assert settings.documents_folder == ROOT / "var" / "documents"
    assert isinstance(open_storage(settings), LocalFolder)
    shown = ROOT / "saas" / "web" / "static" / "documents"
    with pytest.raises(StorageError, match="shows to everyone"):
        open_storage(settings.model_copy(update={"documents_dir": shown}))
