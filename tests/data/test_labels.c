/* test_labels.c - class labels and their order. */
#include "files.h"

#include "data/dataset.h"

static clmlp_dataset *load_pair(const char *data, const char *name, const void *labels, size_t size,
                                clmlp_load_options options)
{
    char data_path[PATH_LENGTH], labels_path[PATH_LENGTH];
    clmlp_dataset *d = NULL;
    clmlp_error error;
    write_file(scratch_path(data_path, "pair.csv"), data, strlen(data));
    write_file(scratch_path(labels_path, name), labels, size);
    options.labels_path = labels_path;
    const clmlp_status status = clmlp_dataset_load(&d, data_path, &options, &error);
    cr_assert_eq(status, CLMLP_OK, "%s", status == CLMLP_OK ? "" : error.message);
    remove(data_path);
    remove(labels_path);
    return d;
}

static clmlp_dataset *load_text_pair(const char *labels, clmlp_target_kind kind)
{
    return load_pair("1,2\n3,4\n5,6\n", "labels.csv", labels, strlen(labels), options_of(kind));
}

Test(labels, one_column_of_texts_without_a_header)
{
    clmlp_dataset *d = load_text_pair("cat\ndog\ncat\n", CLMLP_TARGET_CLASSES);
    assert_shape(d, 3, 2, 2);
    assert_classes(d, "cat", "dog");
    assert_row(d, 1, 3, 4, 0, 1);
    cr_assert_null(d->target);
    clmlp_dataset_destroy(d);
}

Test(labels, one_row_more_than_the_data_has_a_header)
{
    clmlp_dataset *d = load_text_pair("kind\ncat\ndog\ncat\n", CLMLP_TARGET_CLASSES);
    assert_classes(d, "cat", "dog");
    assert_row(d, 0, 1, 2, 1, 0);
    clmlp_dataset_destroy(d);
    d = load_text_pair("cat\ncat\ndog\ncat\n", CLMLP_TARGET_CLASSES); /* the name is also a class */
    assert_classes(d, "cat", "dog");
    assert_row(d, 0, 1, 2, 1, 0);
    clmlp_dataset_destroy(d);
}

Test(labels, a_text_above_numbers_is_a_header)
{
    clmlp_dataset *d = load_text_pair("digit\n7\n3\n7\n", CLMLP_TARGET_CLASSES);
    assert_classes(d, "3", "7");
    clmlp_dataset_destroy(d);
    d = load_text_pair("price\n7.5\n3\n7\n", CLMLP_TARGET_VALUES);
    assert_row(d, 0, 1, 2, 7.5);
    clmlp_dataset_destroy(d);
}

Test(labels, several_columns_are_values)
{
    clmlp_dataset *d = load_text_pair("1,0.5\n0,1\n1,1\n", CLMLP_TARGET_CLASSES);
    cr_assert_eq(clmlp_dataset_target_kind(d), CLMLP_TARGET_VALUES);
    assert_row(d, 0, 1, 2, 1, 0.5);
    clmlp_dataset_destroy(d);
    d = load_text_pair("1,0\n0,1\n0,1\n", CLMLP_TARGET_CLASSES); /* one-hot, but nobody said what */
    cr_assert_eq(clmlp_dataset_target_kind(d), CLMLP_TARGET_VALUES);
    clmlp_dataset_destroy(d);
}

Test(labels, one_hot_rows_below_names_are_classes)
{
    clmlp_dataset *d = load_text_pair("b,a\n1,0\n0,1\n0,1\n", CLMLP_TARGET_CLASSES);
    assert_classes(d, "b", "a");
    assert_row(d, 0, 1, 2, 1, 0);
    assert_row(d, 1, 3, 4, 0, 1);
    clmlp_dataset_destroy(d);
    d = load_text_pair("b,a\n1,0\n1,1\n0,1\n", CLMLP_TARGET_CLASSES); /* two at once */
    cr_assert_eq(clmlp_dataset_target_kind(d), CLMLP_TARGET_VALUES);
    clmlp_dataset_destroy(d);
    d = load_text_pair("b,a\n1,0\n0,1\n0,1\n", CLMLP_TARGET_VALUES);
    cr_assert_eq(clmlp_dataset_target_kind(d), CLMLP_TARGET_VALUES);
    clmlp_dataset_destroy(d);
}

Test(labels, one_hot_names_are_mapped_onto_known_classes)
{
    static const char *const known[] = {"a", "c", "b"};
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.class_names = known;
    options.class_count = 3;
    const char labels[] = "b,a\n1,0\n0,1\n0,1\n";
    clmlp_dataset *d = load_pair("1\n2\n3\n", "hot.csv", labels, strlen(labels), options);
    assert_classes(d, "a", "c", "b");
    assert_row(d, 0, 1, 0, 0, 1);
    assert_row(d, 1, 2, 1, 0, 0);
    clmlp_dataset_destroy(d);
}

Test(labels, idx_labels_beside_text)
{
    static const char idx[] = {0, 0, 8, 1, 0, 0, 0, 3, 9, 4, 9};
    clmlp_dataset *d = load_pair("1\n2\n3\n", "labels-idx1-ubyte", idx, sizeof idx, options_of(CLMLP_TARGET_CLASSES));
    assert_classes(d, "4", "9");
    assert_row(d, 0, 1, 0, 1);
    clmlp_dataset_destroy(d);
}

Test(labels, without_targets_no_labels_file_is_opened)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    options.labels_path = "/nonexistent";
    clmlp_dataset *d = load_text("none.csv", "1,2\n", &options);
    assert_shape(d, 1, 2, 0);
    clmlp_dataset_destroy(d);
}

Test(labels, rows_without_a_label_take_their_features_along)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
    clmlp_dataset *d = load_pair("1,2\n3,4\n5,6\n", "labels.csv", "b\n\"\"\na\n", 7, options);
    assert_shape(d, 2, 2, 2);
    assert_row(d, 0, 1, 2, 0, 1);
    assert_row(d, 1, 5, 6, 1, 0);
    cr_assert_eq(clmlp_dataset_notes(d), 2); /* and that classes have one example each */
    clmlp_dataset_destroy(d);
}
