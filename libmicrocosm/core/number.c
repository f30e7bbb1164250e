/* Reads decimal numbers independently of the host's locale, which may use a decimal comma. */
#include "core.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>

/* Created once per process and only read afterwards. */
static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* strtod() also takes leading white space, "+1", ".5", "0x10" and "inf". */
static bool is_decimal(const char *text, size_t length)
{
    static const char of_numbers[] = {'0', '1', '2', '3', '4', '5', '6', '7',
                                      '8', '9', '.', 'e', 'E', '+', '-'};
    size_t sign = length > 0 && text[0] == '-';

    if (length == sign || text[sign] < '0' || text[sign] > '9')
        return false;
    for (size_t i = sign; i < length; i++)
        if (!memchr(of_numbers, text[i], sizeof(of_numbers)))
            return false;
    return true;
}

bool mc__number_parse(double *out, const char *text, size_t length)
{
    char copy[400], *end;
    double number;

    if (length >= sizeof(copy) || !is_decimal(text, length))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    pthread_once(&c_locale_once, make_c_locale);
    number = c_locale ? strtod_l(copy, &end, c_locale) : strtod(copy, &end);
    if (end != copy + length || !isfinite(number))
        return false;
    *out = number;
    return true;
}

bool mc__int_parse(int64_t *out, const char *text, size_t length)
{
    bool negative = length > 0 && text[0] == '-';
    int64_t number = 0;

    if (length == negative)
        return false;
    for (size_t i = negative; i < length; i++) {
        int digit = text[i] - '0';

        /* downwards, since INT64_MIN has no positive */
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, digit, &number))
            return false;
    }
    if (!negative && number == INT64_MIN)
        return false;
    *out = negative ? number : -number;
    return true;
}
