// SPDX-License-Identifier: MIT
//
// The `[relay]` settings: what each is called, what it may be, what it is where nobody has said anything, and whether a
// project may say something (docs/cli.md, "Configuration"). config_layers.h fills them in.

#ifndef CCTL_TOOLS_CLAUDECTL_CONFIG_H_
#define CCTL_TOOLS_CLAUDECTL_CONFIG_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cctl::cli {

enum class Setting : std::uint8_t {
  kEnabled,
  kListenAddr,
  kListenPort,
  kAdvertiseAddr,
  kRequireMutualAuth,
  kMaxSessions,
  kInviteTtlHours,
  kPairRequestTimeout,
  kLanDiscovery,
  kLanAnnounceInterval,
  kLanBroadcastPort,
  kAutoApproveLan,
  kInterfaces,
  kExcludeInterfaces,
  kTailscale,
  kTailscaleTag,
  kTailscaleProbeInterval,
  kTailscaleCli,
};

inline constexpr std::size_t kSettingCount = static_cast<std::size_t>(Setting::kTailscaleCli) + 1;

using SettingValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

// What a text must be.
enum class TextRule : std::uint8_t { kAny, kNumericHost, kHostOrNothing };

// What counts of a project's `.claudectl.toml`, which came with a clone and may be anybody's.
enum class ProjectRule : std::uint8_t {
  kIgnored,
  kTaken,
  kOnlyFalse,       // may turn it off
  kOnlyLower,       // may lower it
  kAdded,           // adds to the list
  kOnlyAsUserSays,  // says nothing that the user's own configuration does not say
};

struct SettingRow {
  std::string_view name;  // under [relay]; in capitals after CLAUDECTL_RELAY_
  SettingValue fallback;  // built-in; its type is the setting's
  std::int64_t least = 0;
  std::int64_t most = 0;  // of a number
  TextRule text_rule = TextRule::kAny;
  ProjectRule project_rule = ProjectRule::kIgnored;
};

// In the order of Setting. Made on first use: nothing is constructed before main().
const std::array<SettingRow, kSettingCount>& SettingRows();

// The effective settings and where each value comes from: "default", file:line, the variable's name, or the option's.
class Config {
 public:
  Config();

  [[nodiscard]] bool Flag(Setting s) const { return std::get<bool>(At(s).value); }
  [[nodiscard]] std::int64_t Number(Setting s) const { return std::get<std::int64_t>(At(s).value); }
  [[nodiscard]] const std::string& Text(Setting s) const { return std::get<std::string>(At(s).value); }
  [[nodiscard]] const std::vector<std::string>& List(Setting s) const {
    return std::get<std::vector<std::string>>(At(s).value);
  }

  [[nodiscard]] const SettingValue& value(Setting s) const { return At(s).value; }
  [[nodiscard]] const std::string& origin(Setting s) const { return At(s).origin; }

  // The value must be of the setting's type and within its rules.
  void Set(Setting s, SettingValue value, std::string origin) {
    entries_[static_cast<std::size_t>(s)] = {std::move(value), std::move(origin)};
  }

 private:
  struct Entry {
    SettingValue value;
    std::string origin;
  };

  [[nodiscard]] const Entry& At(Setting s) const { return entries_[static_cast<std::size_t>(s)]; }

  std::array<Entry, kSettingCount> entries_;
};

// What is wrong with a value, such as "expected a whole number from 0 to 65535"; empty: nothing.
std::string CheckSetting(const SettingRow& row, const SettingValue& value);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_CONFIG_H_
