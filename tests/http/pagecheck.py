"""What every page for people has to be: whole, named, labelled, with a policy that its own style fits and nothing else."""

import base64
import hashlib
from html.parser import HTMLParser

VOID = {"meta", "input", "br", "hr", "img", "link"}
KNOWN = {"html", "head", "title", "style", "body", "main", "h1", "h2", "p", "form", "label", "button", "ul", "li", "a", "strong", "code", "pre",
         "footer", "meta", "input", "b"}


class Page(HTMLParser):
    """Reads a page, and checks each tag."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.style, self.texts = [], [], "", {}
        self.feed(text)
        self.close()
        assert not self.open, f"{self.open} never end"

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        assert len(given) == len(attrs), f"twice in {attrs}"
        assert tag in KNOWN, tag
        assert not [name for name in given if name.startswith("on") or name in ("style", "src", "srcset")], attrs
        self.tags.append((tag, given))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> in {self.open}"

    def handle_data(self, data):
        where = self.open[-1] if self.open else ""
        self.texts[where] = self.texts.get(where, "") + data
        if where == "style":
            self.style += data

    def all(self, tag):
        return [given for name, given in self.tags if name == tag]


def check_field(page, given):
    """A field that people fill in."""
    assert given["type"] in ("text", "email", "password") and "autocomplete" in given, given
    assert len([label for label in page.all("label") if label["for"] == given["id"]]) == 1, given
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids) and set(given.get("aria-describedby", "").split()) <= set(ids), given
    assert ("aria-invalid" in given) == (f"{given['id']}-problem" in ids), given


def check(reply):
    """Any page. Returns it, read."""
    policy, text = reply.header("Content-Security-Policy"), reply.body.decode()
    page = Page(text)
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ") and f"; style-src 'sha256-{digest}';" in policy, policy
    assert "base-uri 'none'" in policy and "frame-ancestors 'none'" in policy, policy
    assert reply.header("Content-Type") == "text/html; charset=utf-8" and reply.header("Referrer-Policy") == "same-origin", reply.headers
    assert "no-cache" in reply.header("Cache-Control"), reply.headers
    assert page.all("html") == [{"lang": "en"}] and len(page.all("h1")) == len(page.all("main")) == 1
    assert page.texts["title"].startswith(page.texts["h1"]) and text.startswith("<!DOCTYPE html>\n")
    for given in page.all("input"):
        if given["type"] != "hidden":
            check_field(page, given)
    assert sum("autofocus" in given for given in page.all("input")) <= 1
    assert all(form["method"] == "post" for form in page.all("form"))
    assert all(link["href"].startswith("/") and not link["href"].startswith("//") for link in page.all("a"))
    assert bool(page.all("form")) == ("form-action 'none'" not in policy), policy
    return page
