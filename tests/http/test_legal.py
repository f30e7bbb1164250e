"""Legal documents: docs/http/legal.md."""

import re

import pytest

import harness

LEGAL = "/api/v1/legal"
ON_SITE = ("cookies", "privacy", "terms")


@pytest.fixture(scope="module")
def root(daemon):
    return harness.Client(daemon, harness.ROOT_HOST)


class TestOnSites:
    def test_the_site_leads_to_them(self, site):
        links = {link["rel"]: link["href"] for link in site.guest.get("/api/v1/site", expect=200).data["meta"]["links"]}

        reply = site.guest.get(links["legal"], expect=200)

        assert reply.data == {"links": [{"rel": name, "href": f"{LEGAL}/{name}"} for name in ON_SITE]}
        for link in reply.data["links"]:
            site.guest.get(link["href"], expect=200)

    @pytest.mark.parametrize("name", ON_SITE)
    def test_have_the_sites_name_and_a_date(self, site, other_site, name):
        for where in (site, other_site):
            title = where.guest.get("/api/v1/site", expect=200).data["title"]
            document = where.guest.get(f"{LEGAL}/{name}", expect=200).data

            assert document["html"].startswith(f'<h2 id="user-content-site-title">{title}</h2>\n')
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", document["lastModified"])
            assert document["lastModified"][:10] in document["html"]
            assert "{{" not in document["html"] and "%7B" not in document["html"]
            assert "owner@" not in document["html"], "nobody's own address is published"

    def test_lead_to_each_other(self, site):
        url = site.guest.get("/api/v1/site").data["siteURL"]
        for name in ON_SITE:
            html = site.guest.get(f"{LEGAL}/{name}", expect=200).data["html"]
            for other in set(ON_SITE) - {name}:
                assert f'<a href="{url}/legal/{other}">' in html, (name, other)

    def test_titles_are_put_in_as_text(self, site, daemon):
        title = "<b>A</b> {{date}} [x](javascript:alert) & \"B\""
        where = harness.Site(daemon, title=title)

        html = where.guest.get(f"{LEGAL}/terms", expect=200).data["html"]

        assert html.startswith('<h2 id="user-content-site-title">A {{date}} [x](javascript:alert) &amp; &#34;B&#34;</h2>\n')
        where.close()

    @pytest.mark.parametrize("name", ["service", "imprint", "Terms", "terms.md", "terms/", "a" * 300])
    def test_others_are_not_there(self, site, name):
        site.guest.get(f"{LEGAL}/{name}", expect=404)

    def test_follow_the_sites_title_at_once(self, site, daemon):
        where = harness.Site(daemon, title="Before")
        owner = harness.Client(daemon, harness.ROOT_HOST, where.owner.token, "owner")
        where.guest.get(f"{LEGAL}/terms", expect=200)

        owner.put(f"/api/v1/sites/{where.id}", {"title": "After"}, expect=302)

        assert ">After</h2>" in where.guest.get(f"{LEGAL}/terms", expect=200).data["html"]
        where.close()

    def test_can_only_be_read(self, site, mira):
        for path in (LEGAL, f"{LEGAL}/terms"):
            assert mira.options(path, expect=200).header("Allow") == "OPTIONS,GET"
            for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE"):
                assert site.owner.request(method, path, json_body={}).status == 405

    def test_are_not_for_the_banned(self, site, tomas):
        site.ban(tomas)
        harness.wait_until(lambda: tomas.get("/api/v1/microcosms").status == 403, "the ban")
        for path in (LEGAL, f"{LEGAL}/terms"):
            tomas.get(path, expect=403)


class TestOnTheRoot:
    def test_one_document_for_owners_of_sites(self, root):
        assert root.get(LEGAL, expect=200).data == {"links": [{"rel": "api", "href": f"{LEGAL}/service"}]}

        document = root.get(f"{LEGAL}/service", expect=200).data

        assert "https://localhost" in document["html"] and "{{" not in document["html"]
        for name in ON_SITE:
            root.get(f"{LEGAL}/{name}", expect=404)


class TestTheOperator:
    def test_may_have_other_texts(self, database, tmp_path):
        (tmp_path / "terms.md").write_text("Date: 2031-02-03\n\nBe kind, says {{operator}} of {{operator-address}}.\n")
        daemon = harness.Daemon(database, arguments=["--legal", str(tmp_path), "--operator-name", "Quay & Sons",
                                                     "--operator-address", "Pier 4"])
        daemon.start()
        try:
            where = harness.Site(daemon)
            assert where.guest.get(f"{LEGAL}/terms", expect=200).data == {
                "html": "<p>Be kind, says Quay &amp; Sons of Pier 4.</p>\n", "lastModified": "2031-02-03T00:00:00Z"}
            assert "Quay &amp; Sons" in where.guest.get(f"{LEGAL}/privacy", expect=200).data["html"]
            where.close()
        finally:
            daemon.close()
