"""Judges the HTML of comments with Python's own parser, which shares no code with the library.

The lists are those of comments.md, "Sanitiser". problems() names everything that has no business
in a comment; an empty list means that it is safe and well-formed.
"""

import re
from html.parser import HTMLParser

ELEMENTS = set("""
    a abbr acronym area article aside b bdi bdo blockquote br caption cite code col colgroup dd del
    details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hgroup hr i img input ins kbd li map mark meter
    ol p pre progress q rp rt ruby s samp section small span strike strong sub summary sup table tbody
    td tfoot th thead time tr tt u ul var wbr""".split())
VOID = {"area", "br", "col", "hr", "img", "input", "wbr"}

ANYWHERE = {"dir", "lang", "id", "title"}
TABLE_PARTS = {"align", "valign", "span", "colspan", "rowspan", "width", "height", "headers", "scope", "abbr",
               "summary", "cellspacing", "cellpadding", "nowrap", "char", "charoff", "axis"}
ATTRIBUTES = {
    "a": {"href", "rel", "target"},
    "area": {"href", "rel", "target", "alt", "coords", "shape"},
    "img": {"src", "alt", "width", "height", "align", "usemap", "loading", "decoding"},
    "input": {"type", "checked", "disabled"}, "code": {"class"}, "span": {"class"}, "div": {"align"},
    "blockquote": {"cite"}, "q": {"cite"},
    "del": {"cite", "datetime"}, "ins": {"cite", "datetime"}, "time": {"datetime"},
    "details": {"open"},
    "ol": {"type", "start", "reversed"}, "ul": {"type"}, "li": {"type", "value"},
    "map": {"name"},
    "meter": {"value", "min", "max", "low", "high", "optimum"},
    "progress": {"value", "max"},
}
for _name in ("table", "caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"):
    ATTRIBUTES[_name] = TABLE_PARTS

SAFE_TEXT = re.compile(r"[\w\s\-',\[\]!./\\()]*")
RELATIVE = re.compile(r"(?![a-z][a-z0-9+.-]*:)", re.I)
ABSOLUTE = re.compile(r"(?:https?:)?//", re.I)
SCHEME = re.compile(r"(?:https?://|mailto:)", re.I)

# Players that may stand behind a link, and nothing else in an iframe.
PLAYERS = re.compile(
    r"https://(www\.youtube-nocookie\.com/embed/|player\.vimeo\.com/video/|(www\.)?strava\.com/"
    r"|connect\.garmin\.com/|(calendar|www)\.google\.com/|ridewithgps\.com/|www\.plotaroute\.com/"
    r"|www\.bikemap\.net/|bikemap\.net/)")
PLAYER_ATTRIBUTES = {"src", "width", "height", "frameborder", "allowfullscreen", "allow", "title", "loading",
                     "sandbox", "referrerpolicy", "scrolling", "allowtransparency"}


class _Judge(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.open = []
        self.text = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            if tag == "a" and "a" in self.open:
                self.found.append("a link inside a link")
            self.open.append(tag)
        self.judge(tag, attrs)

    def handle_startendtag(self, tag, attrs):
        if tag not in VOID:
            self.found.append(f"<{tag}/> is not a void element")
        self.judge(tag, attrs)

    def handle_endtag(self, tag):
        if tag in VOID:
            self.found.append(f"</{tag}> of a void element")
        elif not self.open or self.open[-1] != tag:
            self.found.append(f"</{tag}> closes nothing; open are {self.open}")
        else:
            self.open.pop()

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        self.found.append(f"a comment: {data[:60]!r}")

    def handle_decl(self, decl):
        self.found.append(f"a declaration: {decl[:60]!r}")

    def unknown_decl(self, data):
        self.found.append(f"a declaration: {data[:60]!r}")

    def handle_pi(self, data):
        self.found.append(f"a processing instruction: {data[:60]!r}")

    def judge(self, tag, attrs):
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.found.append(f"<{tag}> has an attribute twice: {names}")
        if tag == "iframe":
            self.judge_player(dict(attrs))
            return
        if tag not in ELEMENTS:
            self.found.append(f"<{tag}> is not allowed")
            return
        for name, value in attrs:
            value = value or ""
            if name not in ANYWHERE and name not in ATTRIBUTES.get(tag, ()):
                self.found.append(f"<{tag} {name}> is not allowed")
            if name in ("href", "src", "cite"):
                self.judge_address(tag, name, value)
            if name in ("id", "title") and not SAFE_TEXT.fullmatch(value):
                self.found.append(f"<{tag} {name}={value!r}>")
        given = dict(attrs)
        if tag == "a":
            self.judge_link(given)
        if tag == "img" and not given.get("src"):
            self.found.append("<img> without src")

    def judge_address(self, tag, name, value):
        # Browsers drop these characters before they look for a scheme.
        bare = re.sub(r"[\x00-\x20\x7f-\xa0]", "", value)
        if not (SCHEME.match(bare) or RELATIVE.match(bare)):
            self.found.append(f"<{tag} {name}={value!r}>")

    def judge_link(self, given):
        href = given.get("href")
        if href is None:
            self.found.append("<a> without href")
            return
        wanted = {"rel": "nofollow noopener", "target": "_blank"} if ABSOLUTE.match(href) else {}
        actual = {name: given[name] for name in ("rel", "target") if name in given}
        if actual != wanted:
            self.found.append(f"<a href={href!r}> has {actual}, not {wanted}")

    def judge_player(self, given):
        if not PLAYERS.match(given.get("src") or ""):
            self.found.append(f"<iframe src={given.get('src')!r}>")
        for name in given:
            if name not in PLAYER_ATTRIBUTES:
                self.found.append(f"<iframe {name}>")


def problems(html):
    """What is wrong with a piece of HTML; an empty list if nothing is."""
    judge = _Judge()
    judge.feed(html)
    judge.close()
    if judge.open:
        judge.found.append(f"left open: {judge.open}")
    return judge.found


def text(html):
    """The text of a piece of HTML, without its markup."""
    judge = _Judge()
    judge.feed(html)
    judge.close()
    return "".join(judge.text)
