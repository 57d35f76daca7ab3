#include "apps/fake_server.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace demur {

namespace json = boost::json;

namespace {

fake_answer problem(int status, const std::string& detail, const std::string& field, const std::string& allowed) {
  return {status, json::serialize(json::object{{"type", "/problems/x"},
                                               {"title", "A value is not allowed"},
                                               {"status", status},
                                               {"detail", detail},
                                               {"field", field},
                                               {"allowed", allowed}})};
}

constexpr std::size_t page = 500;

}  // namespace

fake_server::behaviour fake_demur::behaviour() {
  return {
      [this](const fake_request& request) { return answer(request); },
      {R"({"type":"snapshot","seq":0,"at":"2026-11-22T23:34:32.000Z","data":{"stream":"s","metrics":{"total_dislikes":7}}})"},
      [this](std::string_view message) { return live(message); }};
}

std::vector<std::string> fake_demur::bodies_of(const std::string& user) const {
  std::vector<std::string> bodies;
  for (const auto& row : dislikes_)
    if (row.user_id == user) bodies.push_back(row.body);
  return bodies;
}

void fake_demur::spoil(std::size_t place, std::string body) {
  if (body.empty()) {
    dislikes_.erase(dislikes_.begin() + static_cast<std::ptrdiff_t>(place));
  } else {
    dislikes_[place].body = std::move(body);
  }
}

void fake_demur::repeat(std::size_t place) {
  dislike_row again = dislikes_[place];
  again.id = next_id_++;
  dislikes_.push_back(again);
}

fake_answer fake_demur::answer(const fake_request& request) {
  const std::size_t number = requests_++;
  if (instead) {
    const fake_answer other = instead(request, number);
    if (other.status != 0) return other;
  }
  fake_answer made = route(request);
  made.hang_up = lost_answers.count(number) > 0;
  return made;
}

fake_answer fake_demur::route(const fake_request& request) {
  if (request.target == "/api/dislike") return dislike(request);
  if (request.target.starts_with("/api/dislike-history")) return history(request);
  if (request.target == "/api/movies" || request.target == "/api/ratings") {
    const auto rows = json::parse(request.body).as_array().size();
    return {200, json::serialize(json::object{{"stored", rows}})};
  }
  if (request.target == "/api/recommendation-sets") return {201, R"({"recommendation_set_id":5})"};
  return problem(404, "There is no " + request.target + ".", "path", "");
}

fake_answer fake_demur::dislike(const fake_request& request) {
  const std::string name = request.user_id + " " + request.key;
  if (const auto known = keys_.find(name); !request.key.empty() && known != keys_.end()) {
    if (known->second.body != request.body)
      return problem(422, "The key was used with another body.", "Idempotency-Key",
                     "a new key, or the same body as before");
    fake_answer again = known->second.answer;
    again.headers["Idempotent-Replayed"] = "true";
    return again;
  }
  fake_answer made{201, ""};
  if (request.body.starts_with('[')) {
    json::array results;
    const json::value rows = json::parse(request.body);
    for (const json::value& row : rows.as_array()) {
      const std::string user(row.at("user_id").as_string());
      results.push_back(json::object{{"status", 201}, {"receipt", json::parse(receipt(user, json::serialize(row)))}});
    }
    made = {200, json::serialize(json::object{{"results", std::move(results)}})};
  } else {
    made.body = receipt(request.user_id, request.body);
  }
  if (!request.key.empty()) keys_[name] = {request.body, made};
  return made;
}

std::string fake_demur::receipt(const std::string& user, const std::string& body) {
  dislikes_.push_back({next_id_++, user, body});
  return json::serialize(json::object{{"dislike_id", dislikes_.back().id},
                                      {"user_id", user},
                                      {"example_id", dislikes_.back().id},
                                      {"weight", 0.8},
                                      {"adjustments", json::array{json::object{{"impact_id", 1},
                                                                               {"impact_type", "genre_weight"},
                                                                               {"feature_affected", "genre:Horror"},
                                                                               {"adjustment_magnitude", -0.15},
                                                                               {"weight_before", 1},
                                                                               {"weight_after", 0.85}}}},
                                      {"filtered", true},
                                      {"patterns", json::array{}},
                                      {"retraining_triggered", false},
                                      {"model_version_id", 0}});
}

fake_answer fake_demur::history(const fake_request& request) const {
  std::vector<const dislike_row*> rows;
  for (const auto& row : dislikes_)
    if (row.user_id == request.user_id) rows.push_back(&row);
  std::reverse(rows.begin(), rows.end());
  const auto cursor = request.target.find("cursor=");
  const std::size_t from = cursor == std::string::npos ? 0 : std::stoul(request.target.substr(cursor + 7));
  json::array shown;
  for (std::size_t i = from; i < std::min(from + page, rows.size()); ++i) {
    json::object row = json::parse(rows[i]->body).as_object();
    row["dislike_id"] = rows[i]->id;
    row["user_id"] = rows[i]->user_id;
    row["created_at"] = "2026-11-22T23:34:32.000Z";
    shown.push_back(std::move(row));
  }
  json::object answer{{"user_id", request.user_id}, {"total", rows.size()}, {"dislikes", std::move(shown)}};
  answer["next_cursor"] = from + page < rows.size() ? json::value(from + page) : json::value(nullptr);
  return {200, json::serialize(answer)};
}

std::vector<std::string> fake_demur::live(std::string_view message) {
  const json::value asked = json::parse(message);
  const std::string user(asked.at("user_id").as_string());
  const std::string made = receipt(user, json::serialize(asked.at("dislike")));
  return {R"({"type":"receipt","id":)" + json::serialize(asked.at("id")) + R"(,"status":201,"data":)" + made + "}"};
}

}  // namespace demur
