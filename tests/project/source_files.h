// The files of the project, for the tests that read them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rehearse {

struct SourceFile {
  std::string path;    // relative to the root, with '/'
  std::string folder;  // "sim"; of tests "tests/sim"; of files in the root ""
  std::vector<std::string> lines;
};

// Every text file of the project in order of paths; nothing below hidden folders, build trees and
// `out`.
std::vector<SourceFile> source_files(const std::filesystem::path& root);

bool is_cpp(const SourceFile& file);  // .h, .cc or .cu

}  // namespace rehearse
