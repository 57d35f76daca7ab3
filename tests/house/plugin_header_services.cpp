#include <demur/plugin_services.hpp>

// Some use, so that the declarations are not only read.
double house_services(const demur_host& table, const demur_dislike& row) {
  const demur::plugin_host host(table);
  const auto found = host.catalogue().find(row.movie_id);
  return host.weights().of(demur::disliked(row), "title", found ? found->movie_title() : "none") +
         static_cast<double>(host.clock().now().count());
}
