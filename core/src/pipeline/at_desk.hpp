#pragma once

#include "pipeline/actors.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace demur::pipeline {

/// Word of a pipeline elsewhere, said to the trainer that waits for it.
template <class T>
reply<T> at_desk(const surroundings& shared, id retrain_id, const std::string& json,
                 result<T> (learning::retrain_desk::*say)(id, std::string_view)) {
  if (!shared.desk) return {learning::no_such_retrain(retrain_id), {}};
  auto heard = ((*shared.desk).*say)(retrain_id, json);
  if (!heard) return {std::move(heard).problem(), {}};
  return {{}, *heard};
}

}  // namespace demur::pipeline
