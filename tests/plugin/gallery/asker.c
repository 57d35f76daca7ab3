/* Answers with what it hears from the host, alone or many at a time, and has both optional interfaces. */
#include <demur/plugin.h>

#include <string.h>

static const demur_host* host;
static const demur_weights_1* weights;
static const demur_catalogue_1* catalogue;
static const demur_clock_1* watch;
static const demur_log_1* diary;

static void* create(const demur_host* from, demur_text config) {
  (void)config;
  host = from;
  weights = from->get_service(from->state, DEMUR_WEIGHTS_1);
  catalogue = from->get_service(from->state, DEMUR_CATALOGUE_1);
  watch = from->get_service(from->state, DEMUR_CLOCK_1);
  diary = from->get_service(from->state, DEMUR_LOG_1);
  const demur_text hello = DEMUR_TEXT("ready to ask");
  host->report(host->state, hello);
  return &host;
}

static void destroy(void* instance) { (void)instance; }
static demur_text reason(const void* instance) {
  (void)instance;
  const demur_text said = DEMUR_TEXT("asker");
  return said;
}
static double half_life_days(const void* instance) {
  (void)instance;
  return 12.5;
}

static demur_status adjust(void* instance, const demur_dislike* row, const demur_sink* sink) {
  (void)instance;
  const demur_text genre = DEMUR_TEXT("genre");
  const demur_text heard = DEMUR_TEXT("heard");
  const demur_text time = DEMUR_TEXT("time");
  const demur_text at = DEMUR_TEXT("at");
  for (size_t i = 0; i < row->genre_count; ++i) {
    const double weight = weights->weight(host->state, row, genre, row->genres[i]);
    const demur_status status =
        i == 0 ? sink->adjust_with_half_life(sink->state, genre, row->genres[i], weight / -4.0, 3.5)
               : sink->adjust_with_rise(sink->state, genre, row->genres[i], weight / -8.0, 1.0, 30.0);
    if (status != DEMUR_OK) return status;
  }
  const demur_movie* movie = row->has_movie_id ? catalogue->find(host->state, row->movie_id) : NULL;
  for (size_t i = 0; movie && i < movie->cast_count; ++i)
    if (sink->adjust(sink->state, heard, movie->cast[i], -0.25) != DEMUR_OK) return DEMUR_ERROR;
  const double seconds = (double)(watch->now_ms(host->state) % 1000) / 1000.0;
  if (sink->adjust(sink->state, time, at, -seconds) != DEMUR_OK) return DEMUR_ERROR;
  if (movie) sink->hide_item(sink->state, 7.5);
  const demur_text aside = DEMUR_TEXT("no such movie");
  if (row->has_movie_id && !movie) diary->write(host->state, DEMUR_LOG_WARN, aside);
  return sink->training_factor(sink->state, 0.5);
}

static demur_status adjust_batch(void* instance, const demur_dislike* const* rows, const demur_sink* const* sinks,
                                 demur_status* statuses, size_t count) {
  for (size_t i = 0; i < count; ++i) statuses[i] = adjust(instance, rows[i], sinks[i]);
  return DEMUR_OK;
}

static demur_status explain(void* instance, const demur_dislike* row, const demur_text_sink* sink) {
  (void)instance;
  return sink->put(sink->state, row->movie_title);
}

static double fit(void* instance, demur_text words) {
  (void)instance;
  return words.size == 3 ? 0.75 : 2.0;
}

static const demur_strategy_1 strategy = {sizeof(demur_strategy_1), reason, half_life_days, adjust, adjust_batch};
static const demur_preview_1 preview = {sizeof(demur_preview_1), explain};
static const demur_text_1 text = {sizeof(demur_text_1), fit};

static const void* get_interface(const void* instance, const char* id) {
  (void)instance;
  if (strcmp(id, DEMUR_STRATEGY_1) == 0) return &strategy;
  if (strcmp(id, DEMUR_PREVIEW_1) == 0) return &preview;
  return strcmp(id, DEMUR_TEXT_1) == 0 ? &text : NULL;
}

static const demur_plugin plugin = {sizeof(demur_plugin), DEMUR_ABI_MAJOR, DEMUR_ABI_MINOR, DEMUR_TEXT("asker"),
                                    DEMUR_TEXT("1.2.3"),  create,          destroy,         get_interface};

const demur_plugin* demur_plugin_entry(void) { return &plugin; }
