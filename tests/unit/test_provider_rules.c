/* What addresses of providers must be like. */
#include "domain/access/provider_rules.h"

#include "core/core.h"

#include <criterion/criterion.h>

Test(provider_rules, addresses_are_https_or_of_this_machine)
{
    static const char *const sound[] = {"https://id.example", "https://id.example/realm?x=1",
                                        "http://127.0.0.1",   "http://127.0.0.1:8080/a",
                                        "http://localhost/",  "http://localhost:1",
                                        "http://[::1]:8080/"};
    static const char *const others[] = {"",
                                         "https://",
                                         "id.example",
                                         "//id.example",
                                         "ftp://id.example",
                                         "javascript:alert(1)",
                                         "http://id.example",
                                         "http://localhost.id.example/",
                                         "http://localhostile",
                                         "http://127.0.0.1.id.example/",
                                         "http://127.0.0.10/",
                                         "http://127.0.0.2/",
                                         "http://10.0.0.1/",
                                         "http://[::2]/",
                                         "http://0x7f000001/",
                                         "HTTP://id.example/",
                                         "http://127.0.0.1@id.example/",
                                         "https://user@id.example/",
                                         "https://id.example/#x",
                                         "https:\\\\id.example",
                                         "http://127.0.0.1\\@id.example/",
                                         "https://id.example/\xff",
                                         "https://id.example/a b",
                                         "https://id.example/a\r\nX: 1"};

    for (size_t i = 0; i < MC_COUNT(sound); i++)
        cr_expect(mc__provider_url_is_sound(sound[i]), "%s", sound[i]);
    for (size_t i = 0; i < MC_COUNT(others); i++)
        cr_expect(!mc__provider_url_is_sound(others[i]), "%s", others[i]);
}

Test(provider_rules, a_description_by_https_leads_to_https_only)
{
    cr_expect(mc__provider_url_is_as_sound("https://id.example/token", "https://id.example"));
    cr_expect(mc__provider_url_is_as_sound("https://other.example/", "https://id.example"));
    cr_expect(!mc__provider_url_is_as_sound("http://127.0.0.1/token", "https://id.example"));
    cr_expect(!mc__provider_url_is_as_sound("http://localhost:80/", "https://id.example"));
    cr_expect(mc__provider_url_is_as_sound("http://127.0.0.1:1/", "http://127.0.0.1"));
    cr_expect(!mc__provider_url_is_as_sound("http://id.example/", "http://127.0.0.1"));
}
