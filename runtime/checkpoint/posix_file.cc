#include "runtime/checkpoint/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace rehearse {
namespace {

// Linux moves at most about 2 GiB per call.
constexpr std::int64_t kLargestCall = std::int64_t{1} << 30;

std::string remedy_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free some space or choose another folder";
    case EACCES:
    case EPERM:
    case EROFS:
      return "check the permissions or choose another folder";
    case EFBIG:
      return "raise the limit on the size of files (ulimit -f)";
    case ENOENT:
      return "check the path";
    default:
      return "";
  }
}

Error trouble(const char* verb, const std::string& file, int error) {
  return Error::environment(std::string("cannot ") + verb, std::strerror(error), remedy_of(error))
      .at(file, "");
}

int open_retrying(const std::string& file, int flags) {
  for (;;) {
    const int descriptor = ::open(file.c_str(), flags | O_CLOEXEC, 0666);
    if (descriptor >= 0 || errno != EINTR) return descriptor;
  }
}

}  // namespace

PosixFile::PosixFile(std::string file, int descriptor)
    : file_(std::move(file)), descriptor_(descriptor) {}

PosixFile PosixFile::open_to_read(const std::string& file) {
  const int descriptor = open_retrying(file, O_RDONLY);
  if (descriptor < 0) throw trouble("open", file, errno);
  return {file, descriptor};
}

PosixFile PosixFile::create(const std::string& file) {
  const int descriptor = open_retrying(file, O_WRONLY | O_CREAT | O_TRUNC);
  if (descriptor < 0) throw trouble("create", file, errno);
  return {file, descriptor};
}

PosixFile::~PosixFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void PosixFile::fail(const char* verb, int error) const { throw trouble(verb, file_, error); }

std::int64_t PosixFile::size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail("examine", errno);
  if (S_ISDIR(status.st_mode)) fail("read", EISDIR);
  return status.st_size;
}

std::int64_t PosixFile::read(void* to, std::int64_t bytes) {
  std::int64_t done = 0;
  while (done < bytes) {
    const std::int64_t want = std::min(kLargestCall, bytes - done);
    const ssize_t got =
        ::read(descriptor_, static_cast<char*>(to) + done, static_cast<std::size_t>(want));
    if (got == 0) break;
    if (got < 0 && errno != EINTR) fail("read", errno);
    if (got > 0) done += got;
  }
  return done;
}

void PosixFile::write(const void* from, std::int64_t bytes) {
  std::int64_t done = 0;
  while (done < bytes) {
    const std::int64_t want = std::min(kLargestCall, bytes - done);
    const ssize_t put =
        ::write(descriptor_, static_cast<const char*>(from) + done, static_cast<std::size_t>(want));
    if (put < 0 && errno != EINTR) fail("write", errno);
    if (put > 0) done += put;
  }
}

void PosixFile::sync() {
  if (::fsync(descriptor_) != 0) fail("write", errno);
}

void PosixFile::close() {
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail("write", errno);
}

void sync_folder(const std::string& folder) {
  const int descriptor = open_retrying(folder, O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) throw trouble("open", folder, errno);
  const int result = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  // Some network file systems cannot sync a folder and say EINVAL: nothing better can be done.
  if (result != 0 && error != EINVAL) throw trouble("write", folder, error);
}

std::vector<std::uint8_t> read_whole_file(const std::string& file) {
  if (::access(file.c_str(), F_OK) != 0 && errno == ENOENT) {
    throw Error::input("cannot read the file", "it does not exist", "check the name").at(file, "");
  }
  PosixFile source = PosixFile::open_to_read(file);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(source.size()));
  bytes.resize(
      static_cast<std::size_t>(source.read(bytes.data(), static_cast<std::int64_t>(bytes.size()))));
  return bytes;
}

}  // namespace rehearse
