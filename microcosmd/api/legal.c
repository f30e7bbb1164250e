/* Handlers of legal documents. */
#include "answers.h"
#include "handlers.h"

void handle_legal(exchange *x)
{
    auto_record mc_legal_index *index = NULL;
    int rc = mc_legal_list(&index, x->session);

    answer_record(x, rc, index);
}

void handle_legal_document(exchange *x)
{
    auto_record mc_legal *document = NULL;
    int rc = mc_legal_get(&document, x->session, x->word);

    answer_record(x, rc, document);
}
