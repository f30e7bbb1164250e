/* Standard input as HTML. Uses <microcosm/render.h> and nothing else of the library. */
#include <microcosm/render.h>

#include <stdio.h>

int main(void)
{
    static char markdown[1 << 16];
    size_t length = fread(markdown, 1, sizeof(markdown), stdin);
    mc_buffer *html = NULL;
    int rc = mc_buffer_new(&html, 0);

    if (rc == 0)
        rc = mc_render(html, markdown, length, NULL);
    if (rc == 0)
        fputs(mc_buffer_bytes(html), stdout);
    mc_buffer_free(html);
    return rc < 0;
}
