/* lost.c - a library that is not found at run time: its name is not that of its file. */
int lost(void);

int lost(void)
{
    return 1;
}
