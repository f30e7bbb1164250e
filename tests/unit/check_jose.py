#!/usr/bin/env python3
"""Signed tokens and sets of keys, with keys and signatures that OpenSSL has made.

usage: check_jose.py JOSE_LINES
"""
import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path

NOW = 1_900_000_000
ISSUER, CLIENT, NONCE = "https://id.example", "forum", "n-0S6_WzA2Mj"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, capture_output=True, check=True).stdout


def integers(der):
    """The two numbers of a signature in DER."""
    found, at = [], 2 if der[1] < 128 else 3
    for _ in range(2):
        size = der[at + 1]
        found.append(int.from_bytes(der[at + 2:at + 2 + size], "big"))
        at += 2 + size
    return found


class Key:
    """A key pair of OpenSSL's, which it signs with."""

    OPTIONS = {"RS256": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "ES256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
               "EdDSA": ["ED25519"], "RSA-1024": ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
               "ES384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"]}

    def __init__(self, folder, algorithm, kid):
        self.algorithm, self.kid = algorithm, kid
        self.file, self.folder = str(Path(folder, f"{kid}.pem")), folder
        openssl("genpkey", "-algorithm", *self.OPTIONS[algorithm], "-out", self.file)
        self.public = openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")

    def jwk(self, **changes):
        if "RS" in self.algorithm:
            modulus = openssl("rsa", "-in", self.file, "-noout", "-modulus").decode().strip().split("=")[1]
            key = {"kty": "RSA", "n": b64(bytes.fromhex(modulus)), "e": "AQAB"}
        elif self.algorithm == "EdDSA":
            key = {"kty": "OKP", "crv": "Ed25519", "x": b64(self.public[-32:])}
        else:
            half = {"ES256": 32, "ES384": 48}[self.algorithm]
            key = {"kty": "EC", "crv": f"P-{half * 8}", "x": b64(self.public[-2 * half:-half]), "y": b64(self.public[-half:])}
        key = {**key, "kid": self.kid, "use": "sig", **changes}
        return {name: value for name, value in key.items() if value is not None}

    def sign(self, text):
        if self.algorithm == "EdDSA":
            with tempfile.NamedTemporaryFile(dir=self.folder) as file:
                file.write(text)
                file.flush()
                return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.file, "-in", file.name)
        signature = openssl("dgst", "-sha256", "-sign", self.file, data=text)
        if "RS" in self.algorithm:
            return signature
        return b"".join(number.to_bytes(32, "big") for number in integers(signature))

    def token(self, header=None, **changes):
        claims = {"iss": ISSUER, "aud": CLIENT, "sub": "rowan", "nonce": NONCE, "iat": NOW - 5, "exp": NOW + 300, **changes}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.kid, **(header or {})}
        header = {name: value for name, value in header.items() if value is not None}
        text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{text}.{b64(self.sign(text.encode()))}"


class Tool:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def check(self, keys, token, nonce=NONCE, now=NOW):
        text = keys if isinstance(keys, str) else json.dumps({"keys": keys})
        self.process.stdin.write("\t".join([text, token, ISSUER, CLIENT, nonce, str(now)]) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0


def expect(found, wanted, what):
    if not found.startswith(wanted):
        sys.exit(f"{what}: {found!r}, expected {wanted!r}")


def altered(token, part):
    """The same with one bit of a part changed: of its first byte, since the last digit may have bits without meaning."""
    parts = token.split(".")
    data = bytearray(base64.urlsafe_b64decode(parts[part] + "=="))
    data[len(data) // 2] ^= 1
    parts[part] = b64(bytes(data))
    return ".".join(parts)


def check_algorithm(tool, key, others):
    name, keys = key.algorithm, [key.jwk(), *[k.jwk() for k in others]]
    token = key.token()
    expect(tool.check(keys, token), "ok rowan", f"{name}: a right signature")
    expect(tool.check(list(reversed(keys)), token), "ok rowan", f"{name}: keys in another order")
    expect(tool.check([key.jwk(kid=None)], key.token({"kid": None})), "ok rowan", f"{name}: without names")
    expect(tool.check([key.jwk(use=None, alg=name, key_ops=["verify"])], token), "ok rowan", f"{name}: described otherwise")
    for part in (1, 2):
        expect(tool.check(keys, altered(token, part)), "no: its signature is wrong", f"{name}: part {part} altered")
    expect(tool.check(keys, altered(token, 0)), "", f"{name}: header altered")
    assert not tool.check(keys, altered(token, 0)).startswith("ok"), name
    signed, signature = token.rsplit(".", 1)
    raw = base64.urlsafe_b64decode(signature + "==")
    for what, forged in {"empty": b"", "short": raw[:-1], "long": raw + b"\0", "zeros": bytes(len(raw)),
                         "ones": b"\xff" * len(raw), "zeros in front": b"\0" + raw}.items():
        expect(tool.check(keys, f"{signed}.{b64(forged)}"), "no: its signature is wrong", f"{name}: {what}")
    expect(tool.check(keys, token + "="), "no: it is no signed token", f"{name}: padded")
    expect(tool.check(keys, token + ".x"), "no: it is no signed token", f"{name}: four parts")
    expect(tool.check(keys, signed), "no: it is no signed token", f"{name}: two parts")
    expect(tool.check([k.jwk() for k in others], token), "unknown key", f"{name}: a key that isn't there")
    for other in others:  # a key of another kind under the same name, and the name of another key
        expect(tool.check([other.jwk(kid=key.kid)], token), "no: its key is one for another kind", f"{name} by {other.kid}")
        expect(tool.check(keys, key.token({"kid": other.kid})), "no: its key is one for another kind", f"{name} named {other.kid}")
        expect(tool.check(keys, key.token({"alg": other.algorithm})), "no: its key is one for another kind",
               f"{name} called {other.algorithm}")
    for change in ({"use": "enc"}, {"alg": "PS256"}, {"key_ops": ["sign"]}, {"kty": "oct"}):
        expect(tool.check([key.jwk(**change)], token), "unknown key", f"{name}: a key for something else, {change}")


def check_headers(tool, key):
    keys = [key.jwk()]
    for algorithm in ("none", "None", "nOnE", "HS256", "RS512", "PS256", "", None, 256):
        expect(tool.check(keys, key.token({"alg": algorithm})), "no: it is signed in no way", f"alg {algorithm}")
    unsigned = b64(b'{"alg":"none"}') + "." + key.token().split(".")[1] + "."
    expect(tool.check(keys, unsigned), "no: it is signed in no way", "an unsigned token")
    expect(tool.check(keys, key.token({"crit": ["exp"]})), "no: it needs extensions", "crit")
    expect(tool.check(keys, key.token({"jwk": key.jwk(), "jku": "https://evil.example"})), "ok", "keys in headers say nothing")
    for text in ("", ".", "..", "a.b.c", "e30.e30.", f"{b64(b'[]')}.e30.AA"):
        expect(tool.check(keys, text), "no: ", f"token {text!r}")
    expect(tool.check(keys, "a" * 70000 + ".e30.AA"), "no: it is no signed token", "a long token")


def check_sets(tool, key, weak, other_curve):
    token = key.token()
    for text in ("", "[]", "{}", '{"keys":[]}', '{"keys":{}}', '{"keys":[1,null,"x",{}]} x', "{" * 100):
        expect(tool.check(text, token), "no: that is no set", f"set {text!r}")
    expect(tool.check([1, None, "x", {}, {"kty": 1}, key.jwk()], token), "ok", "what is no key beside one")
    expect(tool.check([{"kty": "oct", "k": "AAAA"}] * 100 + [key.jwk()], token), "ok", "keys that are left out don't count")
    expect(tool.check([weak.jwk()], Key.token(weak, {"alg": "RS256"})), "unknown key", "RSA with 1024 bits")
    expect(tool.check([other_curve.jwk()], token), "unknown key", "P-384")
    for bad in ({"n": "AQAB"}, {"e": "AQ"}, {"e": "Ag"}, {"n": "*"}, {"n": None}, {"e": 3}, {"n": "_" * 2000}):
        expect(tool.check([key.jwk(**bad)], token), "unknown key", f"a broken key, {str(bad)[:40]}")


def check_points(tool, key, size):
    token = key.token()
    for bad in ({"x": b64(bytes(size))}, {"x": b64(b"\1" * (size - 1))}, {"x": "AA"}, {"x": ""}, {"crv": "P-521"}):
        assert not tool.check([key.jwk(**bad)], token).startswith("ok"), bad
    if key.algorithm == "ES256":
        expect(tool.check([key.jwk(x=b64(b"\1" * size))], token), "unknown key", "a point beside the curve")


P = 2 ** 255 - 19
D = -121665 * pow(121666, -1, P) % P


def root(square):
    """A square root modulo P, or None."""
    made = pow(square, (P + 3) // 8, P)
    if made * made % P != square:
        made = made * pow(2, (P - 1) // 4, P) % P
    return made if made * made % P == square else None


def check_small_coordinates(tool, key):
    """Points of Ed25519 that libgcrypt aborts at: a hostile provider might choose them."""
    token, tried = key.token(), 0
    for small in [*range(8), *(2 ** n + i for n in (64, 128, 191) for i in range(4))]:
        x = root((small * small - 1) * pow(D * small * small + 1, -1, P) % P)
        y = root((1 + small * small) * pow(1 - D * small * small, -1, P) % P)
        for point in ((x, small), (small, y)):
            if None in point:
                continue
            for odd in (0, 1):
                tried += 1
                data = (point[1] | odd << 255).to_bytes(32, "little")
                found = tool.check([key.jwk(x=b64(data))], token)
                assert found == "unknown key" or found == "no: its signature is wrong", (small, found)
    assert tried > 40
    for data in (P.to_bytes(32, "little"), (P + 1).to_bytes(32, "little"), b"\xff" * 32):
        expect(tool.check([key.jwk(x=b64(data))], token), "unknown key", "a number beyond the prime")


def check_claims(tool, key):
    cases = {
        "no: it is of another issuer": [{"iss": "https://other.example"}, {"iss": None}, {"iss": ISSUER + "/"}, {"iss": [ISSUER]}],
        "no: it is for another client": [{"aud": "other"}, {"aud": []}, {"aud": None}, {"aud": ["a", "b"]}, {"aud": {CLIENT: 1}}],
        "no: it was given to another client": [{"aud": [CLIENT, "b"]}, {"aud": [CLIENT, "b"], "azp": "b"}, {"azp": "b"}],
        "no: it belongs to another sign-in": [{"nonce": "other"}, {"nonce": None}, {"nonce": ""}],
        "no: it doesn't say whose": [{"sub": ""}, {"sub": None}, {"sub": 7}, {"sub": "x" * 256}],
        "no: it has expired": [{"exp": NOW - 61}, {"exp": None}, {"exp": "never"}, {"exp": 1e300}],
        "no: it was issued in the future": [{"iat": NOW + 61}, {"iat": None}],
        "no: it was issued too long ago": [{"iat": NOW - 86461}],
        "no: it isn't valid yet": [{"nbf": NOW + 61}, {"nbf": "x"}],
        "ok rowan": [{"exp": NOW - 59}, {"iat": NOW + 59}, {"nbf": NOW + 59}, {"aud": [CLIENT]}, {"aud": [CLIENT, "b"], "azp": CLIENT},
                     {"azp": CLIENT}, {"exp": NOW + 300.5}, {"more": {"a": [1]}}],
    }
    for wanted, changes in cases.items():
        for change in changes:
            expect(tool.check([key.jwk()], key.token(**change)), wanted, str(change)[:80])
    expect(tool.check([key.jwk()], key.token(nonce=None), nonce="-"), "ok", "where no nonce is needed")


def main():
    tool = Tool(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        keys = [Key(folder, algorithm, algorithm.lower()) for algorithm in ("RS256", "ES256", "EdDSA")]
        for key in keys:
            check_algorithm(tool, key, [k for k in keys if k is not key])
        check_headers(tool, keys[0])
        check_sets(tool, keys[0], Key(folder, "RSA-1024", "weak"), Key(folder, "ES384", "p384"))
        check_points(tool, keys[1], 32)
        check_points(tool, keys[2], 32)
        check_small_coordinates(tool, keys[2])
        check_claims(tool, keys[2])
    tool.close()


if __name__ == "__main__":
    main()
