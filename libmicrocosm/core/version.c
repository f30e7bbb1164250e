/* Version and build date; config.h is written by meson. */
#include "core.h"

#include "config.h"

#define TEXT_OF(number) #number
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *mc_version(void)
{
    return VERSION_TEXT(MC_VERSION_MAJOR, MC_VERSION_MINOR, MC_VERSION_PATCH);
}

const char *mc_build_date(void)
{
    return MC_BUILD_DATE;
}
