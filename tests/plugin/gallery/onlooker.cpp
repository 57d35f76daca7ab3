// Says back, as adjustments, all that it is shown of a dislike.
#include <demur/plugin.hpp>

#include <string>
#include <vector>

class onlooker {
public:
  onlooker() = default;
  onlooker(const onlooker&) = delete;

  double half_life_days() const { return 36'500.0; }

  void adjust(const demur::disliked& dislike, demur::adjustment_sink& answer) const {
    const auto say = [&](std::string_view family, std::string_view value) { answer.adjust(family, value, -0.5); };
    say("user_id", dislike.user_id());
    say("movie_id", dislike.movie_id() ? std::to_string(*dislike.movie_id()) : "none");
    say("movie_title", dislike.movie_title().empty() ? "none" : dislike.movie_title());
    say("score", !dislike.predicted_score() ? "none" : *dislike.predicted_score() == 0.75 ? "0.75" : "other");
    say("reason", dislike.reason());
    say("feedback_text", dislike.feedback_text().empty() ? "none" : dislike.feedback_text());
    say("franchise", dislike.franchise().value_or("none"));
    say("context", dislike.context().empty() ? "none" : dislike.context());
    say("created_at", std::to_string(dislike.created_at().count()));
    const auto genres = dislike.genres();
    say("genres", genres.empty() ? "none" : std::to_string(genres.size()));
    for (std::size_t i = 0; i < genres.size(); ++i) say("genre", genres[i]);
    for (const auto& member : std::vector<std::string>(dislike.cast().begin(), dislike.cast().end()))
      say("cast", member);
  }
};

DEMUR_EXPORT_STRATEGY(onlooker, "onlooker", "1.0.0")
