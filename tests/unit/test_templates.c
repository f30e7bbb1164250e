/* Templates of mail: what each construct gives, and what is refused with which words. */
#include "mail/templates.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { NAME, NOTHING, CODE, LIST, TITLE, NAMES };

static const mc__value_name names[NAMES + 1] = {{"name", MC_VALUE_TEXT},
                                                {"nothing", MC_VALUE_TEXT},
                                                {"code", MC_VALUE_HTML},
                                                {"list", MC_VALUE_LIST},
                                                {"title", MC_VALUE_TEXT}};

static const mc__value first[NAMES] = {[TITLE] = {.text = "one"}};
static const mc__value second[NAMES] = {[TITLE] = {.text = "<two>"}, [NAME] = {.text = "Eve"}};
static const mc__value *const items[] = {first, second};
static const mc__value values[NAMES] = {[NAME] = {.text = "A & \"B\" <c>"},
                                        [CODE] = {.text = "<b>x</b>"},
                                        [LIST] = {.items = items, .count = 2},
                                        [TITLE] = {.text = "outside"}};

static const char *source;

static int find(const char **out, void *data, mc__problem *problem, const char *name)
{
    (void)data;
    (void)problem;
    *out = strcmp(name, "main") == 0   ? source
           : strcmp(name, "part") == 0 ? "[html]\n(part of {{name}})\n[text]\n(part)\n"
           : strcmp(name, "self") == 0 ? "[text]\n{{>self}}\n"
                                       : NULL;
    return 0;
}

static const mc__template_source from = {names, find, NULL};

static void check(mc__part part, const char *body, const char *wanted)
{
    mc_scratch_arena(arena);
    mc_scratch_text(whole);
    mc_scratch_text(out);
    mc__problem problem = {0};
    mc__template template;
    static const char *const heads[] = {"[text]\nx\n[subject]\n", "[subject]\ns\n[text]\n",
                                        "[subject]\ns\n[text]\nt\n[html]\n"};

    mc__text_puts(&whole, heads[part]);
    mc__text_puts(&whole, body);
    source = mc__text_string(&whole);
    cr_assert_eq(mc__template_load(&template, &problem, &arena, &from, "main"), 0, "%s: %s", body,
                 problem.shown.message);
    mc__template_render(&out, &template, part, values);
    cr_expect_str_eq(mc__text_string(&out), wanted, "%s gives %s", body, mc__text_string(&out));
    mc__problem_release(&problem);
}

Test(templates, show_values)
{
    check(MC_PART_TEXT, "Hello {{name}}!\n", "Hello A & \"B\" <c>!\n");
    check(MC_PART_TEXT, "{{ name }}{{nothing}}", "A & \"B\" <c>");
    check(MC_PART_HTML, "{{name}}", "A &amp; &#34;B&#34; &lt;c&gt;");
    check(MC_PART_HTML, "{{{code}}} {not} } }} {", "<b>x</b> {not} } }} {");
    check(MC_PART_SUBJECT, "{{title}} \n\n", "outside");
    check(MC_PART_SUBJECT, "plain\n", "plain");
    check(MC_PART_TEXT, "", "");
}

Test(templates, have_sections)
{
    check(MC_PART_TEXT, "{{#name}}yes{{/name}}{{^name}}no{{/}}", "yes");
    check(MC_PART_TEXT, "{{#nothing}}yes{{/}}{{^nothing}}no{{/nothing}}", "no");
    check(MC_PART_TEXT, "{{#list}}{{title}} {{/}}{{^list}}none{{/}}", "one <two> ");
    check(MC_PART_HTML, "{{#list}}<li>{{title}} of {{name}}{{/}}",
          "<li>one of A &amp; &#34;B&#34; &lt;c&gt;<li>&lt;two&gt; of Eve");
    check(MC_PART_TEXT, "a\n{{#name}}\nb\n  {{/}}  \nc\n", "a\nb\nc\n");
    check(MC_PART_TEXT, "a\n{{#nothing}}\nb\n{{/}}\nc", "a\nc");
    check(MC_PART_TEXT, "a{{! not shown {{ }}b\n{{! a line }}\nc", "ab\nc");
    check(MC_PART_TEXT, "{{#name}} {{^nothing}}x{{/}} {{/}}", " x ");
    check(MC_PART_HTML, "{{#code}}is{{/}}", "is");
}

Test(templates, take_in_others)
{
    check(MC_PART_TEXT, "a\n{{>part}}\nb\n", "a\n(part)\nb\n");
    check(MC_PART_HTML, "{{>part}}{{>part}}",
          "(part of A &amp; &#34;B&#34; &lt;c&gt;)\n"
          "(part of A &amp; &#34;B&#34; &lt;c&gt;)\n");
    check(MC_PART_TEXT, "{{#list}}{{>part}}{{/}}.", "(part)\n(part)\n.");
}

Test(templates, say_what_is_wrong)
{
    static const struct {
        const char *text, *message;
    } wrong[] = {
        {"", "mail template main, line 1: it lacks the part subject"},
        {"hello\n", "mail template main, line 1: it must begin with [subject], [text] or [html]"},
        {"[subject]\ns\n", "mail template main, line 1: it lacks the part text"},
        {"[subject]\n{{nam}}\n[text]\n", "mail template main, line 2: there is no value nam"},
        {"[subject]\n[text]\n\n{{name\n", "mail template main, line 4: {{ without }}"},
        {"[subject]\n[text]\n{{name\n[html]\n}}", "mail template main, line 3: {{ without }}"},
        {"[subject]\n[text]\n{{{code}}}", "line 3: HTML can be shown in [html] only: code"},
        {"[subject]\n[text]\n{{code}}", "line 3: HTML can be shown in [html] only: code"},
        {"[subject]\n[text]\n[html]\n{{code}}", "line 4: HTML is written with three braces: code"},
        {"[subject]\n[text]\n[html]\n{{{name}}}",
         "line 4: only HTML is written with three braces, not name"},
        {"[subject]\n[text]\n{{list}}", "line 3: a list is shown by {{# list"},
        {"[subject]\n[text]\n{{#name}}", "line 3: this section has no end: name"},
        {"[subject]\n[text]\n{{/name}}", "line 3: no section of that name is open: name"},
        {"[subject]\n[text]\n{{#name}}{{/title}}",
         "line 3: no section of that name is open: title"},
        {"[subject]\n[text]\n{{#name}}\n[html]\n{{/name}}",
         "line 3: this section has no end: name"},
        {"[subject]\n[text]\n{{na me}}", "line 3: this is no name of a value"},
        {"[subject]\n[text]\n{{}}", "line 3: there is no value"},
        {"[subject]\n[text]\n{{>other}}", "line 3: there is no file other"},
        {"[subject]\n{{>part}}\n[text]\n", "line 2: this part is not in the file part"},
        {"[subject]\n[text]\n{{>self}}", "template self, line 2: too much is inside of each other"},
    };

    for (size_t i = 0; i < MC_COUNT(wrong); i++) {
        mc_scratch_arena(arena);
        mc__problem problem = {0};
        mc__template template;

        source = wrong[i].text;
        cr_expect_eq(mc__template_load(&template, &problem, &arena, &from, "main"), MC_EINVAL, "%s",
                     wrong[i].text);
        cr_expect(strstr(problem.shown.message, wrong[i].message) != NULL, "%s: %s", wrong[i].text,
                  problem.shown.message);
        mc__problem_release(&problem);
    }
}

Test(templates, ours_are_complete)
{
    mc__mail_templates ours = {.arena = MC_ARENA_INIT};
    mc__problem problem = {0};

    cr_assert_eq(mc__mail_templates_load(&ours, &problem, NULL), 0, "%s", problem.shown.message);
    for (int kind = 0; kind < MC_MAIL_KINDS; kind++)
        cr_expect(ours.kinds[kind].has[MC_PART_HTML], "%s",
                  mc__mail_kind_name((mc__mail_kind)kind));
    mc__mail_templates_release(&ours);
    mc__problem_release(&problem);
}
