#pragma once

#include <demur/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demur {

/// Every default, bound and queue size of the system, in one place. `config/demur.toml` shows each with its unit and
/// range; `load_settings` reads such a file. Member names are the file's section and key names.
struct settings {
  struct node_section {
    std::int64_t id = 0;  ///< 0 to 15, different on every node that writes to one store
  } node;

  struct server_section {
    std::string listen = "127.0.0.1:8080";
    std::int64_t threads = 0;               ///< of the front; 0: half the cores, at least 1
    std::int64_t max_connections = 10'000;  ///< further ones are answered 503 and closed
    std::int64_t max_in_flight = 8'192;     ///< dislikes accepted and not yet answered, also questions; more get 503
    std::int64_t max_pipelined = 64;        ///< requests read ahead on one connection; then reading pauses
    std::int64_t body_limit_kib = 1'024;    ///< a longer body is answered 413, and the connection closed
    std::int64_t dislike_limit_kib = 64;    ///< a longer dislike is answered 413; in a batch its row is
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds idle_timeout{60'000};
    std::chrono::milliseconds request_timeout{10'000};  ///< an answer later than this is a 503
    std::chrono::milliseconds drain_timeout{10'000};    ///< how long a stop waits for what was accepted
  } server;

  struct live_section {
    std::int64_t max_clients = 1'000;  ///< further ones are answered 503 before the upgrade
    std::int64_t backlog = 16'384;     ///< events waiting for the front; as below, but one commit always fits
    std::int64_t queue = 1'024;  ///< events waiting for one client; the oldest give way and are counted in a `gap`
    std::chrono::milliseconds metrics_interval{100};  ///< metrics are sent to a client at most this often
  } live;

  struct store_section {
    std::string url = "sqlite3://demur.db";  ///< a relative SQLite file lies in the data folder
    std::string synchronous = "FULL";  ///< FULL: an answer means the disk has it; NORMAL: may lose the last moments
    std::int64_t readers = 2;          ///< read connections
    std::int64_t cache_mib = 8;        ///< page cache of each connection
    std::int64_t checkpoint_pages = 8'192;  ///< WAL pages after which the log is merged into the file
    std::int64_t merge_users = 8'192;       ///< users whose weights wait in memory; with twice as many, dislikes wait
  } store;

  struct pipeline_section {
    std::int64_t queue = 16'384;              ///< dislikes waiting for a batch; more are refused with 503
    std::int64_t queue_per_user = 8'192;      ///< of them, those that one user sent; more are refused with 429
    std::int64_t batch = 1'024;               ///< dislikes in one transaction at most
    std::int64_t snapshot_interval = 50'000;  ///< dislikes between two snapshots of the running counts
    std::chrono::hours idempotency_ttl{24};
    std::chrono::milliseconds restart_delay{100};  ///< before a failed pipeline starts again; doubles up to 5 s
  } pipeline;

  struct weights_section {
    double floor = 0.05;                     ///< no weight reads lower
    double dislike_weight_multiplier = 0.8;  ///< the seed's DISLIKE_WEIGHT_MULTIPLIER
    double half_life_days = 30.0;            ///< of an adjustment whose strategy names none; 0: never fades
    double example_half_life_days = 30.0;    ///< of a training example's weight; 0: never fades
    double unhide_below = 0.0;  ///< a disliked item shows again when 2^(-age / half-life) is below this; 0: never
  } weights;

  struct patterns_section {
    std::int64_t min_frequency = 3;
    double significance = 0.01;  ///< of the one-sided binomial test
    double low_ratio = 1.5;      ///< share over baseline from which severity is low, medium, high
    double medium_ratio = 3.0;
    double high_ratio = 6.0;
    std::int64_t burst_count = 10;  ///< dislikes of one user that make a burst, counted with fading
    std::chrono::seconds burst_half_life{300};
    std::int64_t defect_users = 5;      ///< distinct users saying wrong_genre of one item: its metadata looks wrong
    double defect_share = 0.5;          ///< of that item's dislikes, from which on it does
    std::int64_t max_values = 200'000;  ///< distinct values counted over all users; newer ones are counted together
  } patterns;

  struct retrain_section {
    bool automatic = true;
    std::string trainer = "ials";  ///< ials, shared_weights, command or webhook; an embedder's own goes before it
    std::int64_t feedback_accumulation_threshold = 20;  ///< the seed's FEEDBACK_ACCUMULATION_THRESHOLD
    double mean_error_threshold = 0.7;
    std::int64_t mean_error_min_examples = 10;
    std::int64_t quorum = 5;             ///< distinct users before a shared weight may move
    double drift_threshold = 7.0;        ///< evidence that the dislike rate has doubled; 0: it is not watched
    std::int64_t drift_warm_up = 1'000;  ///< impressions from which the long-run rate is learned
    std::int64_t drift_min_examples = 5;
    std::chrono::seconds cool_down{60};
    double shared_half_life_days = 90.0;  ///< shared weights return to 1 unless confirmed; 0: never
    std::chrono::seconds trainer_timeout{3'600};
    std::int64_t kept_versions = 20;  ///< model files kept on disk beside the live one
    std::int64_t nice = 10;           ///< how far the trainer's thread stands back behind the others, 0 to 19
  } retrain;

  struct recommendations_section {
    double exploration = 0.02;  ///< probability with which a place is given to chance
    std::int64_t exploration_pool = 100;
    double neighbour_half_life_days = 30.0;  ///< of what a fresh dislike takes from what is near it; 0: never
    std::int64_t solved_users_mib = 64;      ///< for what the model makes of users who were answered of late; 0: none
    /// Whose adjustments name what was wrong.
    std::vector<std::string> naming_reasons = {"wrong_genre", "franchise_fatigue", "content_warning"};
  } recommendations;

  struct gate_section {
    double judges_share = 0.1;     ///< of the users, who are not trained on but judge; 0: no gate
    std::int64_t min_judges = 20;  ///< fewer refuse nobody
    double min_ndcg_ratio = 0.98;  ///< NDCG@10 over that of the live version
    double max_dhr_ratio = 1.0;    ///< DHR@20 over that of the live version
  } gate;

  struct trainer_section {
    /// Demur's own.
    struct ials_section {
      std::int64_t factors = 64;
      double alpha0 = 0.1;   ///< weight of what nobody said
      double lambda = 0.01;  ///< of the regularisation
      std::int64_t epochs = 12;
      std::int64_t threads = 0;  ///< 0: one a core
    } ials;
    /// A program of yours.
    struct command_section {
      std::vector<std::string> program;        ///< and its arguments; the training's folder is added to them
      std::chrono::seconds time_limit{3'000};  ///< then it is ended
      std::int64_t log_kib = 64;               ///< of what it says, the end that is kept
      std::string folder;                      ///< of the trainings' folders; empty: `training` in the data folder
      std::int64_t kept_failures = 3;          ///< folders of failed trainings that are left to be looked at
      std::int64_t artefact_mib = 1'024;       ///< of a file that it wants to be kept beside the model
    } command;
    /// A pipeline of yours, over HTTP.
    struct webhook_section {
      std::string url;                  ///< that is told of a retrain: http://HOST[:PORT]/PATH
      std::string secret;               ///< with which that is signed; empty: it is not
      std::string callback;             ///< where the pipeline finds this server; empty: server.listen
      std::chrono::seconds lease{600};  ///< without a sign of life for so long, the training has failed
      std::string folder;               ///< of the training set while it can be fetched; empty: as above
    } webhook;
  } trainer;

  struct experiments_section {
    std::int64_t max_running = 8;                    ///< at a time; another one is refused with 409
    std::int64_t max_users = 200'000;                ///< counted in one; later users are not, in either arm
    std::int64_t past_days = 30;                     ///< of each user's past that make an estimate sharper
    std::chrono::milliseconds look_interval{1'000};  ///< between two looks at least
  } experiments;

  /// What the host makes of one plugin, where it differs from the rest.
  struct plugin_options {
    std::optional<std::string> isolation{};
    std::optional<std::chrono::milliseconds> deadline{};
    std::optional<std::int64_t> memory_mib{};
    std::string shadow{};  ///< name of the plugin that is tried beside this one, for the same reason; empty: none
  };

  struct plugins_section {
    std::string folder = "plugins";
    bool watch = true;                        ///< a file that is dropped into the folder or replaced is loaded
    std::string isolation = "none";           ///< none: in this process; process: each plugin in one of its own
    std::chrono::milliseconds deadline{250};  ///< for one batch; a process is stopped then, else it is counted
    std::int64_t memory_mib = 256;            ///< that the process of a plugin may take
    std::chrono::seconds cpu_time{10};        ///< that it may take without having answered a batch
    std::int64_t max_failures = 5;            ///< of a process within failure_window; with one more it is quarantined
    std::chrono::seconds failure_window{60};
    std::chrono::seconds quarantine{300};            ///< then it is tried again; 0: not before it is reloaded
    std::chrono::milliseconds restart_delay{100};    ///< before an ended process starts again; doubles up to 5 s
    std::chrono::milliseconds start_timeout{5'000};  ///< that a process may take to start, or a new file to be checked
    std::string host_program;                        ///< demur-plugin-host; empty: beside this program
    /// The plugin's own section of the file as a JSON object, by plugin name; handed to it unread.
    std::map<std::string, std::string> config;
    /// The keys of that section that are the host's: isolation, deadline, memory_mib, shadow.
    std::map<std::string, plugin_options> options;
  } plugins;

  struct log_section {
    std::string level = "info";   ///< trace, debug, info, warn, error
    std::string format = "text";  ///< text or json
  } log;

  std::string data_folder = "var";  ///< store, models; made if it is not there
};

/// Reads a settings file. An unknown key, a wrong type or a value out of range is an error that names the key, what
/// was found, what is allowed and, for an unknown key, the nearest known one. `text` is TOML; `name` appears in errors.
result<settings> parse_settings(std::string_view text, std::string_view name);
result<settings> load_settings(const std::string& file);
/// The same checks for settings that came from elsewhere: a command line, an embedder.
result<done> check_settings(const settings& chosen);
/// A complete settings file, each value with its meaning, unit, range and default; reading it gives `chosen` again.
std::string render_settings(const settings& chosen = {});

}  // namespace demur
