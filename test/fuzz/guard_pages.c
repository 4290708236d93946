// For LD_PRELOAD: what libcaffe and the addon allocate ends at a page that faults, so that the first byte beyond it ends
// the process there and then. With GUARD_PAGES=begin it begins after such a page. What they have freed faults too, and
// its addresses are never used again. All other memory is the C library's, as ever.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);

enum {
  page = 4096,
  most_codes = 8,
  worth_an_error = 1 << 20,
  most_filled = 1 << 16,
  /** Each has a mapping or two, and the system gives a process 65,530. V8 needs some, and ends the process without. */
  most_guarded = 20000
};

/** Addresses, of which pages become memory when they are allocated. The pages between them stay as they are: faulting. */
static const size_t arena_size = 1ull << 44;
static char *arena;
/** For each page of the arena with which an allocation begins: how many pages that has. */
static uint32_t *lengths;
static size_t used; // pages
static int alive;   // allocations
static int begins;

/** The machine code whose allocations are guarded. */
static struct { uintptr_t begin, end; } codes[most_codes];
static volatile int code_count;

static void reserve(void) {
  begins = getenv("GUARD_PAGES") && !strcmp(getenv("GUARD_PAGES"), "begin");
  char *addresses = mmap(NULL, arena_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  // Shared, because private memory counts against the limit of the process's data.
  void *table = mmap(NULL, arena_size / page * sizeof *lengths, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (addresses == MAP_FAILED || table == MAP_FAILED) abort();
  lengths = table;
  arena = addresses;
}

static int add_code(struct dl_phdr_info *library, size_t size, void *unused) {
  (void)size, (void)unused;
  if (!strstr(library->dlpi_name, "libcaffe.so") && !strstr(library->dlpi_name, "tscaffe.node")) return 0;
  for (int i = 0; i < library->dlpi_phnum && code_count < most_codes; i++) {
    const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
    uintptr_t begin = library->dlpi_addr + segment->p_vaddr;
    int known = 0;
    for (int j = 0; j < code_count; j++) known |= codes[j].begin == begin;
    if (known) continue;
    codes[code_count].begin = begin;
    codes[code_count].end = begin + segment->p_memsz;
    __sync_synchronize();
    code_count++;
  }
  return 0;
}

/** Node loads the addon, and with it libcaffe, by this function. */
void *dlopen(const char *file, int flags) {
  static void *(*next)(const char *, int);
  if (!next) next = dlsym(RTLD_NEXT, "dlopen");
  void *handle = next(file, flags);
  if (!file || !strstr(file, "tscaffe")) return handle;
  if (!arena) reserve();
  dl_iterate_phdr(add_code, NULL);
  return handle;
}

static int is_guarded(const void *caller) {
  if (alive >= most_guarded) return 0;
  for (int i = 0; i < code_count; i++)
    if ((uintptr_t)caller >= codes[i].begin && (uintptr_t)caller < codes[i].end) return 1;
  return 0;
}

static int is_ours(const void *memory) {
  return arena && (const char *)memory >= arena && (const char *)memory < arena + arena_size;
}

/** Zeros that end at a page that faults, to the byte where the alignment allows it. */
static void *allocate(size_t size, size_t alignment) {
  size_t body = ((size ? size : 1) + alignment - 1) & -alignment;
  size_t pages = (body + page - 1) / page;
  if (body < size || pages >= arena_size / page) return NULL;
  // A page that faults after each, hence before the next: the arena's first is one too.
  size_t first = __sync_fetch_and_add(&used, pages + 1) + 1;
  if (first + pages >= arena_size / page) return NULL;
  char *begin = arena + first * page;
  if (mprotect(begin, pages * page, PROT_READ | PROT_WRITE)) return NULL;
  lengths[first] = pages;
  __sync_fetch_and_add(&alive, 1);
  return begins ? begin : begin + pages * page - body;
}

static size_t first_page(const void *memory) { return ((const char *)memory - arena) / page; }

static void release(void *memory) {
  size_t first = first_page(memory);
  // Freed twice, or never allocated.
  if (!lengths[first]) abort();
  size_t bytes = (size_t)lengths[first] * page;
  lengths[first] = 0;
  __sync_fetch_and_sub(&alive, 1);
  // New pages in place of the old: given back to the system, and faulting.
  mmap(arena + first * page, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

/** Guarded memory, or NULL. Small memory fails when the system has no more mappings for it: unguarded then. */
static void *guarded(size_t size, size_t alignment, int *failed) {
  void *memory = allocate(size, alignment);
  *failed = !memory && size >= worth_an_error;
  return memory;
}

/** Numbers need no more alignment than their size tells: every byte beyond them is beyond the page. */
static size_t alignment_of(size_t size) { return size % 16 ? size & -size : 16; }

static void fill(void *memory, size_t size) { memset(memory, 0xc7, size < most_filled ? size : most_filled); }

void *malloc(size_t size) {
  if (is_guarded(__builtin_return_address(0))) {
    int failed;
    void *memory = guarded(size, alignment_of(size), &failed);
    if (memory) fill(memory, size);
    if (failed) errno = ENOMEM;
    if (memory || failed) return memory;
  }
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (is_guarded(__builtin_return_address(0)) && !__builtin_mul_overflow(count, size, &bytes)) {
    int failed;
    void *memory = guarded(bytes, alignment_of(bytes), &failed);
    if (failed) errno = ENOMEM;
    if (memory || failed) return memory;
  }
  return __libc_calloc(count, size);
}

void free(void *memory) {
  if (is_ours(memory)) release(memory);
  else __libc_free(memory);
}

void *realloc(void *memory, size_t size) {
  if (!is_ours(memory)) return __libc_realloc(memory, size);
  size_t first = first_page(memory);
  size_t old = arena + (first + lengths[first]) * page - (char *)memory;
  void *copy = __libc_malloc(size);
  if (!copy) return NULL;
  memcpy(copy, memory, old < size ? old : size);
  release(memory);
  return copy;
}

typedef void *new_function(size_t size);

/** C++'s operators new, whose operators delete call free. What fails here, the real one fails with, as C++ does. */
static void *new_guarded(size_t size, const void *caller, const char *name, new_function **next) {
  if (is_guarded(caller)) {
    void *memory = allocate(size, 16);
    if (memory) fill(memory, size);
    if (memory) return memory;
  }
  if (!*next) *next = (new_function *)dlsym(RTLD_NEXT, name);
  return (*next)(size);
}

void *_Znwm(size_t size) {
  static new_function *next;
  return new_guarded(size, __builtin_return_address(0), "_Znwm", &next);
}

void *_Znam(size_t size) {
  static new_function *next;
  return new_guarded(size, __builtin_return_address(0), "_Znam", &next);
}
