#pragma once

#include "learning/trainers.hpp"

#include <demur/settings.hpp>

#include <string>
#include <string_view>

namespace demur {

/// Posts a body to the URL, with `X-Demur-Signature: sha256=...` if there is a secret. Takes any 2xx for a yes.
learning::webhook_sender webhook_of(settings::trainer_section::webhook_section chosen);

/// HMAC-SHA256 (RFC 2104) in hexadecimal digits.
std::string signature_of(std::string_view body, std::string_view secret);

}  // namespace demur
