/* An import that is running, and its parts. */
#ifndef MC_TRANSFER_IMPORT_H
#define MC_TRANSFER_IMPORT_H

#include "moving.h"

typedef struct mc__importing {
    mc__moving moving;
    mc_session *session;
    mc__arena arena; /* for as long as the import takes */
    const char *path;
    const char *target; /* key of the site, by which its files are known while it runs */
    const char *product, *title, *former_product;
    const char *site_file; /* NULL: there is none */
    int64_t owner_old_id;
    int64_t site_id, origin_id, root_id; /* 0: not there yet */
    int64_t deleted_id; /* profile that stands for unknown people; 0: nobody is unknown */
    bool is_foreign;    /* from another product */
    bool is_new;        /* the site was made for it */
    bool is_finished;   /* all of it is here, unless there are more files now */
    bool needs_nobody;
    int64_t left_out[MC_MOVE_KINDS]; /* files of things that are on nothing */
    int64_t analyze_at; /* files of the kind that is imported, until statistics are taken again */
} mc__importing;

/* Reads all files into the database: import_reading.c. MC_EINVAL with a fault for each that is
 * wrong. */
int mc__import_read(mc__importing *import);
int mc__import_forget(mc__importing *import);
/* Takes statistics of the tables that an import fills: without them each look-up in imported_items
 * reads all of its kind, and autovacuum takes them a minute later only. */
int mc__import_analyze(mc__importing *import);
/* Notes what files refer to that isn't there; MC_EINVAL with faults for what can't be:
 * import_checking.c. */
int mc__import_check(mc__importing *import);
/* Imports what has been read: import_steps.c. */
int mc__import_steps(mc__importing *import);
int mc__import_profiles(mc__importing *import, int64_t after, int64_t last); /* import_people.c */
int mc__import_nobody(mc__importing *import);                                /* the same */
int mc__import_owner(mc__importing *import);                                 /* the same */
/* The address of a profile in the files, or one that nobody has if that is none. */
const char *mc__import_email(mc__importing *import, mc__arena *arena, int64_t old_id,
                             const char *email);
int mc__import_attachments(mc__importing *import); /* import_attachments.c */

/* Of the text of a file, the value of a member: NULL if there is none. within: the object that it
 * is in, or NULL. Its length; what is cut out is replaced by "". */
typedef struct mc__cut {
    char *value; /* in the text */
    size_t length;
} mc__cut;
bool mc__import_cut(mc__text *text, mc__cut *out, mc__text *rest, const char *within,
                    const char *member);
/* The bytes of a "data:" URL, decoded in place. False: it is none. */
bool mc__import_bytes(mc__cut *url);
/* Which kind of file a name is of; MC_MOVE_KINDS: none that is imported. */
mc__move_kind mc__import_kind(const char *path);

#endif
