/* Functions that overflow, depend on the locale or keep hidden state. Using one does not compile.
 */
#ifndef MC_BANNED_H
#define MC_BANNED_H
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#if defined(__GNUC__) && !defined(MC_ALLOW_BANNED)
/* macros where clang checks calls (_FORTIFY_SOURCE) */
#undef sprintf
#undef vsprintf
#pragma GCC poison sprintf vsprintf strcpy strcat strncpy strncat strtok atoi atol atof gmtime     \
    localtime asctime ctime
#endif
#endif
