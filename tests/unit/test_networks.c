/* Networks that a token may be bound to. */
#include "domain/access/networks.h"

#include <criterion/criterion.h>

Test(networks, are_read_in_both_families)
{
    static const struct {
        const char *text, *as;
    } cases[] = {
        {"192.0.2.7", "192.0.2.7/32"},
        {"192.0.2.7/24", "192.0.2.0/24"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"10.1.2.3/9", "10.0.0.0/9"},
        {"2001:db8::1", "2001:db8::1/128"},
        {"2001:DB8:ffff::/33", "2001:db8:8000::/33"},
        {"::/0", "::/0"},
        {"::ffff:192.0.2.7", "192.0.2.7/32"},
        {"::ffff:192.0.2.7/120", "192.0.2.0/24"},
    };
    mc_scratch_arena(arena);

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        mc__network network;

        cr_assert(mc__network_parse(&network, cases[i].text), "%s", cases[i].text);
        cr_expect_str_eq(mc__network_text(&arena, &network), cases[i].as);
    }
}

Test(networks, are_nothing_else)
{
    static const char *const texts[] = {"",
                                        "x",
                                        "192.0.2",
                                        "192.0.2.7/",
                                        "192.0.2.7/33",
                                        "192.0.2.7/-1",
                                        "/8",
                                        "::1/129",
                                        "::1/0x",
                                        "::1/0128",
                                        "1.2.3.4/ 8",
                                        " 1.2.3.4",
                                        "1.2.3.4 ",
                                        "::1/8/8",
                                        "1.2.3.4.5/8",
                                        "256.1.1.1/8",
                                        "[::1]",
                                        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb/8"};
    mc__network network;

    for (size_t i = 0; i < MC_COUNT(texts); i++)
        cr_expect_not(mc__network_parse(&network, texts[i]), "'%s'", texts[i]);
}

Test(networks, have_the_addresses_behind_their_prefix)
{
    static const struct {
        const char *network, *address;
        bool has;
    } cases[] = {
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.8/29", "192.0.2.15", true},
        {"192.0.2.8/29", "192.0.2.16", false},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "::ffff:192.0.2.7", true},
        {"0.0.0.0/0", "8.8.8.8", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"2001:db8::/32", "2001:db8:1::", true},
        {"2001:db8::/32", "2001:db9::", false},
        {"::/0", "8.8.8.8", true},
        {"0.0.0.0/0", "", false},
        {"::/0", "unknown", false},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        mc__network network;

        cr_assert(mc__network_parse(&network, cases[i].network));
        cr_expect_eq(mc__networks_have(&network, 1, cases[i].address), cases[i].has, "%s in %s",
                     cases[i].address, cases[i].network);
    }
    cr_expect_not(mc__networks_have(NULL, 0, "192.0.2.7"));
}
