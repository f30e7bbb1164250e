/*
 * A program that ends with a forum open, by exit() or by returning from main():
 *
 *     exits FOLDER exit|return
 *
 * It prints the connection string, and then what its end leaves behind is looked at.
 */
#include <microcosm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_session *session = NULL;
    mc_app *app = NULL;

    if (argc != 3)
        return 2;
    options.data = argv[1];
    if (mc_app_new(&app, &options, NULL) < 0 || mc_app_migrate(app, NULL) < 0 ||
        mc_session_new(&session, app) < 0)
        return 1;
    puts(mc_app_database(app));
    fflush(stdout);
    if (strcmp(argv[2], "exit") == 0)
        exit(0);
    return 0;
}
