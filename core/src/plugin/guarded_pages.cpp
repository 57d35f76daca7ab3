#include "plugin/guarded_pages.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <unistd.h>

namespace demur::plugin {

namespace {

constexpr std::size_t most_pages = 512;

/// All that there are, for the signal handler. Changed while no plugin is called.
std::vector<guarded_pages*>& everywhere() {
  static std::vector<guarded_pages*> all;
  return all;
}

struct sigaction before;

}  // namespace

guarded_pages::guarded_pages() : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
  void* const got = ::mmap(nullptr, most_pages * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (got == MAP_FAILED) throw std::bad_alloc();
  begin_ = static_cast<std::byte*>(got);
  everywhere().push_back(this);
}

guarded_pages::~guarded_pages() {
  std::erase(everywhere(), this);
  ::munmap(begin_, most_pages * page_);
}

const void* guarded_pages::put(const char* what, const void* from, std::size_t size, std::size_t hidden) {
  const std::size_t pages = (size + page_ - 1) / page_;
  if (used_ + pages + 1 > most_pages) throw std::bad_alloc();
  std::byte* const first = begin_ + used_ * page_;
  std::byte* const guard = first + pages * page_;
  if (::mprotect(first, (pages + 1) * page_, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  if (size + hidden > 0) std::memcpy(guard - size, from, size + hidden);
  if (::mprotect(guard, page_, PROT_NONE) != 0) throw std::bad_alloc();
  owners_.insert(owners_.end(), pages + 1, what);
  is_guard_.insert(is_guard_.end(), pages, 0);
  is_guard_.push_back(1);
  used_ += pages + 1;
  return guard - size;
}

demur_text guarded_pages::put(const char* what, std::string_view text) {
  return {static_cast<const char*>(put(what, text.data(), text.size())), text.size()};
}

demur_text guarded_pages::put_names(const char* what, const std::vector<std::string>& names) {
  std::vector<demur_text> views;
  for (const auto& name : names) views.push_back(put(what, name));
  return {static_cast<const char*>(put(what, views.data(), views.size() * sizeof(demur_text))), views.size()};
}

const demur_dislike* guarded_pages::put(const dislike& row) {
  const auto maybe = [this](const char* what, const std::optional<std::string>& text) {
    return text ? put(what, *text) : demur_text{};
  };
  const demur_text genres = put_names("genres", row.genres);
  const demur_text cast = put_names("cast", row.cast);
  const demur_dislike shown{
      .size = sizeof(demur_dislike),
      .has_movie_id = row.movie_id.has_value(),
      .movie_id = row.movie_id.value_or(0),
      .has_predicted_score = row.predicted_score.has_value(),
      .has_franchise = row.franchise.has_value(),
      .predicted_score = row.predicted_score.value_or(0.0),
      .user_id = put("user_id", row.user_id),
      .movie_title = put("movie_title", row.movie_title),
      .reason = put("reason", row.reason),
      .feedback_text = maybe("feedback_text", row.feedback_text),
      .franchise = maybe("franchise", row.franchise),
      .genres = reinterpret_cast<const demur_text*>(genres.data),
      .genre_count = genres.size,
      .cast = reinterpret_cast<const demur_text*>(cast.data),
      .cast_count = cast.size,
      .created_at_ms = row.created_at.time_since_epoch().count(),
      .context = put("context", row.context),
  };
  return put_struct("demur_dislike", shown);
}

void guarded_pages::protect(int how) const {
  for (std::size_t i = 0; i < used_; ++i)
    if (!is_guard_[i]) ::mprotect(begin_ + i * page_, page_, how);
}

void guarded_pages::seal() {
  protect(PROT_READ);
  now_ = state::sealed;
}

void guarded_pages::bury() {
  protect(PROT_NONE);
  now_ = state::buried;
}

/// Called by the signal handler.
bool guarded_pages::note(const void* address) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const auto begin = reinterpret_cast<std::uintptr_t>(begin_);
  if (at < begin || at - begin >= used_ * page_) return false;
  const std::size_t where = (at - begin) / page_;
  if (kind_ == 0) {
    const kind seen = now_ == state::buried ? kind::came_later : is_guard_[where] ? kind::passed_the_end : kind::wrote;
    where_ = static_cast<std::sig_atomic_t>(where);
    kind_ = static_cast<std::sig_atomic_t>(seen);
  }
  return ::mprotect(begin_ + where * page_, page_, PROT_READ | PROT_WRITE) == 0;
}

std::optional<guarded_pages::touch> guarded_pages::touched() const {
  const std::string what = kind_ == 0 ? "" : owners_[static_cast<std::size_t>(where_)];
  switch (static_cast<kind>(kind_)) {
    case kind::none:
      return std::nullopt;
    case kind::wrote:
      return touch{"wrote to its input (" + what + ")", "that it only reads it"};
    case kind::passed_the_end:
      return touch{"reached past the end of its input (" + what + ")", "that it looks no further than the size says"};
    case kind::came_later:
      return touch{"kept a view of its input (" + what + ") and used it after the call",
                   "a copy of what it needs later: views are valid during the call"};
  }
  return std::nullopt;
}

watch_for_touches::watch_for_touches() {
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = [](int, siginfo_t* about, void*) {
    const auto& all = everywhere();
    const bool is_ours =
        std::any_of(all.begin(), all.end(), [&](guarded_pages* one) { return one->note(about->si_addr); });
    // What is not ours happens again when the handler returns, and then takes its course.
    if (!is_ours) ::sigaction(SIGSEGV, &before, nullptr);
  };
  ::sigaction(SIGSEGV, &action, &before);
}

watch_for_touches::~watch_for_touches() { ::sigaction(SIGSEGV, &before, nullptr); }

}  // namespace demur::plugin
