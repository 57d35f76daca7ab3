#include "plugin/exports.hpp"

#include "domain/text.hpp"
#include "plugin/fault.hpp"

#include <cxxabi.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <regex>
#include <string_view>
#include <system_error>
#include <utility>

// This program's own first bytes, which the linker knows by this name: they say what a library for this machine looks
// like.
extern "C" const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

namespace demur::plugin {

namespace {

using header = ElfW(Ehdr);
using segment = ElfW(Phdr);
using dynamic_entry = ElfW(Dyn);
using symbol = ElfW(Sym);

/// The bytes of a library. Every read is checked against their end.
class image {
public:
  explicit image(std::string bytes) : bytes_(std::move(bytes)) {}

  std::uint64_t size() const { return bytes_.size(); }

  template <class Part>
  std::optional<Part> at(std::uint64_t offset) const {
    if (offset > size() || size() - offset < sizeof(Part)) return std::nullopt;
    Part read;
    std::memcpy(&read, bytes_.data() + offset, sizeof read);
    return read;
  }

  /// A text that ends with a zero, without it.
  std::optional<std::string> text(std::uint64_t offset) const {
    if (offset >= size()) return std::nullopt;
    const std::size_t end = bytes_.find('\0', offset);
    if (end == bytes_.npos) return std::nullopt;
    return bytes_.substr(offset, end - offset);
  }

private:
  std::string bytes_;
};

std::optional<fault> check_header(const header& found) {
  if (std::memcmp(found.e_ident, ELFMAG, SELFMAG) != 0)
    return fault{"begins with no ELF header", "a shared library in the ELF format"};
  const header& own = __ehdr_start;
  if (found.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] || found.e_ident[EI_DATA] != own.e_ident[EI_DATA] ||
      found.e_machine != own.e_machine)
    return fault{"is built for the machine " + std::to_string(found.e_machine) + " (ELF class " +
                     std::to_string(found.e_ident[EI_CLASS]) + ")",
                 "the machine " + std::to_string(own.e_machine) + " (ELF class " +
                     std::to_string(own.e_ident[EI_CLASS]) + "), which this is"};
  if (found.e_type != ET_DYN)
    return fault{"is an ELF file of type " + std::to_string(found.e_type),
                 "a shared library, type " + std::to_string(ET_DYN)};
  if (found.e_phentsize != sizeof(segment)) return fault{"has a program header of an unknown form", "an ELF library"};
  return std::nullopt;
}

/// Of the namespaces std, __gnu_cxx and __cxxabiv1, as their names are mangled. Looks at the beginning only: the matching
/// needs stack for each character.
bool is_of_the_library(std::string_view name) {
  static const std::regex beginning("_Z(T[VIST]|GV|Z)*N?K?(S[tabsiod]|9__gnu_cxx|10__cxxabiv1)");
  constexpr std::size_t enough = 32;
  const std::string begins(name.substr(0, enough));
  return std::regex_search(begins, beginning, std::regex_constants::match_continuous);
}

/// The dynamic section of a library: what the loader goes by. Sections are not asked, they may be stripped or lie.
class dynamic_part {
public:
  explicit dynamic_part(const image& from) : from_(from) {}

  std::optional<fault> read() {
    const auto head = from_.at<header>(0);
    if (!head) return fault{"is " + std::to_string(from_.size()) + " bytes long", "a shared library"};
    if (auto wrong = check_header(*head)) return wrong;
    if (auto wrong = read_segments(*head)) return wrong;
    return read_entries();
  }

  std::optional<library_symbols> symbols() const {
    library_symbols all;
    for (const std::uint64_t name : needed_) {
      auto library = string(name);
      if (!library) return std::nullopt;
      all.needed.push_back(*std::move(library));
    }
    const auto table = offset_of(symbols_at_);
    const auto count = count_symbols();
    if (!table || !count) return std::nullopt;
    std::uint64_t room = max_names_per_byte * from_.size();
    // The first is always empty.
    for (std::uint64_t i = 1; i < *count; ++i) {
      const auto one = from_.at<symbol>(*table + i * sizeof(symbol));
      auto name = one ? string(one->st_name) : std::nullopt;
      if (!name || name->size() > room) return std::nullopt;
      room -= name->size();
      sort_in(*one, *std::move(name), all);
    }
    return all;
  }

private:
  /// Names may share their ends, and a made-up table may let all of them share one that is as long as the file.
  static constexpr std::uint64_t max_names_per_byte = 4;

  std::optional<fault> read_segments(const header& head) {
    std::uint64_t whole = head.e_shoff + std::uint64_t{head.e_shnum} * head.e_shentsize;
    for (std::uint64_t i = 0; i < head.e_phnum; ++i) {
      const auto one = from_.at<segment>(head.e_phoff + i * sizeof(segment));
      if (!one) return fault{"ends within its program header", "a library that was copied whole"};
      if (one->p_type == PT_LOAD) {
        if (one->p_filesz > from_.size())
          return fault{"has a segment of " + std::to_string(one->p_filesz) + " bytes", "no more than the file has"};
        loaded_.push_back(*one);
        whole = std::max<std::uint64_t>(whole, one->p_offset + one->p_filesz);
      }
      if (one->p_type == PT_DYNAMIC) dynamic_ = *one;
    }
    if (whole > from_.size())
      return fault{"ends " + std::to_string(whole - from_.size()) + " bytes too early",
                   "a library that was copied whole"};
    if (dynamic_.p_type != PT_DYNAMIC) return fault{"has no dynamic section", "a shared library"};
    return std::nullopt;
  }

  std::optional<fault> read_entries() {
    for (std::uint64_t at = 0; at < dynamic_.p_filesz; at += sizeof(dynamic_entry)) {
      const auto one = from_.at<dynamic_entry>(dynamic_.p_offset + at);
      if (!one) return fault{"ends within its dynamic section", "a library that was copied whole"};
      const std::uint64_t value = one->d_un.d_val;
      if (one->d_tag == DT_NULL) break;
      if (one->d_tag == DT_NEEDED) needed_.push_back(value);
      if (one->d_tag == DT_STRTAB) strings_at_ = value;
      if (one->d_tag == DT_SYMTAB) symbols_at_ = value;
      if (one->d_tag == DT_HASH) hash_at_ = value;
      if (one->d_tag == DT_GNU_HASH) gnu_hash_at_ = value;
    }
    return std::nullopt;
  }

  /// Where in the file lies what is to be at this address.
  std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
    for (const segment& one : loaded_)
      if (address >= one.p_vaddr && address - one.p_vaddr < one.p_filesz) return address - one.p_vaddr + one.p_offset;
    return std::nullopt;
  }

  std::optional<std::string> string(std::uint64_t index) const {
    const auto strings = offset_of(strings_at_);
    if (!strings || index > from_.size()) return std::nullopt;
    return from_.text(*strings + index);
  }

  /// The table of symbols does not say how long it is; only the tables to look them up by do.
  std::optional<std::uint64_t> count_symbols() const {
    if (hash_at_ != 0) {
      const auto table = offset_of(hash_at_);
      const auto count = table ? from_.at<std::uint32_t>(*table + sizeof(std::uint32_t)) : std::nullopt;
      if (count) return *count;
    }
    const auto table = offset_of(gnu_hash_at_);
    return table ? count_by_gnu_hash(*table) : std::nullopt;
  }

  /// Its chains lie one behind the other, each ends with an odd number, and the last begins where the greatest bucket
  /// says.
  std::optional<std::uint64_t> count_by_gnu_hash(std::uint64_t table) const {
    constexpr std::uint64_t word = sizeof(std::uint32_t);
    const auto buckets = from_.at<std::uint32_t>(table);
    const auto first = from_.at<std::uint32_t>(table + word);
    const auto filters = from_.at<std::uint32_t>(table + 2 * word);
    if (!buckets || !first || !filters) return std::nullopt;
    const std::uint64_t bucket_table = table + 4 * word + std::uint64_t{*filters} * sizeof(ElfW(Addr));
    const std::uint64_t chains = bucket_table + std::uint64_t{*buckets} * word;
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < *buckets; ++i) {
      const auto begin = from_.at<std::uint32_t>(bucket_table + i * word);
      if (!begin) return std::nullopt;
      last = std::max<std::uint64_t>(last, *begin);
    }
    if (last < *first) return *first;
    for (;; ++last) {
      const auto hash = from_.at<std::uint32_t>(chains + (last - *first) * word);
      if (!hash) return std::nullopt;
      if (*hash & 1U) return last + 1;
    }
  }

  static void sort_in(const symbol& one, std::string name, library_symbols& all) {
    const unsigned binding = one.st_info >> 4U;
    const unsigned visibility = one.st_other & 3U;
    if (binding == STB_LOCAL || name.empty()) return;
    if (one.st_shndx == SHN_UNDEF) {
      if (binding != STB_WEAK) all.undefined.push_back(std::move(name));
      return;
    }
    if (visibility == STV_HIDDEN || visibility == STV_INTERNAL) return;
    const bool is_shared = binding == STB_WEAK || binding == STB_GNU_UNIQUE;
    const bool is_library = is_shared && is_of_the_library(name);
    all.exported.push_back({std::move(name), is_shared, is_library});
  }

  const image& from_;
  std::vector<segment> loaded_;
  segment dynamic_{};  ///< of no type: there is none
  std::vector<std::uint64_t> needed_;
  std::uint64_t strings_at_ = 0;
  std::uint64_t symbols_at_ = 0;
  std::uint64_t hash_at_ = 0;
  std::uint64_t gnu_hash_at_ = 0;
};

}  // namespace

std::string exported_symbol::in_words() const {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> readable(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return excerpt(readable ? readable.get() : name);
}

result<library_symbols> read_symbols(const std::filesystem::path& file, const std::filesystem::path& shown) {
  std::error_code unreadable;
  if (!std::filesystem::is_regular_file(file, unreadable))
    return blame(shown.string(), {"is no file", "a shared library"});
  const auto size = std::filesystem::file_size(file, unreadable);
  std::string bytes(unreadable ? 0 : size, '\0');
  std::ifstream in(file, std::ios::binary);
  if (unreadable || !in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    return blame(shown.string(), {"cannot be read", "a shared library"});
  const image whole(std::move(bytes));
  dynamic_part dynamic(whole);
  if (const auto wrong = dynamic.read()) return blame(shown.string(), *wrong);
  auto symbols = dynamic.symbols();
  if (!symbols) return blame(shown.string(), {"has a table of symbols that leads out of it", "a sound library"});
  return *std::move(symbols);
}

}  // namespace demur::plugin
