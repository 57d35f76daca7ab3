/* The border between Demur and a strategy plugin: plain C, so that compilers and their versions do not matter.
 *
 * A plugin is a shared library that exports one symbol, `demur_plugin_entry`. Everything else is found through tables
 * of function pointers, asked for by an id that carries a revision (`demur.strategy/1`). A struct that may grow begins
 * with its size; a reader must not look past the size it is given. Text is UTF-8, not terminated, and a view that is
 * valid during the call only. No memory changes hands: what a plugin has to say goes through a sink of the host's. No
 * exception may cross. In brackets stands who calls when; the main thread is the one that loads and ends plugins.
 */
#ifndef DEMUR_PLUGIN_H
#define DEMUR_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DEMUR_ABI_MAJOR 1u /* differs: refused */
#define DEMUR_ABI_MINOR 0u /* only added to */

#if defined(_WIN32)
#define DEMUR_EXPORT __declspec(dllexport)
#else
#define DEMUR_EXPORT __attribute__((visibility("default")))
#endif

typedef struct demur_text {
  const char* data;
  size_t size;
} demur_text;

/* Initialises a demur_text from a string literal. */
#define DEMUR_TEXT(literal) \
  { literal, sizeof(literal) - 1 }

/* What a call came to. Not an enum type: the width of one is the compiler's choice. */
typedef int32_t demur_status;
enum {
  DEMUR_OK = 0,
  DEMUR_ERROR = 1, /* the call failed; the plugin may have said why through host->report */
  DEMUR_UNSUPPORTED = 2
};

/* What the host offers. Valid from create() to destroy(). */
typedef struct demur_host {
  uint32_t size;
  void* state;
  /* A sentence for the host's log; from create(), for the person who wrote the configuration; from an adjust() that
   * fails, why. The host keeps 500 bytes of what is said between two calls.                         [any thread] */
  void (*report)(void* state, demur_text sentence);
} demur_host;

/* One dislike. Views are valid during adjust(). */
typedef struct demur_dislike {
  uint32_t size;
  int32_t has_movie_id;        /* 0 or 1 */
  int64_t movie_id;            /* meaningful if has_movie_id */
  int32_t has_predicted_score; /* 0 or 1 */
  int32_t has_franchise;       /* 0 or 1 */
  double predicted_score;      /* 0.0 to 1.0, meaningful if has_predicted_score */
  demur_text user_id;
  demur_text movie_title;
  demur_text reason;
  demur_text feedback_text; /* empty if none */
  demur_text franchise;     /* meaningful if has_franchise */
  const demur_text* genres;
  size_t genre_count;
  const demur_text* cast;
  size_t cast_count;
  int64_t created_at_ms; /* since 1970-01-01 UTC */
  demur_text context;    /* what else the client sent, a JSON object; empty if nothing */
} demur_dislike;

/* Where adjust() puts its answer. A call that returns something else than DEMUR_OK was refused by the host; then the
 * whole answer is void, and the strategy should return the status.     [the thread of adjust(), during adjust() only] */
typedef struct demur_sink {
  uint32_t size;
  void* state;
  /* Multiply this user's weight of `family:value` by 1 + magnitude; magnitude in [-1, 1), finite.
   * -1 itself is read as the smallest weight there is. family: 1 to 32 characters of a-z and _, but not movie, title or
   * dislikes, which are the host's. value: 1 to 100 characters, no control characters. Refused: the second adjustment
   * of one feature, and the 257th of one answer. */
  demur_status (*adjust)(void* state, demur_text family, demur_text value, double magnitude);
  /* Hide the item itself from this user for ever: what was seen need not be recommended. */
  demur_status (*filter_item)(void* state);
  /* Scales the training example's weight, 0.0 to 1.0; 0 makes no example at all. Default 1; the last call counts. */
  demur_status (*training_factor)(void* state, double factor);
} demur_sink;

/* Interface `demur.strategy/1`. */
#define DEMUR_STRATEGY_1 "demur.strategy/1"
typedef struct demur_strategy_1 {
  uint32_t size;
  /* The reason that this strategy answers to, 1 to 64 characters of a-z, 0-9 and _. Asked once, after create().
   *                                                                                                [main thread] */
  demur_text (*reason)(const void* instance);
  /* Days in which an adjustment of this strategy fades to half, up to 36,500; 0: never; negative: the host's default.
   * Asked once, after create().                                                                    [main thread] */
  double (*half_life_days)(const void* instance);
  /* Says through the sink what one dislike changes. Must depend on nothing but its arguments and the configuration, so
   * that a replay gives the same weights.                                         [one thread at a time, never two] */
  demur_status (*adjust)(void* instance, const demur_dislike* dislike, const demur_sink* sink);
} demur_strategy_1;

/* The table behind the one exported symbol. Static; lives as long as the library. */
typedef struct demur_plugin {
  uint32_t size;
  uint32_t abi_major; /* DEMUR_ABI_MAJOR it was built with */
  uint32_t abi_minor;
  demur_text name;    /* names its section in the settings: [plugins.<name>]; 1 to 64 characters of a-z, 0-9 and _ */
  demur_text version; /* 1 to 64 visible ASCII characters */
  /* `config` is the plugin's own section as a JSON object, `{}` if it has none. NULL: refused, with a report.
   *                                                                                                [main thread] */
  void* (*create)(const demur_host* host, demur_text config);
  /* [main thread; never while another function of the instance runs] */
  void (*destroy)(void* instance);
  /* The table for an id, NULL if the plugin does not have it. Static.                              [main thread] */
  const void* (*get_interface)(const void* instance, const char* id);
} demur_plugin;

typedef const demur_plugin* (*demur_plugin_entry_function)(void);

/* The exported symbol. Must not allocate, lock or throw.                                            [any thread] */
DEMUR_EXPORT const demur_plugin* demur_plugin_entry(void);

#ifdef __cplusplus
}
#endif

#endif
