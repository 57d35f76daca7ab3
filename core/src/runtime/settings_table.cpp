#include "runtime/settings_table.hpp"

#include "domain/rules.hpp"
#include "runtime/settings_value.hpp"

#include <algorithm>

namespace demur::config {

namespace {

using std::chrono::hours;
using namespace std::chrono_literals;

constexpr std::int64_t million = 1'000'000;
constexpr auto day = hours(24);

bool is_folder(std::string_view value) {
  return !value.empty() && value.size() <= 4'096 && value.find('\0') == std::string_view::npos;
}

bool is_program(std::string_view value) { return value.empty() || is_folder(value); }

bool is_folder_or_empty(std::string_view value) { return value.empty() || is_folder(value); }

bool are_reasons(const std::vector<std::string>& value) {
  return value.size() <= 64 &&
         std::all_of(value.begin(), value.end(), [](const auto& one) { return rules::is_reason(one); });
}

bool is_command(const std::vector<std::string>& value) {
  constexpr std::size_t most = 64;
  const auto usable = [](const std::string& word) { return word.size() <= 4'096 && word.find('\0') == word.npos; };
  return value.empty() || (value.size() <= most && !value[0].empty() && std::ranges::all_of(value, usable));
}

bool is_secret(std::string_view value) { return value.size() <= 1'024; }
bool is_base_url_or_empty(std::string_view value) { return value.empty() || is_http_url(value, false); }
bool is_http_url_or_empty(std::string_view value) { return value.empty() || is_http_url(value, true); }

const text folder{is_folder, "the path of a folder"};
const text own_folder{is_folder_or_empty, "the path of a folder, or empty"};
const text program{is_program, "the path of a program, or empty"};
const text address{is_listen_address, "ADDR:PORT, like \"127.0.0.1:8080\" or \"[::1]:8080\"; port 0 for any free one"};
const text store_url{is_store_url, "BACKEND://WHERE, like \"sqlite3://demur.db\"", true};
const numbers half_life{0.0, 36'500.0};

// A key cannot differ from its member's name.
#define DEMUR_SETTING(section, member) #section, #member, [](settings & all) -> place { return &all.section.member; }

const std::vector<setting>& table() {
  static const std::vector<setting> rows = {
      {"", "data_folder", [](settings& all) -> place { return &all.data_folder; }, "", folder,
       "Folder of the store and the models; made if it is not there."},

      {DEMUR_SETTING(node, id), "", integers{0, 15},
       "Number of this node; different on every node that writes to the same store."},

      {DEMUR_SETTING(server, listen), "", address, "Address and port that HTTP and WebSocket are served on."},
      {DEMUR_SETTING(server, threads), "threads", integers{0, 256},
       "Threads of the front; 0: half the cores, at least 1."},
      {DEMUR_SETTING(server, max_connections), "connections", integers{1, million},
       "Connections open at once; further ones are answered 503 and closed."},
      {DEMUR_SETTING(server, max_in_flight), "dislikes", integers{1, million},
       "Dislikes accepted and not yet answered, and as many questions; more are answered 503."},
      {DEMUR_SETTING(server, max_pipelined), "requests", integers{1, 10'000},
       "Requests read ahead on one connection; then reading pauses."},
      {DEMUR_SETTING(server, body_limit_kib), "KiB", integers{1, 65'536},
       "Longest body of a request; a longer one is answered 413, then the connection is closed."},
      {DEMUR_SETTING(server, dislike_limit_kib), "KiB", integers{1, 65'536},
       "Longest single dislike, at most body_limit_kib; a longer one is answered 413, in a batch its row alone."},
      {DEMUR_SETTING(server, header_timeout), "", durations{100ms, 1h},
       "Time that a request may take to arrive, once it has begun."},
      {DEMUR_SETTING(server, idle_timeout), "", durations{100ms, day},
       "Time that a connection may stay open without a request."},
      {DEMUR_SETTING(server, request_timeout), "", durations{10ms, 1h},
       "Time that an answer may take; then it is a 503."},
      {DEMUR_SETTING(server, drain_timeout), "", durations{0ms, 1h}, "Time that a stop waits for what was accepted."},

      {DEMUR_SETTING(live, max_clients), "clients", integers{1, million},
       "Clients of the live stream at once; further ones are answered 503."},
      {DEMUR_SETTING(live, backlog), "events", integers{1, 10 * million},
       "Events waiting for the front; the oldest give way and are counted in a `gap` message. One commit always fits."},
      {DEMUR_SETTING(live, queue), "events", integers{1, million},
       "Events waiting for one slow client; the oldest give way and are counted in a `gap` message."},
      {DEMUR_SETTING(live, metrics_interval), "", durations{10ms, 1h},
       "Metrics are sent to a client at most this often."},

      {DEMUR_SETTING(store, url), "", store_url,
       "Where the database is. A relative SQLite file lies in the data folder."},
      {DEMUR_SETTING(store, synchronous), "", one_of{{"FULL", "NORMAL"}},
       "FULL: an answer means that the disk has it. NORMAL: a power cut may take the last moments."},
      {DEMUR_SETTING(store, readers), "connections", integers{1, 64},
       "Connections to read with, beside the one that writes."},
      {DEMUR_SETTING(store, cache_mib), "MiB", integers{1, 65'536}, "Page cache of each connection."},
      {DEMUR_SETTING(store, checkpoint_pages), "pages", integers{100, 10 * million},
       "Length of the write-ahead log at which it is merged into the file."},
      {DEMUR_SETTING(store, merge_users), "users", integers{1, million},
       "Users whose weights wait in memory for being written together; with twice as many, dislikes wait."},

      {DEMUR_SETTING(pipeline, queue), "dislikes", integers{1, 10 * million},
       "Dislikes waiting for a batch; more are answered 503. As many rows of all else that is written may wait."},
      {DEMUR_SETTING(pipeline, queue_per_user), "dislikes", integers{1'000, 10 * million},
       "Of these, dislikes that one user sent; more are answered 429."},
      {DEMUR_SETTING(pipeline, batch), "dislikes", integers{1, 65'536},
       "Dislikes in one transaction at most; no more than queue."},
      {DEMUR_SETTING(pipeline, snapshot_interval), "dislikes", integers{1, 100 * million},
       "Dislikes between two snapshots of the running counts; a smaller number makes starts quicker."},
      {DEMUR_SETTING(pipeline, idempotency_ttl), "", durations{1h, 365 * day},
       "Time for which an Idempotency-Key is remembered."},
      {DEMUR_SETTING(pipeline, restart_delay), "", durations{1ms, 5s},
       "Time before a failed pipeline starts again; doubles up to 5 seconds."},

      {DEMUR_SETTING(weights, floor), "weight", numbers{0.0, 1.0, true}, "No weight reads lower than this."},
      {DEMUR_SETTING(weights, dislike_weight_multiplier), "weight", numbers{0.0, 10.0},
       "Weight of a dislike as a training example, where a positive rating has 1."},
      {DEMUR_SETTING(weights, half_life_days), "days", half_life,
       "Half-life of an adjustment whose strategy names none; 0: it never fades."},
      {DEMUR_SETTING(weights, example_half_life_days), "days", half_life,
       "Half-life of a training example's weight; 0: it never fades."},
      {DEMUR_SETTING(weights, unhide_below), "share", numbers{0.0, 1.0},
       "A disliked item shows again when 2^(-age / half-life) is below this; 0: never."},

      {DEMUR_SETTING(patterns, min_frequency), "dislikes", integers{1, million},
       "Fewer dislikes than this make no pattern."},
      {DEMUR_SETTING(patterns, significance), "probability", numbers{0.0, 1.0, true, true},
       "A concentration is a pattern if chance makes one as high with less than this probability (binomial test)."},
      {DEMUR_SETTING(patterns, low_ratio), "ratio", numbers{1.0, 1'000.0},
       "Severity is low from this ratio of a share to its baseline on."},
      {DEMUR_SETTING(patterns, medium_ratio), "ratio", numbers{1.0, 1'000.0},
       "Severity is medium from this ratio on; above low_ratio."},
      {DEMUR_SETTING(patterns, high_ratio), "ratio", numbers{1.0, 1'000.0},
       "Severity is high from this ratio on; above medium_ratio."},
      {DEMUR_SETTING(patterns, burst_count), "dislikes", integers{2, million},
       "This many dislikes of one user make a burst, counted with fading."},
      {DEMUR_SETTING(patterns, burst_half_life), "", durations{1s, 30 * day}, "Half-life of a dislike in that count."},
      {DEMUR_SETTING(patterns, defect_users), "users", integers{1, million},
       "An item's metadata looks wrong when this many users say wrong_genre of it."},
      {DEMUR_SETTING(patterns, defect_share), "share", numbers{0.0, 1.0, true},
       "Beside that, wrong_genre must have this share of the item's dislikes."},
      {DEMUR_SETTING(patterns, max_values), "values", integers{1, 100 * million},
       "Values told apart when counting over all users; newer ones are counted together."},

      {DEMUR_SETTING(retrain, automatic), "", true_or_false{}, "false: only POST /api/retrain makes a new model."},
      {DEMUR_SETTING(retrain, trainer), "", one_of{{"ials", "shared_weights", "command", "webhook"}},
       "Who makes the model: Demur itself from all ratings and dislikes ([trainer.ials]) or from the claimed dislikes "
       "alone (shared_weights), a program ([trainer.command]), or a pipeline that "
       "is called over HTTP ([trainer.webhook])."},
      {DEMUR_SETTING(retrain, feedback_accumulation_threshold), "examples", integers{1, 1'000 * million},
       "A retrain is due at this many unused examples."},
      {DEMUR_SETTING(retrain, mean_error_threshold), "error", numbers{0.0, 1.0},
       "A retrain is due when the mean prediction error of the unused examples passes this."},
      {DEMUR_SETTING(retrain, mean_error_min_examples), "examples", integers{1, 1'000 * million},
       "Their mean error counts once there are this many of them."},
      {DEMUR_SETTING(retrain, quorum), "users", integers{1, million},
       "Users who must agree before a weight that all share may move."},
      {DEMUR_SETTING(retrain, drift_threshold), "evidence", numbers{0.0, 100.0},
       "A retrain is due when the evidence that dislikes have become twice as frequent reaches this (the logarithm of "
       "a "
       "likelihood ratio); 0: it is not watched."},
      {DEMUR_SETTING(retrain, drift_warm_up), "impressions", integers{100, 1'000 * million},
       "Impressions from which it is learned how frequent they are in the long run; anew after each alarm."},
      {DEMUR_SETTING(retrain, drift_min_examples), "examples", integers{1, 1'000 * million},
       "An alarm makes a retrain due once there are this many unused examples."},
      {DEMUR_SETTING(retrain, cool_down), "", durations{0ms, 30 * day},
       "Time between two automatic retrains at least."},
      {DEMUR_SETTING(retrain, shared_half_life_days), "days", half_life,
       "Half-life with which shared weights return to 1 unless confirmed; 0: they never do."},
      {DEMUR_SETTING(retrain, trainer_timeout), "", durations{1s, 7 * day},
       "Time that a trainer may take; then it has failed and its examples are given back."},
      {DEMUR_SETTING(retrain, kept_versions), "files", integers{0, million},
       "Old models kept on disk beside the one that serves and those of running experiments."},
      {DEMUR_SETTING(retrain, nice), "steps", integers{0, 19},
       "How far a training stands back for all else that wants the processor, as with nice(1); 0: not at all."},

      {DEMUR_SETTING(recommendations, exploration), "share", numbers{0.0, 0.5},
       "Probability with which a place in GET /api/recommendations is given to chance, so that more is learned than "
       "what "
       "the model thinks already."},
      {DEMUR_SETTING(recommendations, exploration_pool), "movies", integers{1, 10'000},
       "Movies behind the best ones, among which chance chooses."},
      {DEMUR_SETTING(recommendations, neighbour_half_life_days), "days", half_life,
       "Half-life of what a dislike takes from what is most like it, until a model has learned from it; 0: it never "
       "fades."},
      {DEMUR_SETTING(recommendations, solved_users_mib), "MiB", integers{0, 65'536},
       "Memory for users whom the model has solved of late, so that their next answer is faster; 0: none."},
      {DEMUR_SETTING(recommendations, naming_reasons), "",
       texts{are_reasons, "an array of up to 64 reasons, each of 1 to 64 of the characters a-z, 0-9 and _"},
       "Reasons that say which feature was wrong: what their strategies lower counts against it in the model, too."},

      {DEMUR_SETTING(gate, judges_share), "share", numbers{0.0, 0.5},
       "Users, chosen by a hash of their names, whom no model is trained on, so that they can judge all; 0: no gate. "
       "They are served like all others."},
      {DEMUR_SETTING(gate, min_judges), "users", integers{1, million},
       "With fewer judges that like enough, no model is rejected."},
      {DEMUR_SETTING(gate, min_ndcg_ratio), "ratio", numbers{0.0, 2.0},
       "A model's NDCG@10 over that of the live one must reach this."},
      {DEMUR_SETTING(gate, max_dhr_ratio), "ratio", numbers{0.0, 1'000.0},
       "A model is rejected if its DHR@20, unseen dislikes among the first 20, is above this times that of the live "
       "one, "
       "and the difference is no chance (95 %)."},

      {DEMUR_SETTING(trainer.ials, factors), "numbers", integers{1, 1'024},
       "Numbers that describe a film, and a user."},
      {DEMUR_SETTING(trainer.ials, alpha0), "weight", numbers{0.0001, 10.0},
       "Weight of what nobody said, where a like has 1."},
      {DEMUR_SETTING(trainer.ials, lambda), "weight", numbers{0.0001, 10.0}, "Weight of the regularisation."},
      {DEMUR_SETTING(trainer.ials, epochs), "epochs", integers{1, 1'000}, "Passes over the data."},
      {DEMUR_SETTING(trainer.ials, threads), "threads", integers{0, 1'024}, "Threads that train; 0: one a core."},

      {DEMUR_SETTING(trainer.command, program), "",
       texts{is_command,
             "an array of texts: a program and its arguments, "
             "64 at most; or none"},
       "The program and its arguments; a path, or a name to be found in PATH."},
      {DEMUR_SETTING(trainer.command, time_limit), "", durations{1s, 7 * day},
       "Time that it may take; then it is ended. retrain.trainer_timeout holds too."},
      {DEMUR_SETTING(trainer.command, log_kib), "KiB", integers{1, 16'384},
       "Of what it writes to its standard output and error, the end that is kept for the log."},
      {DEMUR_SETTING(trainer.command, folder), "", own_folder,
       "Where each training gets a folder of its own; empty: `training` in the data folder."},
      {DEMUR_SETTING(trainer.command, kept_failures), "folders", integers{0, 1'000},
       "Folders of trainings that failed are left to be looked at, the newest this many."},
      {DEMUR_SETTING(trainer.command, artefact_mib), "MiB", integers{1, million},
       "Longest file that it may have kept beside its model."},

      {DEMUR_SETTING(trainer.webhook, url), "",
       text{is_http_url_or_empty, "http://HOST:PORT/PATH, without a user or a fragment; or empty"},
       "Where a retrain is announced with a POST."},
      {DEMUR_SETTING(trainer.webhook, secret), "", text{is_secret, "up to 1024 bytes", true},
       "Key of the HMAC-SHA256 over that body, in the header X-Demur-Signature; empty: it is not signed."},
      {DEMUR_SETTING(trainer.webhook, callback), "",
       text{is_base_url_or_empty, "http://HOST:PORT or https://HOST:PORT; or empty"},
       "Where the pipeline finds this server; empty: http:// and server.listen."},
      {DEMUR_SETTING(trainer.webhook, lease), "", durations{1s, 7 * day},
       "Time without a sign of life after which a training has failed."},
      {DEMUR_SETTING(trainer.webhook, folder), "", own_folder,
       "Where the training set lies while it can be fetched; empty: `training` in the data folder."},

      {DEMUR_SETTING(experiments, max_running), "experiments", integers{0, 100},
       "Experiments at a time; another one is answered 409."},
      {DEMUR_SETTING(experiments, max_users), "users", integers{1, 100 * million},
       "Users counted in one experiment; who comes later is not counted, in either arm."},
      {DEMUR_SETTING(experiments, past_days), "days", integers{0, 3'650},
       "Days of a user's past that make an estimate sharper (CUPED); 0: none."},
      {DEMUR_SETTING(experiments, look_interval), "", durations{10ms, 1h}, "Time between two looks at an experiment."},

      {DEMUR_SETTING(log, level), "", one_of{{"trace", "debug", "info", "warn", "error"}},
       "What matters less than this is not logged."},
      {DEMUR_SETTING(log, format), "", one_of{{"text", "json"}}, "Lines for people, or a JSON object a line."},

      {DEMUR_SETTING(plugins, folder), "", folder,
       "Folder of the strategies; every one in it is loaded. If the default is not there: ../lib/demur/plugins beside "
       "demurd."},
      {DEMUR_SETTING(plugins, watch), "", true_or_false{},
       "A file that is dropped into the folder or replaced is loaded; false: only POST /api/plugins/reload does."},
      {DEMUR_SETTING(plugins, isolation), "", one_of{{"none", "process"}},
       "Where plugins run: in the server, or each in a process of its own, which may crash and hang. Also in a "
       "plugin's own "
       "section."},
      {DEMUR_SETTING(plugins, deadline), "", durations{1ms, 60s},
       "Time for one batch; a process is stopped then, a plugin in the server is counted as late. Also in a plugin's "
       "own "
       "section."},
      {DEMUR_SETTING(plugins, memory_mib), "MiB", integers{16, 65'536},
       "Memory that a plugin's process may take. Also in a plugin's own section."},
      {DEMUR_SETTING(plugins, cpu_time), "", durations{1s, 1h},
       "CPU time that a plugin's process may take between two batches that it answered."},
      {DEMUR_SETTING(plugins, max_failures), "failures", integers{0, 1'000},
       "A plugin's process may end so often within failure_window; with the next time it is quarantined."},
      {DEMUR_SETTING(plugins, failure_window), "", durations{1s, day}, "See max_failures."},
      {DEMUR_SETTING(plugins, quarantine), "", durations{0ms, 30 * day},
       "Time after which a quarantined plugin is tried again; \"0s\": when it is reloaded."},
      {DEMUR_SETTING(plugins, restart_delay), "", durations{1ms, 5s},
       "Time before an ended plugin process starts again; doubles up to 5 seconds."},
      {DEMUR_SETTING(plugins, start_timeout), "", durations{100ms, 1h},
       "Time that a plugin's process may take to start, and a new file to be checked."},
      {DEMUR_SETTING(plugins, host_program), "", program,
       "The program that plugins run in; empty: demur-plugin-host beside this one."},
  };
  return rows;
}

#undef DEMUR_SETTING

constexpr section sections[] = {
    {"node", "Who this process is among others."},
    {"server", "The HTTP and WebSocket front."},
    {"live", "The live stream, GET /api/live."},
    {"store", "The database."},
    {"pipeline", "From an accepted dislike to a committed one."},
    {"weights", "What a dislike weighs, and how it fades."},
    {"patterns", "When dislikes that concentrate on something are reported."},
    {"retrain", "When the dislikes become a new model, and what it may change."},
    {"recommendations", "What the model recommends, GET /api/recommendations."},
    {"gate", "What a new model must show before it serves, see docs/learning.md."},
    {"trainer.ials", "Demur's own model, see docs/learning.md."},
    {"trainer.command", "A program that trains. It is given a folder, see docs/trainers.md."},
    {"trainer.webhook", "A pipeline elsewhere that trains, see docs/trainers.md."},
    {"experiments", "Two groups of users beside each other, see POST /api/experiments."},
    {"log", "What the server tells its operator, on standard error."},
    {"plugins", "The strategies, one a reason. Each reads a section of its own, [plugins.NAME]."},
};

}  // namespace

std::span<const setting> all_settings() { return table(); }

std::span<const section> all_sections() { return sections; }

const setting* find_setting(std::string_view section, std::string_view key) {
  const auto found =
      std::ranges::find_if(table(), [&](const setting& one) { return one.section == section && one.key == key; });
  return found == table().end() ? nullptr : &*found;
}

bool is_section(std::string_view name) {
  return std::ranges::any_of(sections, [&](const section& one) { return one.name == name; });
}

bool is_group(std::string_view name) {
  return std::ranges::any_of(sections, [&](const section& one) {
    return one.name.size() > name.size() && one.name.starts_with(name) && one.name[name.size()] == '.';
  });
}

std::string full_name(const setting& of) {
  return of.section.empty() ? std::string(of.key) : std::string(of.section) + "." + std::string(of.key);
}

}  // namespace demur::config
