/* needy.c - a library that cannot be loaded, for it needs one that is not found. */
int lost(void);
int needy(void);

int needy(void)
{
    return lost();
}
