#include "domain/json_read.hpp"
#include "domain/json_reader.hpp"

#include <array>
#include <iterator>
#include <span>
#include <utility>

namespace demur {

namespace {

using reader = json_reader;
using value = json_value;
using place = json_place;

constexpr std::array<json_member<movie>, 6> movie_members{{
    {"movie_id", by_rule<&movie::movie_id, rules::any_id>, rules::any_id.allowed},
    {"movie_title", by_rule<&movie::movie_title, rules::title>, rules::title.allowed},
    {"genres", as_names<&movie::genres>},
    {"cast", as_names<&movie::cast>},
    {"franchise", by_rule<&movie::franchise, rules::name>},
    {"directors", as_names<&movie::directors, rules::directors>},
}};

struct rollback_body {
  std::string reason;
};
constexpr std::array<json_member<rollback_body>, 1> rollback_members{{
    {"reason", by_rule<&rollback_body::reason, rules::rollback_reason>},
}};

struct rating_row : user_rating {
  std::optional<timestamp> given_at;
};

constexpr std::array<json_member<rating_row>, 5> rating_members{{
    {"movie_id", by_rule<&rating_row::movie_id, rules::any_id>, rules::any_id.allowed},
    {"rating",
     [](reader& in, value v, const place& at, rating_row& to) {
       if (!in.read(v, at, rules::stars, to.rating)) return false;
       return rules::is_rating(*to.rating) || in.refuse(v, at, rules::stars.allowed);
     }},
    {"liked",
     [](reader& in, value v, const place& at, rating_row& to) {
       to.liked = v.type() == json_kind::boolean && v.truth();
       return to.liked || in.refuse(v, at, "true");
     }},
    {"created_at", as_past_time<&rating_row::given_at>},
    {"user_id", as_user_id<&rating_row::user_id>},
}};

constexpr std::array<json_member<recommended_item>, 4> item_members{{
    {"movie_id", by_rule<&recommended_item::movie_id, rules::any_id>},
    {"movie_title", by_rule<&recommended_item::movie_title, rules::title>},
    {"predicted_score", by_rule<&recommended_item::predicted_score, rules::score>},
    {"propensity", by_rule<&recommended_item::propensity, rules::propensity>},
}};

/// A feature that is given replaces the catalogue's.
template <auto Field>
constexpr auto as_feature = [](reader& in, value v, const place& at, rerank_candidate& to) {
  to.has_features = true;
  if constexpr (requires { in.names(v, at, to.*Field); }) {
    return in.names(v, at, to.*Field);
  } else {
    return in.read(v, at, rules::name, to.*Field);
  }
};

constexpr std::array<json_member<rerank_candidate>, 6> candidate_members{{
    {"movie_id", by_rule<&rerank_candidate::movie_id, rules::any_id>},
    {"movie_title", by_rule<&rerank_candidate::movie_title, rules::title>},
    {"score", by_rule<&rerank_candidate::score, rules::score>, rules::score.allowed},
    {"genres", as_feature<&rerank_candidate::genres>},
    {"cast", as_feature<&rerank_candidate::cast>},
    {"franchise", as_feature<&rerank_candidate::franchise>},
}};

/// An array of 1 to 1,000 objects; `complete` fills in and checks what the members of one could not see alone.
template <class Row, class Complete>
bool read_rows(reader& in, value v, const place* at, std::span<const json_member<Row>> members, std::vector<Row>& into,
               Complete complete) {
  if (!in.is_row_array(v, at)) return false;
  into.reserve(v.size());
  place element{at};
  for (value row = v.first(); row != v.next(); row = row.next(), ++element.index) {
    Row& read = into.emplace_back();
    if (!in.object(row, &element, members, read) || !complete(element, read)) return false;
  }
  return true;
}

/// Something to show: known by its id, or by its title.
template <class Item>
bool read_items(reader& in, value v, const place& at, std::span<const json_member<Item>> members,
                std::vector<Item>& into) {
  return read_rows<Item>(in, v, &at, members, into, [&](const place& element, const Item& item) {
    return item.movie_id || !item.movie_title.empty() ||
           in.refuse_missing({&element, "movie_title"}, rules::allowed_without_id);
  });
}

constexpr std::array<json_member<recommendation_set>, 3> set_members{{
    {"recommendation_set_id", by_rule<&recommendation_set::recommendation_set_id, rules::given_id>},
    {"items",
     [](reader& in, value v, const place& at, recommendation_set& to) {
       return read_items<recommended_item>(in, v, at, item_members, to.items);
     },
     rules::allowed_rows},
    {"model_version_id", by_rule<&recommendation_set::model_version_id, rules::any_id>},
}};

/// The same where the model's scores are taken.
constexpr std::array<json_member<rerank_candidate>, 5> unscored_members{{
    {"movie_id", by_rule<&rerank_candidate::movie_id, rules::any_id>},
    {"movie_title", by_rule<&rerank_candidate::movie_title, rules::title>},
    {"genres", as_feature<&rerank_candidate::genres>},
    {"cast", as_feature<&rerank_candidate::cast>},
    {"franchise", as_feature<&rerank_candidate::franchise>},
}};

bool read_scores(reader& in, value v, const place& at, rerank_request& to) {
  const bool is_text = v.type() == json_kind::string;
  to.scores_of_model = is_text && v.text() == "model";
  return to.scores_of_model || (is_text && v.text() == "given") || in.refuse(v, at, "\"given\" or \"model\"");
}

bool read_scored(reader& in, value v, const place& at, rerank_request& to) {
  return read_candidates(in, v, at, to.candidates);
}

bool read_unscored(reader& in, value v, const place& at, rerank_request& to) {
  return read_items<rerank_candidate>(in, v, at, unscored_members, to.candidates);
}

template <auto Candidates>
constexpr std::array<json_member<rerank_request>, 5> rerank_members{{
    {"candidates", Candidates, rules::allowed_rows},
    {"scores", read_scores},
    {"model_version_id", by_rule<&rerank_request::model_version_id, rules::any_id>},
    {"experiment_id", by_rule<&rerank_request::experiment_id, rules::given_id>},
    {"feedback",
     [](reader& in, value v, const place& at, rerank_request& to) {
       if (v.type() != json_kind::boolean) return in.refuse(v, at, "true or false");
       to.feedback = v.truth();
       return true;
     }},
}};

/// Wherever among the keys it says so.
bool wants_scores_of_model(value root) {
  if (root.type() != json_kind::object) return false;
  for (value key = root.first(); key != root.next(); key = key.next().next())
    if (key.text() == "scores") return key.next().type() == json_kind::string && key.next().text() == "model";
  return false;
}

bool complete_rating(reader& in, const place& at, rating_row& row) {
  if (row.rating && row.liked) {
    in.problem = rules::refusal(place{&at, "liked"}.to_string(), "given beside rating", "either rating or liked");
    return false;
  }
  if (!row.rating && !row.liked) return in.refuse_missing({&at, "rating"}, rules::stars.allowed);
  if (row.user_id.empty()) row.user_id = in.context.user_id;
  if (row.user_id.empty()) {
    in.problem = rules::no_identity("X-User-ID", {});
    return false;
  }
  row.liked = row.liked || *row.rating >= 4.0;
  row.created_at = row.given_at.value_or(in.context.now);
  return true;
}

/// `members_for(root)`: what the object may have.
template <class Target>
result<Target> read_whole(std::string_view body, const read_context& context, const auto& members_for) {
  if (context.user_id.empty()) return rules::no_identity("X-User-ID", {});
  json_document& document = reading_document();
  if (auto failure = document.parse(body)) return std::move(*failure);
  json_reader in(context);
  Target read;
  read.user_id = context.user_id;
  const std::span<const json_member<Target>> members = members_for(document.root());
  if (!in.object(document.root(), nullptr, members, read)) return std::move(in.problem);
  return read;
}

}  // namespace

bool read_candidates(json_reader& in, json_value v, const json_place& at, std::vector<rerank_candidate>& into) {
  return read_items<rerank_candidate>(in, v, at, candidate_members, into);
}

result<std::vector<movie>> read_movies(std::string_view body) {
  json_document& document = reading_document();
  if (auto failure = document.parse(body)) return std::move(*failure);
  const read_context nobody;
  json_reader in(nobody);
  std::vector<movie> movies;
  const auto as_it_is = [](const place&, const movie&) { return true; };
  if (!read_rows<movie>(in, document.root(), nullptr, movie_members, movies, as_it_is)) return std::move(in.problem);
  return movies;
}

result<std::vector<user_rating>> read_ratings(std::string_view body, const read_context& context) {
  json_document& document = reading_document();
  if (auto failure = document.parse(body)) return std::move(*failure);
  json_reader in(context);
  std::vector<rating_row> rows;
  const auto complete = [&](const place& at, rating_row& read) { return complete_rating(in, at, read); };
  if (!read_rows<rating_row>(in, document.root(), nullptr, rating_members, rows, complete))
    return std::move(in.problem);
  return std::vector<user_rating>(std::move_iterator(rows.begin()), std::move_iterator(rows.end()));
}

result<recommendation_set> read_recommendation_set(std::string_view body, const read_context& context) {
  auto read = read_whole<recommendation_set>(body, context, [](value) { return std::span(set_members); });
  if (read) read->created_at = context.now;
  return read;
}

result<rerank_request> read_rerank(std::string_view body, const read_context& context) {
  auto read = read_whole<rerank_request>(body, context, [](value root) {
    return std::span(wants_scores_of_model(root) ? rerank_members<read_unscored> : rerank_members<read_scored>);
  });
  if (!read) return read;
  if (auto checked = check_version(read->model_version_id, read->experiment_id); !checked)
    return std::move(checked).problem();
  return read;
}

result<std::string> read_rollback(std::string_view body) {
  json_document& document = reading_document();
  if (auto failure = document.parse(body)) return std::move(*failure);
  const read_context nobody;
  json_reader in(nobody);
  rollback_body read;
  if (!in.object<rollback_body>(document.root(), nullptr, rollback_members, read)) return std::move(in.problem);
  return std::move(read.reason);
}

}  // namespace demur
