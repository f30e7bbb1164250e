# Made by make_stubs.py from stub_template.pyi, the C headers and the library's field tables; not to be edited.
#
# "| Any" stands where there may be None that a program seldom has to ask for: a record or a time that
# isn't there.

import dataclasses
import datetime
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Generic, TypeVar, overload

from . import resources

version: str
build_date: str
__version__: str

def open(
    data: str | os.PathLike[str] | None = None,
    *,
    logger: logging.Logger | None = None,
    migrate: bool = True,
    background: bool = True,
    #<mc_app_options>
) -> App: ...

def plain_text(escaped: str) -> str: ...

def render(
    markdown: str,
    *,
    site_url: str | None = None,
    site_domain: str | None = None,
    mention: Callable[[str], int | None] | None = None,
) -> str: ...

@dataclasses.dataclass(frozen=True)
class Credentials:
    scheme: str
    token: str
    site_id: int
    site_key: str
    address: str

@dataclasses.dataclass(frozen=True)
class AuthFlow:
    site_id: int
    site_key: str
    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    verifier: str
    code: str
    issuer: str

@dataclasses.dataclass(frozen=True)
class Mail:
    site_id: int | None
    sender: str
    from_name: str
    reply_to: str
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    message_id: str
    message: bytes

@dataclasses.dataclass(frozen=True)
class Identity:
    email: str
    name: str | None = None
    valid_for: int | datetime.timedelta = 0

class App:
    def __init__(
        self,
        data: str | os.PathLike[str] | None = None,
        *,
        logger: logging.Logger | None = None,
        migrate: bool = True,
        background: bool = True,
        #<mc_app_options>
    ) -> None: ...
    def __enter__(self) -> App: ...
    def __exit__(self, *_: object) -> None: ...
    def close(self) -> None: ...
    @property
    def closed(self) -> bool: ...
    @property
    def database(self) -> str: ...
    def migrate(self) -> None: ...
    def check(self) -> None: ...
    def check_images(self) -> None: ...
    def check_files(self) -> None: ...
    def step(self) -> float: ...
    def fileno(self) -> int: ...
    def stats(self) -> AppStats: ...
    def run(self) -> None: ...
    def stop(self) -> None: ...
    def session(
        self,
        site: str | None = None,
        *,
        act_as: int | str | None = None,
        name: str | None = None,
        connection: Any = None,
        #<mc_visit>
    ) -> Session: ...
    def add_auth_provider(
        self, provider: Callable[[Credentials], Identity | None], name: str | None = None
    ) -> None: ...
    def auth_provider(
        self, provider: Callable[[Credentials], Identity | None]
    ) -> Callable[[Credentials], Identity | None]: ...
    def add_sign_in_provider(
        self,
        name: str,
        begin: Callable[[AuthFlow], str],
        end: Callable[[AuthFlow], Identity],
        title: str | None = None,
    ) -> None: ...
    def set_mailer(self, mailer: Callable[[Mail], object]) -> None: ...
    def forget_identities(self) -> None: ...
    def run_mail(self) -> None: ...

class Session:
    app: App
    def __enter__(self) -> Session: ...
    def __exit__(self, *_: object) -> None: ...
    def close(self) -> None: ...
    @property
    def closed(self) -> bool: ...
    def enter(
        self,
        site: str | None = None,
        *,
        #<mc_visit>
    ) -> None: ...
    def act_as(self, actor: int | str | None, name: str | None = None) -> None: ...
    def use(self, connection: Any) -> None: ...
    def reset(self) -> None: ...
    @property
    def site_id(self) -> int: ...
    @property
    def profile_id(self) -> int: ...
    @property
    def is_banned(self) -> bool: ...
    @property
    def ban_reason(self) -> str: ...
    @property
    def is_root_site(self) -> bool: ...
    @property
    def is_secure(self) -> bool: ...
    def upload(
        self,
        source: str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Iterable[bytes],
        name: str | None = None,
        *,
        progress: Callable[[int], Any] | None = None,
        max_width: int = 0,
        max_height: int = 0,
        content_type: str | None = None,
    ) -> File: ...
    def upload_all(
        self,
        sources: Iterable[Any],
        *,
        progress: Callable[[int], Any] | None = None,
        max_width: int = 0,
        max_height: int = 0,
    ) -> FileList: ...
    def site_export(self, path: str | os.PathLike[str], *, progress: Callable[[str, int, int], Any] | None = None) -> MoveReport: ...
    def site_import(
        self,
        path: str | os.PathLike[str],
        site_key: str,
        *,
        title: str | None = None,
        product: str | None = None,
        owner_id: int = 0,
        dry_run: bool = False,
        progress: Callable[[str, int, int], Any] | None = None,
    ) -> MoveReport: ...
    @overload
    def download(self, file: File | Attachment | str, to: None = None, *, offset: int = 0, length: int = -1) -> bytes: ...
    @overload
    def download(
        self, file: File | Attachment | str, to: str | os.PathLike[str] | BinaryIO, *, offset: int = 0, length: int = -1
    ) -> None: ...
    def download_link(self, file: File | Attachment | str, seconds: int) -> str: ...
    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def transaction(self) -> AbstractContextManager[Session]: ...
    #<properties>

    # The operations by their names in C

    #<operations>

class Record:
    fields: tuple[str, ...]
    def json(self) -> str: ...

_T = TypeVar("_T")

class List(Generic[_T]):
    def __getitem__(self, index: int) -> _T: ...
    def page(self) -> Page[_T]: ...
    def total(self) -> int: ...
    def pages(self) -> Iterator[Page[_T]]: ...
    def __iter__(self) -> Iterator[_T]: ...

class Changes(Generic[_T]):
    cursor: str | None
    def __iter__(self) -> Iterator[_T]: ...
    def __aiter__(self) -> AsyncIterator[_T]: ...

#<records>

class Error(Exception):
    code: int
    slug: str
    message: str
    sqlstate: str
    reason: int
    faults: list[tuple[str, str]]
    def __init__(
        self, message: str = "", sqlstate: str = "", reason: int = 0, faults: Iterable[tuple[str, str]] = ()
    ) -> None: ...

#<errors>
