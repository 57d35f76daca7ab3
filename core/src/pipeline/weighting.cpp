#include "domain/weights.hpp"
#include "pipeline/spawn.hpp"

namespace demur::pipeline {

namespace {

/// A negative training example of what was predicted and what the user says: actual rating 0.
training_example make_example(const dislike& row, const settings::weights_section& chosen, timestamp now) {
  training_example example;
  example.example_id = row.dislike_id;
  example.user_id = row.user_id;
  example.movie_id = row.movie_id;
  example.movie_title = row.movie_title;
  example.predicted_rating = row.predicted_score;
  if (row.predicted_score) example.error = *row.predicted_score - example.actual_rating;
  example.weight = example_weight(chosen, now - row.created_at);
  return example;
}

struct weighting_state {
  surroundings_ptr shared;
  adjustment_actor adjustment;
  const char* name = "weighting";

  void weigh(batch& file) const {
    for (case_entry& entry : file.file.entries)
      entry.example = make_example(entry.row, shared->chosen.weights, file.now);
  }
};

weighting_actor::behavior_type weighting(weighting_actor::stateful_pointer<weighting_state> self,
                                         surroundings_ptr shared, adjustment_actor adjustment) {
  self->state.shared = std::move(shared);
  self->state.adjustment = std::move(adjustment);
  return {[self](batch_ptr& passing) {
    self->state.weigh(*passing);
    return self->delegate(self->state.adjustment, std::move(passing));
  }};
}

}  // namespace

weighting_actor spawn_weighting(const spawner& with, adjustment_actor adjustment) {
  return with.system.spawn(weighting, with.shared, std::move(adjustment));
}

}  // namespace demur::pipeline
