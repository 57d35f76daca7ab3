#include "apps/command.hpp"
#include "movielens.hpp"

#include <boost/test/unit_test.hpp>

namespace demur {
namespace {

using strings = std::vector<std::string>;

struct reading {
  std::vector<strings> records;
  std::vector<cli::odd_line> odd;
};

reading read(const std::string& content) {
  const scratch_folder folder;
  const std::string file = folder.write("table.csv", content);
  reading all;
  cli::csv_reader reader(file, all.odd);
  for (strings fields; reader.next(fields);) all.records.push_back(fields);
  return all;
}

BOOST_AUTO_TEST_SUITE(csv)

BOOST_AUTO_TEST_CASE(quotes_hold_commas_doubled_quotes_and_line_ends) {
  const auto all = read("a,b\n\"one, two\",\"say \"\"hi\"\"\"\n\"first\nsecond\",\n");
  BOOST_REQUIRE_EQUAL(all.records.size(), 2u);
  BOOST_TEST(all.records[0] == (strings{"one, two", "say \"hi\""}));
  BOOST_TEST(all.records[1] == (strings{"first\nsecond", ""}));
  BOOST_TEST(all.odd.empty());
}

BOOST_AUTO_TEST_CASE(both_line_ends_a_byte_order_mark_empty_lines_and_a_last_line_without_end_are_fine) {
  const auto all = read(
      "\xEF\xBB\xBF"
      "a,b\r\n1,2\r\n\r\n\n3,4");
  BOOST_REQUIRE_EQUAL(all.records.size(), 2u);
  BOOST_TEST(all.records[0] == (strings{"1", "2"}));
  BOOST_TEST(all.records[1] == (strings{"3", "4"}));
  BOOST_TEST(all.odd.empty());
}

BOOST_AUTO_TEST_CASE(a_line_with_another_number_of_fields_is_named_and_passed_over) {
  const auto all = read("a,b\n1,2\n3\n4,5,6\n7,8\n");
  BOOST_TEST(all.records.size() == 2u);
  BOOST_REQUIRE_EQUAL(all.odd.size(), 2u);
  BOOST_TEST(all.odd[0].line == 3);
  BOOST_TEST(all.odd[0].why == "1 fields instead of 2");
  BOOST_TEST(all.odd[1].line == 4);
  BOOST_TEST(all.odd[1].file == "table.csv");
}

BOOST_AUTO_TEST_CASE(a_stray_quote_costs_its_own_line_only) {
  const auto all = read("a,b\n1,\"two\n3,4\n5,\"six\"\n7,8\n");
  BOOST_REQUIRE_EQUAL(all.records.size(), 3u);
  BOOST_TEST(all.records[0] == (strings{"3", "4"}));
  BOOST_TEST(all.records[1] == (strings{"5", "six"}));
  BOOST_REQUIRE_EQUAL(all.odd.size(), 1u);
  BOOST_TEST(all.odd[0].line == 2);
}

BOOST_AUTO_TEST_CASE(a_missing_column_is_an_error_that_lists_those_there_are) {
  const scratch_folder folder;
  std::vector<cli::odd_line> odd;
  const cli::csv_reader reader(folder.write("table.csv", "movieId,name\n"), odd);
  BOOST_TEST(reader.column("name") == 1u);
  BOOST_TEST(!reader.find_column("title").has_value());
  BOOST_CHECK_EXCEPTION(reader.column("title"), cli::failure, [](const cli::failure& problem) {
    const std::string text = problem.what();
    return problem.code() == cli::exit_code::usage && text.find("\"title\"") != std::string::npos &&
           text.find("movieId, name") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(genres_are_split_and_none_listed_is_none) {
  BOOST_TEST(cli::split_names("Action|Sci-Fi") == (strings{"Action", "Sci-Fi"}));
  BOOST_TEST(cli::split_names("Drama") == (strings{"Drama"}));
  BOOST_TEST(cli::split_names("(no genres listed)").empty());
  BOOST_TEST(cli::split_names("").empty());
}

BOOST_AUTO_TEST_CASE(a_movielens_folder_is_read_with_its_side_tables_and_its_odd_lines) {
  const scratch_folder folder;
  folder.write("movies.csv",
               "movieId,title,genres\n1,\"Saw, again\",Horror|Thriller\n2,Plain,(no genres listed)\nx,Bad,Drama\n");
  folder.write("ratings.csv", "userId,movieId,rating,timestamp\n2,1,2.0,200\n1,2,4.5,100\n1,1,9,100\n1,1,0.5,100\n");
  folder.write("cast.csv", "movieId,director,actor_1,actor_2,actor_3\n1,D,Ann,,Ann\n9,D,Bob,,\n");
  folder.write("franchise.csv", "movieId,director,collection\n1,F|G,Saw Collection\n2,D,\n");
  const cli::movielens_data data = cli::read_movielens(folder.path());

  BOOST_REQUIRE_EQUAL(data.movies.size(), 2u);
  BOOST_TEST(data.movies[0].movie_title == "Saw, again");
  BOOST_TEST(data.movies[0].genres == (strings{"Horror", "Thriller"}));
  BOOST_TEST(data.movies[0].cast == (strings{"Ann"}));
  BOOST_TEST(data.movies[0].franchise.value() == "Saw Collection");
  BOOST_TEST(!data.movies[1].franchise.has_value());
  BOOST_TEST(data.movies[0].directors == (strings{"F", "G"}));  // franchise.csv has more movies: it counts
  BOOST_TEST(data.movies[1].directors == (strings{"D"}));
  BOOST_TEST(data.with_directors == 2);
  BOOST_TEST(data.with_cast == 1);
  BOOST_TEST(data.with_franchise == 1);
  BOOST_TEST(data.absent.empty());

  BOOST_REQUIRE_EQUAL(data.ratings.size(), 3u);
  BOOST_TEST(data.ratings[0].movie == 1);  // the same second: by user, then by movie
  BOOST_TEST(data.ratings[1].movie == 2);
  BOOST_TEST(data.ratings[2].user == 2);

  BOOST_REQUIRE_EQUAL(data.odd.size(), 2u);
  BOOST_TEST(data.odd[0].file == "movies.csv");
  BOOST_TEST(data.odd[0].why == "movieId \"x\" is no number");
  BOOST_TEST(data.odd[1].line == 4);
  BOOST_TEST(data.odd[1].why == "rating \"9\" is not from 0.5 to 5.0");
}

BOOST_AUTO_TEST_CASE(a_folder_without_ratings_is_no_movielens_folder) {
  const scratch_folder folder;
  folder.write("movies.csv", "movieId,title,genres\n");
  const command_run run = run_command({"import", "movielens", folder.path()});
  BOOST_TEST(run.code == 2);
  BOOST_TEST(run.complains("ratings.csv"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
