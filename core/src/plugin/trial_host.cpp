#include "plugin/trial_host.hpp"

#include "plugin/guarded.hpp"

#include <limits>

namespace demur::plugin {

struct trial_host::border {
  static trial_host& self(void* state) { return *static_cast<trial_host*>(state); }

  static void report(void* state, demur_text sentence) noexcept { self(state).reports_.add(view(sentence)); }

  static const void* get_service(void* state, const char* id) noexcept {
    trial_host& asked = self(state);
    const std::string_view wanted = id ? id : "";
    (asked.creating_ ? asked.asked_ : asked.asked_late_).emplace(wanted);
    if (asked.offered_ == offer::nothing) return nullptr;
    if (wanted == DEMUR_LOG_1) return &log;
    if (wanted == DEMUR_CLOCK_1) return &clock;
    if (wanted == DEMUR_WEIGHTS_1) return &weights;
    if (wanted == DEMUR_CATALOGUE_1) return &catalogue;
    return nullptr;
  }

  static constexpr demur_log_1 log{sizeof(demur_log_1), [](void* state, std::int32_t, demur_text sentence) {
                                     self(state).reports_.add(view(sentence));
                                   }};
  static constexpr demur_clock_1 clock{sizeof(demur_clock_1), [](void*) -> std::int64_t { return 0; }};
  static constexpr demur_weights_1 weights{
      sizeof(demur_weights_1),
      [](void*, const demur_dislike*, demur_text, demur_text) { return std::numeric_limits<double>::quiet_NaN(); }};
  static constexpr demur_catalogue_1 catalogue{sizeof(demur_catalogue_1),
                                               [](void*, std::int64_t) -> const demur_movie* { return nullptr; }};
};

trial_host::trial_host(offer offered)
    : table_{sizeof(demur_host), this, border::report, border::get_service}, offered_(offered) {}

trial_instance::trial_instance(const demur_plugin& plugin, trial_host& host, std::string_view config,
                               const demur_host& shown)
    : plugin_(plugin) {
  host.creating_ = true;
  thrown_ = guarded("create", [&] { held_ = plugin.create(&shown, {config.data(), config.size()}); });
  host.creating_ = false;
  if (!held_) refusal_ = host.take_reports();
}

trial_instance::~trial_instance() { (void)end(); }

std::optional<fault> trial_instance::end() {
  void* const ended = held_;
  held_ = nullptr;
  if (!ended) return std::nullopt;
  return guarded("destroy", [&] { plugin_.destroy(ended); });
}

const void* trial_instance::get_interface(const char* id) const { return plugin_.get_interface(held_, id); }

const demur_strategy_1& trial_instance::strategy() const {
  return *static_cast<const demur_strategy_1*>(get_interface(DEMUR_STRATEGY_1));
}

std::optional<fault> trial_instance::adjust(const demur_dislike& shown, const demur_sink& sink) {
  return guarded("adjust", [&] { (void)strategy().adjust(held_, &shown, &sink); });
}

}  // namespace demur::plugin
