"""Files in a bucket that speaks S3, encrypted at rest by the store. Needs the extra `s3`."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from saas.config import Settings
from saas.documents.storage import CHUNK, MissingFileError, StorageError, checked

# A page waits for the store; the person at it does not wait longer than this.
SECONDS = 10


class S3Bucket:
    """One bucket. Without keys in the settings the machine's own role is used."""

    def __init__(self, settings: Settings) -> None:
        self.bucket = settings.documents_s3_bucket
        self.encryption = settings.documents_s3_encryption
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=settings.documents_s3_endpoint or None,
            region_name=settings.documents_s3_region or None,
            aws_access_key_id=settings.documents_s3_access_key.get_secret_value() or None,
            aws_secret_access_key=settings.documents_s3_secret_key.get_secret_value() or None,
            config=Config(
                connect_timeout=SECONDS,
                read_timeout=SECONDS,
                retries={"max_attempts": 2, "mode": "standard"},
            ),
        )

    def put(self, key: str, content: bytes) -> None:
        try:
            self._client.put_object(
                Bucket=self.bucket,
                Key=checked(key),
                Body=content,
                ServerSideEncryption=self.encryption,
            )
        except (BotoCoreError, ClientError) as failed:
            raise StorageError(_said(failed)) from failed

    def get(self, key: str) -> bytes:
        try:
            found = self._client.get_object(Bucket=self.bucket, Key=checked(key))
            content: bytes = found["Body"].read()
        except ClientError as failed:
            if failed.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise MissingFileError(key) from None
            raise StorageError(_said(failed)) from failed
        except BotoCoreError as failed:
            raise StorageError(_said(failed)) from failed
        return content

    def put_file(self, key: str, path: Path) -> None:
        try:
            self._client.upload_file(
                str(path),
                self.bucket,
                checked(key),
                ExtraArgs={"ServerSideEncryption": self.encryption},
            )
        except (BotoCoreError, ClientError, S3UploadFailedError) as failed:
            raise StorageError(_said(failed)) from failed

    def chunks(self, key: str) -> Iterator[bytes]:
        try:
            found = self._client.get_object(Bucket=self.bucket, Key=checked(key))
            yield from found["Body"].iter_chunks(CHUNK)
        except ClientError as failed:
            if failed.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise MissingFileError(key) from None
            raise StorageError(_said(failed)) from failed
        except BotoCoreError as failed:
            raise StorageError(_said(failed)) from failed

    def delete(self, key: str) -> None:
        try:
            self._client.delete_object(Bucket=self.bucket, Key=checked(key))
        except (BotoCoreError, ClientError) as failed:
            raise StorageError(_said(failed)) from failed

    def older_than(self, tenant: uuid.UUID, moment: dt.datetime) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2")
        try:
            for page in pages.paginate(Bucket=self.bucket, Prefix=f"{tenant.hex}/"):
                for found in page.get("Contents", ()):
                    if found["LastModified"] < moment:
                        yield found["Key"]
        except (BotoCoreError, ClientError) as failed:
            raise StorageError(_said(failed)) from failed


def _said(failed: BotoCoreError | ClientError | S3UploadFailedError) -> str:
    """What the store said, without the address that it was asked for."""
    if isinstance(failed, ClientError):
        return f"the store answered {failed.response['Error']['Code']}"
    return f"the store does not answer: {type(failed).__name__}"
