/* Whether HTML made by mc__render() shows nothing, found in another way than rendering finds it. */
#ifndef TEST_BLANK_HTML_H
#define TEST_BLANK_HTML_H

#include "markup/markup.h"

static bool is_visible_tag(const char *tag)
{
    static const char *const visible[] = {"<img ", "<hr", "<iframe "};

    for (size_t i = 0; i < MC_COUNT(visible); i++) {
        if (strncmp(tag, visible[i], strlen(visible[i])) == 0)
            return true;
    }
    return false;
}

static bool html_is_blank(const char *html)
{
    size_t length = strlen(html);

    for (size_t at = 0; at < length;) {
        if (html[at] != '<') {
            if (mc__char_is_visible(mc__utf8_next(html, length, &at)))
                return false;
        } else if (is_visible_tag(html + at)) {
            return false;
        } else {
            at += strcspn(html + at, ">");
            at += html[at] == '>';
        }
    }
    return true;
}

#endif
