// SPDX-License-Identifier: MIT
//
// A folder of a test's own, gone when it ends, what is in its files, and children whose exit status is their answer.

#ifndef CCTL_TESTS_SUPPORT_SCRATCH_FOLDER_H_
#define CCTL_TESTS_SUPPORT_SCRATCH_FOLDER_H_

#include <gtest/gtest.h>

#ifndef _WIN32
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <system_error>
#include <utility>

namespace cctl::testing {

class ScratchFolder {
 public:
  ScratchFolder() {
#ifdef _WIN32
    const std::string parent = std::filesystem::temp_directory_path().generic_string();
    std::string made = parent + "cctl-test-" + std::to_string(std::random_device()());
    if (std::filesystem::create_directory(made)) path_ = std::move(made);
#else
    char made[] = "/tmp/cctl-test-XXXXXX";
    if (mkdtemp(made) != nullptr) path_ = made;
#endif
    EXPECT_FALSE(path_.empty());
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string Below(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Empty where there is no file.
inline std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

#ifndef _WIN32

// The wait status of a child that runs `body` and exits with what it returns.
template <typename Body>
int InChild(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

#endif

// A child's answer that means that the test cannot run on this machine.
inline constexpr int kCannotRunHere = 77;

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_SCRATCH_FOLDER_H_
