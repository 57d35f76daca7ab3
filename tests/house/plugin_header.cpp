#include <demur/plugin.hpp>
