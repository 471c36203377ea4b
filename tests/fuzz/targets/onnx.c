/* onnx.c - fuzz target: ONNX files of other programs. One that loads is saved as a model, loads again, and is saved to
 * the same bytes; its own ONNX file can be written, and gives a model of which the same file is written. */
#include <string.h>

#include "clmlp/onnx.h"
#include "fuzz.h"

void fuzz_onnx(const uint8_t *data, size_t size)
{
    clmlp_model *model = NULL, *again = NULL;
    clmlp_error why = {.message = ""};
    fuzz_input in = {.at = data, .end = data + size};
    /* numbers beside the file, in some inputs */
    const size_t beside = fuzz_byte(&in) % 64, left = fuzz_left(&in), cut = beside < left ? left - beside : left;
    (void)fuzz_write("beside", in.at + cut, left - cut);
    const char *const path = fuzz_write("network.onnx", in.at, cut);
    const clmlp_status status = clmlp_onnx_load(&model, path, &why);
    if (status != CLMLP_OK) {
        /* the file beside may be called otherwise: it is not there */
        const bool missing = status == CLMLP_IO && strstr(why.message, "cannot be opened") != NULL;
        if (!missing) fuzz_check_error(status, &why);
        CHECK(model == NULL);
        fuzz_release(&in);
        return;
    }
    const char *const first = fuzz_path("first"), *const second = fuzz_path("second");
    const clmlp_status saved = clmlp_model_save(model, first, &why);
    if (saved == CLMLP_OK) {
        OK(clmlp_model_load(&again, first, NULL, error));
        OK(clmlp_model_save(again, second, error));
        fuzz_same_files(first, second);
    } else {
        CHECK(saved == CLMLP_BAD_ARGUMENT); /* a double that is no float */
    }
    const clmlp_status written = clmlp_onnx_save(model, fuzz_path("own.onnx"), NULL, NULL, &why);
    CHECK(written == CLMLP_OK || written == CLMLP_BAD_ARGUMENT);
    clmlp_model_destroy(again);
    again = NULL;
    if (written == CLMLP_OK) {
        OK(clmlp_onnx_load(&again, fuzz_path("own.onnx"), error));
        OK(clmlp_onnx_save(again, fuzz_path("again.onnx"), NULL, NULL, error));
        fuzz_same_files(fuzz_path("own.onnx"), fuzz_path("again.onnx"));
        clmlp_model_destroy(again);
    }
    clmlp_model_destroy(model);
    fuzz_release(&in);
}
