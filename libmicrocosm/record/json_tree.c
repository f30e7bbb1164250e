/* See json_tree.h. */
#include "json_tree.h"

#include "json_check.h"

#include <json-c/json_object.h>
#include <json-c/json_tokener.h>

#define DEPTH_MAX 32

MC_DEFINE_AUTO(struct json_tokener *, json_tokener_free)

static bool is_object(const char *text, size_t length)
{
    mc__json_check check = {.text = text, .length = length, .depth_max = DEPTH_MAX};
    size_t end;

    if (length > INT32_MAX || !mc__utf8_valid(text, length) || !mc__json_check_value(&check))
        return false;
    for (end = check.at; end < length; end++)
        if (!strchr(" \t\r\n", text[end]))
            return false;
    return text[strspn(text, " \t\r\n")] == '{';
}

/* json-c can only fail by a lack of memory, since the text is checked. */
int mc__json_read(mc__json **out, const char *text, size_t length)
{
    mc_auto(json_tokener_free) struct json_tokener *tokener = NULL;
    mc_auto(mc__json_free) mc__json *made = NULL;

    if (!is_object(text, length))
        return MC_EINVAL;
    tokener = json_tokener_new_ex(DEPTH_MAX + 2);
    if (tokener)
        made = json_tokener_parse_ex(tokener, text, (int)length);
    if (!made)
        return MC_ENOMEM;
    *out = MC_TAKE(made);
    return 0;
}

void mc__json_free(mc__json *object)
{
    json_object_put(object);
}

mc__json *mc__json_member(const mc__json *object, const char *key)
{
    struct json_object *found = NULL;

    if (!json_object_is_type(object, json_type_object))
        return NULL;
    json_object_object_get_ex(object, key, &found);
    return found;
}

const char *mc__json_as_text(const mc__json *value)
{
    const char *text;

    if (!json_object_is_type(value, json_type_string))
        return NULL;
    text = json_object_get_string((struct json_object *)value);
    return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

const char *mc__json_text(const mc__json *object, const char *key)
{
    return mc__json_as_text(mc__json_member(object, key));
}

bool mc__json_number(double *out, const mc__json *object, const char *key)
{
    mc__json *value = mc__json_member(object, key);

    if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_double))
        return false;
    *out = json_object_get_double(value);
    return true;
}

bool mc__json_int(int64_t *out, const mc__json *object, const char *key)
{
    mc__json *value = mc__json_member(object, key);
    double number;

    if (!mc__json_number(&number, object, key) || !(number > -9e18 && number < 9e18))
        return false;
    *out =
        json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : (int64_t)number;
    return true;
}

bool mc__json_true(const mc__json *object, const char *key)
{
    mc__json *value = mc__json_member(object, key);
    const char *text = mc__json_as_text(value);

    if (text)
        return strcmp(text, "true") == 0;
    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

size_t mc__json_count(const mc__json *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

mc__json *mc__json_at(const mc__json *array, size_t index)
{
    return index < mc__json_count(array) ? json_object_array_get_idx(array, index) : NULL;
}
