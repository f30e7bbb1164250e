# Made by make_stubs.py from stub_template_resources.pyi, the C headers and the library's field tables; not to be
# edited.

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import microcosm

class Resource: ...

class Tokens(Resource):
    def create(self, email: str, days: int) -> str: ...
    def revoke(self, token: str) -> None: ...
    def revoke_id(self, token: int | microcosm.Token) -> None: ...
    def list(self, email: str, after: int, *, limit: int | None = None) -> microcosm.TokenList: ...
    def list_own(
        self,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Record]: ...

class Users(Resource):
    def list(self, after: int, *, limit: int | None = None) -> microcosm.UserList: ...
    def find(self, user: int | microcosm.User) -> microcosm.Account: ...
    def create(self, *, users: Iterable[str | microcosm.User | Mapping[str, Any]]) -> microcosm.ProfileList: ...
    def create_body(self, body: str | bytes, *, format: str = 'json') -> microcosm.ProfileList: ...
    def batch(self, *, memberships: Iterable[Mapping[str, Any]] | None = None) -> None: ...
    def batch_body(self, body: str | bytes, *, format: str = 'json') -> None: ...

class Accounts(Resource):
    def sign_in(
        self,
        *,
        email: str | None = None,
        password: str | None = None,
        code: str | None = None,
        second_factor: str | None = None,
    ) -> microcosm.Token: ...
    def sign_in_body(self, body: str | bytes, *, format: str = 'json') -> microcosm.Token: ...

class BrowserSessions(Resource):
    def find(self) -> microcosm.BrowserSession: ...
    def check(self, csrf_token: str) -> None: ...

class Codes(Resource):
    def send(self, *, purpose: str | None = None, email: str | None = None) -> None: ...
    def send_body(self, body: str | bytes, *, format: str = 'json') -> None: ...

class MailCodes(Resource):
    def find(self, purpose: str, code: str) -> microcosm.MailCode: ...

class Emails(Resource):
    def confirm(self, *, email: str | None = None, code: str | None = None) -> None: ...
    def confirm_body(self, body: str | bytes, *, format: str = 'json') -> None: ...

class Passwords(Resource):
    def change(self, *, current: str | None = None, password: str | None = None) -> None: ...
    def change_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def reset(
        self,
        *,
        email: str | None = None,
        code: str | None = None,
        password: str | None = None,
    ) -> None: ...
    def reset_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def set(self, email: str, password: str) -> None: ...

class SecondFactors(Resource):
    def find(self) -> microcosm.SecondFactor: ...
    def begin(self) -> microcosm.TotpSecret: ...
    def confirm(self, *, code: str | None = None) -> microcosm.RecoveryCodes: ...
    def confirm_body(self, body: str | bytes, *, format: str = 'json') -> microcosm.RecoveryCodes: ...
    def prove(self, *, code: str | None = None) -> None: ...
    def prove_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def renew(self) -> microcosm.RecoveryCodes: ...
    def remove(self) -> None: ...
    def remove_from(self, email: str) -> None: ...

class Permissions(Resource):
    def get(
        self,
        *,
        item_type: str | int | None = None,
        item: int | microcosm.Record | None = None,
        microcosm: int | microcosm.Microcosm | None = None,
        explain: bool = False,
    ) -> microcosm.Permissions | Any: ...

class Roles(Resource):
    def list(
        self,
        microcosm: int | microcosm.Microcosm,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Role]: ...
    def find(self, microcosm: int | microcosm.Microcosm, role: int | microcosm.Role) -> microcosm.Role: ...
    def create(
        self,
        microcosm: int | microcosm.Microcosm,
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
    def create_body(self, microcosm: int | microcosm.Microcosm, body: str | bytes, *, format: str = 'json') -> int: ...
    def edit(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
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
    def edit_body(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def patch(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        ops: Mapping[str, bool] | None = None,
        **flags: bool,
    ) -> None: ...
    def patch_body(self, microcosm: int | microcosm.Microcosm, role: int | microcosm.Role, body: str | bytes) -> None: ...
    def delete(self, microcosm: int | microcosm.Microcosm, role: int | microcosm.Role) -> None: ...
    def members(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Record]: ...
    def criteria(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Record]: ...
    def criterion_find(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        criterion: int | microcosm.Criterion,
    ) -> microcosm.Criterion: ...
    def criterion_create(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        *,
        predicate: str,
        or_group: int | None = None,
        profile_column: str | None = None,
        attr_key: str | None = None,
        value_text: str | None = None,
        value_number: float | None = None,
        value_boolean: bool | None = None,
    ) -> int: ...
    def criterion_create_body(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> int: ...
    def criterion_edit(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        criterion: int | microcosm.Criterion,
        *,
        or_group: int | None = None,
        profile_column: str | None = None,
        attr_key: str | None = None,
        predicate: str | None = None,
        value_text: str | None = None,
        value_number: float | None = None,
        value_boolean: bool | None = None,
    ) -> None: ...
    def criterion_edit_body(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        criterion: int | microcosm.Criterion,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def criterion_delete(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        criterion: int | microcosm.Criterion,
    ) -> None: ...
    def criteria_remove(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        *,
        ids: Iterable[int | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def criteria_remove_body(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...

class RoleProfiles(Resource):
    def list(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.RoleProfile]: ...
    def find(self, microcosm: int | microcosm.Microcosm, role: int | microcosm.Role, profile: int | microcosm.Profile) -> microcosm.RoleProfile: ...
    def add(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        *,
        ids: Iterable[int | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def add_body(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def put(self, microcosm: int | microcosm.Microcosm, role: int | microcosm.Role, profile: int | microcosm.Profile) -> None: ...
    def remove(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        *,
        ids: Iterable[int | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def remove_body(
        self,
        microcosm: int | microcosm.Microcosm,
        role: int | microcosm.Role,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def delete(self, microcosm: int | microcosm.Microcosm, role: int | microcosm.Role, profile: int | microcosm.Profile) -> None: ...

class Owns(Resource):
    def token_find(self, token: int | microcosm.Token) -> microcosm.Token: ...
    def token_create(
        self,
        *,
        name: str,
        scope: str,
        days: int | None = None,
        microcosms: Iterable[int] | None = None,
        networks: Iterable[str] | None = None,
    ) -> microcosm.Token: ...
    def token_create_body(self, body: str | bytes, *, format: str = 'json') -> microcosm.Token: ...
    def token_revoke(self, token: int | microcosm.Token) -> None: ...
    def tokens_revoke(self) -> None: ...

class AccessTokens(Resource):
    def find(self, token: str) -> microcosm.AccessToken: ...
    def revoke(self, token: str) -> None: ...

class Clients(Resource):
    def create(self, name: str) -> microcosm.Client: ...
    def list(self, after: int, *, limit: int | None = None) -> microcosm.ClientList: ...
    def delete(self, client: int | microcosm.Client) -> None: ...

class SignInCodes(Resource):
    def create(self, token: str, path: str) -> microcosm.SignInCode: ...
    def begin(
        self,
        path: str,
        *,
        email: str | None = None,
        password: str | None = None,
        code: str | None = None,
        second_factor: str | None = None,
    ) -> microcosm.SignInCode: ...
    def begin_body(self, body: str | bytes, path: str, *, format: str = 'json') -> microcosm.SignInCode: ...
    def prove(self, code: str, factor: str, path: str) -> microcosm.SignInCode: ...
    def exchange(
        self,
        *,
        code: str | None = None,
        client_secret: str | None = None,
        state: str | None = None,
    ) -> microcosm.Token: ...
    def exchange_body(self, body: str | bytes, *, format: str = 'json') -> microcosm.Token: ...

class SignInProviders(Resource):
    def list(self) -> microcosm.SignInProviderList: ...
    def set(
        self,
        name: str,
        *,
        kind: str | None = None,
        title: str | None = None,
        issuer: str | None = None,
        client: str | None = None,
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
    def set_body(self, name: str, body: str | bytes, *, format: str = 'json') -> None: ...
    def remove(self, name: str) -> None: ...
    def __iter__(self) -> Iterator[nProviderLis]: ...

class Sites(Resource):
    def providers_list(self, site: int | microcosm.Site) -> microcosm.SignInProviderList: ...
    def provider_set(
        self,
        site: int | microcosm.Site,
        name: str,
        *,
        kind: str | None = None,
        title: str | None = None,
        issuer: str | None = None,
        client: str | None = None,
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
    def provider_set_body(
        self,
        site: int | microcosm.Site,
        name: str,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def provider_remove(self, site: int | microcosm.Site, name: str) -> None: ...
    def get(self) -> microcosm.Site: ...
    def picture(self, theme: int | microcosm.Record) -> str: ...
    def list(self, after: int, *, limit: int | None = None) -> microcosm.SiteList: ...
    def find(self, site: int | microcosm.Site) -> microcosm.Site: ...
    def list_public(
        self,
        *,
        owned: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Record]: ...
    def create(
        self,
        owner_email: str,
        *,
        title: str,
        subdomain_key: str,
        description: str | None = None,
        theme: int | microcosm.Record | None = None,
        logo_url: str | None = None,
        favicon_url: str | None = None,
        background_url: str | None = None,
        background_color: str | None = None,
        link_color: str | None = None,
        background_position: str | None = None,
        ga_web_property: str | None = None,
        deleted: bool | None = None,
        search_language: str | None = None,
    ) -> int: ...
    def create_own(
        self,
        *,
        title: str | None = None,
        description: str | None = None,
        subdomain_key: str | None = None,
        theme: int | microcosm.Record | None = None,
        logo_url: str | None = None,
        favicon_url: str | None = None,
        background_url: str | None = None,
        background_color: str | None = None,
        link_color: str | None = None,
        background_position: str | None = None,
        ga_web_property: str | None = None,
        deleted: bool | None = None,
        search_language: str | None = None,
    ) -> int: ...
    def create_own_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def edit(
        self,
        site: int | microcosm.Site,
        *,
        title: str | None = None,
        description: str | None = None,
        subdomain_key: str | None = None,
        theme: int | microcosm.Record | None = None,
        logo_url: str | None = None,
        favicon_url: str | None = None,
        background_url: str | None = None,
        background_color: str | None = None,
        link_color: str | None = None,
        background_position: str | None = None,
        ga_web_property: str | None = None,
        deleted: bool | None = None,
        search_language: str | None = None,
    ) -> None: ...
    def edit_body(self, site: int | microcosm.Site, body: str | bytes, *, format: str = 'json') -> None: ...
    def settings_set(
        self,
        key: str,
        *,
        domain: str | None = None,
        force_ssl: bool | None = None,
        deleted: bool | None = None,
        auth0_domain: str | None = None,
        auth0_client: str | None = None,
        markdown_max: int | None = None,
    ) -> None: ...
    def menu_get(self, site: int | microcosm.Site) -> microcosm.LinkList: ...
    def menu_set(self, site: int | microcosm.Site, *, links: Iterable[Mapping[str, Any]] | None = None) -> None: ...
    def menu_set_body(self, site: int | microcosm.Site, body: str | bytes, *, format: str = 'json') -> None: ...
    def menu_clear(self, site: int | microcosm.Site) -> None: ...

class SignInChoices(Resource):
    def list(self) -> microcosm.SignInChoiceList: ...
    def __iter__(self) -> Iterator[nChoiceLis]: ...

class Signs(Resource):
    def in_begin(self, name: str, path: str) -> microcosm.SignInStart: ...
    def in_end(
        self,
        name: str,
        *,
        secret: str | None = None,
        state: str | None = None,
        code: str | None = None,
        issuer: str | None = None,
        error: str | None = None,
    ) -> microcosm.SignInCode: ...

class Bans(Resource):
    def list(
        self,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Ban]: ...
    def find(self, ban: int | microcosm.Ban) -> microcosm.Ban: ...
    def create(
        self,
        *,
        user: int | microcosm.User | None = None,
        profile: int | microcosm.Profile | None = None,
        email: str | None = None,
        display_reason: str | None = None,
        admin_reason: str | None = None,
        expires: str | None = None,
    ) -> int: ...
    def create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def delete(self, ban: int | microcosm.Ban) -> None: ...
    def lift(
        self,
        *,
        user: int | microcosm.User | None = None,
        profile: int | microcosm.Profile | None = None,
        email: str | None = None,
        display_reason: str | None = None,
        admin_reason: str | None = None,
        expires: str | None = None,
    ) -> None: ...
    def lift_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def __iter__(self) -> Iterator[microcosm.Ban]: ...

class Audits(Resource):
    def list(
        self,
        *,
        profile: int | microcosm.Profile | None = None,
        item_type: str | int | None = None,
        item: int | microcosm.Record | None = None,
        action: str | None = None,
        since: str | None = None,
        until: str | None = None,
        before: str | None = None,
        limit: int | None = None,
    ) -> microcosm.AuditPage: ...
    def __iter__(self) -> Iterator[Pag]: ...

class SiteStatus(Resource):
    def get(self, site: int | microcosm.Site) -> microcosm.SiteStatus: ...
    def __getitem__(self, site: int | microcosm.Site) -> microcosm.SiteStatus: ...

class SiteHosts(Resource):
    def find(self, domain: str) -> microcosm.SiteHost: ...

class SiteKeys(Resource):
    def find(self, key: str) -> microcosm.SiteKey: ...

class PlatformDays(Resource):
    def list(self) -> microcosm.PlatformDays: ...
    def take(self) -> None: ...
    def __iter__(self) -> Iterator[ormDay]: ...

class Legals(Resource):
    def list(self) -> microcosm.LegalIndex: ...
    def get(self, name: str) -> microcosm.Legal: ...
    def __iter__(self) -> Iterator[Inde]: ...
    def __getitem__(self, name: str) -> microcosm.Legal: ...

class Profiles(Resource):
    def self(self) -> microcosm.Profile: ...
    def get(self, profile: int | microcosm.Profile) -> microcosm.Profile: ...
    def get_page(
        self,
        profile: int | microcosm.Profile,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.Profile: ...
    def comments(
        self,
        profile: int | microcosm.Profile,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Comment]: ...
    def comments_json(
        self,
        profile: int | microcosm.Profile,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> str: ...
    def picture(self, profile: int | microcosm.Profile) -> str: ...
    def list(
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
    ) -> microcosm.List[microcosm.Profile]: ...
    def edit(
        self,
        profile: int | microcosm.Profile,
        *,
        profile_name: str | None = None,
        visible: bool | None = None,
        style: int | microcosm.Record | None = None,
    ) -> None: ...
    def edit_body(self, profile: int | microcosm.Profile, body: str | bytes, *, format: str = 'json') -> None: ...
    def patch_body(self, profile: int | microcosm.Profile, body: str | bytes) -> None: ...
    def mark_read(self, item_type: str | int, item: int | microcosm.Record) -> None: ...
    def mark_read_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def __iter__(self) -> Iterator[microcosm.Profile]: ...
    def __getitem__(self, profile: int | microcosm.Profile) -> microcosm.Profile: ...

class ProfileOptions(Resource):
    def get(self) -> microcosm.ProfileOptions: ...
    def set(
        self,
        *,
        profile: int | microcosm.Profile | None = None,
        show_dob: bool | None = None,
        show_dob_year: bool | None = None,
        send_email: bool | None = None,
        send_sms: bool | None = None,
        is_discouraged: bool | None = None,
        digest: str | None = None,
    ) -> None: ...
    def body(self, body: str | bytes, *, format: str = 'json') -> None: ...

class Ignores(Resource):
    def set(self, item_type: str | int, item: int | microcosm.Record, ignored: bool) -> None: ...
    def body(self, ignored: bool, body: str | bytes, *, format: str = 'json') -> None: ...
    def list(
        self,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Record]: ...
    def __iter__(self) -> Iterator[microcosm.Record]: ...

class Microcosms(Resource):
    def get(
        self,
        microcosm: int | microcosm.Microcosm,
        *,
        polls: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.Microcosm: ...
    def items(
        self,
        microcosm: int | microcosm.Microcosm,
        *,
        polls: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Entry]: ...
    def json(
        self,
        microcosm: int | microcosm.Microcosm,
        *,
        polls: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> str: ...
    def picture(self, microcosm: int | microcosm.Microcosm) -> str: ...
    def tree(self) -> microcosm.LinkList: ...
    def create(
        self,
        *,
        title: str,
        description: str,
        visibility: str | None = None,
        parent: int | microcosm.Record | None = None,
        item_types: Iterable[str] | None = None,
        logo_url: str | None = None,
        remove_logo: bool | None = None,
        edit_reason: str | None = None,
    ) -> int: ...
    def create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def edit(
        self,
        microcosm: int | microcosm.Microcosm,
        *,
        edit_reason: str,
        title: str | None = None,
        description: str | None = None,
        visibility: str | None = None,
        parent: int | microcosm.Record | None = None,
        item_types: Iterable[str] | None = None,
        logo_url: str | None = None,
        remove_logo: bool | None = None,
    ) -> None: ...
    def edit_body(self, microcosm: int | microcosm.Microcosm, body: str | bytes, *, format: str = 'json') -> None: ...
    def patch(self, microcosm: int | microcosm.Microcosm, ops: Mapping[str, bool] | None = None, **flags: bool) -> None: ...
    def patch_body(self, microcosm: int | microcosm.Microcosm, body: str | bytes) -> None: ...
    def delete(self, microcosm: int | microcosm.Microcosm) -> None: ...
    def calendar(self, microcosm: int | microcosm.Microcosm, token: str) -> str: ...
    def __getitem__(self, microcosm: int | microcosm.Microcosm) -> microcosm.Microcosm: ...

class Conversations(Resource):
    def get(
        self,
        conversation: int | microcosm.Conversation,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.Conversation: ...
    def comments(
        self,
        conversation: int | microcosm.Conversation,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Comment]: ...
    def json(
        self,
        conversation: int | microcosm.Conversation,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> str: ...
    def list(
        self,
        *,
        microcosm: int | microcosm.Microcosm | None = None,
        is_attending: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Conversation]: ...
    def create(self, *, microcosm: int | microcosm.Microcosm, title: str, edit_reason: str | None = None) -> int: ...
    def create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def edit(
        self,
        conversation: int | microcosm.Conversation,
        *,
        edit_reason: str,
        microcosm: int | microcosm.Microcosm | None = None,
        title: str | None = None,
    ) -> None: ...
    def edit_body(self, conversation: int | microcosm.Conversation, body: str | bytes, *, format: str = 'json') -> None: ...
    def patch(
        self,
        conversation: int | microcosm.Conversation,
        ops: Mapping[str, bool] | None = None,
        **flags: bool,
    ) -> None: ...
    def patch_body(self, conversation: int | microcosm.Conversation, body: str | bytes) -> None: ...
    def delete(self, conversation: int | microcosm.Conversation) -> None: ...
    def last_comment(self, conversation: int | microcosm.Conversation, *, limit: int | None = None) -> microcosm.Position: ...
    def new_comment(self, conversation: int | microcosm.Conversation, *, limit: int | None = None) -> microcosm.Position: ...
    def __iter__(self) -> Iterator[microcosm.Conversation]: ...
    def __getitem__(self, conversation: int | microcosm.Conversation) -> microcosm.Conversation: ...

class Comments(Resource):
    def get(self, comment: int | microcosm.Comment, *, limit: int | None = None, offset: int | None = None) -> microcosm.Comment: ...
    def create(
        self,
        *,
        item_type: str,
        item: int | microcosm.Record,
        markdown: str,
        in_reply_to: int | microcosm.Record | None = None,
    ) -> int: ...
    def create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def edit(
        self,
        comment: int | microcosm.Comment,
        *,
        markdown: str,
        item_type: str | None = None,
        item: int | microcosm.Record | None = None,
        in_reply_to: int | microcosm.Record | None = None,
    ) -> None: ...
    def edit_body(self, comment: int | microcosm.Comment, body: str | bytes, *, format: str = 'json') -> None: ...
    def patch(self, comment: int | microcosm.Comment, ops: Mapping[str, bool] | None = None, **flags: bool) -> None: ...
    def patch_body(self, comment: int | microcosm.Comment, body: str | bytes) -> None: ...
    def delete(self, comment: int | microcosm.Comment) -> None: ...
    def position(self, comment: int | microcosm.Comment, *, limit: int | None = None) -> microcosm.Position: ...
    def __getitem__(self, comment: int | microcosm.Comment) -> microcosm.Comment: ...

class Events(Resource):
    def get(
        self,
        event: int | microcosm.Event,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.Event: ...
    def comments(
        self,
        event: int | microcosm.Event,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Comment]: ...
    def json(
        self,
        event: int | microcosm.Event,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> str: ...
    def list(
        self,
        *,
        microcosm: int | microcosm.Microcosm | None = None,
        is_attending: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Event]: ...
    def create(
        self,
        *,
        microcosm: int | microcosm.Microcosm,
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
    def create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def edit(
        self,
        event: int | microcosm.Event,
        *,
        edit_reason: str,
        microcosm: int | microcosm.Microcosm | None = None,
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
    def edit_body(self, event: int | microcosm.Event, body: str | bytes, *, format: str = 'json') -> None: ...
    def patch(self, event: int | microcosm.Event, ops: Mapping[str, bool] | None = None, **flags: bool) -> None: ...
    def patch_body(self, event: int | microcosm.Event, body: str | bytes) -> None: ...
    def delete(self, event: int | microcosm.Event) -> None: ...
    def last_comment(self, event: int | microcosm.Event, *, limit: int | None = None) -> microcosm.Position: ...
    def new_comment(self, event: int | microcosm.Event, *, limit: int | None = None) -> microcosm.Position: ...
    def attendees(
        self,
        event: int | microcosm.Event,
        only_attending: bool,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Attendee]: ...
    def attendee(self, event: int | microcosm.Event, profile: int | microcosm.Profile) -> microcosm.Attendee: ...
    def attendees_csv(self, event: int | microcosm.Event) -> str: ...
    def attendee_set(
        self,
        event: int | microcosm.Event,
        *,
        profile: int | microcosm.Profile | None = None,
        rsvp: str | None = None,
    ) -> None: ...
    def attendee_body(
        self,
        event: int | microcosm.Event,
        profile: int | microcosm.Profile,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> int: ...
    def attendees_set(
        self,
        event: int | microcosm.Event,
        *,
        attendees: Iterable[int | microcosm.Profile | microcosm.Attendee | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def attendees_body(self, event: int | microcosm.Event, body: str | bytes, *, format: str = 'json') -> None: ...
    def attendee_delete(self, event: int | microcosm.Event, profile: int | microcosm.Profile) -> None: ...
    def calendar(self, token: str) -> str: ...
    def __iter__(self) -> Iterator[microcosm.Event]: ...
    def __getitem__(self, event: int | microcosm.Event) -> microcosm.Event: ...

class CalendarLinks(Resource):
    def get(self) -> microcosm.CalendarLink: ...
    def create(self) -> microcosm.CalendarLink: ...
    def revoke(self) -> None: ...

class Places(Resource):
    def find(self, query: str) -> str: ...

class Polls(Resource):
    def get(
        self,
        poll: int | microcosm.Poll,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.Poll: ...
    def comments(
        self,
        poll: int | microcosm.Poll,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Comment]: ...
    def json(
        self,
        poll: int | microcosm.Poll,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> str: ...
    def list(
        self,
        *,
        microcosm: int | microcosm.Microcosm | None = None,
        is_attending: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Poll]: ...
    def create(
        self,
        *,
        microcosm: int | microcosm.Microcosm,
        title: str,
        question: str,
        choices: Iterable[str | microcosm.PollChoice | Mapping[str, Any]],
        edit_reason: str | None = None,
        multi: bool | None = None,
        poll_open: bool | None = None,
        poll_closes: str | None = None,
        hide_results: bool | None = None,
        force: bool | None = None,
    ) -> int: ...
    def create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def edit(
        self,
        poll: int | microcosm.Poll,
        *,
        edit_reason: str,
        microcosm: int | microcosm.Microcosm | None = None,
        title: str | None = None,
        question: str | None = None,
        choices: Iterable[str | microcosm.PollChoice | Mapping[str, Any]] | None = None,
        multi: bool | None = None,
        poll_open: bool | None = None,
        poll_closes: str | None = None,
        hide_results: bool | None = None,
        force: bool | None = None,
    ) -> None: ...
    def edit_body(self, poll: int | microcosm.Poll, body: str | bytes, *, format: str = 'json') -> None: ...
    def patch(self, poll: int | microcosm.Poll, ops: Mapping[str, bool] | None = None, **flags: bool) -> None: ...
    def patch_body(self, poll: int | microcosm.Poll, body: str | bytes) -> None: ...
    def delete(self, poll: int | microcosm.Poll) -> None: ...
    def last_comment(self, poll: int | microcosm.Poll, *, limit: int | None = None) -> microcosm.Position: ...
    def new_comment(self, poll: int | microcosm.Poll, *, limit: int | None = None) -> microcosm.Position: ...
    def __iter__(self) -> Iterator[microcosm.Poll]: ...
    def __getitem__(self, poll: int | microcosm.Poll) -> microcosm.Poll: ...

class PollVotes(Resource):
    def get(self, poll: int | microcosm.Poll) -> microcosm.PollVote: ...
    def set(self, poll: int | microcosm.Poll, *, choices: Iterable[int] | None = None) -> None: ...
    def body(self, poll: int | microcosm.Poll, body: str | bytes, *, format: str = 'json') -> None: ...
    def delete(self, poll: int | microcosm.Poll) -> None: ...
    def __getitem__(self, poll: int | microcosm.Poll) -> microcosm.PollVote: ...

class Attributes(Resource):
    def list(
        self,
        item_type: str | int,
        item: int | microcosm.Record,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Attribute]: ...
    def get(self, item_type: str | int, item: int | microcosm.Record, key: str) -> microcosm.Attribute: ...
    def set(
        self,
        item_type: str | int,
        item: int | microcosm.Record,
        *,
        key: str | None = None,
        value_text: str | None = None,
        value_number: float | None = None,
        value_boolean: bool | None = None,
    ) -> None: ...
    def body(
        self,
        item_type: str | int,
        item: int | microcosm.Record,
        key: str,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def set_many(
        self,
        item_type: str | int,
        item: int | microcosm.Record,
        *,
        attributes: Iterable[microcosm.Attribute | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def set_many_body(
        self,
        item_type: str | int,
        item: int | microcosm.Record,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def delete(self, item_type: str | int, item: int | microcosm.Record, key: str) -> None: ...
    def delete_many(
        self,
        item_type: str | int,
        item: int | microcosm.Record,
        *,
        attributes: Iterable[microcosm.Attribute | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def delete_many_body(
        self,
        item_type: str | int,
        item: int | microcosm.Record,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...

class Files(Resource):
    def get(self, file_hash: str) -> microcosm.File: ...
    def thumbnail(self, file_hash: str, width: int) -> microcosm.File: ...
    def __getitem__(self, file_hash: str) -> microcosm.File: ...

class Attachments(Resource):
    def list(
        self,
        item_type: str | int,
        item: int | microcosm.Record,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Attachment]: ...
    def set(
        self,
        item_type: str | int,
        item: int | microcosm.Record,
        *,
        file_hash: str | None = None,
        file_name: str | None = None,
    ) -> None: ...
    def body(
        self,
        item_type: str | int,
        item: int | microcosm.Record,
        body: str | bytes,
        *,
        format: str = 'json',
    ) -> None: ...
    def delete(self, item_type: str | int, item: int | microcosm.Record, file_hash: str) -> None: ...

class Huddles(Resource):
    def get(
        self,
        huddle: int | microcosm.Huddle,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.Huddle: ...
    def comments(
        self,
        huddle: int | microcosm.Huddle,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Comment]: ...
    def json(
        self,
        huddle: int | microcosm.Huddle,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> str: ...
    def list(
        self,
        *,
        unread: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Huddle]: ...
    def create(
        self,
        *,
        title: str,
        is_confidential: bool | None = None,
        participants: Iterable[int | Mapping[str, Any]] | None = None,
    ) -> int: ...
    def create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def leave(self, huddle: int | microcosm.Huddle) -> None: ...
    def last_comment(self, huddle: int | microcosm.Huddle, *, limit: int | None = None) -> microcosm.Position: ...
    def new_comment(self, huddle: int | microcosm.Huddle, *, limit: int | None = None) -> microcosm.Position: ...
    def participants(
        self,
        huddle: int | microcosm.Huddle,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Participant]: ...
    def participant_get(self, huddle: int | microcosm.Huddle, profile: int | microcosm.Profile) -> microcosm.Participant: ...
    def participants_add(
        self,
        huddle: int | microcosm.Huddle,
        *,
        participants: Iterable[int | Mapping[str, Any]] | None = None,
    ) -> None: ...
    def participants_add_body(self, huddle: int | microcosm.Huddle, body: str | bytes, *, format: str = 'json') -> None: ...
    def participant_remove(self, huddle: int | microcosm.Huddle, profile: int | microcosm.Profile) -> None: ...
    def __iter__(self) -> Iterator[microcosm.Huddle]: ...
    def __getitem__(self, huddle: int | microcosm.Huddle) -> microcosm.Huddle: ...

class Searches(Resource):
    def find(
        self,
        *,
        q: str | None = None,
        parameters: str | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.SearchResult: ...
    def suggest(self, q: str) -> microcosm.SuggestionList: ...

class Trendings(Resource):
    def list(
        self,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Record]: ...
    def __iter__(self) -> Iterator[microcosm.Record]: ...

class Urls(Resource):
    def resolve(self, url: str) -> microcosm.Resolved: ...

class ShortLinks(Resource):
    def follow(self, code: str) -> microcosm.ShortLink: ...
    def save(self, code: str, url: str) -> None: ...

class Watchers(Resource):
    def create(
        self,
        *,
        item_type: str,
        item: int | microcosm.Record | None = None,
        update_type: int | microcosm.Record | None = None,
    ) -> int: ...
    def create_body(self, body: str | bytes, *, format: str = 'json') -> int: ...
    def set(
        self,
        *,
        item_type: str | None = None,
        item: int | microcosm.Record | None = None,
        send_email: bool | None = None,
        send_sms: bool | None = None,
    ) -> None: ...
    def set_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def remove(self, item_type: str | int, item: int | microcosm.Record) -> None: ...
    def delete(self, watcher: int | microcosm.Watcher) -> None: ...
    def list(
        self,
        *,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Watcher]: ...
    def __iter__(self) -> Iterator[microcosm.Watcher]: ...

class Updates(Resource):
    def list(
        self,
        *,
        polls: bool | None = None,
        limit: int = 25,
        offset: int = 0,
        path: str | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> microcosm.List[microcosm.Update]: ...
    def __iter__(self) -> Iterator[microcosm.Update]: ...

class UpdatePreferences(Resource):
    def list(self) -> microcosm.UpdatePreferenceList: ...
    def get(self, update_type: int | microcosm.Record) -> microcosm.UpdatePreference: ...
    def set(
        self,
        update_type: int | microcosm.Record,
        *,
        send_email: bool | None = None,
        send_sms: bool | None = None,
    ) -> None: ...
    def set_body(self, update_type: int | microcosm.Record, body: str | bytes, *, format: str = 'json') -> None: ...
    def __iter__(self) -> Iterator[ePreferenceLis]: ...
    def __getitem__(self, update_type: int | microcosm.Record) -> microcosm.UpdatePreference: ...

class Changes(Resource):
    def next(self, *, cursor: str | None = None, limit: int | None = None) -> microcosm.ChangeList: ...
    def since(self, cursor: str | None = None, *, limit: int | None = None) -> microcosm.Changes[microcosm.Change]: ...
    def __iter__(self) -> Iterator[microcosm.Change]: ...

class Jobs(Resource):
    def list(self) -> microcosm.JobList: ...
    def run(self, name: str) -> None: ...
    def __iter__(self) -> Iterator[s]: ...

class QueueLists(Resource):
    def get(self) -> microcosm.QueueList: ...

class Queues(Resource):
    def retry(self, kind: str) -> int: ...

class Mails(Resource):
    def test(self, address: str) -> None: ...
    def unsubscribe(self, token: str) -> None: ...
    def bounce(self, address: str) -> None: ...
    def bounces(self, *, bounces: Iterable[str | Mapping[str, Any]] | None = None) -> None: ...
    def bounces_body(self, body: str | bytes, *, format: str = 'json') -> None: ...
    def allow(self, address: str) -> None: ...

__all__ = [
    "Resource",
    "Tokens",
    "Users",
    "Accounts",
    "BrowserSessions",
    "Codes",
    "MailCodes",
    "Emails",
    "Passwords",
    "SecondFactors",
    "Permissions",
    "Roles",
    "RoleProfiles",
    "Owns",
    "AccessTokens",
    "Clients",
    "SignInCodes",
    "SignInProviders",
    "Sites",
    "SignInChoices",
    "Signs",
    "Bans",
    "Audits",
    "SiteStatus",
    "SiteHosts",
    "SiteKeys",
    "PlatformDays",
    "Legals",
    "Profiles",
    "ProfileOptions",
    "Ignores",
    "Microcosms",
    "Conversations",
    "Comments",
    "Events",
    "CalendarLinks",
    "Places",
    "Polls",
    "PollVotes",
    "Attributes",
    "Files",
    "Attachments",
    "Huddles",
    "Searches",
    "Trendings",
    "Urls",
    "ShortLinks",
    "Watchers",
    "Updates",
    "UpdatePreferences",
    "Changes",
    "Jobs",
    "QueueLists",
    "Queues",
    "Mails",
]
