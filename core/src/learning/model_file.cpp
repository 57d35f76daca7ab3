#include "learning/model_file.hpp"

#include "domain/records.hpp"
#include "learning/ranking_file.hpp"
#include "learning/synced_file.hpp"

#include <fstream>
#include <iterator>
#include <optional>

namespace demur::learning {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view magic = "demur-model";
constexpr std::int64_t format = 2;

/// `ranking`: checksum of that file, if there is one.
std::string body_of(const model& trained, std::optional<std::uint32_t> ranking) {
  record_writer out;
  out.field(trained.model_version_id).field(trained.parent_id);
  out.field(trained.created_at.time_since_epoch().count());
  out.field(ranking ? 1 : 0).field(ranking.value_or(0)).end();
  for (const auto& [feature, log_weight] : trained.shared_log_weights) out.field(feature).field(log_weight).end();
  return out.take();
}

std::string head_of(std::string_view body) {
  record_writer out;
  out.field(magic).field(format).field(checksum(body)).field(body.size()).end();
  return out.take();
}

struct parsed_model {
  std::shared_ptr<model> read;
  std::optional<std::uint32_t> ranking;  ///< checksum of its file
};

result<parsed_model> parse(const fs::path& file, std::string_view text) {
  const auto head_end = text.find('\n');
  if (head_end == std::string_view::npos) return file_error(file, "found no first line");
  record_reader head(text.substr(0, head_end + 1));
  head.next();
  const bool ours = head.text() == magic;
  const auto found = head.number();
  if (!ours || found < 1 || found > format)
    return file_error(file, "found another format, expected demur-model 1 or 2");
  const auto wanted_sum = head.number<std::uint32_t>();
  const auto wanted_size = head.number<std::size_t>();
  const std::string_view body = text.substr(head_end + 1);
  if (!head.ok() || body.size() != wanted_size)
    return file_error(file, "found " + std::to_string(body.size()) + " bytes, expected " + std::to_string(wanted_size));
  if (checksum(body) != wanted_sum) return file_error(file, "its checksum does not fit its content");

  parsed_model whole{std::make_shared<model>(), {}};
  const auto& loaded = whole.read;
  record_reader in(body);
  in.next();
  loaded->model_version_id = in.number();
  loaded->parent_id = in.number();
  loaded->created_at = timestamp(std::chrono::milliseconds(in.number()));
  if (found >= 2) {
    const bool ranks = in.number() != 0;
    const auto sum = in.number<std::uint32_t>();
    if (ranks) whole.ranking = sum;
  }
  while (in.next()) {
    std::string feature(in.text());
    loaded->shared_log_weights.emplace_hint(loaded->shared_log_weights.end(), std::move(feature), in.number<double>());
  }
  if (!in.ok()) return file_error(file, "a record is not readable");
  return whole;
}

/// Under a name of its own first: under its own name there is never half a file.
fs::path aside_of(fs::path file) {
  file += ".part";
  return file;
}

result<done> put_in_place(const fs::path& file) {
  std::error_code failed;
  fs::rename(aside_of(file), file, failed);
  if (failed) return file_error(file, "rename: " + failed.message());
  return sync_folder(file.parent_path());
}

}  // namespace

fs::path model_path(const fs::path& folder, id model_version_id) {
  return folder / (std::to_string(model_version_id) + ".model");
}

fs::path ranking_path(const fs::path& folder, id model_version_id) {
  return folder / (std::to_string(model_version_id) + ".ranking");
}

fs::path artefact_path(const fs::path& folder, id model_version_id) {
  return folder / (std::to_string(model_version_id) + ".artefact");
}

result<done> save_model(const fs::path& folder, const model& trained) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  // The file that is read first comes last: where it is, the other is, too.
  std::optional<std::uint32_t> ranking;
  if (trained.ranking) {
    const fs::path file = ranking_path(folder, trained.model_version_id);
    auto sum = write_ranking(aside_of(file), *trained.ranking);
    if (!sum) return std::move(sum).problem();
    if (auto put = put_in_place(file); !put) return put;
    ranking = *sum;
  }
  const fs::path file = model_path(folder, trained.model_version_id);
  const std::string body = body_of(trained, ranking);
  if (auto written = write_synced(aside_of(file), head_of(body) + body); !written) return written;
  return put_in_place(file);
}

result<std::shared_ptr<const model>> load_model(const fs::path& folder, id model_version_id) {
  const fs::path file = model_path(folder, model_version_id);
  std::ifstream in(file, std::ios::binary);
  if (!in) return system_error(file, "open");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto loaded = parse(file, text);
  if (!loaded) return std::move(loaded).problem();
  if (loaded->read->model_version_id != model_version_id)
    return file_error(file, "found version " + std::to_string(loaded->read->model_version_id));
  if (loaded->ranking) {
    auto ranking = map_ranking(ranking_path(folder, model_version_id), *loaded->ranking);
    if (!ranking) return std::move(ranking).problem();
    loaded->read->ranking = *std::move(ranking);
  }
  return std::shared_ptr<const model>(std::move(loaded->read));
}

void remove_other_models(const fs::path& folder, const std::set<id>& kept) {
  std::set<fs::path> names;
  for (const id version : kept) {
    names.insert(model_path(folder, version).filename());
    names.insert(ranking_path(folder, version).filename());
    names.insert(artefact_path(folder, version).filename());
  }
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const fs::path& file = entry.path();
    const auto kind = file.extension();
    const bool ours = kind == ".model" || kind == ".ranking" || kind == ".artefact" || kind == ".part";
    if (ours && !names.contains(file.filename())) fs::remove(file, failed);
  }
}

}  // namespace demur::learning
