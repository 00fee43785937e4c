// What somebody may have meant by a word that is not known here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace rehearse {

// The likeliest of `known`, best first, at most four: those that differ only in case, '-' and '_';
// else those that begin with the word ("async" of "async_ps"); else the one that the word begins
// with ("ring_allreduce" of "ring"); else the nearest by edit distance. Empty if none is like it.
std::vector<std::string> likely(std::string_view word, const std::vector<std::string>& known);

// "did you mean 'ring'?" or "did you mean 'resnet50', 'resnet101' or 'resnet152'?"; `otherwise` if
// nothing is like the word.
std::string suggestion(std::string_view word, const std::vector<std::string>& known,
                       std::string otherwise = "");

// A word that is none of `works`. Those of `later` are words of the contract that cannot be used
// yet, for the reason `why_later`; they are suggested as such. `lacks`: what is wrong otherwise.
Error unknown_word(std::string_view word, const std::vector<std::string>& works,
                   const std::vector<std::string>& later, const std::string& why_later,
                   const std::string& lacks = "is not known");

}  // namespace rehearse
