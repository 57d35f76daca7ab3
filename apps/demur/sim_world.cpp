#include "sim_world.hpp"

#include <algorithm>
#include <cmath>

namespace demur::cli {

namespace {

const std::vector<std::string> genres{"Action",  "Adventure", "Animation", "Comedy", "Crime",   "Documentary",
                                      "Drama",   "Fantasy",   "History",   "Horror", "Musical", "Mystery",
                                      "Romance", "Sci-Fi",    "Thriller",  "Western"};

const std::vector<std::string> adjectives{"Silent",   "Crooked",  "Last",   "Golden", "Hollow", "Borrowed",
                                          "Electric", "Distant",  "Broken", "Secret", "Hungry", "Paper",
                                          "Winter",   "Restless", "Velvet", "Salted"};
const std::vector<std::string> nouns{"Harbour",   "Orchard", "Engine",  "Letter", "Mirror", "Kingdom",
                                     "Passenger", "Garden",  "Signal",  "Island", "Parade", "Winter",
                                     "Lantern",   "Circus",  "Witness", "Compass"};
const std::vector<std::string> first_names{"Arla", "Benno", "Cato", "Dilys", "Edda",  "Fenn", "Gudrun", "Hale",
                                           "Ines", "Joss",  "Kesi", "Lorne", "Mirel", "Nils", "Odile",  "Pavo"};
const std::vector<std::string> last_names{"Ashdown", "Brekke",   "Corvane", "Dunmore", "Eskild",  "Farrow",
                                          "Gantry",  "Holloway", "Ivarsen", "Jessop",  "Kestrel", "Lindqvist",
                                          "Marrow",  "Norring",  "Ostrand", "Pellow"};

constexpr std::size_t people_wanted = 80;
constexpr std::size_t franchises_wanted = 20;

std::vector<std::string> pairs(const std::vector<std::string>& first, const std::vector<std::string>& second,
                               std::size_t wanted, seeded& random) {
  std::vector<std::string> made;
  for (const std::size_t place : random.places(first.size() * second.size(), wanted))
    made.push_back(first[place / second.size()] + " " + second[place % second.size()]);
  return made;
}

std::vector<std::string> some(const std::vector<std::string>& from, std::size_t wanted, seeded& random) {
  std::vector<std::string> chosen;
  for (const std::size_t place : random.places(from.size(), wanted)) chosen.push_back(from[place]);
  return chosen;
}

std::string title_of(std::size_t number, seeded& random) {
  const std::string name = random.pick(adjectives) + " " + random.pick(nouns);
  const std::string year = " (" + std::to_string(1950 + number % 75) + ")";
  switch (random.below(3)) {
    case 0:
      return "The " + name + year;
    case 1:
      return name + " of " + random.pick(last_names) + year;
    default:
      return "A " + name + " for " + random.pick(first_names) + year;
  }
}

bool shares(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(),
                     [&b](const auto& name) { return std::find(b.begin(), b.end(), name) != b.end(); });
}

double rounded(double value) { return std::round(std::clamp(value, 0.0, 1.0) * 1e3) / 1e3; }

}  // namespace

sim_world::sim_world(std::size_t users, std::size_t movies, std::uint64_t seed) {
  seeded random(seed);
  const auto people = pairs(first_names, last_names, people_wanted, random);
  const auto franchises = pairs(adjectives, nouns, franchises_wanted, random);
  std::vector<std::size_t> parts(franchises.size(), 0);

  for (std::size_t i = 0; i < movies; ++i) {
    sim_movie made;
    made.row.movie_id = first_sim_movie + static_cast<id>(i);
    made.row.genres = some(genres, 1 + random.below(3), random);
    made.row.cast = some(people, 2 + random.below(2), random);
    made.row.movie_title = title_of(i, random);
    if (random.chance(0.2)) {
      const std::size_t series = random.below(franchises.size());
      made.row.franchise = franchises[series] + " Saga";
      made.row.movie_title = franchises[series] + " " + std::to_string(++parts[series]);
    }
    made.appeal = 0.2 + 0.8 * random.unit();
    movies_.push_back(std::move(made));
  }

  for (std::size_t i = 0; i < users; ++i) {
    sim_user made;
    made.user_id = "sim-" + std::to_string(i + 1);
    const auto tastes = some(genres, 5, random);
    made.loathed_genres.assign(tastes.begin(), tastes.begin() + 2);
    made.liked_genres.assign(tastes.begin() + 2, tastes.end());
    made.loathed_cast = some(people, 3, random);
    made.loathed_franchise = random.pick(franchises) + " Saga";
    users_.push_back(std::move(made));
  }
}

double sim_world::base_score(const sim_movie& item, seeded& random) const {
  return rounded(0.3 + 0.5 * item.appeal + 0.2 * random.unit());
}

verdict sim_world::judge(const sim_user& user, const movie& item, seeded& random) const {
  if (shares(item.genres, user.loathed_genres)) return random.chance(0.85) ? verdict{"wrong_genre", 0.0} : verdict{};
  if (item.franchise == user.loathed_franchise)
    return random.chance(0.80) ? verdict{"franchise_fatigue", 0.0} : verdict{};
  if (shares(item.cast, user.loathed_cast)) return random.chance(0.70) ? verdict{"poor_quality", 0.0} : verdict{};
  if (random.chance(0.04)) return {random.chance(0.5) ? "not_interested" : "already_watched", 0.0};
  if (shares(item.genres, user.liked_genres) && random.chance(0.4))
    return {"", 4.0 + 0.5 * static_cast<double>(random.below(3))};
  return {};
}

}  // namespace demur::cli
