/* options.c - the command that a report is of, and all options with their values. */
#include <string.h>

#include "reports/page/training.h"

/* A word as a shell takes it. Bytes that cannot be shown are no help there, and stand as what they are not. */
static void put_word(clmlp_cli_page *page, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+,:@%=-";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        clmlp_cli_page_text(page, word);
        return;
    }
    clmlp_cli_page_text(page, "'");
    for (size_t length = strcspn(word, "'"); ; word += length + 1, length = strcspn(word, "'")) {
        clmlp_cli_page_say(page, "%.*s", (int)length, word);
        if (word[length] == '\0') break;
        clmlp_cli_page_text(page, "'\\''");
    }
    clmlp_cli_page_text(page, "'");
}

static void put_command(clmlp_cli_page *page, int argc, char *const *argv)
{
    clmlp_cli_page_put(page, "<h3>The command to do it again</h3>\n<pre class=\"command\">clmlp");
    for (int i = 0; i < argc; i++) {
        clmlp_cli_page_put(page, " ");
        put_word(page, argv[i]);
    }
    clmlp_cli_page_put(page, "</pre>\n");
}

/* What an option is: given, its own default, or one in words. */
static void put_option(clmlp_cli_page *page, const clmlp_cli_option *option, const char *given)
{
    char value[512] = "";
    const bool flag = option->type == NULL;
    if (given == NULL && flag) (void)strcpy(value, *(const bool *)option->value ? "yes" : "no");
    else if (given == NULL && option->fallback == NULL && option->type->show != NULL) {
        option->type->show(option->value, value, sizeof value);
    }
    const char *const shown = given != NULL ? (flag ? "yes" : given) :
                              option->fallback != NULL && !flag ? option->fallback : value;
    clmlp_cli_page_put(page, "<tr><td>--%s</td>", option->name);
    clmlp_cli_page_cell_text(page, shown[0] != '\0' ? shown : "none");
    clmlp_cli_page_put(page, "<td class=\"soft\">%s</td></tr>\n", given != NULL ? "given" : "not given");
}

void clmlp_cli_page_options(clmlp_cli_page *page, const clmlp_cli_syntax *syntax, const clmlp_cli_arguments *arguments,
                            int argc, char *const *argv)
{
    put_command(page, argc, argv);
    clmlp_cli_page_put(page, "<details><summary>Every option of the command line</summary>\n"
                       "<p>What is not given stands with its default here. A preset, and what auto decides by "
                       "the data, take the place of defaults: the table above has what the training went by.</p>\n"
                       "<div class=\"wide\"><table class=\"options\"><tbody>\n");
    for (size_t i = 0; i < syntax->option_count; i++) {
        if (syntax->options[i].name != NULL) put_option(page, &syntax->options[i], arguments->values[i]);
    }
    clmlp_cli_page_put(page, "</tbody></table></div></details>\n");
}
