"""Two providers of OpenID Connect, for tests of signing in through others.

Real is npm's oidc-provider, a certified implementation, fetched with npm into MICROCOSM_TEST_NPM: people sign in there on its
own pages. Stub answers as its test wants, with keys of OpenSSL's, and speaks OAuth 2 as well; what it makes is right
unless a test changes it.
"""

import base64
import hashlib
import http.client
import http.server
import json
import os
import re
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import s3

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit"))

import check_jose  # noqa: E402

PROVIDER = "oidc-provider@8.8.1"
CLIENT, SECRET = "forum", "zq-canary secret:+%&"


class Real:
    SCRIPT = """
        import { pathToFileURL } from 'node:url';
        import { createServer } from 'node:http';
        import { createInterface } from 'node:readline';
        const [folder] = process.argv.slice(1);
        const { default: Provider } = await import(pathToFileURL(folder + '/lib/index.js'));
        let handler, issuer;
        const server = createServer((request, response) => handler(request, response));
        server.listen(0, '127.0.0.1', () => {
            issuer = 'http://127.0.0.1:' + server.address().port;
            console.log(issuer);
        });
        function set({ client, secret, uris, keys, alg, verified, method }) {
            const provider = new Provider(issuer, {
                clients: [{ client_id: client, client_secret: secret, redirect_uris: uris, id_token_signed_response_alg: alg,
                            token_endpoint_auth_method: method }],
                jwks: { keys },
                pkce: { required: () => true, methods: ['S256'] },
                claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username'] },
                enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
                cookies: { keys: ['a'] },
                findAccount: (context, id) => ({ accountId: id, claims: () => (
                    { sub: id, email: id + '@real.example', email_verified: verified, preferred_username: id }) }),
            });
            handler = provider.callback();
        }
        for await (const line of createInterface({ input: process.stdin })) {
            set(JSON.parse(line));
            console.log('set');
        }
        process.exit();
    """

    def __init__(self, uris):
        self.uris = uris
        self.process = subprocess.Popen(["node", "--input-type=module", "-e", self.SCRIPT, s3.npm_package(PROVIDER)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.errors = []
        threading.Thread(target=lambda: self.errors.extend(self.process.stderr), daemon=True).start()
        self.issuer = self.process.stdout.readline().strip()
        assert self.issuer, f"oidc-provider did not start: {self.errors}"
        self.port = int(self.issuer.rpartition(":")[2])

    def set(self, keys, alg="RS256", verified=True, method="client_secret_basic"):
        """Keys with their private parts, as JWK."""
        self.process.stdin.write(json.dumps({"client": CLIENT, "secret": SECRET, "uris": self.uris, "keys": keys, "alg": alg,
                                             "verified": verified, "method": method}) + "\n")
        self.process.stdin.flush()
        while (line := self.process.stdout.readline()) != "set\n":  # among its notices
            assert line, self.errors

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self.process.wait()

    def sign_in(self, url, login):
        """What somebody's browser does there, from the address that it is sent to: the one that it comes back to."""
        cookies, form = {}, None
        for _ in range(20):
            parts = urllib.parse.urlsplit(url)
            if parts.netloc != f"127.0.0.1:{self.port}":
                return url
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
            if form is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("GET" if form is None else "POST", f"{parts.path}?{parts.query}", form, headers)
            reply = connection.getresponse()
            text = reply.read().decode()
            for header in reply.headers.get_all("Set-Cookie") or ():
                name, _, value = header.partition(";")[0].partition("=")
                cookies[name] = value
            connection.close()
            if reply.status in (302, 303):
                url, form = urllib.parse.urljoin(url, reply.headers["Location"]), None
                continue
            found = re.search(r'name="prompt" value="(\w+)"', text)
            assert reply.status == 200 and found, f"{reply.status} {text[:2000]}"
            url = urllib.parse.urljoin(url, re.search(r'action="([^"]+)"', text)[1])
            form = urllib.parse.urlencode({"prompt": found[1], "login": login, "password": "x"})
        raise AssertionError("the provider goes in circles")


def private_jwk(key):
    """The key with its private parts, which OpenSSL writes as text."""
    text = check_jose.openssl("pkey", "-in", key.file, "-noout", "-text").decode()

    def number(name):
        found = re.search(rf"^{name}:[^\n]*\n((?:\s+[0-9a-f:]+\n)+)", text, re.M)[1]
        return bytes.fromhex(re.sub(r"[\s:]", "", found)).lstrip(b"\0")
    jwk = key.jwk()
    if key.algorithm == "EdDSA":
        return {**jwk, "d": check_jose.b64(number("priv"))}
    if key.algorithm == "ES256":
        return {**jwk, "d": check_jose.b64(number("priv").rjust(32, b"\0"))}
    names = {"d": "privateExponent", "p": "prime1", "q": "prime2", "dp": "exponent1", "dq": "exponent2", "qi": "coefficient"}
    return {**jwk, **{name: check_jose.b64(number(words)) for name, words in names.items()}}


class Stub:
    """Its test sets what is to be wrong: answers is by path a status and a body, or a function that takes the handler."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.key = check_jose.Key(self.folder.name, "EdDSA", "first")
        self.codes, self.asked, self.accesses = {}, [], set()
        self.reset()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self, b"")

            def do_POST(self):
                outer.answer(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *args):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reset(self):
        self.answers, self.claims, self.header, self.description = {}, {}, {}, {}
        self.person = {"sub": "s-1", "email": "rowan@stub.example", "email_verified": True, "nickname": "bosun"}
        self.asked.clear()
        self.token = None  # a function that changes the signed token

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.folder.cleanup()

    def described(self):
        return {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize", "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/me", "jwks_uri": f"{self.issuer}/keys", **self.description}

    def code(self, url, **more):
        """A code for the sign-in that the browser has come with."""
        query = {name: value for name, [value] in urllib.parse.parse_qs(urllib.parse.urlsplit(url).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = {**query, **more}
        return code

    def signed(self, begun):
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": begun["client_id"], "nonce": begun.get("nonce"), "iat": now, "exp": now + 60,
                  "sub": self.person["sub"], **self.claims}
        for name, value in claims.items():
            if callable(value):
                claims[name] = value(now)
        token = self.key.token(self.header, **claims)
        return self.token(token) if self.token else token

    def exchange(self, handler, body):
        form = {name: value for name, [value] in urllib.parse.parse_qs(body.decode(), strict_parsing=True).items()}
        begun = self.codes.pop(form.get("code"), None)
        challenge = check_jose.b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        pair = form.get("client_id"), form.get("client_secret")
        if "Authorization" in handler.headers:
            basic = base64.b64decode(handler.headers["Authorization"].removeprefix("Basic ")).decode()
            pair = tuple(map(urllib.parse.unquote_plus, basic.split(":")))
        if not begun or begun["code_challenge"] != challenge or begun["redirect_uri"] != form["redirect_uri"] or pair != (CLIENT, SECRET):
            return 400, {"error": "invalid_grant"}
        self.access = f"access-{len(self.codes)}-{len(self.asked)}"
        self.accesses.add(self.access)
        return 200, {"access_token": self.access, "token_type": "Bearer",
                     **({"id_token": self.signed(begun)} if "nonce" in begun else {})}

    def usual(self, handler, path, body):
        if path == "/.well-known/openid-configuration":
            return 200, self.described()
        if path == "/keys":
            return 200, {"keys": [self.key.jwk()]}
        if path == "/token":
            return self.exchange(handler, body)
        if path in ("/me", "/emails") and handler.headers.get("Authorization", "").removeprefix("Bearer ") in self.accesses:
            return 200, self.person if path == "/me" else self.person["emails"]
        return 404, {}

    def answer(self, handler, body):
        path = handler.path.partition("?")[0]
        self.asked.append(path)
        answer = self.answers.get(path) or self.usual(handler, path, body)
        if callable(answer):
            answer(handler)
            return
        status, data = answer
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        try:
            handler.wfile.write(data)
        except OSError:
            pass  # whoever asked had enough
