/* keep_marks.c - texts that mean "no value", as the caller gave them: kept for the model, or compared with its own. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/quote.h"
#include "data/readers/table.h"

static clmlp_status list_marks(clmlp_text *text, const clmlp_marks *marks, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    const char *mark = NULL;
    for (size_t i = 0; (mark = clmlp_mark(marks, i)) != NULL; i++) {
        TRY(clmlp_text_append(text, error, "%s%s", i > 0 ? ", " : "", clmlp_quote(quoted, mark, strlen(mark))));
    }
    return CLMLP_OK;
}

/* Other texts than those of the training data. */
static clmlp_status note_marks(clmlp_dataset *dataset, const clmlp_marks *given, const clmlp_marks *known,
                               clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_text now = {0}, before = {0};
    TRY_CLEANUP(list_marks(&now, given, error));
    TRY_CLEANUP(list_marks(&before, known, error));
    TRY_CLEANUP(clmlp_notes_add(&dataset->notes, error, "%s: no value is meant by %s here, by %s in the training data",
                                dataset->path, now.data, before.data));
cleanup:
    free(before.data);
    free(now.data);
    return status;
}

clmlp_status clmlp_keep_marks(clmlp_dataset *dataset, const clmlp_table_request *request, clmlp_error *error)
{
    const clmlp_marks known = clmlp_columns_marks(request->columns);
    clmlp_columns *const columns = dataset->columns;
    if (!clmlp_for_training(request)) {
        const bool differ = request->columns != NULL && !clmlp_marks_equal(&request->marks, &known);
        return differ ? note_marks(dataset, &request->marks, &known, error) : CLMLP_OK;
    }
    if (clmlp_marks_equal(&request->marks, &known)) return CLMLP_OK;
    if (columns == NULL) {
        return clmlp_notes_add(&dataset->notes, error, "%s: has no columns by name, so the model will not know the "
                               "texts that mean \"no value\"; say them again for other data (--missing-values)",
                               dataset->path);
    }
    TRY(clmlp_duplicate_list(&columns->missing, request->marks.texts, request->marks.count, error));
    columns->missing_count = request->marks.count;
    return CLMLP_OK;
}
