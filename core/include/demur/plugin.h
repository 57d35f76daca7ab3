/* The border between Demur and a strategy plugin: plain C, so that compilers and their versions do not matter.
 *
 * A plugin is a shared library that exports one symbol, `demur_plugin_entry`. Everything else is found through tables
 * of function pointers, asked for by an id that carries a revision (`demur.strategy/1`). A struct that may grow begins
 * with its size; a reader must not look past the size it is given. Text is UTF-8, not terminated, and a view that is
 * valid during the call only. No memory changes hands: what a plugin has to say goes through a sink of the host's. No
 * exception may cross. In brackets stands who calls when; the main thread is the one that loads and ends plugins. The
 * functions of one instance are never called by two threads at a time, whatever the brackets say.
 */
#ifndef DEMUR_PLUGIN_H
#define DEMUR_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DEMUR_ABI_MAJOR 1u /* differs: refused */
#define DEMUR_ABI_MINOR 1u /* only added to; what came with a minor version says so (`since 1.1`) */

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

/* What the host offers. Valid from create() to the end of destroy(). */
typedef struct demur_host {
  uint32_t size;
  void* state;
  /* A sentence for the host's log; from create(), for the person who wrote the configuration; from an adjust() that
   * fails, why. The host keeps 500 bytes of what is said between two calls.                         [any thread] */
  void (*report)(void* state, demur_text sentence);
  /* Since 1.1. The table of a service by its id; NULL if this host does not have it. Static. A service that was not
   * asked for during create() answers nothing later: the host prepares only what is wanted.      [during create()] */
  const void* (*get_service)(void* state, const char* id);
} demur_host;

/* Services, all since 1.1. Their functions take demur_host.state. What they say of adjust() holds for explain(), too. */

#define DEMUR_LOG_1 "demur.log/1"
enum { DEMUR_LOG_DEBUG = 0, DEMUR_LOG_INFO = 1, DEMUR_LOG_WARN = 2, DEMUR_LOG_ERROR = 3 };
typedef struct demur_log_1 {
  uint32_t size;
  /* A sentence for the host's log, with its level; bounded like report().                             [any thread] */
  void (*write)(void* host_state, int32_t level, demur_text sentence);
} demur_log_1;

#define DEMUR_CLOCK_1 "demur.clock/1"
typedef struct demur_clock_1 {
  uint32_t size;
  /* The time at which the host works on this dislike, in ms since 1970-01-01 UTC. The only time that a strategy may
   * let into its answer. 0 outside adjust().                                            [the thread of adjust()] */
  int64_t (*now_ms)(void* host_state);
} demur_clock_1;

#define DEMUR_WEIGHTS_1 "demur.weights/1"
typedef struct demur_weights_1 {
  uint32_t size;
  /* The weight of `family:value` for the user of the dislike that adjust() is about, before this dislike: personal
   * times shared, from the host's floor up; 1 if nothing is known of it. `dislike` is the one that was given. NaN:
   * asked outside adjust(), or for another dislike, or the host cannot tell.            [the thread of adjust()] */
  double (*weight)(void* host_state, const demur_dislike* dislike, demur_text family, demur_text value);
} demur_weights_1;

#define DEMUR_CATALOGUE_1 "demur.catalogue/1"
typedef struct demur_movie {
  uint32_t size;
  int32_t has_franchise; /* 0 or 1 */
  int64_t movie_id;
  demur_text movie_title;
  demur_text franchise; /* meaningful if has_franchise */
  const demur_text* genres;
  size_t genre_count;
  const demur_text* cast;
  size_t cast_count;
} demur_movie;
typedef struct demur_catalogue_1 {
  uint32_t size;
  /* The catalogue's row of a movie; NULL if it has none, or asked outside adjust(). Its views are valid until the next
   * call of find() and no longer than adjust().                                         [the thread of adjust()] */
  const demur_movie* (*find)(void* host_state, int64_t movie_id);
} demur_catalogue_1;

/* Where adjust() puts its answer. A call that returns something else than DEMUR_OK was refused by the host; then the
 * whole answer is void, and the strategy should return the status.     [the thread of adjust(), during adjust() only] */
typedef struct demur_sink {
  uint32_t size;
  void* state;
  /* Multiply this user's weight of `family:value` by 1 + magnitude; magnitude in [-1, 1), finite.
   * -1 itself is read as the smallest weight there is. family: 1 to 32 characters of a-z and _, but not movie, title or
   * dislikes, which are the host's. value: 1 to 100 characters, no control characters. Refused: the second adjustment
   * of one feature, and the 257th of one answer. It fades with the strategy's half-life. */
  demur_status (*adjust)(void* state, demur_text family, demur_text value, double magnitude);
  /* Hide the item itself from this user for ever: what was seen need not be recommended. */
  demur_status (*filter_item)(void* state);
  /* Scales the training example's weight, 0.0 to 1.0; 0 makes no example at all. Default 1; the last call counts. */
  demur_status (*training_factor)(void* state, double factor);
  /* Since 1.1. As adjust(), fading with a half-life of its own: 0 (never) to 36,500 days. */
  demur_status (*adjust_with_half_life)(void* state, demur_text family, demur_text value, double magnitude,
                                        double half_life_days);
  /* Since 1.1. As adjust(), but it does not fade by halves: the weight stays multiplied by 1 + magnitude for `hold_days`
   * and then rises in a straight line, until after `rise_days` more it is as if nothing had been. magnitude in [-1, 0],
   * both times 0 to 36,500. Of several for one feature and reason, only that of the newest dislike holds. */
  demur_status (*adjust_with_rise)(void* state, demur_text family, demur_text value, double magnitude, double hold_days,
                                   double rise_days);
  /* Since 1.1. Hide the item itself from this user for so many days, above 0 and up to 36,500, instead of the time that
   * the host's settings give. The last call of this and filter_item() counts. */
  demur_status (*hide_item)(void* state, double days);
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
  /* Since 1.1; NULL: the host calls adjust() for each. Many dislikes at once, for a strategy that gains by it: the
   * answer to dislikes[i] goes into sinks[i], its status into statuses[i] (DEMUR_OK before the call). The answers must
   * be those that adjust() gives one by one. Another status than DEMUR_OK voids all of them.
   *                                                                          [one thread at a time, never two] */
  demur_status (*adjust_batch)(void* instance, const demur_dislike* const* dislikes, const demur_sink* const* sinks,
                               demur_status* statuses, size_t count);
} demur_strategy_1;

/* Where a text is put. Refused: what is longer than 2,000 bytes or no UTF-8.    [the thread of the call, during it only] */
typedef struct demur_text_sink {
  uint32_t size;
  void* state;
  demur_status (*put)(void* state, demur_text text); /* the last call counts */
} demur_text_sink;

/* Interface `demur.preview/1`, optional, since 1.1: says in words what a dislike would do, for the person who is about to
 * send it. */
#define DEMUR_PREVIEW_1 "demur.preview/1"
typedef struct demur_preview_1 {
  uint32_t size;
  /* A sentence or two about what adjust() would do to this dislike. Changes nothing.
   *                                                                          [one thread at a time, never two] */
  demur_status (*explain)(void* instance, const demur_dislike* dislike, const demur_text_sink* sink);
} demur_preview_1;

/* Interface `demur.text/1`, optional, since 1.1: hears from a person's own words whether this strategy's reason is meant. */
#define DEMUR_TEXT_1 "demur.text/1"
typedef struct demur_text_1 {
  uint32_t size;
  /* How well the words fit this strategy's reason, 0.0 (not at all) to 1.0 (surely). Depends on nothing but the words and
   * the configuration.                                                       [one thread at a time, never two] */
  double (*fit)(void* instance, demur_text feedback_text);
} demur_text_1;

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
  /* [any thread; never while another function of the instance runs] */
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
