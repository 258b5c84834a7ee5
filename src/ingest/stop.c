#include "ingest/stop.h"

bool stop_init(struct stop *stop)
{
    *stop = (struct stop){.is_wanted = false};
    pthread_mutex_init(&stop->lock, NULL);
    return cancel_init(&stop->cancel);
}

void stop_destroy(struct stop *stop)
{
    cancel_close(&stop->cancel);
    pthread_mutex_destroy(&stop->lock);
}

void stop_at_once(struct stop *stop)
{
    pthread_mutex_lock(&stop->lock);
    stop->is_wanted = true;
    pthread_mutex_unlock(&stop->lock);
    cancel_fire(&stop->cancel);
}

void stop_after_message(struct stop *stop)
{
    pthread_mutex_lock(&stop->lock);
    stop->is_wanted = true;
    if (!stop->is_at_work)
        cancel_fire(&stop->cancel);
    pthread_mutex_unlock(&stop->lock);
}

bool stop_is_wanted(struct stop *stop)
{
    bool is_wanted;

    if (!stop)
        return false;
    pthread_mutex_lock(&stop->lock);
    is_wanted = stop->is_wanted;
    pthread_mutex_unlock(&stop->lock);
    return is_wanted;
}

static void set_work(struct stop *stop, bool is_at_work)
{
    if (!stop)
        return;
    pthread_mutex_lock(&stop->lock);
    stop->is_at_work = is_at_work;
    if (!is_at_work && stop->is_wanted)
        cancel_fire(&stop->cancel);
    pthread_mutex_unlock(&stop->lock);
}

void stop_begin_work(struct stop *stop)
{
    set_work(stop, true);
}

void stop_end_work(struct stop *stop)
{
    set_work(stop, false);
}
