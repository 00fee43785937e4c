// Models as a word of the command line names them.
#pragma once

#include <string>

#include "base/json_reader.h"

namespace rehearse {

// A document with the key "model": of a network of the zoo nothing else, of a scenario the whole
// file; a file that is itself a "model" object (keys "layers" or "zoo") becomes one, and so does
// the path of an ONNX file. Throws Error::input where the word is neither, with what it may have
// been meant for, and for files of other programs (Hugging Face).
JsonDocument model_document(const std::string& word);

// Whether the document tells a model and no job: neither cluster nor sweep.
bool is_lone_model(const JsonDocument& document);

// The "model" object of model_document(word), as JSON, with absolute names of the files it needs.
std::string model_text(const std::string& word);

}  // namespace rehearse
