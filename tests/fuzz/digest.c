/* digest.c - the digest of a checkpoint, or what a file says it is. */
#include "digest.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "train/checkpoint/checkpoint.h"

bool fuzz_pretend_digest;

void __real_clmlp_checkpoint_digest(const clmlp_model *model, const clmlp_checkpoint_block *blocks, size_t count,
                                    const struct cJSON *texts, char text[CLMLP_SHA256_HEX]);
void __wrap_clmlp_checkpoint_digest(const clmlp_model *model, const clmlp_checkpoint_block *blocks, size_t count,
                                    const struct cJSON *texts, char text[CLMLP_SHA256_HEX]);

void __wrap_clmlp_checkpoint_digest(const clmlp_model *model, const clmlp_checkpoint_block *blocks, size_t count,
                                    const struct cJSON *texts, char text[CLMLP_SHA256_HEX])
{
    const char *const found = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(texts, CLMLP_CHECKPOINT_DIGEST));
    __real_clmlp_checkpoint_digest(model, blocks, count, texts, text);
    if (fuzz_pretend_digest && found != NULL && strlen(found) < CLMLP_SHA256_HEX) (void)strcpy(text, found);
}
