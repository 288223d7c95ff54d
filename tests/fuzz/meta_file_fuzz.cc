// SPDX-License-Identifier: MIT
//
// Any bytes as the content of a meta file. What is accepted is JSON, and every member of it, known or not, is still
// there with its value after it has been written; what is refused for its form is no JSON object to the library either.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/store/json_file.h"
#include "cctl/store/meta_file.h"

namespace {

using cctl::Errc;

void Check(bool holds) {
  if (!holds) std::abort();
}

constexpr const char* kMembers[] = {"addr", "last_seen", "host", "paired_at", "via", "proved", "invite"};

// The object without those of our members that are null, which is to say missing. Unlike the library's, `==` of these
// does not look at the members' order.
nlohmann::json Values(std::string_view content) {
  std::size_t names = 0;
  const auto count = [&names](int depth, nlohmann::json::parse_event_t event, const nlohmann::json&) {
    if (depth == 1 && event == nlohmann::json::parse_event_t::key) ++names;
    return true;
  };
  nlohmann::json values = nlohmann::json::parse(content, count, false);
  Check(values.is_object() && values.size() == names);  // none comes twice
  for (const char* const name : kMembers) {
    if (values.contains(name) && values[name].is_null()) values.erase(name);
  }
  return values;
}

void CheckError(std::string_view content, const cctl::Error& error) {
  Check(error.offset <= content.size() && cctl::IsFormatError(error.code));
  if (error.part != std::string_view("file")) {
    Check(error.code == Errc::kInvalid || error.code == Errc::kOutOfRange);
    Check(Values(content).contains(error.part));
    return;
  }
  const bool zero = content.find('\0') != std::string_view::npos;
  if (error.code == Errc::kInvalid && !zero) Check(!nlohmann::json::parse(content, nullptr, false).is_object());
  if (error.code == Errc::kTruncated) Check(!zero && !nlohmann::json::accept(content));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  const auto meta = cctl::ParseMetaFile(content);
  if (!meta) {
    CheckError(content, meta.error());
    return 0;
  }
  Check(size <= cctl::kMaxJsonFileSize && content.find('\0') == std::string_view::npos);
  const std::string written = cctl::FormatMetaFile(*meta);
  Check(written.find('\n') == written.size() - 1);
  Check(Values(written) == Values(content));
  const auto again = cctl::ParseMetaFile(written);
  Check(again && *again == *meta && cctl::FormatMetaFile(*again) == written);
  return 0;
}
