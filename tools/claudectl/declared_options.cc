// SPDX-License-Identifier: MIT

#include "tools/claudectl/declared_options.h"

#include <charconv>
#include <cstddef>
#include <system_error>

#include "cctl/base/duration_text.h"
#include "cctl/base/result.h"

namespace cctl::cli {
namespace {

template <typename Value>
std::function<std::string(const std::string&)> TakeText(Value& value) {
  return [&value](const std::string& text) { return value = text, std::string(); };
}

}  // namespace

bool ApplyGlobalOption(std::string_view word, OutputOptions& output) {
  const bool letters = word.size() > 2 && word[0] == '-' && word.find_first_not_of(word[1], 1) == word.npos;
  const std::string_view once = letters ? word.substr(0, 2) : word;  // of "-vv"
  for (const GlobalOption& option : kGlobalOptions) {
    if (option.apply == nullptr || once.empty() || (once != option.name && once != option.short_name)) continue;
    for (std::size_t i = 1; i < (letters ? word.size() : 2); ++i) option.apply(output);
    return true;
  }
  return false;
}

void DeclaredOptions::Flag(const char* name, bool& value, const char* help) {
  options.push_back({name, "", help, false, [&value](const std::string&) { return value = true, std::string(); }});
}

void DeclaredOptions::Text(const char* name, const char* placeholder, std::optional<std::string>& value,
                           const char* help) {
  options.push_back({name, placeholder, help, false, TakeText(value)});
}

void DeclaredOptions::Number(const char* name, const char* placeholder, std::uint32_t least, std::uint32_t most,
                             std::optional<std::uint32_t>& value, const char* help) {
  options.push_back({name, placeholder, help, false, [=, &value](const std::string& text) {
                       std::uint32_t number = 0;
                       const char* const end = text.data() + text.size();
                       const auto [stop, error] = std::from_chars(text.data(), end, number);
                       if (error != std::errc() || stop != end || number < least || number > most) {
                         return "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
                       }
                       value = number;
                       return std::string();
                     }});
}

void DeclaredOptions::TextList(const char* name, const char* placeholder, std::vector<std::string>& values,
                               const char* help) {
  options.push_back({name, placeholder, help, false, [&values](const std::string& text) {
                       values.push_back(text);
                       return std::string();
                     }});
}

void DeclaredOptions::Time(const char* name, Duration most, std::optional<Duration>& value, const char* help) {
  options.push_back({name, "TIME", help, false, [=, &value](const std::string& text) {
                       const auto time = ParseDuration(text);
                       if (!time || time->ms <= 0 || *time > most) {
                         std::string wanted = "a time such as 300ms, 90s, 15m or 24h, at most ";
                         FormatDuration(most, wanted);
                         return wanted;
                       }
                       value = *time;
                       return std::string();
                     }});
}

void DeclaredOptions::Argument(const char* placeholder, std::string& value, const char* help) {
  arguments.push_back({placeholder, "", help, true, TakeText(value)});
}

void DeclaredOptions::OptionalArgument(const char* placeholder, std::optional<std::string>& value, const char* help) {
  arguments.push_back({placeholder, "", help, false, TakeText(value)});
}

}  // namespace cctl::cli
