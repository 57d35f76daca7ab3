#include "demurd/at_work.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>

namespace demur {
namespace {

BOOST_AUTO_TEST_SUITE(drain)

BOOST_AUTO_TEST_CASE(a_server_ended_under_load_finishes_what_it_accepted_and_keeps_what_it_acknowledged) {
  for (const bool socket : {false, true}) {
    const std::string journal = socket ? "drained-socket.txt" : "drained.txt";
    std::filesystem::remove(journal);
    demurd_at_work demurd("drain", "[retrain]\ncool_down = '1s'\n");
    std::vector<std::string> line{"--server", demurd.url(), "load",         "--seconds", "30", "--connections",
                                  "16",       "--journal",  journal.data(), "--users",   "500"};
    if (socket) line.emplace_back("--socket");
    program load(line, {}, "demur");
    wait_for_bytes(journal, 100'000);
    demurd.end();
    // 3: the server went away.
    BOOST_TEST(load.wait() == 3, load.err());

    demurd.start();
    program verify({"--server", demurd.url(), "verify", "--journal", journal}, {}, "demur");
    BOOST_TEST(verify.wait() == 0, verify.out() << verify.err());
    demurd.end();
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
