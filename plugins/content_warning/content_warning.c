/* "Too violent": the genres count a little less. A strategy in C, the smallest that hears words too. */
#include <demur/plugin.h>

#include <string.h>

static const double factor = 0.05;
static const char* const words[] = {"violen", "gore", "gory", "blood", "brutal", "torture"};

static demur_text reason(const void* instance) {
  (void)instance;
  return (demur_text)DEMUR_TEXT("content_warning");
}

/* The host's default. */
static double half_life_days(const void* instance) {
  (void)instance;
  return -1.0;
}

static demur_status adjust(void* instance, const demur_dislike* dislike, const demur_sink* sink) {
  const demur_text family = DEMUR_TEXT("genre");
  demur_status status = DEMUR_OK;
  (void)instance;
  for (size_t i = 0; status == DEMUR_OK && i < dislike->genre_count; ++i)
    status = sink->adjust(sink->state, family, dislike->genres[i], -factor);
  return status;
}

static const demur_strategy_1 strategy = {sizeof strategy, reason, half_life_days, adjust, NULL};

/* Not tolower(), which asks the host's locale. */
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static int is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

static int begins_with(demur_text text, size_t at, const char* word) {
  for (; *word; ++word, ++at)
    if (at == text.size || lower(text.data[at]) != *word) return 0;
  return 1;
}

/* One of the words, where a word begins: "gory" is not in "category". */
static double fit(void* instance, demur_text feedback_text) {
  (void)instance;
  for (size_t at = 0; at < feedback_text.size; ++at) {
    if (at > 0 && is_letter(feedback_text.data[at - 1])) continue;
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
      if (begins_with(feedback_text, at, words[i])) return 0.9;
  }
  return 0.0;
}

static const demur_text_1 hearing = {sizeof hearing, fit};

/* Has no settings: an object with nothing in it, or somebody means what this does not do. */
static int is_empty_object(demur_text config) {
  const char expected[] = "{}";
  size_t found = 0;
  for (size_t i = 0; i < config.size; ++i) {
    if (memchr(" \t\r\n", config.data[i], 4)) continue;
    if (found == 2 || config.data[i] != expected[found++]) return 0;
  }
  return found == 2;
}

/* Keeps nothing: any address that is not NULL will do. */
static void* create(const demur_host* host, demur_text config) {
  const demur_text refusal = DEMUR_TEXT("content_warning has no settings; its section must be empty");
  if (is_empty_object(config)) return (void*)&strategy;
  host->report(host->state, refusal);
  return NULL;
}

static void destroy(void* instance) { (void)instance; }

static const void* get_interface(const void* instance, const char* id) {
  (void)instance;
  if (strcmp(id, DEMUR_STRATEGY_1) == 0) return &strategy;
  if (strcmp(id, DEMUR_TEXT_1) == 0) return &hearing;
  return NULL;
}

static const demur_plugin plugin = {
    sizeof plugin,       DEMUR_ABI_MAJOR, DEMUR_ABI_MINOR, DEMUR_TEXT("content_warning"),
    DEMUR_TEXT("1.0.0"), create,          destroy,         get_interface,
};

const demur_plugin* demur_plugin_entry(void) { return &plugin; }
