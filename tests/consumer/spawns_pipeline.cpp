// A program that lives on CAF itself: the pipeline runs in its actor_system and is talked to with messages.
#include <demur/actors.hpp>

#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>

namespace {

constexpr auto patience = std::chrono::seconds(10);

int fail(const std::string& sentence) {
  std::cerr << "spawns_pipeline: " << sentence << '\n';
  return 1;
}

std::shared_ptr<const demur::submission> one_dislike() {
  demur::dislike_request request;
  request.user_id = "ben";
  request.movie_title = "Saw";
  request.reason = "wrong_genre";
  request.genres = {"Horror", "Thriller"};
  auto made = std::make_shared<demur::submission>();
  made->user_id = request.user_id;
  made->rows.emplace_back(std::move(request));
  return made;
}

/// Sends one dislike and reads it back; returns what went wrong, empty if nothing.
std::string talk_to(const demur::pipeline_handles& doors, caf::scoped_actor& self) {
  std::string wrong;
  const auto no_answer = [&](const caf::error& e) { wrong = "got no answer, " + caf::to_string(e); };

  self->request(doors.pipeline, patience, demur::submit_atom::value, one_dislike())
      .receive(
          [&](const std::shared_ptr<const demur::submission_answer>& answer) {
            if (answer->refused) {
              wrong = answer->refused->detail;
            } else if (answer->rows.size() != 1 || !answer->rows[0]) {
              wrong = "the dislike was refused";
            } else if (answer->rows[0]->adjustments.size() != 2) {
              wrong = "two genres should give two adjustments";
            }
          },
          no_answer);
  if (!wrong.empty()) return wrong;

  self->request(doors.queries, patience, demur::history_atom::value, std::string("ben"), std::int64_t{10}, demur::id{0})
      .receive(
          [&](const demur::reply<demur::history_page>& page) {
            if (page.problem) {
              wrong = page.problem->detail;
            } else if (page.value.total != 1) {
              wrong = "the history should hold one dislike";
            }
          },
          no_answer);
  if (!wrong.empty()) return wrong;

  self->request(doors.pipeline, patience, demur::drain_atom::value)
      .receive(
          [&](const demur::reply<bool>& drained) {
            if (drained.problem) wrong = drained.problem->detail;
          },
          no_answer);
  return wrong;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return fail("wants the plugin folder and a data folder");
  demur::settings chosen;
  chosen.plugins.folder = argv[1];
  chosen.data_folder = argv[2];

  caf::actor_system_config config;
  caf::actor_system system{config};
  const auto doors = demur::spawn_pipeline(system, chosen);
  if (!doors) return fail(doors.problem().detail);

  std::string wrong;
  {
    caf::scoped_actor self{system};
    wrong = talk_to(*doors, self);
  }
  caf::anon_send_exit(doors->pipeline, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(doors->queries, caf::exit_reason::user_shutdown);
  if (!wrong.empty()) return fail(wrong);
  std::cout << "spawns_pipeline: one dislike there and back by messages\n";
}
