"""Files in S3-compatible storage: few requests, retries, and reading that goes on where a line broke.

Only imported where settings.STORAGES names it: the web process without S3 does not load boto3.
"""

from __future__ import annotations

import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from django.core.files.base import File
from django.utils.translation import gettext as _
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from curation.errors import StorageDown

MIB = 1 << 20
PIECE = MIB  # bytes read at a time
PART = 16 * MIB  # of a multi-part upload; 10,000 of them are the most that S3 takes, 160 GB
IN_MEMORY = 8 * MIB  # of a file that is read; what is larger goes through a temporary file
ATTEMPTS = 6  # with growing pauses in between, half a minute in all
SILENCE = 5.0  # seconds in which pages do not ask a storage again that did not answer
CONNECTIONS = 32
_making = threading.Lock()


class Listed(NamedTuple):
    """A file as a list of the storage has it."""

    name: str
    bytes: int
    modified: datetime


class Bucket(S3Storage):
    """django-storages' S3 storage, made for many small pictures and few large archives.

    One client a process serves all threads (boto3's clients are safe for that, making one is slow). Where
    storage does not answer after all attempts, or says no, StorageDown is raised: its text is for people.
    silent_until: where it did not answer, by time.monotonic(); see services.files.opened.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.silent_until = 0.0
        self._client: Any = None
        self._client_of = 0  # process: a forked one must not use its parent's connections
        self.client_config = Config(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            connect_timeout=10,
            read_timeout=60,
            max_pool_connections=CONNECTIONS,
            tcp_keepalive=True,
            s3={"addressing_style": self.addressing_style},
            # Not every S3-compatible storage knows the newer checksums; ours are SHA-256, of whole files.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        self.transfer_config = TransferConfig(
            multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4
        )
        self.max_memory_size = IN_MEMORY

    @property
    def client(self) -> Any:
        """The client of this process."""
        with _making:
            if self._client_of != os.getpid():
                self._client = self._create_session().client(
                    "s3",
                    region_name=self.region_name,
                    endpoint_url=self.endpoint_url,
                    verify=self.verify,
                    config=self.client_config,
                )
                self._client_of = os.getpid()
            return self._client

    def key(self, name: str) -> str:
        return str(self._normalize_name(clean_name(name)))

    def _open(self, name: str, mode: str = "rb") -> Any:
        """One request, where S3File would take three."""
        if mode != "rb":
            return super()._open(name, mode)
        file = tempfile.SpooledTemporaryFile(max_size=self.max_memory_size)  # noqa: SIM115
        try:
            for piece in self.pieces(name):
                file.write(piece)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return File(file, name)

    def _save(self, name: str, content: Any) -> str:
        with self._said(name):
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with self._said(name):
            self.client.delete_object(Bucket=self.bucket_name, Key=self.key(name))

    def exists(self, name: str) -> bool:
        return self.head(name) is not None

    def head(self, name: str) -> dict[str, Any] | None:
        """What S3 says about a file, None where it is not there."""
        with self._said(name):
            try:
                return dict(self.client.head_object(Bucket=self.bucket_name, Key=self.key(name)))
            except ClientError as error:
                if _status(error) == 404:
                    return None
                raise

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, some at a time. Raises FileNotFoundError at once, not with the first piece."""
        return self._pieces(name, self._get(name))

    def _pieces(self, name: str, answer: dict[str, Any]) -> Iterator[bytes]:
        size, at, broken = answer["ContentLength"], 0, 0
        while True:
            try:
                for piece in answer["Body"].iter_chunks(PIECE):
                    at += len(piece)
                    broken = 0
                    yield piece
                return
            except (HTTPClientError, IncompleteReadError) as error:
                answer["Body"].close()
                broken += 1
                if at >= size:
                    return
                if broken >= ATTEMPTS:
                    raise self._refusal(name, error) from error
                pause(broken)
                answer = self._get(name, Range=f"bytes={at}-", IfMatch=answer["ETag"])

    def _get(self, name: str, **more: str) -> dict[str, Any]:
        with self._said(name):
            try:
                return dict(self.client.get_object(Bucket=self.bucket_name, Key=self.key(name), **more))
            except ClientError as error:
                if _status(error) == 404 and error.response["Error"]["Code"] != "NoSuchBucket":
                    raise FileNotFoundError(f"There is no {self.key(name)} in {self.bucket_name}.") from error
                raise

    def put_file(self, name: str, path: Path, *, sha256: str) -> None:
        """Send a file from disk, in several parts where it is large; it can be seen once it is whole.

        Its SHA-256 goes along, as the metadata `sha256`.
        """
        more = {"Metadata": {"sha256": sha256}, "ContentType": self.default_content_type}
        with self._said(name):
            self.client.upload_file(
                str(path), self.bucket_name, self.key(name), ExtraArgs=more, Config=self.transfer_config
            )

    def holds(self, name: str, size: int, sha256: str) -> bool:
        """Whether `put_file` has sent this file before. size: bytes."""
        head = self.head(name)
        return (
            head is not None
            and head["ContentLength"] == size
            and head.get("Metadata", {}).get("sha256") == sha256
        )

    def abort_parts(self, name: str) -> int:
        """Throw away the parts of uploads of this file that were never finished; how many uploads."""
        key, found = self.key(name), 0
        with self._said(name):
            pages = self.client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=key):
                for upload in page.get("Uploads", ()):
                    if upload["Key"] == key:
                        self.client.abort_multipart_upload(
                            Bucket=self.bucket_name, Key=key, UploadId=upload["UploadId"]
                        )
                        found += 1
        return found

    def names(self, folder: str) -> Iterator[str]:
        """Names of all files below a folder, without it."""
        return (one.name for one in self.listed(folder))

    def listed(self, folder: str = "") -> Iterator[Listed]:
        """All files below a folder, or all there are; names without it."""
        prefix = f"{self.key(folder)}/" if folder else f"{self.location.strip('/')}/"
        with self._said(folder):
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=prefix):
                for entry in page.get("Contents", ()):
                    yield Listed(entry["Key"].removeprefix(prefix), entry["Size"], entry["LastModified"])

    @contextmanager
    def _said(self, name: str) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, Boto3Error, ClientError) as error:
            raise self._refusal(name, error) from error

    def _refusal(self, name: str, error: Exception) -> StorageDown:
        answered = isinstance(error, ClientError)
        if not answered:
            self.silent_until = time.monotonic() + SILENCE
        words = " ".join(str(error).split())
        where = _(" at %(address)s") % {"address": self.endpoint_url} if self.endpoint_url else ""
        return StorageDown(
            _(
                "%(key)s: the storage%(where)s, bucket %(bucket)s, did not do what was asked of it "
                "(%(words)s). Try again when it answers; what has arrived there is kept."
            )
            % {"key": self.key(name), "where": where, "bucket": self.bucket_name, "words": words},
            answered=answered,
        )


def pause(broken: int) -> None:
    """Wait longer with each time in a row that a line broke, never the same time as others do."""
    time.sleep(random.uniform(0.5, 1.0) * min(0.25 * 2**broken, 10.0))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
