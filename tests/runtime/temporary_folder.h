// A folder that is gone after the test, and files of given bytes in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rehearse {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const;
  // Returns the path.
  [[nodiscard]] std::string put(std::string_view name,
                                const std::vector<std::uint8_t>& bytes) const;
  [[nodiscard]] std::vector<std::string> names() const;  // sorted

 private:
  std::string path_;
};

}  // namespace rehearse
