// A file by its descriptor: reads and writes everything or says why not.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rehearse {

class PosixFile {
 public:
  // Both throw Error::environment, like all the members: one line with the file and the reason.
  static PosixFile open_to_read(const std::string& file);
  static PosixFile create(const std::string& file);  // truncates

  ~PosixFile();
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  [[nodiscard]] std::int64_t size() const;
  // Returns the bytes read: fewer than asked for only at the end of the file.
  std::int64_t read(void* to, std::int64_t bytes);
  void write(const void* from, std::int64_t bytes);
  void sync();   // to the device
  void close();  // reports what a network file system says only now

 private:
  PosixFile(std::string file, int descriptor);
  [[noreturn]] void fail(const char* verb, int error) const;

  std::string file_;
  int descriptor_;
};

// Makes the names in the folder (created, renamed, removed) durable.
void sync_folder(const std::string& folder);

// Throws Error::input where there is no such file, else as PosixFile.
std::vector<std::uint8_t> read_whole_file(const std::string& file);

}  // namespace rehearse
