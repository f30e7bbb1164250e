/* Temporary folders for tests. */
#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

/*
 * Makes a new folder named prefix plus six characters, which the caller removes. It is in /dev/shm,
 * where PostgreSQL needs a third of the time, unless that is missing, too small or mounted noexec;
 * then it is in /tmp. Returns its path, to be freed with free(), or NULL with errno.
 */
char *test_folder_new(const char *prefix);
/* Removes a folder with all that is in it, and frees its path. NULL is allowed. */
void test_folder_remove(char *path);

#endif
