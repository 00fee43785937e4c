#include "base/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

// Closes what was opened, on every path.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }
  // Network file systems say only now that a write failed.
  int close() { return ::close(std::exchange(number_, -1)); }

 private:
  int number_;
};

[[noreturn]] void refuse(const std::string& path, const std::string& why,
                         const std::string& remedy) {
  throw Error::input("cannot read the file", why, remedy).at(path, "");
}

void expect_text_source(const std::string& path, int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) refuse(path, std::strerror(errno), "check the name");
  if (S_ISDIR(status.st_mode)) refuse(path, "it is a folder", "name a file in it");
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode) && !::isatty(descriptor)) {
    refuse(path, "it is a device or a socket", "give a file or a pipe");
  }
}

std::string all_of(const std::string& path, int descriptor) {
  std::string text;
  std::string block(std::size_t{1} << 16, '\0');
  // One byte more than allowed is enough to see that a file is too large.
  while (text.size() <= kLargestTextFile) {
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(path, std::strerror(errno), "check the file");
    if (got == 0) return text;
    text.append(block, 0, static_cast<std::size_t>(got));
  }
  throw Error::input("the file is larger than 64 MiB", "no file that is read here is so large",
                     "check the file name")
      .at(path, "");
}

[[noreturn]] void fail_to_write(const std::string& path, int error) {
  throw Error::environment("'" + path + "' cannot be written", std::strerror(error),
                           "choose another place");
}

void write_all(const std::string& path, int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t done = ::write(descriptor, content.data(), content.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail_to_write(path, errno);
    content.remove_prefix(static_cast<std::size_t>(done));
  }
}

void write_in_place(const std::string& path, const std::string& content) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.number() < 0) fail_to_write(path, errno);
  write_all(path, file.number(), content);
  if (file.close() != 0) fail_to_write(path, errno);
}

// mkstemp makes files for their owner alone; a result has the permissions of any new file.
void share(int descriptor, const struct stat* replaced) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const mode_t mode = replaced != nullptr ? replaced->st_mode & 07777 : 0666 & ~mask;
  static_cast<void>(::fchmod(descriptor, mode));  // a file system without modes has none to set
}

void write_by_rename(const std::string& path, const std::string& content,
                     const struct stat* replaced) {
  std::string temporary = path + ".XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.number() < 0) fail_to_write(path, errno);
  try {
    share(file.number(), replaced);
    write_all(path, file.number(), content);
    if (file.close() != 0) fail_to_write(path, errno);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail_to_write(path, errno);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

}  // namespace

std::string read_text_file(const std::string& path) {
  if (path.find('\0') != std::string::npos) refuse(path, "its name holds a NUL", "check the name");
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) {
    refuse(path, errno == ENOENT || errno == ENOTDIR ? "it does not exist" : std::strerror(errno),
           "check the name");
  }
  expect_text_source(path, file.number());
  std::string text = all_of(path, file.number());
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    refuse(path, "it is UTF-16", "save it as UTF-8");
  }
  if (text.find('\0') != std::string::npos) refuse(path, "it holds NUL bytes", "give a text file");
  return text;
}

void write_text_file(const std::string& path, const std::string& content) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    std::error_code none;
    // A link to a file that is yet to be made names the place of that file.
    const fs::path target = fs::is_symlink(path, none) ? fs::read_symlink(path, none) : fs::path();
    write_by_rename(target.empty() ? path : (fs::path(path).parent_path() / target).string(),
                    content, nullptr);
    return;
  }
  if (S_ISDIR(status.st_mode)) fail_to_write(path, EISDIR);
  if (!S_ISREG(status.st_mode)) {
    write_in_place(path, content);
    return;
  }
  if (::access(path.c_str(), W_OK) != 0) fail_to_write(path, errno);
  std::error_code failed;
  const fs::path target = fs::canonical(path, failed);
  write_by_rename(failed ? path : target.string(), content, &status);
}

}  // namespace rehearse
