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
    database: str | None = None,
    base_domain: str | None = None,
    default_site: str | None = None,
    connections: int | None = None,
    wait_ms: int | None = None,
    statement_ms: int | None = None,
    prepare: bool | None = None,
    cache_size: int | None = None,
    changes_keep_s: int | None = None,
    create: bool | None = None,
    legal: str | None = None,
    operator_name: str | None = None,
    operator_address: str | None = None,
    operator_email: str | None = None,
    files: str | None = None,
    file_size: int | None = None,
    profile_files: int | None = None,
    image_program: str | None = None,
    jobs: str | None = None,
    gravatar: bool | None = None,
    geocoder: str | None = None,
    outgoing_allow: str | None = None,
    smtp: str | None = None,
    smtp_ca: str | None = None,
    smtp_wait_ms: int | None = None,
    mail_from: str | None = None,
    mail_reply_to: str | None = None,
    mail_templates: str | None = None,
    s3_endpoint: str | None = None,
    s3_region: str | None = None,
    s3_access_key: str | None = None,
    s3_secret_key: str | None = None,
    s3_spool: str | None = None,
    s3_path_style: bool | None = None,
    s3_timeout_ms: int | None = None,
    spam_check: str | None = None,
    spam_check_closed: bool | None = None,
    password_memory: int | None = None,
    password_passes: int | None = None,
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
        database: str | None = None,
        base_domain: str | None = None,
        default_site: str | None = None,
        connections: int | None = None,
        wait_ms: int | None = None,
        statement_ms: int | None = None,
        prepare: bool | None = None,
        cache_size: int | None = None,
        changes_keep_s: int | None = None,
        create: bool | None = None,
        legal: str | None = None,
        operator_name: str | None = None,
        operator_address: str | None = None,
        operator_email: str | None = None,
        files: str | None = None,
        file_size: int | None = None,
        profile_files: int | None = None,
        image_program: str | None = None,
        jobs: str | None = None,
        gravatar: bool | None = None,
        geocoder: str | None = None,
        outgoing_allow: str | None = None,
        smtp: str | None = None,
        smtp_ca: str | None = None,
        smtp_wait_ms: int | None = None,
        mail_from: str | None = None,
        mail_reply_to: str | None = None,
        mail_templates: str | None = None,
        s3_endpoint: str | None = None,
        s3_region: str | None = None,
        s3_access_key: str | None = None,
        s3_secret_key: str | None = None,
        s3_spool: str | None = None,
        s3_path_style: bool | None = None,
        s3_timeout_ms: int | None = None,
        spam_check: str | None = None,
        spam_check_closed: bool | None = None,
        password_memory: int | None = None,
        password_passes: int | None = None,
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
        host: str | None = None,
        token: str | None = None,
        address: str | None = None,
        scheme: str | None = None,
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
        host: str | None = None,
        token: str | None = None,
        address: str | None = None,
        scheme: str | None = None,
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
    @property
    def tokens(self) -> resources.Tokens: ...
    @property
    def users(self) -> resources.Users: ...
    @property
    def accounts(self) -> resources.Accounts: ...
    @property
    def browser_sessions(self) -> resources.BrowserSessions: ...
    @property
    def codes(self) -> resources.Codes: ...
    @property
    def mail_codes(self) -> resources.MailCodes: ...
    @property
    def emails(self) -> resources.Emails: ...
    @property
    def passwords(self) -> resources.Passwords: ...
    @property
    def second_factors(self) -> resources.SecondFactors: ...
    @property
    def permissions(self) -> resources.Permissions: ...
    @property
    def roles(self) -> resources.Roles: ...
    @property
    def role_profiles(self) -> resources.RoleProfiles: ...
    @property
    def owns(self) -> resources.Owns: ...
    @property
    def access_tokens(self) -> resources.AccessTokens: ...
    @property
    def clients(self) -> resources.Clients: ...
    @property
    def sign_in_codes(self) -> resources.SignInCodes: ...
    @property
    def sign_in_providers(self) -> resources.SignInProviders: ...
    @property
    def sites(self) -> resources.Sites: ...
    @property
    def sign_in_choices(self) -> resources.SignInChoices: ...
    @property
    def signs(self) -> resources.Signs: ...
    @property
    def bans(self) -> resources.Bans: ...
    @property
    def audits(self) -> resources.Audits: ...
    @property
    def site_status(self) -> resources.SiteStatus: ...
    @property
    def site_hosts(self) -> resources.SiteHosts: ...
    @property
    def site_keys(self) -> resources.SiteKeys: ...
    @property
    def platform_days(self) -> resources.PlatformDays: ...
    @property
    def legals(self) -> resources.Legals: ...
    @property
    def profiles(self) -> resources.Profiles: ...
    @property
    def profile_options(self) -> resources.ProfileOptions: ...
    @property
    def ignores(self) -> resources.Ignores: ...
    @property
    def microcosms(self) -> resources.Microcosms: ...
    @property
    def conversations(self) -> resources.Conversations: ...
    @property
    def comments(self) -> resources.Comments: ...
    @property
    def events(self) -> resources.Events: ...
    @property
    def calendar_links(self) -> resources.CalendarLinks: ...
    @property
    def places(self) -> resources.Places: ...
    @property
    def polls(self) -> resources.Polls: ...
    @property
    def poll_votes(self) -> resources.PollVotes: ...
    @property
    def attributes(self) -> resources.Attributes: ...
    @property
    def files(self) -> resources.Files: ...
    @property
    def attachments(self) -> resources.Attachments: ...
    @property
    def huddles(self) -> resources.Huddles: ...
    @property
    def searches(self) -> resources.Searches: ...
    @property
    def trendings(self) -> resources.Trendings: ...
    @property
    def urls(self) -> resources.Urls: ...
    @property
    def short_links(self) -> resources.ShortLinks: ...
    @property
    def watchers(self) -> resources.Watchers: ...
    @property
    def updates(self) -> resources.Updates: ...
    @property
    def update_preferences(self) -> resources.UpdatePreferences: ...
    @property
    def changes(self) -> resources.Changes: ...
    @property
    def jobs(self) -> resources.Jobs: ...
    @property
    def queue_lists(self) -> resources.QueueLists: ...
    @property
    def queues(self) -> resources.Queues: ...
    @property
    def mails(self) -> resources.Mails: ...

    # The operations by their names in C

    def token_create(self, email: str, days: int) -> str: ...
    def token_revoke(self, token: str) -> None: ...
    def token_revoke_id(self, token_id: int | Token) -> None: ...
    def tokens_list(self, email: str, after: int, *, limit: int | None = None) -> TokenList: ...
    def users_list(self, after: int, *, limit: int | None = None) -> UserList: ...
    def account_sign_in(
        self,
        *,
        email: str | None = None,
        password: str | None = None,
        code: str | None = None,
        second_factor: str | None = None,
    ) -> Token: ...
    def account_sign_in_body(self, body: str | bytes, *, format: str = 'json') -> Token: ...
    def browser_session_find(self) -> BrowserSession: ...
    def browser_session_check(self, csrf_token: str) -> None: ...
    def code_send(self, *, purpose: str | None = None, email: str | None = None) -> None: ...
    def code_send_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def mail_code_find(self, purpose: str, code: str) -> MailCode: ...
    def email_confirm(self, *, email: str | None = None, code: str | None = None) -> None: ...
    def email_confirm_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def password_change(self, *, current: str | None = None, password: str | None = None) -> None: ...
    def password_change_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def password_reset(
        self,
        *,
        email: str | None = None,
        code: str | None = None,
        password: str | None = None,
    ) -> None: ...
    def password_reset_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def password_set(self, email: str, password: str) -> None: ...
    def second_factor_find(self) -> SecondFactor: ...
    def second_factor_begin(self) -> TotpSecret: ...
    def second_factor_confirm(self, *, code: str | None = None) -> RecoveryCodes: ...
    def second_factor_confirm_body(self, body: str | bytes, *, format: str = 'json') -> RecoveryCodes: ...
    def second_factor_prove(self, *, code: str | None = None) -> None: ...
    def second_factor_prove_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def second_factor_renew(self) -> RecoveryCodes: ...
    def second_factor_remove(self) -> None: ...
    def second_factor_remove_from(self, email: str) -> None: ...
    def permissions_get(
        self,
        *,
        item_type: str | int | None = None,
        item_id: int | Record | None = None,
        microcosm_id: int | Microcosm | None = None,
        explain: bool = False,
    ) -> Permissions | Any: ...
    def roles_list(
        self,
        microcosm_id: int | Microcosm,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def role_find(self, microcosm_id: int | Microcosm, role_id: int | Role) -> Role: ...
    def role_create(
        self,
        microcosm_id: int | Microcosm,
        *,
        title: str,
        is_moderator: bool | None = None,
        is_banned: bool | None = None,
        include_guests: bool | None = None,
        include_users: bool | None = None,
        can_create: bool | None = None,
        can_read: bool | None = None,
        can_update: bool | None = None,
        can_delete: bool | None = None,
        can_close_own: bool | None = None,
        can_open_own: bool | None = None,
        can_read_others: bool | None = None,
        edit_reason: str | None = None,
    ) -> int: ...
    def role_create_body(
        self,
        microcosm_id: int | Microcosm,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> int: ...
    def role_edit_save(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        *,
        title: str | None = None,
        is_moderator: bool | None = None,
        is_banned: bool | None = None,
        include_guests: bool | None = None,
        include_users: bool | None = None,
        can_create: bool | None = None,
        can_read: bool | None = None,
        can_update: bool | None = None,
        can_delete: bool | None = None,
        can_close_own: bool | None = None,
        can_open_own: bool | None = None,
        can_read_others: bool | None = None,
        edit_reason: str | None = None,
    ) -> None: ...
    def role_edit_body(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def role_patch(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        ops: Mapping[str, bool] | None = None,
        **flags: bool,
    ) -> None: ...
    def role_patch_body(self, microcosm_id: int | Microcosm, role_id: int | Role, body: str | bytes) -> None: ...
    def role_delete(self, microcosm_id: int | Microcosm, role_id: int | Role) -> None: ...
    def role_profiles_list(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def role_profile_find(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        profile_id: int | Profile,
    ) -> RoleProfile: ...
    def role_profiles_add(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        *,
        ids: Iterable[int | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def role_profiles_add_body(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def role_profile_put(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        profile_id: int | Profile,
    ) -> None: ...
    def role_profiles_remove(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        *,
        ids: Iterable[int | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def role_profiles_remove_body(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def role_profile_delete(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        profile_id: int | Profile,
    ) -> None: ...
    def role_members(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def role_criteria(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def role_criterion_find(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        criterion_id: int | Criterion,
    ) -> Criterion: ...
    def role_criterion_create(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        *,
        predicate: str,
        or_group: int | None = None,
        profile_column: str | None = None,
        attr_key: str | None = None,
        value_text: str | None = None,
        value_number: float | None = None,
        value_boolean: bool | None = None,
    ) -> int: ...
    def role_criterion_create_body(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> int: ...
    def role_criterion_edit_save(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        criterion_id: int | Criterion,
        *,
        or_group: int | None = None,
        profile_column: str | None = None,
        attr_key: str | None = None,
        predicate: str | None = None,
        value_text: str | None = None,
        value_number: float | None = None,
        value_boolean: bool | None = None,
    ) -> None: ...
    def role_criterion_edit_body(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        criterion_id: int | Criterion,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def role_criterion_delete(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        criterion_id: int | Criterion,
    ) -> None: ...
    def role_criteria_remove(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        *,
        ids: Iterable[int | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def role_criteria_remove_body(
        self,
        microcosm_id: int | Microcosm,
        role_id: int | Role,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def user_find(self, user_id: int | User) -> Account: ...
    def users_create(self, *, users: Iterable[str | User | Mapping[str, Any]]) -> ProfileList: ...
    def users_create_body(self, body: str | bytes, *, format: str = 'json') -> ProfileList: ...
    def users_batch(self, *, memberships: Iterable[Mapping[str, Any]] | None = None) -> None: ...
    def users_batch_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def tokens_list_own(
        self,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def own_token_find(self, token_id: int | Token) -> Token: ...
    def own_token_create(
        self,
        *,
        name: str,
        scope: str,
        days: int | None = None,
        microcosms: Iterable[int] | None = None,
        networks: Iterable[str] | None = None,
    ) -> Token: ...
    def own_token_create_body(self, body: str | bytes, *, format: str = 'json') -> Token: ...
    def own_token_revoke(self, token_id: int | Token) -> None: ...
    def own_tokens_revoke(self) -> None: ...
    def access_token_find(self, token: str) -> AccessToken: ...
    def access_token_revoke(self, token: str) -> None: ...
    def client_create(self, name: str) -> Client: ...
    def clients_list(self, after: int, *, limit: int | None = None) -> ClientList: ...
    def client_delete(self, client_id: int | Client) -> None: ...
    def sign_in_code_create(self, token: str, path: str) -> SignInCode: ...
    def sign_in_code_begin(
        self,
        path: str,
        *,
        email: str | None = None,
        password: str | None = None,
        code: str | None = None,
        second_factor: str | None = None,
    ) -> SignInCode: ...
    def sign_in_code_begin_body(self, body: str | bytes, path: str, *, format: str = 'json') -> SignInCode: ...
    def sign_in_code_prove(self, code: str, factor: str, path: str) -> SignInCode: ...
    def sign_in_code_exchange(
        self,
        *,
        code: str | None = None,
        client_secret: str | None = None,
        state: str | None = None,
    ) -> Token: ...
    def sign_in_code_exchange_body(self, body: str | bytes, *, format: str = 'json') -> Token: ...
    def sign_in_providers_list(self) -> SignInProviderList: ...
    def sign_in_provider_set(
        self,
        name: str,
        *,
        kind: str | None = None,
        title: str | None = None,
        issuer: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        scopes: str | None = None,
        authorize_url: str | None = None,
        token_url: str | None = None,
        user_url: str | None = None,
        emails_url: str | None = None,
        subject_key: str | None = None,
        email_key: str | None = None,
        verified_key: str | None = None,
        name_key: str | None = None,
        links: bool | None = None,
        registers: bool | None = None,
    ) -> None: ...
    def sign_in_provider_set_body(self, name: str, body: str | bytes, *, format: str = 'json') -> None: ...
    def sign_in_provider_remove(self, name: str) -> None: ...
    def site_providers_list(self, site_id: int | Site) -> SignInProviderList: ...
    def site_provider_set(
        self,
        site_id: int | Site,
        name: str,
        *,
        kind: str | None = None,
        title: str | None = None,
        issuer: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        scopes: str | None = None,
        authorize_url: str | None = None,
        token_url: str | None = None,
        user_url: str | None = None,
        emails_url: str | None = None,
        subject_key: str | None = None,
        email_key: str | None = None,
        verified_key: str | None = None,
        name_key: str | None = None,
        links: bool | None = None,
        registers: bool | None = None,
    ) -> None: ...
    def site_provider_set_body(
        self,
        site_id: int | Site,
        name: str,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def site_provider_remove(self, site_id: int | Site, name: str) -> None: ...
    def sign_in_choices_list(self) -> SignInChoiceList: ...
    def sign_in_begin(self, name: str, path: str) -> SignInStart: ...
    def sign_in_end(
        self,
        name: str,
        *,
        secret: str | None = None,
        state: str | None = None,
        code: str | None = None,
        issuer: str | None = None,
        error: str | None = None,
    ) -> SignInCode: ...
    def bans_list(
        self,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def ban_find(self, ban_id: int | Ban) -> Ban: ...
    def ban_create(
        self,
        *,
        user_id: int | User | None = None,
        profile_id: int | Profile | None = None,
        email: str | None = None,
        display_reason: str | None = None,
        admin_reason: str | None = None,
        expires: str | None = None,
    ) -> int: ...
    def ban_create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def ban_delete(self, ban_id: int | Ban) -> None: ...
    def ban_lift(
        self,
        *,
        user_id: int | User | None = None,
        profile_id: int | Profile | None = None,
        email: str | None = None,
        display_reason: str | None = None,
        admin_reason: str | None = None,
        expires: str | None = None,
    ) -> None: ...
    def ban_lift_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def audit_list(
        self,
        *,
        profile_id: int | Profile | None = None,
        item_type: str | int | None = None,
        item_id: int | Record | None = None,
        action: str | None = None,
        since: str | None = None,
        until: str | None = None,
        before: str | None = None,
        limit: int | None = None,
    ) -> AuditPage: ...
    def site_get(self) -> Site: ...
    def site_picture(self, theme_id: int | Record) -> str: ...
    def sites_list(self, after: int, *, limit: int | None = None) -> SiteList: ...
    def site_find(self, site_id: int | Site) -> Site: ...
    def site_status_get(self, site_id: int | Site) -> SiteStatus: ...
    def sites_list_public(
        self,
        *,
        owned: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def site_create(
        self,
        owner_email: str,
        *,
        title: str,
        subdomain_key: str,
        description: str | None = None,
        theme_id: int | Record | None = None,
        logo_url: str | None = None,
        favicon_url: str | None = None,
        background_url: str | None = None,
        background_color: str | None = None,
        link_color: str | None = None,
        background_position: str | None = None,
        ga_web_property_id: str | None = None,
        deleted: bool | None = None,
        search_language: str | None = None,
    ) -> int: ...
    def site_create_own(
        self,
        *,
        title: str | None = None,
        description: str | None = None,
        subdomain_key: str | None = None,
        theme_id: int | Record | None = None,
        logo_url: str | None = None,
        favicon_url: str | None = None,
        background_url: str | None = None,
        background_color: str | None = None,
        link_color: str | None = None,
        background_position: str | None = None,
        ga_web_property_id: str | None = None,
        deleted: bool | None = None,
        search_language: str | None = None,
    ) -> int: ...
    def site_create_own_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def site_edit_save(
        self,
        site_id: int | Site,
        *,
        title: str | None = None,
        description: str | None = None,
        subdomain_key: str | None = None,
        theme_id: int | Record | None = None,
        logo_url: str | None = None,
        favicon_url: str | None = None,
        background_url: str | None = None,
        background_color: str | None = None,
        link_color: str | None = None,
        background_position: str | None = None,
        ga_web_property_id: str | None = None,
        deleted: bool | None = None,
        search_language: str | None = None,
    ) -> None: ...
    def site_edit_body(self, site_id: int | Site, body: str | bytes, *, format: str = 'json') -> None: ...
    def site_settings_set(
        self,
        key: str,
        *,
        domain: str | None = None,
        force_ssl: bool | None = None,
        deleted: bool | None = None,
        auth0_domain: str | None = None,
        auth0_client_id: str | None = None,
        markdown_max: int | None = None,
    ) -> None: ...
    def site_menu_get(self, site_id: int | Site) -> LinkList: ...
    def site_menu_set(self, site_id: int | Site, *, links: Iterable[Mapping[str, Any]] | None = None) -> None: ...
    def site_menu_set_body(self, site_id: int | Site, body: str | bytes, *, format: str = 'json') -> None: ...
    def site_menu_clear(self, site_id: int | Site) -> None: ...
    def site_host_find(self, domain: str) -> SiteHost: ...
    def site_key_find(self, key: str) -> SiteKey: ...
    def platform_days_list(self) -> PlatformDays: ...
    def platform_day_take(self) -> None: ...
    def legal_list(self) -> LegalIndex: ...
    def legal_get(self, name: str) -> Legal: ...
    def profile_self(self) -> Profile: ...
    def profile_get(self, profile_id: int | Profile) -> Profile: ...
    def profile_get_page(
        self,
        profile_id: int | Profile,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Profile: ...
    def profile_comments(
        self,
        profile_id: int | Profile,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def profile_comments_json(
        self,
        profile_id: int | Profile,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> str: ...
    def profile_picture(self, profile_id: int | Profile) -> str: ...
    def profiles_list(
        self,
        *,
        name_starts_with: str | None = None,
        top: bool | None = None,
        following: bool | None = None,
        online: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def profile_edit_save(
        self,
        profile_id: int | Profile,
        *,
        profile_name: str | None = None,
        visible: bool | None = None,
        style_id: int | Record | None = None,
    ) -> None: ...
    def profile_edit_body(
        self,
        profile_id: int | Profile,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def profile_patch_body(self, profile_id: int | Profile, body: str | bytes) -> None: ...
    def profile_options_get(self) -> ProfileOptions: ...
    def profile_options_set(
        self,
        *,
        profile_id: int | Profile | None = None,
        show_dob: bool | None = None,
        show_dob_year: bool | None = None,
        send_email: bool | None = None,
        send_sms: bool | None = None,
        is_discouraged: bool | None = None,
        digest: str | None = None,
    ) -> None: ...
    def profile_options_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def profile_mark_read(self, item_type: str | int, item_id: int | Record) -> None: ...
    def profile_mark_read_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def ignore_set(self, item_type: str | int, item_id: int | Record, ignored: bool) -> None: ...
    def ignore_body(self, ignored: bool, body: str | bytes, *, format: str = 'json') -> None: ...
    def ignores_list(
        self,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def microcosm_get(
        self,
        microcosm_id: int | Microcosm,
        *,
        polls: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Microcosm: ...
    def microcosm_json(
        self,
        microcosm_id: int | Microcosm,
        *,
        polls: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> str: ...
    def microcosm_picture(self, microcosm_id: int | Microcosm) -> str: ...
    def microcosms_tree(self) -> LinkList: ...
    def microcosm_create(
        self,
        *,
        title: str,
        description: str,
        visibility: str | None = None,
        parent_id: int | Record | None = None,
        item_types: Iterable[str] | None = None,
        logo_url: str | None = None,
        remove_logo: bool | None = None,
        edit_reason: str | None = None,
    ) -> int: ...
    def microcosm_create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def microcosm_edit_save(
        self,
        microcosm_id: int | Microcosm,
        *,
        edit_reason: str,
        title: str | None = None,
        description: str | None = None,
        visibility: str | None = None,
        parent_id: int | Record | None = None,
        item_types: Iterable[str] | None = None,
        logo_url: str | None = None,
        remove_logo: bool | None = None,
    ) -> None: ...
    def microcosm_edit_body(
        self,
        microcosm_id: int | Microcosm,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def microcosm_patch(
        self,
        microcosm_id: int | Microcosm,
        ops: Mapping[str, bool] | None = None,
        **flags: bool,
    ) -> None: ...
    def microcosm_patch_body(self, microcosm_id: int | Microcosm, body: str | bytes) -> None: ...
    def microcosm_delete(self, microcosm_id: int | Microcosm) -> None: ...
    def conversation_get(
        self,
        conversation_id: int | Conversation,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Conversation: ...
    def conversation_json(
        self,
        conversation_id: int | Conversation,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> str: ...
    def conversations_list(
        self,
        *,
        microcosm_id: int | Microcosm | None = None,
        is_attending: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def conversation_create(
        self,
        *,
        microcosm_id: int | Microcosm,
        title: str,
        edit_reason: str | None = None,
    ) -> int: ...
    def conversation_create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def conversation_edit_save(
        self,
        conversation_id: int | Conversation,
        *,
        edit_reason: str,
        microcosm_id: int | Microcosm | None = None,
        title: str | None = None,
    ) -> None: ...
    def conversation_edit_body(
        self,
        conversation_id: int | Conversation,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def conversation_patch(
        self,
        conversation_id: int | Conversation,
        ops: Mapping[str, bool] | None = None,
        **flags: bool,
    ) -> None: ...
    def conversation_patch_body(self, conversation_id: int | Conversation, body: str | bytes) -> None: ...
    def conversation_delete(self, conversation_id: int | Conversation) -> None: ...
    def conversation_last_comment(
        self,
        conversation_id: int | Conversation,
        *,
        limit: int | None = None,
    ) -> Position: ...
    def conversation_new_comment(
        self,
        conversation_id: int | Conversation,
        *,
        limit: int | None = None,
    ) -> Position: ...
    def comment_get(
        self,
        comment_id: int | Comment,
        *,
        limit: int | None = None,
        offset: int | None = None,
    ) -> Comment: ...
    def comment_create(
        self,
        *,
        item_type: str,
        item_id: int | Record,
        markdown: str,
        in_reply_to: int | Record | None = None,
    ) -> int: ...
    def comment_create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def comment_edit_save(
        self,
        comment_id: int | Comment,
        *,
        markdown: str,
        item_type: str | None = None,
        item_id: int | Record | None = None,
        in_reply_to: int | Record | None = None,
    ) -> None: ...
    def comment_edit_body(
        self,
        comment_id: int | Comment,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def comment_patch(
        self,
        comment_id: int | Comment,
        ops: Mapping[str, bool] | None = None,
        **flags: bool,
    ) -> None: ...
    def comment_patch_body(self, comment_id: int | Comment, body: str | bytes) -> None: ...
    def comment_delete(self, comment_id: int | Comment) -> None: ...
    def comment_position(self, comment_id: int | Comment, *, limit: int | None = None) -> Position: ...
    def event_get(
        self,
        event_id: int | Event,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Event: ...
    def event_json(
        self,
        event_id: int | Event,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> str: ...
    def events_list(
        self,
        *,
        microcosm_id: int | Microcosm | None = None,
        is_attending: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def event_create(
        self,
        *,
        microcosm_id: int | Microcosm,
        title: str,
        edit_reason: str | None = None,
        when: str | None = None,
        tz: str | None = None,
        duration: int | None = None,
        where: str | None = None,
        lat: float | None = None,
        lon: float | None = None,
        north: float | None = None,
        east: float | None = None,
        south: float | None = None,
        west: float | None = None,
        rsvp_limit: int | None = None,
    ) -> int: ...
    def event_create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def event_edit_save(
        self,
        event_id: int | Event,
        *,
        edit_reason: str,
        microcosm_id: int | Microcosm | None = None,
        title: str | None = None,
        when: str | None = None,
        tz: str | None = None,
        duration: int | None = None,
        where: str | None = None,
        lat: float | None = None,
        lon: float | None = None,
        north: float | None = None,
        east: float | None = None,
        south: float | None = None,
        west: float | None = None,
        rsvp_limit: int | None = None,
    ) -> None: ...
    def event_edit_body(self, event_id: int | Event, body: str | bytes, *, format: str = 'json') -> None: ...
    def event_patch(
        self,
        event_id: int | Event,
        ops: Mapping[str, bool] | None = None,
        **flags: bool,
    ) -> None: ...
    def event_patch_body(self, event_id: int | Event, body: str | bytes) -> None: ...
    def event_delete(self, event_id: int | Event) -> None: ...
    def event_last_comment(self, event_id: int | Event, *, limit: int | None = None) -> Position: ...
    def event_new_comment(self, event_id: int | Event, *, limit: int | None = None) -> Position: ...
    def event_attendees(
        self,
        event_id: int | Event,
        only_attending: bool,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def event_attendee(self, event_id: int | Event, profile_id: int | Profile) -> Attendee: ...
    def event_attendees_csv(self, event_id: int | Event) -> str: ...
    def event_attendee_set(
        self,
        event_id: int | Event,
        *,
        profile_id: int | Profile | None = None,
        rsvp: str | None = None,
    ) -> None: ...
    def event_attendee_body(
        self,
        event_id: int | Event,
        profile_id: int | Profile,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> int: ...
    def event_attendees_set(
        self,
        event_id: int | Event,
        *,
        attendees: Iterable[int | Profile | Attendee | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def event_attendees_body(self, event_id: int | Event, body: str | bytes, *, format: str = 'json') -> None: ...
    def event_attendee_delete(self, event_id: int | Event, profile_id: int | Profile) -> None: ...
    def calendar_link_get(self) -> CalendarLink: ...
    def calendar_link_create(self) -> CalendarLink: ...
    def calendar_link_revoke(self) -> None: ...
    def events_calendar(self, token: str) -> str: ...
    def microcosm_calendar(self, microcosm_id: int | Microcosm, token: str) -> str: ...
    def place_find(self, query: str) -> str: ...
    def poll_get(
        self,
        poll_id: int | Poll,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Poll: ...
    def poll_json(
        self,
        poll_id: int | Poll,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> str: ...
    def polls_list(
        self,
        *,
        microcosm_id: int | Microcosm | None = None,
        is_attending: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def poll_create(
        self,
        *,
        microcosm_id: int | Microcosm,
        title: str,
        question: str,
        choices: Iterable[str | PollChoice | Mapping[str, Any]],
        edit_reason: str | None = None,
        multi: bool | None = None,
        poll_open: bool | None = None,
        poll_closes: str | None = None,
        hide_results: bool | None = None,
        force: bool | None = None,
    ) -> int: ...
    def poll_create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def poll_edit_save(
        self,
        poll_id: int | Poll,
        *,
        edit_reason: str,
        microcosm_id: int | Microcosm | None = None,
        title: str | None = None,
        question: str | None = None,
        choices: Iterable[str | PollChoice | Mapping[str, Any]] | None = None,
        multi: bool | None = None,
        poll_open: bool | None = None,
        poll_closes: str | None = None,
        hide_results: bool | None = None,
        force: bool | None = None,
    ) -> None: ...
    def poll_edit_body(self, poll_id: int | Poll, body: str | bytes, *, format: str = 'json') -> None: ...
    def poll_patch(self, poll_id: int | Poll, ops: Mapping[str, bool] | None = None, **flags: bool) -> None: ...
    def poll_patch_body(self, poll_id: int | Poll, body: str | bytes) -> None: ...
    def poll_delete(self, poll_id: int | Poll) -> None: ...
    def poll_last_comment(self, poll_id: int | Poll, *, limit: int | None = None) -> Position: ...
    def poll_new_comment(self, poll_id: int | Poll, *, limit: int | None = None) -> Position: ...
    def poll_vote_get(self, poll_id: int | Poll) -> PollVote: ...
    def poll_vote_set(self, poll_id: int | Poll, *, choices: Iterable[int] | None = None) -> None: ...
    def poll_vote_body(self, poll_id: int | Poll, body: str | bytes, *, format: str = 'json') -> None: ...
    def poll_vote_delete(self, poll_id: int | Poll) -> None: ...
    def attributes_list(
        self,
        item_type: str | int,
        item_id: int | Record,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def attribute_get(self, item_type: str | int, item_id: int | Record, key: str) -> Attribute: ...
    def attribute_set(
        self,
        item_type: str | int,
        item_id: int | Record,
        *,
        key: str | None = None,
        value_text: str | None = None,
        value_number: float | None = None,
        value_boolean: bool | None = None,
    ) -> None: ...
    def attribute_body(
        self,
        item_type: str | int,
        item_id: int | Record,
        key: str,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def attributes_set_many(
        self,
        item_type: str | int,
        item_id: int | Record,
        *,
        attributes: Iterable[Attribute | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def attributes_set_many_body(
        self,
        item_type: str | int,
        item_id: int | Record,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def attribute_delete(self, item_type: str | int, item_id: int | Record, key: str) -> None: ...
    def attributes_delete_many(
        self,
        item_type: str | int,
        item_id: int | Record,
        *,
        attributes: Iterable[Attribute | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def attributes_delete_many_body(
        self,
        item_type: str | int,
        item_id: int | Record,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def file_get(self, file_hash: str) -> File: ...
    def file_thumbnail(self, file_hash: str, width: int) -> File: ...
    def attachments_list(
        self,
        item_type: str | int,
        item_id: int | Record,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def attachment_set(
        self,
        item_type: str | int,
        item_id: int | Record,
        *,
        file_hash: str | None = None,
        file_name: str | None = None,
    ) -> None: ...
    def attachment_body(
        self,
        item_type: str | int,
        item_id: int | Record,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def attachment_delete(self, item_type: str | int, item_id: int | Record, file_hash: str) -> None: ...
    def huddle_get(
        self,
        huddle_id: int | Huddle,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Huddle: ...
    def huddle_json(
        self,
        huddle_id: int | Huddle,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> str: ...
    def huddles_list(
        self,
        *,
        unread: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def huddle_create(
        self,
        *,
        title: str,
        is_confidential: bool | None = None,
        participants: Iterable[int | Mapping[str, Any]] | None = None,
    ) -> int: ...
    def huddle_create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def huddle_leave(self, huddle_id: int | Huddle) -> None: ...
    def huddle_last_comment(self, huddle_id: int | Huddle, *, limit: int | None = None) -> Position: ...
    def huddle_new_comment(self, huddle_id: int | Huddle, *, limit: int | None = None) -> Position: ...
    def huddle_participants(
        self,
        huddle_id: int | Huddle,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def huddle_participant_get(self, huddle_id: int | Huddle, profile_id: int | Profile) -> Participant: ...
    def huddle_participants_add(
        self,
        huddle_id: int | Huddle,
        *,
        participants: Iterable[int | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def huddle_participants_add_body(
        self,
        huddle_id: int | Huddle,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def huddle_participant_remove(self, huddle_id: int | Huddle, profile_id: int | Profile) -> None: ...
    def search_find(
        self,
        *,
        q: str | None = None,
        parameters: str | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> SearchResult: ...
    def search_suggest(self, q: str) -> SuggestionList: ...
    def trending_list(
        self,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def url_resolve(self, url: str) -> Resolved: ...
    def short_link_follow(self, code: str) -> ShortLink: ...
    def short_link_save(self, code: str, url: str) -> None: ...
    def watcher_create(
        self,
        *,
        item_type: str,
        item_id: int | Record | None = None,
        update_type_id: int | Record | None = None,
    ) -> int: ...
    def watcher_create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def watcher_set(
        self,
        *,
        item_type: str | None = None,
        item_id: int | Record | None = None,
        send_email: bool | None = None,
        send_sms: bool | None = None,
    ) -> None: ...
    def watcher_set_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def watcher_remove(self, item_type: str | int, item_id: int | Record) -> None: ...
    def watcher_delete(self, watcher_id: int | Watcher) -> None: ...
    def watchers_list(
        self,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def updates_list(
        self,
        *,
        polls: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> Collection: ...
    def update_preferences_list(self) -> UpdatePreferenceList: ...
    def update_preference_get(self, update_type_id: int | Record) -> UpdatePreference: ...
    def update_preference_set(
        self,
        update_type_id: int | Record,
        *,
        send_email: bool | None = None,
        send_sms: bool | None = None,
    ) -> None: ...
    def update_preference_set_body(
        self,
        update_type_id: int | Record,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def changes_next(self, *, cursor: str | None = None, limit: int | None = None) -> ChangeList: ...
    def jobs_list(self) -> JobList: ...
    def job_run(self, name: str) -> None: ...
    def queue_list_get(self) -> QueueList: ...
    def queue_retry(self, kind: str) -> int: ...
    def mail_test(self, address: str) -> None: ...
    def mail_unsubscribe(self, token: str) -> None: ...
    def mail_bounce(self, address: str) -> None: ...
    def mail_bounces(self, *, bounces: Iterable[str | Mapping[str, Any]] | None = None) -> None: ...
    def mail_bounces_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def mail_allow(self, address: str) -> None: ...

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

class Link(Record):
    rel: str
    href: str
    title: str
    text: str
    logo_url: str
    id: int
    level: int
    parent_id: int

class Flags(Record):
    sticky: bool | None
    open: bool | None
    deleted: bool | None
    moderated: bool | None
    visible: bool | None
    unread: bool | None
    watched: bool | None
    ignored: bool | None
    send_email: bool | None
    send_sms: bool | None
    attending: bool | None

class Permissions(Record):
    can_create: bool
    can_read: bool
    can_update: bool
    can_delete: bool
    can_close_own: bool
    can_open_own: bool
    can_read_others: bool
    is_guest: bool
    is_banned: bool
    is_owner: bool
    is_moderator: bool
    is_site_owner: bool
    why: tuple[PermissionReason, ...]

class PermissionReason(Record):
    decides: tuple[str, ...]
    reason: str

class Stat(Record):
    metric: str
    value: int

class Meta(Record):
    in_reply_to: Comment | Any
    replies: tuple[Comment, ...]
    created: datetime.datetime | Any
    created_by: Profile | Any
    edited: datetime.datetime | Any
    edited_by: Profile | Any
    edit_reason: str
    flags: Flags | Any
    stats: tuple[Stat, ...]
    links: tuple[Link, ...]
    permissions: Permissions | Any

class Page(Record, Generic[_T]):
    total: int
    limit: int
    offset: int
    max_offset: int
    total_pages: int
    page: int
    links: tuple[Link, ...]
    list_type: str
    items: tuple[_T, ...]
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[_T]: ...
    def __reversed__(self) -> Iterator[_T]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> _T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[_T, ...]: ...

class Entry(Record):
    item_type: str
    item_id: int
    item: Microcosm | Conversation | Event | Poll | Profile | Huddle | Role

class Collection(Record):
    microcosms: Page[Microcosm] | Any
    conversations: Page[Conversation] | Any
    events: Page[Event] | Any
    polls: Page[Poll] | Any
    profiles: Page[Profile] | Any
    comments: Page[Comment] | Any
    sites: Page[Site] | Any
    attendees: Page[Attendee] | Any
    huddles: Page[Huddle] | Any
    participants: Page[Participant] | Any
    ignored: Page[Entry] | Any
    roles: Page[Role] | Any
    criteria: Page[Criterion] | Any
    attributes: Page[Attribute] | Any
    attachments: Page[Attachment] | Any
    bans: Page[Ban] | Any
    tokens: Page[Token] | Any
    watchers: Page[Watcher] | Any
    items: Page[Entry] | Any
    updates: Page[Update] | Any
    meta: Meta | Any

class LinkList(Record):
    links: tuple[Link, ...]
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Link]: ...
    def __reversed__(self) -> Iterator[Link]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> Link: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Link, ...]: ...

class Site(Record):
    id: int
    site_url: str
    title: str
    description: str
    subdomain_key: str
    domain: str
    force_ssl: bool
    owned_by: Profile | Any
    theme_id: int
    logo_url: str
    favicon_url: str
    background_color: str
    background_url: str
    background_position: str
    link_color: str
    ga_web_property_id: str
    menu: tuple[Link, ...]
    auth0_domain: str
    auth0_client_id: str
    search_language: str
    meta: Meta | Any

class SiteSummary(Record):
    id: int
    subdomain_key: str
    domain: str
    title: str
    created: datetime.datetime | Any
    deleted: bool

class SiteList(Record):
    sites: tuple[SiteSummary, ...]
    more: bool
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[SiteSummary]: ...
    def __reversed__(self) -> Iterator[SiteSummary]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> SiteSummary: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[SiteSummary, ...]: ...

class User(Record):
    id: int
    email: str
    created: datetime.datetime | Any
    confirmed: datetime.datetime | Any

class UserList(Record):
    users: tuple[User, ...]
    more: bool
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[User]: ...
    def __reversed__(self) -> Iterator[User]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> User: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[User, ...]: ...

class Token(Record):
    id: int
    user_id: int
    email: str
    created: datetime.datetime | Any
    expires: datetime.datetime | Any
    name: str
    scope: str
    microcosms: tuple[int, ...]
    networks: tuple[str, ...]
    last_used: datetime.datetime | Any
    access_token: str

class TokenList(Record):
    tokens: tuple[Token, ...]
    more: bool
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Token]: ...
    def __reversed__(self) -> Iterator[Token]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> Token: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Token, ...]: ...

class AccessToken(Record):
    access_token: str
    user: Account | Any
    client_id: int
    created: datetime.datetime | Any
    expires: datetime.datetime | Any
    scope: str

class Client(Record):
    id: int
    name: str
    created: datetime.datetime | Any
    secret: str

class ClientList(Record):
    clients: tuple[Client, ...]
    more: bool
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Client]: ...
    def __reversed__(self) -> Iterator[Client]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> Client: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Client, ...]: ...

class SignInCode(Record):
    code: str
    url: str
    path: str
    needs_factor: bool

class SignInProvider(Record):
    name: str
    kind: str
    title: str
    issuer: str
    client_id: str
    has_secret: bool
    scopes: str
    authorize_url: str
    token_url: str
    user_url: str
    emails_url: str
    subject_key: str
    email_key: str
    verified_key: str
    name_key: str
    links: bool
    registers: bool

class SignInProviderList(Record):
    providers: tuple[SignInProvider, ...]
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[SignInProvider]: ...
    def __reversed__(self) -> Iterator[SignInProvider]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> SignInProvider: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[SignInProvider, ...]: ...

class SignInChoice(Record):
    name: str
    title: str
    href: str

class SignInChoiceList(Record):
    providers: tuple[SignInChoice, ...]
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[SignInChoice]: ...
    def __reversed__(self) -> Iterator[SignInChoice]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> SignInChoice: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[SignInChoice, ...]: ...

class SignInStart(Record):
    url: str
    secret: str

class Role(Record):
    id: int
    title: str
    site_id: int
    microcosm_id: int
    is_moderator: bool
    is_banned: bool
    include_guests: bool
    include_users: bool
    can_create: bool
    can_read: bool
    can_update: bool
    can_delete: bool
    can_close_own: bool
    can_open_own: bool
    can_read_others: bool
    meta: Meta | Any
    members: Page[Profile] | Any

class RoleProfile(Record):
    profile: Profile | Any

class Criterion(Record):
    id: int
    or_group: int
    profile_column: str
    attr_key: str
    predicate: str
    value_text: str
    value_number: float | None
    value_boolean: bool | None

class KnownText(Record):
    text: str
    is_known: bool

class KnownNumber(Record):
    number: int
    is_known: bool

class Account(Record):
    id: int
    email: str
    gender: KnownText | Any
    created: datetime.datetime | Any
    state: KnownText | Any
    dob_day: KnownNumber | Any
    dob_month: KnownNumber | Any
    dob_year: KnownNumber | Any
    canonical_email: str
    meta: Meta | Any

class ProfileList(Record):
    profiles: tuple[Profile, ...]
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Profile]: ...
    def __reversed__(self) -> Iterator[Profile]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> Profile: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Profile, ...]: ...

class Ban(Record):
    id: int
    user_id: int
    profile: Profile | Any
    email_pattern: str
    display_reason: str
    admin_reason: str
    expires: datetime.datetime | Any
    meta: Meta | Any

class AuditEntry(Record):
    id: int
    item_type: str
    item_id: int
    action: str
    created: datetime.datetime | Any
    address: str
    profile: Profile | Any

class AuditPage(Record):
    limit: int
    next: str
    links: tuple[Link, ...]
    items: tuple[AuditEntry, ...]

class Profile(Record):
    id: int
    site_id: int
    user_id: int
    email: str
    profile_name: str
    member: bool
    gender: str
    visible: bool
    style_id: int
    item_count: int
    comment_count: int
    profile_comment: Comment | Any
    created: datetime.datetime | Any
    last_active: datetime.datetime | Any
    avatar: str
    comments: Page[Comment] | Any
    meta: Meta | Any

class ProfileOptions(Record):
    profile_id: int
    show_dob: bool
    show_dob_year: bool
    send_email: bool
    send_sms: bool
    is_discouraged: bool
    digest: str

class SiteHost(Record):
    host: str

class SiteKey(Record):
    reserved: bool

class SiteHealth(Record):
    set: bool
    valid: bool
    error: str
    value: str

class SiteStatus(Record):
    site: Site | Any
    domain: SiteHealth | Any
    background_url: SiteHealth | Any
    logo_url: SiteHealth | Any
    analytics_id: SiteHealth | Any

class Job(Record):
    name: str
    summary: str
    schedule: str
    next_due: datetime.datetime | Any
    is_running: bool
    last_started: datetime.datetime | Any
    last_finished: datetime.datetime | Any
    last_problem: str

class JobList(Record):
    jobs: tuple[Job, ...]
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Job]: ...
    def __reversed__(self) -> Iterator[Job]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> Job: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Job, ...]: ...

class QueueKind(Record):
    name: str
    waiting: int
    retried: int
    dead: int
    oldest: datetime.datetime | Any
    last_problem: str

class QueueList(Record):
    kinds: tuple[QueueKind, ...]
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[QueueKind]: ...
    def __reversed__(self) -> Iterator[QueueKind]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> QueueKind: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[QueueKind, ...]: ...

class PlatformDay(Record):
    taken: datetime.datetime | Any
    sites: int
    engaged_sites: int
    conversations: int
    comments: int
    profiles: int
    edited_profiles: int
    new_profiles: int
    sign_ins: int
    people: int

class PlatformDays(Record):
    days: tuple[PlatformDay, ...]

class Legal(Record):
    html: str
    last_modified: datetime.datetime | Any

class LegalIndex(Record):
    links: tuple[Link, ...]

class SearchResult(Record):
    query: SearchQuery | Any
    time_taken_ms: int
    results: Page[SearchHit] | Any

class SearchQuery(Record):
    q: str
    in_title: bool | None
    hashtags: tuple[str, ...]
    forum_ids: tuple[int, ...]
    item_types: tuple[str, ...]
    ids: tuple[int, ...]
    author_id: int
    emails: tuple[str, ...]
    following: bool | None
    since: str
    until: str
    event_after: str
    event_before: str
    attendee: bool | None
    has: tuple[str, ...]
    sort: str
    author: str
    ignored: str
    searched: str

class SearchHit(Record):
    item_type: str
    item: Any
    parent_item_type: str
    parent_item: Any
    unread: bool
    rank: float
    last_modified: datetime.datetime | Any
    highlight: str

class SuggestionList(Record):
    suggestions: tuple[Suggestion, ...]
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Suggestion]: ...
    def __reversed__(self) -> Iterator[Suggestion]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> Suggestion: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Suggestion, ...]: ...

class Suggestion(Record):
    item_type: str
    item_id: int
    title: str
    href: str

class MoveReport(Record):
    counts: tuple[MoveCount, ...]
    problems: tuple[str, ...]
    problem_count: int
    site_id: int

class MoveCount(Record):
    kind: str
    count: int
    moved: int

class Resolved(Record):
    url: str
    status: int
    redirect: Link | Any
    item_type: str
    item_id: int
    offset: int
    action: str
    search: str

class ShortLink(Record):
    code: str
    url: str

class Watcher(Record):
    id: int
    item_type_id: int
    item_id: int
    last_notified: datetime.datetime | Any
    send_email: bool
    send_sms: bool
    item: Any
    item_type: str

class Update(Record):
    id: int
    update_type: str
    item_type: str
    item: Any
    parent_item_type: str
    parent_item: Any
    meta: Meta | Any

class UpdatePreference(Record):
    profile_id: int
    id: int
    description: str
    send_email: bool
    send_sms: bool
    meta: Meta | Any

class UpdatePreferenceList(Record):
    preferences: tuple[UpdatePreference, ...]
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[UpdatePreference]: ...
    def __reversed__(self) -> Iterator[UpdatePreference]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> UpdatePreference: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[UpdatePreference, ...]: ...

class Microcosm(Record):
    id: int
    parent_id: int
    breadcrumb: tuple[Link, ...]
    site_id: int
    visibility: str
    title: str
    description: str
    logo_url: str
    item_types: tuple[str, ...]
    children: tuple[Link, ...]
    moderators: Any
    items: Page[Entry] | Any
    total_items: int
    total_comments: int
    most_recent_update: Entry | Any
    meta: Meta | Any

class LastComment(Record):
    id: int
    created: datetime.datetime | Any
    created_by: Profile | Any

class Conversation(Record):
    id: int
    title: str
    microcosm_id: int
    breadcrumb: tuple[Link, ...]
    comments: Page[Comment] | Any
    total_comments: int
    total_views: int
    last_comment: LastComment | Any
    meta: Meta | Any

class Position(Record):
    item_type: str
    item_id: int
    comment_id: int
    offset: int

class Comment(Record):
    id: int
    item_type: str
    item_id: int
    revisions: int
    in_reply_to: int
    attachments: int
    first_line: str
    markdown: str
    html: str
    meta: Meta | Any

class Event(Record):
    id: int
    title: str
    microcosm_id: int
    breadcrumb: tuple[Link, ...]
    when: datetime.datetime | Any
    tz: str
    when_tz: datetime.datetime | Any
    duration: int
    where: str
    lat: float
    lon: float
    north: float
    east: float
    south: float
    west: float
    status: str
    rsvp_limit: int
    rsvp_attend: int
    rsvp_spaces: int
    comments: Page[Comment] | Any
    total_comments: int
    total_views: int
    last_comment: LastComment | Any
    meta: Meta | Any

class PollChoice(Record):
    id: int
    choice: str
    order: int
    votes: int
    voter_count: int

class Poll(Record):
    id: int
    title: str
    microcosm_id: int
    breadcrumb: tuple[Link, ...]
    question: str
    multi: bool
    poll_open: bool
    choices: tuple[PollChoice, ...]
    voter_count: int
    poll_closes: datetime.datetime | Any
    hide_results: bool
    results_hidden: bool
    comments: Page[Comment] | Any
    total_comments: int
    total_views: int
    meta: Meta | Any

class Attendee(Record):
    profile_id: int
    profile: Profile | Any
    rsvp: str
    waiting: bool
    rsvpd_on: datetime.datetime | Any
    meta: Meta | Any

class CalendarLink(Record):
    created: datetime.datetime | Any
    token: str
    events: str

class PollVote(Record):
    choices: tuple[int, ...]

class Attribute(Record):
    key: str
    value_text: str
    value_number: float | None
    value_boolean: bool | None

class File(Record):
    created: datetime.datetime | Any
    file_name: str
    file_ext: str
    file_size: int
    file_hash: str
    mime_type: str
    width: int
    height: int
    sha256: str
    is_public: bool
    is_inline: bool

class FileList(Record):
    files: tuple[File, ...]
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[File]: ...
    def __reversed__(self) -> Iterator[File]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[File, ...]: ...

class Attachment(Record):
    profile_id: int
    file_hash: str
    file_name: str
    file_ext: str
    created: datetime.datetime | Any
    meta: Meta | Any

class Huddle(Record):
    id: int
    title: str
    is_confidential: bool
    total_comments: int
    participants: tuple[Profile, ...]
    comments: Page[Comment] | Any
    last_comment_id: int
    last_comment_created_by: Profile | Any
    last_comment_created: datetime.datetime | Any
    meta: Meta | Any

class Participant(Record):
    id: int
    participant: Profile | Any

class Change(Record):
    id: int
    item_type: str
    item_id: int
    parent_type: str
    parent_id: int
    microcosm_id: int
    action: str
    profile_id: int
    created: datetime.datetime | Any

class ChangeList(Record):
    changes: tuple[Change, ...]
    cursor: str
    more: bool
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Change]: ...
    def __reversed__(self) -> Iterator[Change]: ...
    def __contains__(self, item: object) -> bool: ...
    @overload
    def __getitem__(self, index: int) -> Change: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Change, ...]: ...

class AppStats(Record):
    cache_hits: int
    cache_misses: int
    cache_entries: int
    cache_bytes: int
    cache_most_bytes: int
    cache_evictions: int
    cache_clears: int
    cache_trusted: bool
    pool_size: int
    pool_lent: int
    pool_waits: int
    feed_passes: int
    feed_changes: int
    feed_position: int
    feed_age_ms: int
    jobs: tuple[Job, ...]
    queue: tuple[QueueKind, ...]
    feed_wakeups: int

class BrowserSession(Record):
    csrf_token: str

class SecondFactor(Record):
    is_on: bool
    since: datetime.datetime | Any
    recovery_codes: int

class TotpSecret(Record):
    secret: str
    uri: str

class RecoveryCodes(Record):
    codes: tuple[str, ...]

class MailCode(Record):
    purpose: str
    email: str
    is_new: bool


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

class InvalidInput(Error): ...
class NotFound(Error): ...
class Forbidden(Error): ...
class Unauthenticated(Error): ...
class Banned(Error): ...
class NoSite(Error): ...
class Closed(Error): ...
class Conflict(Error): ...
class Unsupported(Error): ...
class TooLarge(Error): ...
class Database(Error): ...
class Unavailable(Error): ...
class Busy(Error): ...
class Schema(Error): ...
class NoMemory(Error): ...
class BadState(Error): ...
class System(Error): ...
class Gone(Error): ...
class Remote(Error): ...
class TooMany(Error): ...
class OutOfResources(Error): ...

__all__ = [
    "App",
    "AuthFlow",
    "Changes",
    "Credentials",
    "Error",
    "Identity",
    "List",
    "Mail",
    "Record",
    "Session",
    "build_date",
    "open",
    "plain_text",
    "render",
    "resources",
    "version",
    "InvalidInput",
    "NotFound",
    "Forbidden",
    "Unauthenticated",
    "Banned",
    "NoSite",
    "Closed",
    "Conflict",
    "Unsupported",
    "TooLarge",
    "Database",
    "Unavailable",
    "Busy",
    "Schema",
    "NoMemory",
    "BadState",
    "System",
    "Gone",
    "Remote",
    "TooMany",
    "OutOfResources",
    "Link",
    "Flags",
    "Permissions",
    "PermissionReason",
    "Stat",
    "Meta",
    "Page",
    "Entry",
    "Collection",
    "LinkList",
    "Site",
    "SiteSummary",
    "SiteList",
    "User",
    "UserList",
    "Token",
    "TokenList",
    "AccessToken",
    "Client",
    "ClientList",
    "SignInCode",
    "SignInProvider",
    "SignInProviderList",
    "SignInChoice",
    "SignInChoiceList",
    "SignInStart",
    "Role",
    "RoleProfile",
    "Criterion",
    "KnownText",
    "KnownNumber",
    "Account",
    "ProfileList",
    "Ban",
    "AuditEntry",
    "AuditPage",
    "Profile",
    "ProfileOptions",
    "SiteHost",
    "SiteKey",
    "SiteHealth",
    "SiteStatus",
    "Job",
    "JobList",
    "QueueKind",
    "QueueList",
    "PlatformDay",
    "PlatformDays",
    "Legal",
    "LegalIndex",
    "SearchResult",
    "SearchQuery",
    "SearchHit",
    "SuggestionList",
    "Suggestion",
    "MoveReport",
    "MoveCount",
    "Resolved",
    "ShortLink",
    "Watcher",
    "Update",
    "UpdatePreference",
    "UpdatePreferenceList",
    "Microcosm",
    "LastComment",
    "Conversation",
    "Position",
    "Comment",
    "Event",
    "PollChoice",
    "Poll",
    "Attendee",
    "CalendarLink",
    "PollVote",
    "Attribute",
    "File",
    "FileList",
    "Attachment",
    "Huddle",
    "Participant",
    "Change",
    "ChangeList",
    "AppStats",
    "BrowserSession",
    "SecondFactor",
    "TotpSecret",
    "RecoveryCodes",
    "MailCode",
]
