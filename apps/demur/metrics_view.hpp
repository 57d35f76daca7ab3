#pragma once

#include <boost/json/object.hpp>

#include <iosfwd>

namespace demur::cli {

/// The figures of GET /api/feedback-metrics, and of the `metrics` messages of the live stream, as tables.
/// brief: the main figures only.
void print_metrics(std::ostream& out, const boost::json::object& metrics, bool brief);

}  // namespace demur::cli
