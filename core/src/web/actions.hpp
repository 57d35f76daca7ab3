#pragma once

#include "web/routes.hpp"
#include "web/target.hpp"

#include <string>

/// What each route does with a request that was let in: all of one shape.
namespace demur::web::actions {

struct call {
  const request& asked;
  const route_context& context;
  const target& where;
  std::string user_id;  ///< of X-User-ID, checked; empty where the route can do without
  std::string name;     ///< what stands in the path for {name}, {model_version_id}
};

using action = result<outcome> (*)(const call& made);

result<outcome> healthz(const call& made);
result<outcome> readyz(const call& made);
result<outcome> submit(const call& made);
result<outcome> history(const call& made);
result<outcome> patterns(const call& made);
result<outcome> metrics(const call& made);
result<outcome> models(const call& made);
result<outcome> model(const call& made);
result<outcome> promote_model(const call& made);
result<outcome> rollback_model(const call& made);
result<outcome> rerank(const call& made);
result<outcome> recommend(const call& made);
result<outcome> explain(const call& made);
result<outcome> movies(const call& made);
result<outcome> ratings(const call& made);
result<outcome> shown(const call& made);
result<outcome> preview(const call& made);
result<outcome> plugins(const call& made);
result<outcome> reload(const call& made);
result<outcome> shadow(const call& made);
result<outcome> promote(const call& made);
result<outcome> retrain(const call& made);
result<outcome> progress(const call& made);
result<outcome> cancel(const call& made);
result<outcome> training_progress(const call& made);
result<outcome> training_result(const call& made);
result<outcome> training_set(const call& made);
result<outcome> experiments(const call& made);
result<outcome> begin_experiment(const call& made);
result<outcome> experiment(const call& made);
result<outcome> stop_experiment(const call& made);
result<outcome> assignment(const call& made);
result<outcome> impact(const call& made);
result<outcome> live(const call& made);

}  // namespace demur::web::actions
