/* Folders for what tests throw away. */
#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

/*
 * Makes a new folder named prefix plus six characters, for the caller to remove. It is in /dev/shm,
 * where a PostgreSQL needs a third of the time, unless that is missing, small or doesn't run
 * programs; then it is in /tmp. Returns its path, for free(), or NULL with errno.
 */
char *test_folder_new(const char *prefix);

#endif
