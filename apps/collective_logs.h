// The logs of --against, and what they tell of the question.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calibrate/importers/collective_log.h"

namespace rehearse {

// What the command line says of a collective; absent where it does not.
struct AskedCollective {
  std::optional<Operation> operation;
  std::optional<int> ranks, ranks_per_node;
};

// Reads FILE or, of a file of several tables, FILE#ID. Throws Error::input.
std::vector<CollectiveLog> read_logs(const std::vector<std::string>& files);

// The question with what the logs tell, and the logs that answer it: of several tables of one file
// those that do. A log of its own that tells something else, logs that disagree and a question that
// stays open are Error::input.
AskedCollective agree(AskedCollective asked, std::vector<CollectiveLog>& logs);

// Of tables on several nodes keeps those with as many ranks on a node; a log that was given by
// itself must have them. Throws Error::input if none is left.
void expect_ranks_per_node(int ranks_per_node, std::vector<CollectiveLog>& logs);

}  // namespace rehearse
