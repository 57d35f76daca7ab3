#pragma once

#include "wire.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace demur::cli {

class http_client;

/// What a refusal says to a person: status, sentence, and where given the field with what was found and what is allowed.
std::string problem_text(const http_answer& answer);

/// The same in one line, for tables of what was refused. The place in an array (`[3].`) is left out, so that equal
/// refusals count together.
std::string problem_line(const http_answer& answer);
std::string problem_line(const boost::json::value& problem);

/// The JSON of an answer. Throws `failure` (refused): with the problem's text if the status is no success, or if the body
/// is not JSON, with its beginning.
boost::json::value expect_json(const http_answer& answer);

/// Sends and expects.
boost::json::value ask(http_client& client, const http_request& request);

/// Reads that forgive: what is not there, null or of another type is empty, 0 or an empty object or array. A newer server
/// may leave out or add.
std::string text_of(const boost::json::object& object, std::string_view key);
std::int64_t integer_of(const boost::json::object& object, std::string_view key);
double number_of(const boost::json::object& object, std::string_view key);
const boost::json::object& object_of(const boost::json::object& object, std::string_view key);
const boost::json::array& array_of(const boost::json::object& object, std::string_view key);

/// A value as it stands in a table: `-` for null and what is not there, numbers short, arrays with commas.
std::string shown(const boost::json::value& value);
std::string shown(const boost::json::object& object, std::string_view key);

/// At most 4 digits after the point, no zeros at the end.
std::string short_number(double value);

/// JSON over several lines with two blanks of indent, for `--json` on a terminal and in files.
std::string pretty(const boost::json::value& value);

}  // namespace demur::cli
