/* choice.h - which device of a list `auto` takes, and why it takes no other. */
#ifndef CLMLP_BACKEND_CHOICE_H
#define CLMLP_BACKEND_CHOICE_H

#include "clmlp/device.h"

bool clmlp_device_is_usable(const clmlp_device_info *info);

/* Set is_auto and complete passed_over of each device of the whole list. In passed_over their kind said already which
 * devices `auto` shall not take though they can be used. */
void clmlp_choice_mark(clmlp_device_info *list, size_t count);

/* Move what several processes share to the front of the list, as the kinds gave it: every GPU that `auto` may take, in
 * their order; without one, what it takes. is_auto and passed_over of these are set. Returns how many they are. */
size_t clmlp_choice_share(clmlp_device_info *list, size_t count);

/* What to tell of a choice: each device that would have come before `chosen`, of the list, and why it was passed over;
 * for `auto`, why it took no GPU. "": nothing. */
void clmlp_choice_note(const clmlp_device_info *list, size_t count, const clmlp_device_info *chosen, bool automatic,
                       char *note, size_t size);

#endif
