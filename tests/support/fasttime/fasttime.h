/*
 * A day in minutes: time that runs faster for what is linked into the test.
 *
 * The linker puts these in the place of time, clock_gettime(CLOCK_MONOTONIC) and poll
 * (--wrap), so that nothing in src/ knows of it.  Every wait of src/ is one of poll.
 * Until it is started time runs as usual; the libraries' own (libcurl, SQLite) always
 * does.  Any thread.
 */
#ifndef LETTERBOX_TESTS_FASTTIME_FASTTIME_H
#define LETTERBOX_TESTS_FASTTIME_FASTTIME_H

/* Before the threads that are to live in it.  A second lasts 1/speed of one. */
void fasttime_start(int speed);

#endif
