// Published tables of collectives in JSON.
#pragma once

#include <string>
#include <vector>

#include "calibrate/importers/collective_log.h"

namespace rehearse {

// Whether the text is JSON of such records: an array, or one with "operation_word".
bool holds_collective_tables(const std::string& text, const std::string& file);

// The records that hold rows of an operation that we know; others are passed over. Throws
// Error::input, with the JSON path, for what is no such file.
std::vector<CollectiveLog> read_collective_tables(const std::string& text, const std::string& file);

}  // namespace rehearse
