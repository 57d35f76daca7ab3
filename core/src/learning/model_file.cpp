#include "learning/model_file.hpp"

#include "domain/records.hpp"

#include <boost/crc.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace demur::learning {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view magic = "demur-model";
constexpr std::int64_t format = 1;

std::uint32_t checksum(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

error file_error(const fs::path& file, const std::string& what) {
  return error{error_code::unavailable, "Model file " + file.string() + ": " + what, {}, {}, {}};
}

error system_error(const fs::path& file, const char* call) {
  return file_error(file, std::string(call) + ": " + std::strerror(errno));
}

std::string body_of(const model& trained) {
  record_writer out;
  out.field(trained.model_version_id).field(trained.parent_id);
  out.field(trained.created_at.time_since_epoch().count()).end();
  for (const auto& [feature, log_weight] : trained.shared_log_weights) out.field(feature).field(log_weight).end();
  return out.take();
}

std::string head_of(std::string_view body) {
  record_writer out;
  out.field(magic).field(format).field(checksum(body)).field(body.size()).end();
  return out.take();
}

/// Closes itself; -1 is no file.
struct descriptor {
  int fd = -1;
  ~descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

result<done> write_synced(const fs::path& file, std::string_view bytes) {
  const descriptor out{::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
  if (out.fd < 0) return system_error(file, "open");
  if (!write_all(out.fd, bytes)) return system_error(file, "write");
  if (::fsync(out.fd) != 0) return system_error(file, "fsync");
  return done{};
}

/// A rename is durable only once its folder is.
result<done> sync_folder(const fs::path& folder) {
  const descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (opened.fd < 0 || ::fsync(opened.fd) != 0) return system_error(folder, "fsync");
  return done{};
}

result<std::shared_ptr<const model>> parse(const fs::path& file, std::string_view text) {
  const auto head_end = text.find('\n');
  if (head_end == std::string_view::npos) return file_error(file, "found no first line");
  record_reader head(text.substr(0, head_end + 1));
  head.next();
  if (head.text() != magic || head.number() != format)
    return file_error(file, "found another format, expected demur-model 1");
  const auto wanted_sum = head.number<std::uint32_t>();
  const auto wanted_size = head.number<std::size_t>();
  const std::string_view body = text.substr(head_end + 1);
  if (!head.ok() || body.size() != wanted_size)
    return file_error(file, "found " + std::to_string(body.size()) + " bytes, expected " + std::to_string(wanted_size));
  if (checksum(body) != wanted_sum) return file_error(file, "its checksum does not fit its content");

  auto loaded = std::make_shared<model>();
  record_reader in(body);
  in.next();
  loaded->model_version_id = in.number();
  loaded->parent_id = in.number();
  loaded->created_at = timestamp(std::chrono::milliseconds(in.number()));
  while (in.next()) {
    std::string feature(in.text());
    loaded->shared_log_weights.emplace_hint(loaded->shared_log_weights.end(), std::move(feature), in.number<double>());
  }
  if (!in.ok()) return file_error(file, "a record is not readable");
  return std::shared_ptr<const model>(std::move(loaded));
}

}  // namespace

fs::path model_path(const fs::path& folder, id model_version_id) {
  return folder / (std::to_string(model_version_id) + ".model");
}

fs::path artefact_path(const fs::path& folder, id model_version_id) {
  return folder / (std::to_string(model_version_id) + ".artefact");
}

result<done> save_model(const fs::path& folder, const model& trained) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  const fs::path file = model_path(folder, trained.model_version_id);
  fs::path aside = file;
  aside += ".part";
  const std::string body = body_of(trained);
  if (auto written = write_synced(aside, head_of(body) + body); !written) return written;
  fs::rename(aside, file, failed);
  if (failed) return file_error(file, "rename: " + failed.message());
  return sync_folder(folder);
}

result<std::shared_ptr<const model>> load_model(const fs::path& folder, id model_version_id) {
  const fs::path file = model_path(folder, model_version_id);
  std::ifstream in(file, std::ios::binary);
  if (!in) return system_error(file, "open");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto loaded = parse(file, text);
  if (loaded && (*loaded)->model_version_id != model_version_id)
    return file_error(file, "found version " + std::to_string((*loaded)->model_version_id));
  return loaded;
}

void remove_other_models(const fs::path& folder, const std::set<id>& kept) {
  std::set<fs::path> names;
  for (const id version : kept) {
    names.insert(model_path(folder, version).filename());
    names.insert(artefact_path(folder, version).filename());
  }
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const fs::path& file = entry.path();
    const auto kind = file.extension();
    const bool ours = kind == ".model" || kind == ".artefact" || kind == ".part";
    if (ours && !names.contains(file.filename())) fs::remove(file, failed);
  }
}

}  // namespace demur::learning
