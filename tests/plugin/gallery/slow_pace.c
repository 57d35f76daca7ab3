/* "Too slow": a reason of one's own, in C. The makers count for less, the genres a little. */
#include <demur/plugin.h>

#include <string.h>

static demur_text reason(const void* instance) {
  (void)instance;
  return (demur_text)DEMUR_TEXT("slow_pace");
}

static double half_life_days(const void* instance) {
  (void)instance;
  return 14.0;
}

static demur_status adjust(void* instance, const demur_dislike* dislike, const demur_sink* sink) {
  const demur_text pace = DEMUR_TEXT("pace");
  const demur_text slow = DEMUR_TEXT("slow");
  const demur_text genre = DEMUR_TEXT("genre");
  demur_status status = sink->adjust(sink->state, pace, slow, -0.25);
  (void)instance;
  for (size_t i = 0; status == DEMUR_OK && i < dislike->genre_count; ++i)
    status = sink->adjust(sink->state, genre, dislike->genres[i], -0.03125);
  if (status == DEMUR_OK) status = sink->training_factor(sink->state, 0.5);
  return status;
}

static const demur_strategy_1 strategy = {sizeof strategy, reason, half_life_days, adjust, NULL};

/* No settings: whatever stands there is a mistake. No state: any address that is not NULL will do. */
static void* create(const demur_host* host, demur_text config) {
  const demur_text none = DEMUR_TEXT("slow_pace has no settings");
  if (config.size != 2 || memcmp(config.data, "{}", 2) != 0) {
    host->report(host->state, none);
    return NULL;
  }
  return (void*)&strategy;
}

static void destroy(void* instance) { (void)instance; }

static const void* get_interface(const void* instance, const char* id) {
  (void)instance;
  return strcmp(id, DEMUR_STRATEGY_1) == 0 ? &strategy : NULL;
}

static const demur_plugin plugin = {
    sizeof plugin,     DEMUR_ABI_MAJOR, DEMUR_ABI_MINOR, DEMUR_TEXT("slow_pace"),
    DEMUR_TEXT("0.1"), create,          destroy,         get_interface,
};

const demur_plugin* demur_plugin_entry(void) { return &plugin; }
