/** The audit of a site: who wrote what, when and from which address (docs/http/audit.md). */
#ifndef MICROCOSM_AUDIT_H
#define MICROCOSM_AUDIT_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A write. */
typedef struct mc_audit_entry {
    const mc_type *type;
    int64_t id;                /**< Of the entry. */
    const char *item_type;     /**< What was written: a kind such as "conversation". */
    int64_t item_id;           /**< Its id; of an attribute, that of the thing that it is on. */
    const char *action;        /**< "create", "replace", "update" or "delete". */
    mc_time created;           /**< When. */
    const char *address;       /**< The IP address that it came from. */
    const mc_profile *profile; /**< Who did it; NULL for an operator. */
} mc_audit_entry;

/** A page of the audit, newest first. */
typedef struct mc_audit_page {
    const mc_type *type;
    int64_t limit;    /**< Most entries of a page. */
    const char *next; /**< mc_audit_filter.before for the next page; "" on the last. */
    mc_list links;    /**< mc_link: self, next. */
    /** mc_audit_entry; a page may have few or none though others follow, see mc_audit_list(). */
    mc_list items;
} mc_audit_page;

/** Which entries to list, and from where on. Begin with MC_AUDIT_FILTER_INIT. */
typedef struct mc_audit_filter {
    size_t size;            /**< Set by the initialiser. */
    int64_t profile_id;     /**< Only what this profile did; 0: anybody. */
    mc_item_type item_type; /**< Only what was done to this kind; MC_ITEM_NONE: any. */
    int64_t item_id;        /**< Only what was done to this thing; 0: any. */
    const char *action;     /**< Only this action, as in mc_audit_entry; NULL or "": any. */
    const char *since;      /**< RFC 3339: only what was done then or later; NULL or "": any. */
    const char *until;      /**< RFC 3339: only what was done before; NULL or "": any. */
    const char *before; /**< mc_audit_page.next of the page before; NULL or "": from the newest. */
    int64_t limit;      /**< Most entries, 1 to 250; 0: 25. */
} mc_audit_filter;

#define MC_AUDIT_FILTER_INIT                                                                       \
    {                                                                                              \
        sizeof(mc_audit_filter), 0, MC_ITEM_NONE, 0, NULL, NULL, NULL, NULL, 0                     \
    }

/**
 * A page of the audit, for the site's owner. What is done to huddles and in them is never shown.
 * A call looks at 10,000 entries at most, in order of time or, if the filter names a profile or a
 * thing with its kind, of those of that one: then the page ends there, and the next goes on.
 * @return 0, MC_EINVAL (a member of filter), MC_EFORBIDDEN
 */
MC_API int mc_audit_list(mc_audit_page **out, mc_session *session, const mc_audit_filter *filter);

#ifdef __cplusplus
}
#endif
#endif
