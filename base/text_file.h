// Whole text files: read under the same limits whatever door they come through, written by rename.
//
//   const std::string text = read_text_file("topology.conf");
//   write_text_file("prediction.json", text);
#pragma once

#include <cstddef>
#include <string>

namespace rehearse {

inline constexpr std::size_t kLargestTextFile = std::size_t{64} << 20;  // bytes

// The content of a file or a pipe, without a UTF-8 byte-order mark. Throws Error::input, which
// names the path, for a folder, a device, a file that cannot be read, is larger than
// kLargestTextFile, is UTF-16 or holds a NUL byte.
std::string read_text_file(const std::string& path);

// Writes all or nothing: into a temporary file of the same folder, which then takes the name. What
// is no regular file (/dev/stdout, a pipe) is written in place, and a symbolic link is followed.
// Throws Error::environment with the system's reason.
void write_text_file(const std::string& path, const std::string& content);

}  // namespace rehearse
