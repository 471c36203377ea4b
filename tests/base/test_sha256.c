/* test_sha256.c - SHA-256 of messages whose digests are published (FIPS 180-4's examples, NIST's long message). */
#include <criterion/criterion.h>
#include <string.h>

#include "base/sha256.h"

static void expect(const char *message, const char *digest)
{
    char text[CLMLP_SHA256_HEX];
    /* whole, and in pieces of all sizes */
    for (size_t piece = 1; piece <= strlen(message) + 1; piece++) {
        clmlp_sha256 hash;
        clmlp_sha256_begin(&hash);
        for (size_t at = 0; at < strlen(message); at += piece) {
            const size_t left = strlen(message) - at;
            clmlp_sha256_add(&hash, message + at, left < piece ? left : piece);
        }
        cr_assert_str_eq(clmlp_sha256_text(&hash, text), digest, "'%s' in pieces of %zu: %s", message, piece, text);
    }
}

Test(sha256, is_that_of_the_examples)
{
    expect("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    expect("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
           "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
           "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

Test(sha256, of_a_million_bytes_may_be_asked_for_in_between)
{
    char block[1000], text[CLMLP_SHA256_HEX];
    clmlp_sha256 hash;
    memset(block, 'a', sizeof block);
    clmlp_sha256_begin(&hash);
    for (int i = 0; i < 1000; i++) {
        clmlp_sha256_add(&hash, block, sizeof block);
        (void)clmlp_sha256_text(&hash, text); /* the hash goes on */
    }
    cr_assert_str_eq(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "%s", text);
}
