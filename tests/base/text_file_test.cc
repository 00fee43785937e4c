#include "base/text_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

class TextFile : public testing::Test {
 protected:
  TextFile() {
    std::string name = (fs::temp_directory_path() / "text_file.XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~TextFile() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] std::string holding(const std::string& content) const {
    std::ofstream(path("f"), std::ios::binary) << content;
    return path("f");
  }
  static std::string complaint(const std::string& file) {
    try {
      read_text_file(file);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::input);
      return error.what();
    }
    return "";
  }

  fs::path folder_;
};

TEST_F(TextFile, DropsTheByteOrderMark) {
  EXPECT_EQ(read_text_file(holding("\xEF\xBB\xBF{}")), "{}");
  EXPECT_EQ(read_text_file(holding("a\r\nb")), "a\r\nb");
}

TEST_F(TextFile, RefusesWhatIsNoText) {
  EXPECT_NE(complaint(path("none")).find("does not exist"), std::string::npos);
  EXPECT_NE(complaint(folder_).find("it is a folder"), std::string::npos);
  EXPECT_NE(complaint("/dev/zero").find("it is a device"), std::string::npos);
  EXPECT_NE(complaint(holding(std::string("a\0b", 3))).find("NUL"), std::string::npos);
  EXPECT_NE(complaint(holding("\xFF\xFE{")).find("UTF-16"), std::string::npos);
}

TEST_F(TextFile, RefusesMoreThanTheLimit) {
  const std::string file = holding("");
  fs::resize_file(file, kLargestTextFile + 1);
  EXPECT_NE(complaint(file).find("larger than 64 MiB"), std::string::npos);
}

TEST_F(TextFile, ReplacesAFileAndKeepsItsMode) {
  const std::string file = holding("old");
  ::chmod(file.c_str(), 0640);
  write_text_file(file, "new");
  EXPECT_EQ(read_text_file(file), "new");
  EXPECT_EQ(fs::status(file).permissions(), fs::perms(0640));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(TextFile, FollowsALink) {
  const std::string file = holding("old");
  fs::create_symlink("f", path("link"));
  write_text_file(path("link"), "new");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read_text_file(file), "new");
}

TEST_F(TextFile, AFailedWriteLeavesTheOldFileAlone) {
  EXPECT_THROW(write_text_file("/dev/full", "x"), Error);
  EXPECT_THROW(write_text_file(path("no/folder"), "x"), Error);
  EXPECT_THROW(write_text_file(folder_, "x"), Error);
  write_text_file("/dev/null", "x");
  EXPECT_FALSE(fs::is_regular_file("/dev/null"));
}

}  // namespace
}  // namespace rehearse
