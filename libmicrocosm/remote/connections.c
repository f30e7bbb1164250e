/* Handles of libcurl that nobody uses at the moment, each with the connections that it has open. */
#include "connections.h"

#include <pthread.h>
#include <unistd.h>

struct mc__connections {
    pthread_mutex_t lock;
    pid_t owner;
    size_t most, count;
    CURL *idle[];
};

mc__connections *mc__connections_new(size_t most)
{
    mc__connections *c = mc__calloc(1, sizeof(*c) + most * sizeof(c->idle[0]));

    if (!c)
        return NULL;
    pthread_mutex_init(&c->lock, NULL);
    c->owner = getpid();
    c->most = most;
    return c;
}

/* The newest: its connections are open most likely. */
static CURL *take_idle(mc__connections *c)
{
    CURL *curl = NULL;

    if (c->owner != getpid())
        return NULL;
    pthread_mutex_lock(&c->lock);
    if (c->count > 0)
        curl = c->idle[--c->count];
    pthread_mutex_unlock(&c->lock);
    return curl;
}

CURL *mc__connections_take(mc__connections *c)
{
    CURL *curl = c ? take_idle(c) : NULL;

    return curl ? curl : curl_easy_init();
}

void mc__connections_give_back(mc__connections *c, CURL *curl)
{
    if (!curl)
        return;
    curl_easy_reset(curl);
    if (c && c->owner == getpid()) {
        pthread_mutex_lock(&c->lock);
        if (c->count < c->most) {
            c->idle[c->count++] = curl;
            curl = NULL;
        }
        pthread_mutex_unlock(&c->lock);
    }
    curl_easy_cleanup(curl);
}

void mc__connections_free(mc__connections *c)
{
    if (!c)
        return;
    /* Closing a connection says good-bye on it, which would end the parent's. */
    while (c->owner == getpid() && c->count > 0)
        curl_easy_cleanup(c->idle[--c->count]);
    pthread_mutex_destroy(&c->lock);
    mc__free(c);
}
