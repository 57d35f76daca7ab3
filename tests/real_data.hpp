#pragma once

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace demur {

/// Where ml-latest-small is, if DEMUR_TEST_DATA says so.
inline std::string real_folder() {
  const char* data = std::getenv("DEMUR_TEST_DATA");
  return data ? std::string(data) + "/ml-latest-small" : "";
}

/// Skips a test where the data set is not, and says so.
struct if_there {
  boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
    boost::test_tools::assertion_result there(std::filesystem::exists(real_folder() + "/ratings.csv"));
    if (!there) there.message() << "DEMUR_TEST_DATA names no folder with ml-latest-small";
    return there;
  }
};

}  // namespace demur
