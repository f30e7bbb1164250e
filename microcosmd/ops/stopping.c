#include "stopping.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t is_wanted;

static void note(int number)
{
    (void)number;
    is_wanted = 1;
}

void stopping_watch(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND | SA_RESTART};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaction(numbers[i], &action, NULL);
}

bool stopping_is_wanted(void)
{
    return is_wanted;
}
