// Short names that still tell things apart, for legends.
#pragma once

#include <string>
#include <vector>

namespace rehearse {

// Of paths the last parts that no other of the names ends with, without an ending that all share;
// of other long words what differs between them, with an ellipsis for what is alike. Names that are
// the same stay so.
//
//   {"/data/a/net.json", "/data/b/net.json"} -> {"a/net", "b/net"}
std::vector<std::string> telling_names(const std::vector<std::string>& names);

}  // namespace rehearse
