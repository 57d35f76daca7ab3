#include "domain/clock.hpp"
#include "web/actions.hpp"
#include "web/routes.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace demur::web {
namespace {

/// A request and what it gets: a status, or the name of what it asks for.
struct example {
  std::string_view method;
  std::string_view target;
  std::vector<header> headers;
  std::string_view body;
  std::string_view expected;
  std::string_view contains = "";  ///< somewhere in the answer's headers or body
};

std::ostream& operator<<(std::ostream& out, const example& each) {
  out << each.method << ' ' << each.target;
  for (const header& line : each.headers) out << " | " << line.name << ": " << line.value;
  return out << " | " << each.body.substr(0, 80);
}

constexpr header json{"Content-Type", "application/json"};
constexpr header ann{"X-User-ID", "ann"};
constexpr std::string_view saw = R"({"movie_title":"Saw"})";
constexpr std::string_view saw_of_bob = R"([{"movie_title":"Saw","user_id":"bob"}])";
const std::vector<header> upgrade{{"Connection", "keep-alive, Upgrade"},
                                  {"Upgrade", "websocket"},
                                  {"Sec-WebSocket-Version", "13"},
                                  {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};

std::vector<header> upgrade_and(header more) {
  std::vector<header> all = upgrade;
  all.push_back(more);
  return all;
}

const route_context context{system_clock(), 64 * 1024, [] {
                              return std::vector<std::string>{"not_interested", "wrong_genre"};
                            }};

outcome route_example(const example& each) {
  request asked;
  asked.method = each.method;
  asked.target = each.target;
  asked.headers = each.headers;
  asked.body = each.body;
  return route(asked, context);
}

std::string name_of(const outcome& made) {
  if (const auto* answered = std::get_if<response>(&made)) return std::to_string(answered->status);
  if (std::holds_alternative<live_upgrade>(made)) return "live";
  constexpr std::array<const char*, 29> names{"submit",
                                              "movies",
                                              "ratings",
                                              "shown",
                                              "rerank",
                                              "recommend",
                                              "explain",
                                              "history",
                                              "patterns",
                                              "preview",
                                              "plugins",
                                              "reload",
                                              "shadow",
                                              "promote",
                                              "experiment",
                                              "assignment",
                                              "impact",
                                              "metrics",
                                              "models",
                                              "model",
                                              "promote_model",
                                              "rollback_model",
                                              "retrain",
                                              "progress",
                                              "cancel",
                                              "training_progress",
                                              "training_result",
                                              "training_page",
                                              "ready"};
  return names.at(std::get<command>(made).index());
}

void check(const example& each) {
  const outcome made = route_example(each);
  BOOST_TEST(name_of(made) == each.expected);
  const auto* answered = std::get_if<response>(&made);
  if (answered == nullptr || each.contains.empty()) return;
  const std::string text = answered->extra + std::string(answered->text());
  BOOST_TEST_CONTEXT(text) BOOST_TEST((text.find(each.contains) != std::string::npos));
}

template <class Ask>
Ask asked(const example& each) {
  return std::get<Ask>(std::get<command>(route_example(each)));
}

BOOST_AUTO_TEST_SUITE(routes)

constexpr std::string_view two_arms = R"({"name":"n","arms":[{"name":"a"},{"name":"b"}]})";

const std::vector<example> paths{
    {"GET", "/healthz", {}, "", "200", R"({"status":"ok"})"},
    {"HEAD", "/healthz", {}, "", "200"},
    {"GET", "http://a.example:80/healthz", {}, "", "200"},
    {"GET", "/%68ealthz", {}, "", "200"},
    {"GET", "/readyz", {}, "", "ready"},
    {"GET", "/api/feedback-metrics", {}, "", "metrics"},
    {"GET", "/api/models", {}, "", "models"},
    {"GET", "/api/models/374974990254080", {}, "", "model"},
    {"GET", "/api/models/7?limit=500&cursor=12", {}, "", "model"},
    {"POST", "/api/models/7/promote", {}, "", "promote_model"},
    {"POST", "/api/models/7/promote", {json}, "{}", "promote_model"},
    {"POST", "/api/models/7/rollback", {}, "", "rollback_model"},
    {"POST", "/api/models/7/rollback", {json}, R"({"reason":"It hides\tall of Horror."})", "rollback_model"},
    {"GET", "/api/dislike-history", {ann}, "", "history"},
    {"GET", "/api/dislike-patterns", {ann}, "", "patterns"},
    {"GET", "/api/dislike-patterns?scope=user", {ann}, "", "patterns"},
    {"GET", "/api/dislike-patterns?scope=all", {}, "", "patterns"},
    {"POST", "/api/dislike", {ann, json}, saw, "submit"},
    {"POST", "/api/dislike", {json}, saw_of_bob, "submit"},
    {"POST", "/api/rerank", {ann, json}, R"({"candidates":[{"movie_id":1,"score":0.5}]})", "rerank"},
    {"POST", "/api/rerank", {ann, json}, R"({"scores":"model","candidates":[{"movie_id":1}]})", "rerank"},
    {"GET", "/api/recommendations", {ann}, "", "recommend"},
    {"GET", "/api/recommendations?n=5&exclude=1,2&genres=Film%20Noir,Crime&exploration=0", {ann}, "", "recommend"},
    {"GET", "/api/recommendations?n=0", {ann}, "", "422", "1 to 100"},
    {"GET", "/api/recommendations?exclude=1,x", {ann}, "", "422", "exclude"},
    {"GET", "/api/recommendations?exploration=1", {ann}, "", "422", "0 to 0.5"},
    {"GET", "/api/explain?movie_id=3", {ann}, "", "explain"},
    {"GET", "/api/explain?movie_id=3&user_id=bob", {}, "", "explain"},
    {"GET", "/api/explain?movie_id=3&user_id=bob", {ann}, "", "422", "X-User-ID"},
    {"GET", "/api/explain", {ann}, "", "422", "movie_id"},
    {"POST", "/api/recommendation-sets", {ann, json}, R"({"items":[{"movie_id":1}]})", "shown"},
    {"POST", "/api/ratings", {ann, json}, R"([{"movie_id":1,"rating":4.5}])", "ratings"},
    {"POST", "/api/movies", {json}, R"([{"movie_id":1,"movie_title":"Saw"}])", "movies"},
    {"POST", "/api/retrain", {}, "", "retrain"},
    {"POST", "/api/retrain", {json}, " {\n} ", "retrain"},
    {"GET", "/api/retrain", {}, "", "progress"},
    {"DELETE", "/api/retrain", {}, "", "cancel"},
    {"GET", "/api/retrain/12/training-set", {}, "", "training_page"},
    {"GET", "/api/retrain/12/training-set?file=movies&cursor=99", {}, "", "training_page"},
    {"GET", "/api/retrain/12/training-set?file=secrets", {}, "", "422", "opinions, movies or task"},
    {"GET", "/api/retrain/12/training-set?cursor=-1", {}, "", "422", "cursor"},
    {"GET", "/api/retrain/twelve/training-set", {}, "", "422", "retrain_id"},
    {"POST", "/api/retrain/12/progress", {json}, "{}", "training_progress"},
    {"POST", "/api/retrain/0/progress", {json}, "{}", "422", "retrain_id"},
    {"POST", "/api/retrain/12/result", {json}, "{}", "training_result"},
    {"POST", "/api/retrain/x/result", {json}, "{}", "422"},
    {"POST", "/api/dislike/preview", {ann, json}, saw, "preview"},
    {"GET", "/api/plugins", {}, "", "plugins"},
    {"POST", "/api/plugins/reload", {}, "", "reload"},
    {"GET", "/api/plugins/wrong_genre/shadow", {}, "", "shadow"},
    {"POST", "/api/plugins/wrong_genre/promote", {json}, "{}", "promote"},
    {"GET", "/api/features/impact", {}, "", "impact"},
    {"GET", "/api/features/impact?reason=wrong_genre&family=genre&limit=5", {}, "", "impact"},
    {"GET", "/api/experiments", {}, "", "experiment"},
    {"POST", "/api/experiments", {json}, two_arms, "experiment"},
    {"GET", "/api/experiments/12", {}, "", "experiment"},
    {"POST", "/api/experiments/12/stop", {}, "", "experiment"},
    {"GET", "/api/experiments/12/assignment", {ann}, "", "assignment"},
    {"GET", "/api/live", upgrade, "", "live"},
};
BOOST_DATA_TEST_CASE(each_path_leads_to_what_it_names, boost::unit_test::data::make(paths)) { check(sample); }

const std::vector<example> wrong_paths{
    {"GET", "/", {}, "", "404"},
    {"GET", "*", {}, "", "404"},
    {"GET", "/healthz/", {}, "", "404", "near it is /healthz"},
    {"POST", "/api/dislikes", {ann, json}, saw, "404", R"("found":"/api/dislikes")"},
    {"POST", "/dislike", {ann, json}, saw, "404", "near it is /api/dislike"},
    {"GET", "/API/models", {}, "", "404"},
    {"GET", "/api/dislike/12", {}, "", "404", R"("allowed":"/api/dislike")"},
    {"GET", "/%zz", {}, "", "400", "path"},
    {"GET", "/%00", {}, "", "400"},
    {"GET", "/%ff", {}, "", "400"},
    {"GET", "/api/dislike", {}, "", "405", "Allow: POST, OPTIONS\r\n"},
    {"DELETE", "/healthz", {}, "", "405", "Allow: GET, HEAD, OPTIONS\r\n"},
    {"BREW", "/api/models", {}, "", "405", "BREW"},
    {"HEAD", "/api/live", {}, "", "405", "Allow: GET, OPTIONS\r\n"},
    {"OPTIONS", "/api/dislike", {}, "", "204", "Allow: POST, OPTIONS\r\n"},
    {"OPTIONS", "/api/models", {}, "", "204", "Allow: GET, HEAD, OPTIONS\r\n"},
    {"PUT", "/api/retrain", {}, "", "405", "Allow: POST, GET, DELETE, HEAD, OPTIONS\r\n"},
    {"OPTIONS", "*", {}, "", "204", "GET"},
    {"OPTIONS", "/nowhere", {}, "", "404"},
    {"POST", "/api/models/7", {}, "", "405", "Allow: GET, HEAD, OPTIONS\r\n"},
    {"GET", "/api/models/7/promote", {}, "", "405", "Allow: POST, OPTIONS\r\n"},
    {"GET", "/api/models/", {}, "", "404"},
    {"GET", "/api/models/7/8", {}, "", "404"},
};
BOOST_DATA_TEST_CASE(wrong_paths_and_methods_are_told_what_is_right, boost::unit_test::data::make(wrong_paths)) {
  check(sample);
}

const std::vector<example> media{
    {"POST", "/api/dislike", {ann}, saw, "415", "Content-Type"},
    {"POST", "/api/dislike", {ann, {"content-type", "text/plain"}}, saw, "415", R"(\"text/plain\")"},
    {"POST", "/api/dislike", {ann, json, json}, saw, "415", "2 headers"},
    {"POST", "/api/dislike", {ann, {"Content-Type", "application/json; charset=latin1"}}, saw, "415"},
    {"POST", "/api/dislike", {ann, {"Content-Type", "Application/JSON ; charset=UTF-8"}}, saw, "submit"},
    {"POST", "/api/dislike", {ann, json, {"Content-Encoding", "gzip"}}, saw, "415", "Content-Encoding"},
    {"POST", "/api/dislike", {ann}, "", "400"},
    {"POST", "/api/retrain", {{"Content-Type", "text/plain"}}, "now", "415"},
    {"POST", "/api/retrain", {{"Content-Type", "text/plain"}}, "", "retrain"},
    {"POST", "/api/retrain", {json}, R"({"force":true})", "422"},
    {"POST", "/api/experiments", {}, two_arms, "415"},
    {"POST", "/api/experiments", {json}, R"({"name":"n"})", "422", "arms is missing"},
    {"POST", "/api/experiments/12/stop", {json}, R"({"now":true})", "422"},
};
BOOST_DATA_TEST_CASE(a_body_must_be_json, boost::unit_test::data::make(media)) { check(sample); }

const std::string long_user(128, 'u');
const std::string too_long_user(129, 'u');
const std::vector<example> identities{
    {"POST", "/api/dislike", {json}, saw, "401", R"("field":"X-User-ID")"},
    {"POST", "/api/dislike", {json, {"X-User-ID", ""}}, saw, "401"},
    {"POST", "/api/dislike", {json, {"X-User-ID", "a b"}}, saw, "401"},
    {"POST", "/api/dislike", {json, {"X-User-ID", "j\xc3\xb6rg"}}, saw, "401"},
    {"POST", "/api/dislike", {json, {"X-User-ID", long_user}}, saw, "submit"},
    {"POST", "/api/dislike", {json, {"X-User-ID", too_long_user}}, saw, "401"},
    {"POST", "/api/dislike", {json, ann, ann}, saw, "401", "2 headers"},
    {"POST", "/api/dislike", {json, ann, {"x-user-id", "ann"}}, saw_of_bob, "401"},
    {"GET", "/api/experiments/12/assignment", {}, "", "401"},
    {"GET", "/api/dislike-history", {}, "", "401"},
    {"GET", "/api/dislike-patterns", {}, "", "401"},
    {"GET", "/api/dislike-patterns?scope=user", {}, "", "401"},
    {"POST", "/api/rerank", {json}, "{}", "401"},
    {"GET", "/api/recommendations", {}, "", "401"},
    {"GET", "/api/explain?movie_id=3", {}, "", "401"},
    {"POST", "/api/ratings", {json}, "[]", "401"},
    {"POST", "/api/recommendation-sets", {json}, "{}", "401"},
};
BOOST_DATA_TEST_CASE(who_must_say_who_he_is_does, boost::unit_test::data::make(identities)) { check(sample); }

const std::vector<example> parameters{
    {"GET", "/api/dislike-history?limt=3", {ann}, "", "422", R"(did you mean \"limit\")"},
    {"GET", "/api/dislike-history?limit=1&cursor=9007199254740991", {ann}, "", "history"},
    {"GET", "/api/dislike-history?limit=500&cursor=", {ann}, "", "history"},
    {"GET", "/api/dislike-history?limit=0", {ann}, "", "422", "1 to 500"},
    {"GET", "/api/dislike-history?limit=501", {ann}, "", "422", R"("field":"limit")"},
    {"GET", "/api/dislike-history?limit=-1", {ann}, "", "422"},
    {"GET", "/api/dislike-history?limit=+1", {ann}, "", "422"},
    {"GET", "/api/dislike-history?limit=1.5", {ann}, "", "422"},
    {"GET", "/api/dislike-history?limit=", {ann}, "", "422"},
    {"GET", "/api/dislike-history?limit", {ann}, "", "422"},
    {"GET", "/api/dislike-history?limit=99999999999999999999", {ann}, "", "422"},
    {"GET", "/api/dislike-history?limit=5&limit=5", {ann}, "", "422", "given once"},
    {"GET", "/api/dislike-history?cursor=x", {ann}, "", "422", R"("field":"cursor")"},
    {"GET", "/api/dislike-history?cursor=9007199254740992", {ann}, "", "422"},
    {"GET", "/api/dislike-history?&limit=%35&", {ann}, "", "history"},
    {"GET", "/api/dislike-history?limit=%3", {ann}, "", "400"},
    {"GET", "/api/dislike-patterns?scope=everyone", {ann}, "", "422", "all or user"},
    {"GET", "/api/models/newest", {}, "", "422", R"("field":"model_version_id")"},
    {"GET", "/api/models/0", {}, "", "422"},
    {"GET", "/api/models/-1", {}, "", "422"},
    {"GET", "/api/models/9007199254740992", {}, "", "422"},
    {"GET", "/api/models/7?limit=0", {}, "", "422", R"("field":"limit")"},
    {"GET", "/api/models/7?cursor=x", {}, "", "422", R"("field":"cursor")"},
    {"POST", "/api/models/x/promote", {}, "", "422"},
    {"POST", "/api/models/7/promote", {json}, R"({"reason":"why not"})", "422"},
    {"POST", "/api/models/x/rollback", {}, "", "422"},
    {"POST", "/api/models/7/rollback", {json}, R"({"resaon":"x"})", "422", "did you mean reason"},
    {"POST", "/api/models/7/rollback", {json}, R"({"reason":7})", "422", R"("field":"reason")"},
    {"POST", "/api/models/7/rollback", {json}, "[]", "422", "an object"},
    {"POST", "/api/models/7/rollback", {json}, "{", "400"},
    {"POST", "/api/models/7/rollback", {{"Content-Type", "text/plain"}}, "why", "415"},
    {"GET", "/api/features/impact?family=director", {}, "", "422", "genre, cast or franchise"},
    {"GET", "/api/features/impact?limit=501", {}, "", "422", "1 to 500"},
    {"GET", "/api/features/impact?reason=Boredom", {}, "", "422", R"("field":"reason")"},
    {"GET", "/api/experiments/one", {}, "", "422", R"("field":"experiment_id")"},
    {"GET", "/api/experiments/0", {}, "", "422"},
    {"POST", "/api/experiments/-1/stop", {}, "", "422"},
    {"GET", "/healthz?verbose=1", {}, "", "422", "no parameter"},
    {"POST", "/api/dislike?user_id=bob", {ann, json}, saw, "422"},
};
BOOST_DATA_TEST_CASE(query_parameters_are_read_strictly, boost::unit_test::data::make(parameters)) { check(sample); }

const std::vector<example> live_requests{
    {"GET", "/api/live", {}, "", "400", "Sec-WebSocket-Version: 13\r\n"},
    {"GET", "/api/live", {upgrade[0], upgrade[1], upgrade[2]}, "", "400", "Sec-WebSocket-Key"},
    {"GET", "/api/live", {upgrade[1], upgrade[2], upgrade[3]}, "", "400", "Connection"},
    {"GET", "/api/live", {upgrade[0], {"Upgrade", "h2c"}, upgrade[2], upgrade[3]}, "", "400"},
    {"GET", "/api/live", {upgrade[0], upgrade[1], {"Sec-WebSocket-Version", "8"}, upgrade[3]}, "", "400"},
    {"GET", "/api/live?user_id=ann", upgrade, "", "live"},
    {"GET", "/api/live?user_id=a%20b", upgrade, "", "401", R"("field":"user_id")"},
    {"GET", "/api/live?user_id=ann", upgrade_and(ann), "", "live"},
    {"GET", "/api/live?user_id=bob", upgrade_and(ann), "", "422"},
    {"GET", "/api/live", upgrade_and({"X-User-ID", "a b"}), "", "401"},
    {"GET", "/api/live?topics=dislike,metrics", upgrade, "", "live"},
    {"GET", "/api/live?topics=experiment", upgrade, "", "live"},
    {"GET", "/api/live?topics=dislikes", upgrade, "", "422", R"(did you mean \"dislike\")"},
    {"GET", "/api/live?topics=", upgrade, "", "422"},
    {"GET", "/api/live?topics=dislike,", upgrade, "", "422"},
    {"GET", "/api/live?user=", upgrade, "", "422"},
    {"GET", "/api/live?reason=wrong_genre&user=ann", upgrade, "", "live"},
    {"GET", "/api/live?reason=wrong_gender", upgrade, "", "422", R"(did you mean \"wrong_genre\")"},
};
BOOST_DATA_TEST_CASE(a_live_client_must_shake_hands_and_filter_by_what_there_is,
                     boost::unit_test::data::make(live_requests)) {
  check(sample);
}

BOOST_AUTO_TEST_CASE(a_dislike_takes_its_user_and_key_along) {
  const auto made = asked<ask::submit>({"POST", "/api/dislike", {json, ann, {"Idempotency-Key", "k1"}}, saw, ""});
  BOOST_TEST(!made.batch);
  BOOST_TEST(made.user_id == "ann");
  BOOST_TEST(made.idempotency_key == "k1");
  BOOST_TEST(!made.body_digest.empty());
  BOOST_TEST_REQUIRE(made.rows.size() == 1U);
  BOOST_TEST(made.rows[0]->user_id == "ann");
  BOOST_TEST(made.rows[0]->reason == "not_interested");
}

BOOST_AUTO_TEST_CASE(a_bad_row_keeps_its_place_in_a_batch) {
  const auto made = asked<ask::submit>(
      {"POST", "/api/dislike", {json, ann}, R"([{"movie_title":"A"},{"movie_title":7},{"movie_title":"C"}])", ""});
  BOOST_TEST(made.batch);
  BOOST_TEST_REQUIRE(made.rows.size() == 3U);
  BOOST_TEST(made.rows[0].has_value());
  BOOST_TEST(!made.rows[1].has_value());
  BOOST_TEST(made.rows[2].has_value());
  BOOST_TEST(load_of(command(made)).written == 3);
}

const std::vector<example> keys{
    {"POST", "/api/dislike", {json, ann, {"Idempotency-Key", ""}}, saw, "422", "Idempotency-Key"},
    {"POST", "/api/dislike", {json, ann, {"Idempotency-Key", "a b"}}, saw, "422"},
    {"POST", "/api/dislike", {json, ann, {"Idempotency-Key", too_long_user}}, saw, "422"},
    {"POST", "/api/dislike", {json, ann, {"Idempotency-Key", "k"}, {"Idempotency-Key", "k"}}, saw, "422", "2 headers"},
    {"POST", "/api/dislike", {json, {"Idempotency-Key", "k"}}, saw_of_bob, "401", R"("field":"X-User-ID")"},
    {"POST", "/api/dislike", {json}, saw_of_bob, "submit"},
};
BOOST_DATA_TEST_CASE(an_idempotency_key_is_one_visible_word, boost::unit_test::data::make(keys)) { check(sample); }

BOOST_AUTO_TEST_CASE(a_single_dislike_that_cannot_be_read_is_refused_at_once) {
  check({"POST", "/api/dislike", {json, ann}, "{", "400"});
  check({"POST", "/api/dislike", {json, ann}, R"({"movie_title":7})", "422", "movie_title"});
  const std::string huge = R"({"movie_title":"Saw","feedback_text":")" + std::string(64 * 1024, 'x') + R"("})";
  check({"POST", "/api/dislike", {json, ann}, huge, "413"});
}

BOOST_AUTO_TEST_CASE(history_has_its_defaults) {
  const auto made = asked<ask::history>({"GET", "/api/dislike-history", {ann}, "", ""});
  BOOST_TEST(made.user_id == "ann");
  BOOST_TEST(made.limit == 50);
  BOOST_TEST(made.cursor == 0);
}

BOOST_AUTO_TEST_CASE(a_rollback_takes_its_reason_along) {
  const auto reason = [](std::string_view body) {
    const auto made = asked<ask::rollback_model>({"POST", "/api/models/7/rollback", {json}, body, ""});
    BOOST_TEST(made.model_version_id == 7);
    return made.reason;
  };
  BOOST_TEST(reason("") == "");
  BOOST_TEST(reason("{}") == "");
  BOOST_TEST(reason(R"({"reason":null})") == "");
  BOOST_TEST(reason(R"({"reason":"Worse."})") == "Worse.");
  const std::string longest(500, 'r');
  BOOST_TEST(reason(R"({"reason":")" + longest + R"("})") == longest);
  const std::string too_long = R"({"reason":")" + longest + R"(r"})";
  check({"POST", "/api/models/7/rollback", {json}, too_long, "422", "up to 500 characters"});
}

BOOST_AUTO_TEST_CASE(a_version_is_asked_for_with_its_page) {
  const auto first = asked<ask::model>({"GET", "/api/models/7", {}, "", ""});
  BOOST_TEST(first.model_version_id == 7);
  BOOST_TEST(first.limit == 50);
  BOOST_TEST(first.cursor == 0);
  const auto later = asked<ask::model>({"GET", "/api/models/7?limit=9&cursor=12", {}, "", ""});
  BOOST_TEST(later.limit == 9);
  BOOST_TEST(later.cursor == 12);
  BOOST_TEST(asked<ask::promote_model>({"POST", "/api/models/7/promote", {}, "", ""}).model_version_id == 7);
}

BOOST_AUTO_TEST_CASE(patterns_over_all_users_are_nobodys) {
  BOOST_TEST(asked<ask::patterns>({"GET", "/api/dislike-patterns?scope=all", {ann}, "", ""}).user_id.empty());
  BOOST_TEST(asked<ask::patterns>({"GET", "/api/dislike-patterns", {ann}, "", ""}).user_id == "ann");
}

BOOST_AUTO_TEST_CASE(a_live_client_is_who_its_query_says) {
  const auto made = std::get<live_upgrade>(
      route_example({"GET", "/api/live?user_id=ann%2B1&topics=retrain&user=bob&reason=wrong_genre", upgrade, "", ""}));
  BOOST_TEST(made.user_id == "ann+1");
  BOOST_TEST(made.filter.topics == topic_of("retrain"));
  BOOST_TEST(made.filter.user_id == "bob");
  BOOST_TEST(made.filter.reason == "wrong_genre");
}

BOOST_AUTO_TEST_CASE(a_head_alone_can_be_refused) {
  const auto refused = [](std::string_view target, std::vector<header> headers) {
    request asked;
    asked.method = "POST";
    asked.target = target;
    asked.headers = headers;
    const auto made = refused_by_head(asked);
    return made ? made->status : 0;
  };
  BOOST_TEST(refused("/api/dislike", {ann, json}) == 0);
  BOOST_TEST(refused("/api/dislike", {json}) == 0);  // it may be a batch that names its users
  BOOST_TEST(refused("/api/dislike", {ann}) == 415);
  BOOST_TEST(refused("/api/rerank", {json}) == 401);
  BOOST_TEST(refused("/api/rerun", {ann, json}) == 404);
  BOOST_TEST(refused("/healthz", {ann, json}) == 405);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::web
