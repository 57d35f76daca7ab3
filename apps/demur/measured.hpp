#pragma once

#include <demur/evaluation.hpp>

#include <boost/json/object.hpp>

#include <map>
#include <string>

/// What the commands that measure models have in common.
namespace demur::cli {

/// `-20.1 %`, with a question mark where the interval of the difference holds 0.
std::string change_text(const paired_difference& by);

/// True if its interval does not hold 0.
bool is_sure(const paired_difference& by);

boost::json::object differences_json(const std::map<std::string, paired_difference>& by);
boost::json::object figures_json(const std::map<std::string, double>& figures);

/// Throws `failure` if the file cannot be written.
void write_page(const std::string& path, const std::string& page);

}  // namespace demur::cli
