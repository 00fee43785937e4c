// Text as it may stand in an XML document or attribute.
#pragma once

#include <string>
#include <string_view>

namespace rehearse {

// Escapes < > & and quotes; control characters, which XML 1.0 does not allow, become spaces.
std::string xml_escaped(std::string_view words);

}  // namespace rehearse
