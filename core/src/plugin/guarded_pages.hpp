#pragma once

#include <demur/plugin.h>
#include <demur/types.hpp>

#include <csignal>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace demur::plugin {

/// Memory for what a plugin is shown, which notices how it is used. Each thing lies at the end of a page, before one that
/// may not be touched. The first touch that is not allowed is noted and then let pass: a signal handler makes the page
/// accessible. Only with a watch_for_touches. One thread makes and seals them.
class guarded_pages {
public:
  guarded_pages();
  guarded_pages(const guarded_pages&) = delete;
  guarded_pages& operator=(const guarded_pages&) = delete;
  ~guarded_pages();

  /// A copy that stays as long as the object. `what`: for sentences; a literal. `hidden`: so many bytes more, which are not
  /// to be touched, but are there for who does.
  const void* put(const char* what, const void* from, std::size_t size, std::size_t hidden = 0);
  demur_text put(const char* what, std::string_view text);
  /// A structure, of which the reader may see the first `size` bytes only.
  template <class Struct>
  requires std::is_trivially_copyable_v<Struct>
  const Struct* put_struct(const char* what, const Struct& from, std::size_t size = sizeof(Struct)) {
    return static_cast<const Struct*>(put(what, &from, size, sizeof(Struct) - size));
  }
  /// A dislike and all that it points to.
  const demur_dislike* put(const dislike& row);

  /// From now on it may only be read.
  void seal();
  /// From now on it may not be touched at all: the call that it was shown in is over.
  void bury();

  /// `wrote to its input (movie_title)`; nothing if all was well. With the room's words after "expected" in `expected`.
  struct touch {
    std::string found;
    const char* expected;
  };
  std::optional<touch> touched() const;

private:
  friend class watch_for_touches;
  enum class state { open, sealed, buried };
  enum class kind { none, wrote, passed_the_end, came_later };

  demur_text put_names(const char* what, const std::vector<std::string>& names);
  bool note(const void* address) noexcept;
  void protect(int how) const;

  std::byte* begin_;
  std::size_t page_;
  std::size_t used_ = 0;  ///< pages
  state now_ = state::open;
  std::vector<const char*> owners_;  ///< by page: whose it is
  std::vector<char> is_guard_;
  volatile std::sig_atomic_t kind_ = 0;
  volatile std::sig_atomic_t where_ = 0;  ///< the page
};

/// While it lives, SIGSEGV in the pages is taken note of; elsewhere it is what it was.
class watch_for_touches {
public:
  watch_for_touches();
  watch_for_touches(const watch_for_touches&) = delete;
  watch_for_touches& operator=(const watch_for_touches&) = delete;
  ~watch_for_touches();
};

}  // namespace demur::plugin
