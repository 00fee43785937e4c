// What `rehearse list` knows: names of devices, networks and the like, each with a few facts.
#pragma once

#include <string>

namespace rehearse {

// One line for each of the kind: its name and the facts. Throws Error::input for an unknown kind.
std::string catalogue_table(const std::string& kind);

// [{"name", …}]: the facts as numbers, whose keys tell their units; "works" is false for what the
// format names and this version cannot do.
std::string catalogue_json(const std::string& kind);

// The kinds themselves.
std::string kinds_table();
std::string kinds_json();

}  // namespace rehearse
