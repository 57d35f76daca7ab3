#include "runtime/parts.hpp"
#include "web/front.hpp"

#include <demur/server.hpp>

#include <utility>

namespace demur {

struct server::parts {
  std::unique_ptr<web::front> front;
};

server::server(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

server::~server() = default;

result<std::unique_ptr<server>> server::start(runtime& served, const settings& chosen) {
  if (auto checked = check_settings(chosen); !checked) return std::move(checked).problem();
  auto& of_runtime = served.internals();
  auto front = web::front::start(of_runtime.system, of_runtime.handles, chosen, of_runtime.clock);
  if (!front) return std::move(front).problem();
  return std::unique_ptr<server>(new server(std::make_unique<parts>(parts{*std::move(front)})));
}

std::uint16_t server::port() const { return parts_->front->port(); }

bool server::stop() { return parts_->front->stop(); }

}  // namespace demur
