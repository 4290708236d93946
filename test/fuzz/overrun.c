// An addon as guard-pages.test.ts wants it: does what OVERRUN says to memory of its own.
#include <stdlib.h>
#include <string.h>

/** Node calls this when it has loaded the addon. */
void *napi_register_module_v1(void *env, void *exports) {
  (void)env;
  const char *what = getenv("OVERRUN");
  const int count = 5;
  volatile float *numbers = malloc(count * sizeof *numbers);
  for (int i = 0; i < count; i++) numbers[i] = i;
  if (!strcmp(what, "end")) numbers[count] = 1;
  if (!strcmp(what, "begin")) numbers[-1] = 1;
  volatile float *zeros = calloc(count, sizeof *zeros);
  if (!strcmp(what, "calloc")) zeros[count] = 1;
  free((void *)numbers);
  if (!strcmp(what, "freed")) zeros[0] = numbers[0];
  if (!strcmp(what, "freed twice")) free((void *)numbers);
  zeros = realloc((void *)zeros, 1000 * sizeof *zeros);
  if (zeros[count - 1] != 0) abort();
  free((void *)zeros);
  return exports;
}
