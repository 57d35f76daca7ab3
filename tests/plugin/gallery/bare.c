/* The smallest plugin there is. Each macro bends one part of it. */
#include <demur/plugin.h>

#include <math.h>
#include <string.h>

#ifndef BARE_ENTRY
#define BARE_ENTRY &plugin
#endif
#ifndef BARE_SIZE
#define BARE_SIZE sizeof(demur_plugin)
#endif
#ifndef BARE_ABI_MAJOR
#define BARE_ABI_MAJOR DEMUR_ABI_MAJOR
#endif
#ifndef BARE_ABI_MINOR
#define BARE_ABI_MINOR DEMUR_ABI_MINOR
#endif
#ifndef BARE_MAGNITUDE
#define BARE_MAGNITUDE 2.0
#endif
#ifndef BARE_NAME
#define BARE_NAME "bare"
#endif
#ifndef BARE_VERSION
#define BARE_VERSION "1.0.0"
#endif
#ifndef BARE_DESTROY
#define BARE_DESTROY destroy
#endif
#ifndef BARE_INSTANCE
#define BARE_INSTANCE (void*)&strategy
#endif
#ifndef BARE_INTERFACE
#define BARE_INTERFACE DEMUR_STRATEGY_1
#endif
#ifndef BARE_STRATEGY_SIZE
#define BARE_STRATEGY_SIZE sizeof(demur_strategy_1)
#endif
#ifndef BARE_ADJUST
#define BARE_ADJUST adjust
#endif
#ifndef BARE_REASON
#define BARE_REASON "bare"
#endif
#ifndef BARE_HALF_LIFE
#define BARE_HALF_LIFE -1.0
#endif
#ifndef BARE_STATUS
#define BARE_STATUS DEMUR_OK
#endif

static demur_text reason(const void* instance) {
  (void)instance;
  return (demur_text)DEMUR_TEXT(BARE_REASON);
}

static double half_life_days(const void* instance) {
  (void)instance;
  return BARE_HALF_LIFE;
}

/* Asks by default for something that is refused, and does not look at the answer; or fails. */
demur_status adjust(void* instance, const demur_dislike* dislike, const demur_sink* sink) {
  const demur_text genre = DEMUR_TEXT("genre");
  const demur_text horror = DEMUR_TEXT("Horror");
  (void)instance;
  (void)dislike;
  if (BARE_STATUS != DEMUR_OK) return BARE_STATUS;
  sink->adjust(sink->state, genre, horror, BARE_MAGNITUDE);
  sink->filter_item(sink->state);
  return DEMUR_OK;
}

static const demur_strategy_1 strategy = {BARE_STRATEGY_SIZE, reason, half_life_days, BARE_ADJUST, NULL};

static void* create(const demur_host* host, demur_text config) {
  const demur_text none = DEMUR_TEXT("no settings");
  if (config.size != 2 || memcmp(config.data, "{}", 2) != 0) {
    host->report(host->state, none);
    return NULL;
  }
  return BARE_INSTANCE;
}

void destroy(void* instance) { (void)instance; }

static const void* get_interface(const void* instance, const char* id) {
  (void)instance;
  return strcmp(id, BARE_INTERFACE) == 0 ? &strategy : NULL;
}

const demur_plugin plugin = {
    BARE_SIZE, BARE_ABI_MAJOR, BARE_ABI_MINOR, DEMUR_TEXT(BARE_NAME), DEMUR_TEXT(BARE_VERSION),
    create,    BARE_DESTROY,   get_interface,
};

const demur_plugin* demur_plugin_entry(void) { return BARE_ENTRY; }
