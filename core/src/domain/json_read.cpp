#include "domain/json_read.hpp"

#include "domain/digest.hpp"
#include "domain/json_reader.hpp"
#include "domain/text.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace demur {

namespace {

using request = dislike_request;
using reader = json_reader;
using value = json_value;
using place = json_place;

/// The keys of a dislike, most used first. The last one is for the rows of a batch only.
template <class Target>
constexpr std::array<json_member<Target>, 12> dislike_members{{
    {"movie_id", by_rule<&request::movie_id, rules::any_id>},
    {"movie_title", by_rule<&request::movie_title, rules::title>},
    {"recommendation_set_id", by_rule<&request::recommendation_set_id, rules::any_id>},
    {"predicted_score", by_rule<&request::predicted_score, rules::score>},
    {"reason", [](reader& in, value v, const place& at, Target& to) { return in.reason(v, at, to.reason); }},
    {"feedback_text", by_rule<&request::feedback_text, rules::comment>},
    {"genres", as_names<&request::genres>},
    {"cast", as_names<&request::cast>},
    {"franchise", by_rule<&request::franchise, rules::name>},
    {"context", [](reader& in, value v, const place& at, Target& to) { return in.free_object(v, at, to.context); }},
    {"created_at", as_past_time<&request::created_at>},
    {"user_id", as_user_id<&request::user_id>},
}};
constexpr std::span<const json_member<request>> row_members = dislike_members<request>;
constexpr std::span<const json_member<request>> single_members = row_members.first(row_members.size() - 1);

struct preview_body : request {
  std::vector<rerank_candidate> candidates;
};

constexpr auto preview_members = [] {
  auto members = dislike_members<preview_body>;
  members.back() = {"candidates", [](reader& in, value v, const place& at, preview_body& to) {
                      return read_candidates(in, v, at, to.candidates);
                    }};
  return members;
}();

/// user_id is that of the connection, or of the message where the connection has none.
struct live_parts {
  std::string user_id;
  std::string idempotency_key;
  std::optional<value> dislike;
};

constexpr std::array<json_member<live_parts>, 5> live_members{{
    {"op",
     [](reader& in, value v, const place& at, live_parts&) {
       return (v.type() == json_kind::string && v.text() == "dislike") || in.refuse(v, at, "\"dislike\"");
     },
     "\"dislike\""},
    {"id",
     [](reader& in, value v, const place& at, live_parts&) {
       const auto twice = repeated_key(v);
       return !twice || in.refuse_repeated(*twice, &at);
     }},
    {"user_id", as_user_id<&live_parts::user_id>},
    {"idempotency_key",
     [](reader& in, value v, const place& at, live_parts& to) {
       if (v.type() != json_kind::string || !rules::is_visible(v.text())) return in.refuse(v, at, rules::allowed_user);
       to.idempotency_key = v.text();
       return true;
     }},
    {"dislike",
     [](reader&, value v, const place&, live_parts& to) {
       to.dislike = v;
       return true;
     },
     "an object"},
}};

/// What the members of a dislike cannot see alone. Its user_id is what the header says, or its own.
bool complete_dislike(reader& in, const place* at, request& into) {
  if (into.movie_title.empty() && !into.movie_id)
    return in.refuse_missing({at, "movie_title"}, rules::allowed_without_id);
  if (into.user_id.empty()) {
    in.problem = rules::no_identity("X-User-ID", {});
    return false;
  }
  if (into.reason.empty()) into.reason = rules::default_reason;
  return true;
}

bool read_dislike(reader& in, value v, const place* at, std::span<const json_member<request>> members, request& into) {
  if (v.raw().size() > in.context.dislike_limit) {
    in.problem = rules::too_large(v.raw().size(), in.context.dislike_limit);
    return false;
  }
  return in.object(v, at, members, into) && complete_dislike(in, at, into);
}

char first_letter(std::string_view body) {
  const std::size_t at = body.find_first_not_of(" \t\r\n");
  return at == std::string_view::npos ? '\0' : body[at];
}

result<dislike_request> read_row(reader& in, value v, std::span<const json_member<request>> members) {
  result<dislike_request> row{dislike_request{}};
  row->user_id = in.context.user_id;
  if (!read_dislike(in, v, nullptr, members, *row)) return std::move(in.problem);
  return row;
}

result<dislike_request> read_live_dislike(reader& in, value message, live_request& whole) {
  live_parts parts;
  if (!in.object<live_parts>(message, nullptr, live_members, parts)) return std::move(in.problem);
  const std::string& connected = in.context.user_id;
  if (!connected.empty() && !parts.user_id.empty() && connected != parts.user_id)
    return rules::refusal("user_id", quoted_excerpt(parts.user_id), "the user of the connection, or none");
  request read;
  read.user_id = connected.empty() ? parts.user_id : connected;
  if (read.user_id.empty()) return rules::no_identity("user_id", {});
  const place at{nullptr, "dislike"};
  if (!read_dislike(in, *parts.dislike, &at, single_members, read)) return std::move(in.problem);
  if (!parts.idempotency_key.empty()) whole.body_digest = digest(parts.dislike->raw());
  whole.idempotency_key = std::move(parts.idempotency_key);
  return read;
}

/// The first `id` of a message, whatever else is wrong with it.
std::string id_of(value message) {
  if (message.type() != json_kind::object) return "null";
  for (value key = message.first(); key != message.next(); key = key.next().next()) {
    if (key.text() == "id") return std::string(key.next().raw());
  }
  return "null";
}

}  // namespace

result<read_dislikes_result> read_dislikes(std::string_view body, const read_context& context) {
  read_dislikes_result read;
  read.batch = first_letter(body) == '[';
  if (!read.batch && body.size() > context.dislike_limit) return rules::too_large(body.size(), context.dislike_limit);
  if (!read.batch && context.user_id.empty()) return rules::no_identity("X-User-ID", {});
  json_document& document = reading_document();
  if (auto failure = document.parse(body)) return std::move(*failure);
  json_reader in(context);
  const value root = document.root();
  if (!read.batch) {
    if (root.type() != json_kind::object) {
      in.refuse(root, nullptr, "an object, or an array of 1 to 1,000 objects");
      return std::move(in.problem);
    }
    auto row = read_row(in, root, single_members);
    if (!row) return std::move(row).problem();
    read.rows.push_back(std::move(row));
    return read;
  }
  if (!in.is_row_array(root, nullptr)) return std::move(in.problem);
  read.rows.reserve(root.size());
  for (value row = root.first(); row != root.next(); row = row.next())
    read.rows.push_back(read_row(in, row, row_members));
  return read;
}

result<preview_request> read_preview(std::string_view body, const read_context& context) {
  if (context.user_id.empty()) return rules::no_identity("X-User-ID", {});
  json_document& document = reading_document();
  if (auto failure = document.parse(body)) return std::move(*failure);
  json_reader in(context);
  preview_body read;
  read.user_id = context.user_id;
  if (!in.object<preview_body>(document.root(), nullptr, preview_members, read) || !complete_dislike(in, nullptr, read))
    return std::move(in.problem);
  preview_request asked;
  asked.candidates = std::move(read.candidates);
  asked.dislike = std::move(read);
  return asked;
}

live_request read_live_request(std::string_view message, const read_context& context) {
  json_document& document = reading_document();
  if (auto failure = document.parse(message)) return {"null", std::move(*failure)};
  json_reader in(context);
  live_request read{id_of(document.root()), dislike_request{}};
  read.dislike = read_live_dislike(in, document.root(), read);
  return read;
}

}  // namespace demur
