// SPDX-License-Identifier: MIT

#include "tools/claudectl/config_layers.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

#include "cctl/base/printable_text.h"
#include "cctl/base/profile.h"
#include "cctl/project/toml.h"
#include "cctl/project/toml_document.h"
#include "cctl/sys/environment.h"
#include "cctl/sys/file.h"
#include "cctl/sys/file_api.h"
#include "cctl/sys/paths.h"
#include "tools/claudectl/nearest_name.h"
#include "tools/claudectl/project_folders.h"

namespace cctl::cli {
namespace {

constexpr std::string_view kProjectFile = ".claudectl.toml";
constexpr std::size_t kMaxConfigSize = 1 << 20;  // a person wrote it

// "file:line" or "file:line:column". A path may come from a clone, too.
std::string Place(const std::string& path, const toml::source_region& region, bool column) {
  std::string place;
  AppendPrintable(path, place);
  place.append(":").append(std::to_string(region.begin.line));
  if (column) place.append(":").append(std::to_string(region.begin.column));
  return place;
}

// Reads a configuration file; no value where there is none. A link is followed only where the user has made it.
Outcome<std::optional<std::string>> ReadConfigFile(const std::string& path, Links links) {
  auto text = ReadFile(path, kMaxConfigSize, links);
  if (text) return std::optional<std::string>(*std::move(text));
  const Error& error = text.error();
  if (error.code == Errc::kNotFound || error.value == ENOTDIR) return std::optional<std::string>();
  const char* what = error.code == Errc::kTooLong   ? "larger than 1 MiB"
                     : error.code == Errc::kInvalid ? "not a file"
                                                    : std::strerror(static_cast<int>(error.value));
  return Failure{Errc::kConfig, path + ": " + what};
}

// The value of a TOML node as a setting's; no value where a setting has no such type.
std::optional<SettingValue> ToSettingValue(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* text = node.as_string()) return text->get();
  const auto* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> list;
  for (const toml::node& element : *array) {
    const auto* text = element.as_string();
    if (text == nullptr) return std::nullopt;
    list.push_back(text->get());
  }
  return list;
}

// The value of an environment variable: true or false, a number, a text, or a list with commas.
SettingValue ParseVariable(const SettingRow& row, std::string_view text) {
  if (std::holds_alternative<bool>(row.fallback) && (text == "true" || text == "false")) return text == "true";
  if (std::holds_alternative<std::int64_t>(row.fallback)) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
  }
  if (!std::holds_alternative<std::vector<std::string>>(row.fallback)) return std::string(text);
  std::vector<std::string> list;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) list.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return list;
}

class Layers {
 public:
  Outcome<LoadedConfig> Load() {
    const auto config_folder = ConfigFolder();
    if (config_folder && !TakeFile(JoinPath(*config_folder, "claudectl/config.toml"), false)) return failure_;
    const auto home = HomeFolder();
    const std::string own_file = home ? JoinPath(*home, kProjectFile) : std::string();
    if (home && !TakeFile(own_file, false)) return failure_;
    const std::string project_file = FindProjectFile();
    const bool is_own = home && IsSameFile(project_file, own_file);
    if (!project_file.empty() && !is_own && !TakeFile(project_file, true)) return failure_;
    if (!TakeEnvironment()) return failure_;
    if (!asked_tailscale_.empty() && !loaded_.config.Flag(Setting::kTailscale)) {
      loaded_.warnings.push_back(asked_tailscale_ +
                                 ": tailscale = true counts only when you say so, too: add it under [relay] to "
                                 "~/.claudectl.toml");
    }
    return std::move(loaded_);
  }

 private:
  // The nearest .claudectl.toml in the user's own folders, from the working folder up to the git root.
  static std::string FindProjectFile() {
    for (const std::string& folder : FindProjectFolders(FolderOwners::kUser).upwards) {
      std::string file = JoinPath(folder, kProjectFile);
      if (GetFileStatus(file)) return file;
    }
    return {};
  }

  bool Fail(std::string message) {
    failure_ = {Errc::kConfig, std::move(message)};
    return false;
  }

  bool TakeFile(const std::string& path, bool from_project) {
    auto text = ReadConfigFile(path, from_project ? Links::kRefuse : Links::kFollow);
    if (!text) return failure_ = text.error(), false;
    if (!text->has_value()) return true;
    const TomlDocument document = ParseToml(**text, kMaxConfigSize);
    if (!document.table) return Fail(document.fault.In(path));
    const toml::node* relay = document.table->get("relay");
    if (relay == nullptr) return true;
    if (!relay->is_table()) return Fail(Place(path, relay->source(), true) + ": relay: expected a table");
    for (const auto& [key, node] : *relay->as_table()) {
      if (!TakeKey(path, key, node, from_project)) return false;
    }
    return true;
  }

  bool TakeKey(const std::string& path, const toml::key& key, const toml::node& node, bool from_project) {
    const auto& rows = SettingRows();
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&key](const SettingRow& r) { return r.name == key.str(); });
    const std::string line = Place(path, key.source(), false);
    if (row == rows.end()) {
      WarnUnknown(line, key.str());
      return true;
    }
    const auto setting = static_cast<Setting>(row - rows.begin());
    if (from_project && row->project_rule == ProjectRule::kIgnored) {
      WarnIgnored(line, row->name, "a project may not set it; your own ~/.claudectl.toml may");
      return true;
    }
    std::optional<SettingValue> value = ToSettingValue(node);
    std::string wrong = value ? CheckSetting(*row, *value) : CheckSetting(*row, WrongType(row->fallback));
    if (!wrong.empty()) {
      return Fail(Place(path, node.source(), true).append(": relay.").append(row->name).append(": ").append(wrong));
    }
    if (from_project && !AllowedToProject(*row, setting, *value, line)) return true;
    loaded_.config.Set(setting, std::move(*value), line);
    return true;
  }

  // A value of any type but the setting's.
  static SettingValue WrongType(const SettingValue& right) {
    return std::holds_alternative<bool>(right) ? SettingValue(std::string()) : SettingValue(false);
  }

  // Whether a value from a project counts; a list is completed to what it shall be.
  bool AllowedToProject(const SettingRow& row, Setting setting, SettingValue& value, const std::string& line) {
    const Config& config = loaded_.config;
    switch (row.project_rule) {
      case ProjectRule::kTaken:
        return true;
      case ProjectRule::kOnlyFalse:
        if (!std::get<bool>(value)) return true;
        if (!config.Flag(setting)) WarnIgnored(line, row.name, "a project may only turn it off");
        return false;
      case ProjectRule::kOnlyLower:
        if (std::get<std::int64_t>(value) <= config.Number(setting)) return true;
        WarnIgnored(line, row.name, "a project may only lower it");
        return false;
      case ProjectRule::kAdded: {
        auto& added = std::get<std::vector<std::string>>(value);
        const auto& present = config.List(setting);
        added.insert(added.begin(), present.begin(), present.end());
        return true;
      }
      case ProjectRule::kOnlyAsUserSays:
        if (std::get<bool>(value)) {
          asked_tailscale_ = line;
        } else if (config.Flag(setting)) {
          WarnIgnored(line, row.name, "a project may not turn it off");
        }
        return false;
      case ProjectRule::kIgnored:
        break;
    }
    return false;
  }

  bool TakeEnvironment() {
    const auto& rows = SettingRows();
    for (std::size_t i = 0; i < kSettingCount; ++i) {
      std::string name = std::string(kClaudectlProfile.env_prefix).append("_RELAY_");
      for (const char c : rows[i].name) name.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
      const auto text = GetEnvironment(name);
      if (!text) continue;
      SettingValue value = ParseVariable(rows[i], *text);
      if (const std::string wrong = CheckSetting(rows[i], value); !wrong.empty()) return Fail(name + ": " + wrong);
      loaded_.config.Set(static_cast<Setting>(i), std::move(value), name);
    }
    return true;
  }

  void WarnUnknown(const std::string& line, std::string_view key) {
    std::vector<std::string_view> known;
    for (const SettingRow& row : SettingRows()) known.push_back(row.name);
    std::string warning = std::string(line).append(": unknown key relay.").append(Printable(key).view());
    if (const auto nearest = NearestName(key, known); !nearest.empty()) {
      warning.append("; did you mean ").append(nearest).append("?");
    }
    loaded_.warnings.push_back(std::move(warning));
  }

  void WarnIgnored(const std::string& line, std::string_view name, std::string_view why) {
    loaded_.warnings.push_back(std::string(line).append(": relay.").append(name).append(" is ignored: ").append(why));
  }

  LoadedConfig loaded_;
  Failure failure_;
  std::string asked_tailscale_;  // where a project says tailscale = true
};

}  // namespace

Outcome<LoadedConfig> LoadConfig() { return Layers().Load(); }

}  // namespace cctl::cli
