#include "learning/training_folder.hpp"

#include "domain/json_writer.hpp"
#include "learning/file_writer.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string_view>
#include <system_error>
#include <vector>

namespace demur::learning {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view opinions_file = "opinions.csv";
constexpr std::string_view movies_file = "movies.csv";
constexpr std::string_view task_file = "task.json";

/// RFC 4180: what has a comma, a quote or a line end stands in quotes.
void append_field(std::string& line, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    line += text;
    return;
  }
  line += '"';
  for (const char letter : text) line.append(letter == '"' ? 2 : 1, letter);
  line += '"';
}

std::string_view name_of(opinion_kind kind) {
  if (kind == opinion_kind::like) return "like";
  return kind == opinion_kind::dislike ? "dislike" : "seen";
}

result<done> write_opinions(const fs::path& folder, const training_task& task) {
  file_writer out(folder / opinions_file);
  out.append("user_id,movie_id,kind,reason,weight,created_at,dislike_id\n");
  std::string line;
  auto read = task.data->each_opinion([&](const training_opinion& one) {
    if (out.failed()) return;
    line.clear();
    append_field(line, one.user_id);
    line.append(",").append(std::to_string(one.movie_id)).append(",").append(name_of(one.kind)).append(",");
    line.append(one.reason).append(",").append(number_text(one.weight)).append(",");
    line.append(format_time(one.created_at)).append(",");
    if (one.dislike_id != 0) line += std::to_string(one.dislike_id);
    out.append(line += '\n');
  });
  if (!read) return read;
  return out.close();
}

std::string list_text(const std::vector<std::string>& names) {
  json_writer out(128);
  return out.value(names).take();
}

result<done> write_movies(const fs::path& folder, const training_task& task) {
  file_writer out(folder / movies_file);
  out.append("movie_id,movie_title,genres,cast,franchise,directors\n");
  std::string line;
  auto read = task.data->each_movie([&](const movie& row) {
    if (out.failed()) return;
    line = std::to_string(row.movie_id) + ",";
    append_field(line, row.movie_title);
    for (const std::string& field :
         {list_text(row.genres), list_text(row.cast), row.franchise.value_or(""), list_text(row.directors)}) {
      line += ',';
      append_field(line, field);
    }
    out.append(line += '\n');
  });
  if (!read) return read;
  return out.close();
}

result<done> write_task(const fs::path& folder, const training_task& task, const settings& all) {
  json_writer out;
  out.open_object()
      .member("model_version_id", task.model_version_id)
      .member("parent_id", task.parent->model_version_id)
      .member("now", task.now)
      .member("claimed_examples", task.claimed_examples)
      .member("opinions", opinions_file)
      .member("movies", movies_file)
      .member("result", "result.json")
      .member("defective_items", task.defective_items)
      .key("hyperparameters")
      .open_object()
      .member("dislike_weight_multiplier", all.weights.dislike_weight_multiplier)
      .member("example_half_life_days", all.weights.example_half_life_days)
      .member("shared_half_life_days", all.retrain.shared_half_life_days)
      .member("quorum", all.retrain.quorum)
      .close_object()
      .key("parent_shared_log_weights")
      .open_object();
  for (const auto& [feature, log_weight] : task.parent->shared_log_weights) out.named(feature, log_weight);
  out.close_object().close_object();
  file_writer file(folder / task_file);
  file.append(out.take() + "\n");
  return file.close();
}

/// The version that a folder belongs to, if it is one of ours.
std::optional<id> version_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  id version = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), version);
  if (failed != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return version;
}

}  // namespace

fs::path training_home(const std::string& chosen, const settings& all) {
  const fs::path home = chosen.empty() ? fs::path(all.data_folder) / "training" : fs::path(chosen);
  std::error_code failed;
  const fs::path whole = fs::absolute(home, failed);
  return failed ? home : whole.lexically_normal();
}

result<fs::path> make_training_folder(const fs::path& home, id model_version_id) {
  const fs::path folder = home / std::to_string(model_version_id);
  std::error_code failed;
  fs::remove_all(folder, failed);
  if (!failed) fs::create_directories(folder, failed);
  // What people think is nobody else's business.
  if (!failed) fs::permissions(folder, fs::perms::owner_all, failed);
  if (!failed) return folder;
  return error{error_code::unavailable,
               "The folder " + folder.string() + " cannot be made: " + failed.message() + ".",
               {},
               {},
               {}};
}

result<done> write_training_set(const fs::path& folder, const training_task& task, const settings& all) {
  task.report({training_phase::reading});
  if (auto written = write_opinions(folder, task); !written) return written;
  if (auto written = write_movies(folder, task); !written) return written;
  return write_task(folder, task, all);
}

void remove_old_trainings(const fs::path& home, std::int64_t kept) {
  std::vector<id> versions;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(home, failed))
    if (const auto version = version_of(entry.path())) versions.push_back(*version);
  std::ranges::sort(versions, std::greater<>());
  for (std::size_t at = static_cast<std::size_t>(kept); at < versions.size(); ++at)
    fs::remove_all(home / std::to_string(versions[at]), failed);
}

result<std::string> read_file(const fs::path& file, std::int64_t limit) {
  std::error_code failed;
  const auto refuse = [&](error_code code, const std::string& why) {
    return error{code, "The file " + file.filename().string() + " " + why + ".", file.filename().string(), {}, {}};
  };
  const auto status = fs::symlink_status(file, failed);
  if (!fs::exists(status)) return refuse(error_code::unavailable, "is not there");
  if (!fs::is_regular_file(status)) return refuse(error_code::unavailable, "is no regular file");
  std::ifstream in(file, std::ios::binary);
  std::string text(static_cast<std::size_t>(std::min<std::uintmax_t>(fs::file_size(file, failed), limit + 1)), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in || failed) return refuse(error_code::unavailable, "cannot be read");
  if (static_cast<std::int64_t>(text.size()) > limit)
    return refuse(error_code::too_large, "is longer than " + std::to_string(limit) + " bytes");
  return text;
}

}  // namespace demur::learning
