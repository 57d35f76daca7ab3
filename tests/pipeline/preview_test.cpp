#include "pipeline/deterministic.hpp"
