/* Greetings in a few languages. Link with libhello_c.a, on Linux also with -lpthread -ldl -lm. */
#ifndef HELLO_H
#define HELLO_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Greets `name` in the language with this code, such as "en". Writes at most `room` bytes to `out`, the zero byte at the end
 * counted, and nothing where that is not enough. Gives the bytes that it takes, or 0 where a pointer to text is null, the name is
 * no UTF-8 or the language unknown. */
size_t hello_greet(const char *name, const char *language, char *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif
