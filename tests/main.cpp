#define BOOST_TEST_MODULE demur
#include <boost/test/unit_test.hpp>
