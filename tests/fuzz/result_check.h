// What any result of the command line must be.
#pragma once

#include <string>

namespace rehearse {

// What is wrong with the JSON that a command printed, empty if nothing: it must be one document
// without numbers that are not finite (they would be printed as null), times and sizes that are
// negative, quantiles out of order, breakdowns that do not add up, or an efficiency above 1.05
// that no warning explains.
std::string fault_of_json(const std::string& text);

// The same of a table for people, which holds no "nan" and no "inf".
std::string fault_of_table(const std::string& text);

}  // namespace rehearse
