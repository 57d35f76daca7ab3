// A plugin over the bare border that does the one wrong thing that its setting `does` names. Without one it is sound.
#include <demur/plugin.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#ifdef OFFENDER_EXPORTS
extern "C" DEMUR_EXPORT int offender_helper() { return 0; }
#endif

namespace {

constexpr std::string_view only_setting = R"("does": ")";

struct offender {
  const demur_host* host;
  demur_text config;
  std::string does;
  demur_text kept{};
  int calls = 0;
  int* bytes = nullptr;
  const demur_weights_1* weights = nullptr;

  double weight_of_horror(const demur_dislike* dislike) const {
    return weights ? weights->weight(host->state, dislike, DEMUR_TEXT("genre"), DEMUR_TEXT("Horror")) : 1.0;
  }
};

/// Ends with the library if it was told to end badly.
struct last_words {
  bool bad = false;
  ~last_words() {
    if (bad) std::raise(SIGSEGV);
  }
} ending;

std::string_view view(demur_text text) { return {text.data, text.data ? text.size : 0}; }

void pause_us(int microseconds) { std::this_thread::sleep_for(std::chrono::microseconds(microseconds)); }

/// Besides the three that every program has: one that is not closed when a program is started.
bool has_inherited_a_file() {
  for (int number = 3; number < 64; ++number)
    if (const int flags = ::fcntl(number, F_GETFD); flags >= 0 && (flags & FD_CLOEXEC) == 0) return true;
  return false;
}

demur_text reason(const void*) { return DEMUR_TEXT("offender"); }
double half_life_days(const void*) { return -1.0; }

demur_status give(const demur_sink* sink, demur_text value, double magnitude) {
  return sink->adjust(sink->state, DEMUR_TEXT("genre"), value, magnitude);
}

/// What it does to what it is shown.
void offend_by_views(offender& self, const demur_dislike* dislike) {
  static char scratch = 0;
  if (self.does == "write to its input") const_cast<char*>(dislike->movie_title.data)[0] ^= 1;
  if (self.does == "read past the end" && dislike->movie_title.data)
    scratch ^= static_cast<char>(std::strlen(dislike->movie_title.data));
  if (self.does == "keep views") {
    for (const char letter : view(self.kept)) scratch ^= letter;
    self.kept = dislike->user_id;
  }
  if (self.does == "keep its settings")
    for (const char letter : view(self.config)) scratch ^= letter;
  static bool printed = false;
  if (self.does == "print" && !std::exchange(printed, true))
    std::printf("{\"step\":\"views\",\"state\":\"failed\"}\nhello\n");
}

void offend_by_living(offender& self) {
  if (self.does == "crash in adjust") std::raise(SIGSEGV);
  if (self.does == "exit in adjust") std::_Exit(0);
  if (self.does == "hang in adjust")
    for (;;) pause_us(10'000);
  if (self.does == "be slow") pause_us(1'200);
  if (self.does == "leak") self.bytes = new int[10]();
  if (self.does == "ask late") (void)self.host->get_service(self.host->state, DEMUR_WEIGHTS_1);
}

demur_status adjust(void* instance, const demur_dislike* dislike, const demur_sink* sink) {
  auto& self = *static_cast<offender*>(instance);
  ++self.calls;
  offend_by_views(self, dislike);
  offend_by_living(self);
  if (self.does == "look past the size of the sink") (void)sink->hide_item(sink->state, 1.0);
  if (self.does == "choke on what is long" && dislike->genre_count > 16) return DEMUR_ERROR;
  if (self.does == "trust weights") return give(sink, DEMUR_TEXT("Horror"), self.weight_of_horror(dislike) - 1.0);
  double magnitude = -0.25;
  if (self.does == "count calls") magnitude /= self.calls;
  return give(sink, DEMUR_TEXT("Horror"), magnitude);
}

demur_status adjust_batch(void* instance, const demur_dislike* const* dislikes, const demur_sink* const* sinks,
                          demur_status* statuses, size_t count) {
  const auto& self = *static_cast<const offender*>(instance);
  for (size_t i = 0; i < count; ++i)
    statuses[i] = self.does == "differ in batches" ? give(sinks[i], DEMUR_TEXT("Horror"), -0.5)
                                                   : adjust(instance, dislikes[i], sinks[i]);
  return DEMUR_OK;
}

const demur_strategy_1 strategy = {sizeof strategy, reason, half_life_days, adjust, adjust_batch};

void say(const demur_host* host, std::string_view sentence) {
  host->report(host->state, {sentence.data(), sentence.size()});
}

/// `{}` and `{"does": "..."}`, and nothing else but for who takes anything.
bool read_settings(std::string_view config, std::string& does) {
  if (config == "{}") return true;
  const std::size_t at = config.find(only_setting);
  if (at == config.npos) return false;
  does = config.substr(at + only_setting.size());
  does.resize(std::min(does.find('"'), does.size()));
  return at == 1 || does == "accept any key";
}

void* create(const demur_host* host, demur_text config) {
  std::string does;
  if (!read_settings(view(config), does)) {
    if (view(config).find("hold its tongue") == std::string_view::npos) say(host, "there is one setting, `does`");
    return nullptr;
  }
  if (does == "crash in create") std::raise(SIGSEGV);
  if (does == "look around" && (std::getenv("DEMUR_TEST_PASSWORD") || has_inherited_a_file())) std::abort();
  if (does == "crash at the end") ending.bad = true;
  if (does == "leave a thread") std::thread([] { pause_us(60'000'000); }).detach();
  if (does == "look past the size of the host") (void)host->get_service(host->state, DEMUR_CLOCK_1);
  if (does == "need services" &&
      (host->size < sizeof(demur_host) || !host->get_service(host->state, DEMUR_CATALOGUE_1))) {
    say(host, "I cannot work without a catalogue");
    return nullptr;
  }
  auto* const made = new offender{host, config, does};
  if (does == "trust weights" && host->size >= sizeof(demur_host))
    made->weights = static_cast<const demur_weights_1*>(host->get_service(host->state, DEMUR_WEIGHTS_1));
  return made;
}

void destroy(void* instance) {
  auto* const self = static_cast<offender*>(instance);
  if (self->does != "leak instances") delete self;
}

const void* get_interface(const void* instance, const char* id) {
  const auto& self = *static_cast<const offender*>(instance);
  if (std::strcmp(id, DEMUR_STRATEGY_1) == 0 || self.does == "answer to any id") return &strategy;
  return nullptr;
}

const demur_plugin plugin = {
    sizeof plugin,       DEMUR_ABI_MAJOR, DEMUR_ABI_MINOR, DEMUR_TEXT("offender"),
    DEMUR_TEXT("1.0.0"), create,          destroy,         get_interface,
};

}  // namespace

const demur_plugin* demur_plugin_entry() { return &plugin; }
