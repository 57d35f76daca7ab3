#include "plugin/library.hpp"

#include "domain/digest.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"
#include "plugin/fault.hpp"

#include <link.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace demur::plugin {

namespace {

constexpr const char* entry_symbol = "demur_plugin_entry";

/// What is missing at the end of a file that was not copied to its end; 0 of a whole one and of what is no library, which
/// dlopen finds out. A library that is cut off it maps, and dies of SIGBUS where the rest should be. The table that is
/// looked at is the last thing in a file.
std::uintmax_t missing_bytes(const std::filesystem::path& file) {
  std::error_code unreadable;
  const std::uintmax_t size = std::filesystem::file_size(file, unreadable);
  ElfW(Ehdr) header{};
  std::ifstream in(file, std::ios::binary);
  if (unreadable || !in.read(reinterpret_cast<char*>(&header), sizeof header)) return 0;
  constexpr char own_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != own_class) return 0;
  const std::uintmax_t whole = header.e_shoff + std::uintmax_t{header.e_shnum} * header.e_shentsize;
  return whole > size ? whole - size : 0;
}

std::optional<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), {}};
  if (!in) return std::nullopt;
  return content;
}

/// Checks in the order in which each next step becomes safe: another major version may have laid out all that follows it
/// differently.
std::optional<fault> check_entry(const demur_plugin* entry) {
  const auto too_small = [&] {
    return fault{"describes itself in " + std::to_string(entry->size) + " bytes",
                 "at least " + std::to_string(sizeof(demur_plugin))};
  };
  if (!entry) return fault{"returns nothing from " + std::string(entry_symbol), "the table of a plugin"};
  if (entry->size < offsetof(demur_plugin, abi_minor)) return too_small();
  if (entry->abi_major != DEMUR_ABI_MAJOR)
    return fault{"is built for plugin ABI " + std::to_string(entry->abi_major), std::to_string(DEMUR_ABI_MAJOR)};
  if (entry->size < sizeof(demur_plugin)) return too_small();
  if (!rules::is_reason(view(entry->name)))
    return fault{"calls itself " + quoted_excerpt(view(entry->name)),
                 "a name of " + std::string(rules::allowed_reason)};
  if (!rules::is_visible(view(entry->version)) || entry->version.size > 64)
    return fault{"has the version " + quoted_excerpt(view(entry->version)), "1 to 64 visible ASCII characters"};
  if (!entry->create || !entry->destroy || !entry->get_interface)
    return fault{"leaves out one of create, destroy and get_interface", "all three"};
  return std::nullopt;
}

}  // namespace

std::string library::in_words() const { return "plugin " + name + " " + version + " (" + file.string() + ")"; }

result<std::string> digest_of(const std::filesystem::path& file) {
  const auto content = read_file(file);
  if (!content) return blame(file.string(), {"cannot be read", "a shared library"});
  return digest(*content);
}

result<std::filesystem::path> keep_copy(const std::filesystem::path& file, const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const auto content = read_file(file);
  if (!content) return blame(file.string(), {"cannot be read", "a shared library"});
  fs::path copy = folder / (file.stem().string() + "-" + digest(*content) + ".so");
  std::error_code failed;
  if (fs::exists(copy, failed)) return copy;
  const fs::path unfinished = copy.string() + ".part";
  std::ofstream out(unfinished, std::ios::binary);
  out.write(content->data(), static_cast<std::streamsize>(content->size()));
  out.close();
  if (out) fs::rename(unfinished, copy, failed);
  if (!out || failed) {
    fs::remove(unfinished, failed);
    return error{error_code::unavailable,
                 "The plugin " + file.string() + " cannot be copied to " + folder.string() + ".", "data_folder",
                 folder.string(), "a folder that can be written, and room in it"};
  }
  return copy;
}

result<library> open_library(const std::filesystem::path& file, const std::filesystem::path& of) {
  const std::filesystem::path& shown = of.empty() ? file : of;
  const auto refused = [&](const fault& wrong) { return blame(shown.string(), wrong); };

  if (const auto missing = missing_bytes(file))
    return refused({"ends " + std::to_string(missing) + " bytes too early", "a library that was copied whole"});

  // All symbols now: one that is missing shows here and not in the middle of a dislike. Local: plugins do not see each
  // other. There is no dlclose anywhere: code of a library may still be on its way (a thread of its own, the end of a
  // thread's locals, the type of an exception), and then its address must not be gone.
  void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* why = ::dlerror();
    return refused({"cannot be loaded (" + std::string(why ? why : "no cause was given") + ")",
                    "a shared library for this machine, and all that it needs"});
  }
  void* symbol = ::dlsym(handle, entry_symbol);
  if (!symbol) return refused({"exports no " + std::string(entry_symbol), "a plugin of Demur"});

  const demur_plugin* entry = nullptr;
  try {
    entry = reinterpret_cast<demur_plugin_entry_function>(symbol)();
  } catch (...) {
    return refused({"throws from " + std::string(entry_symbol), "the table of a plugin"});
  }
  if (auto wrong = check_entry(entry)) return refused(*wrong);
  return library{shown, entry, std::string(view(entry->name)), std::string(view(entry->version)),
                 digest(read_file(file).value_or(""))};
}

}  // namespace demur::plugin
