// SPDX-License-Identifier: MIT

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "cctl/base/printable_text.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/config_use.h"

namespace cctl::cli {
namespace {

// Every setting with its value and where that comes from.
class ConfigCommand : public Command {
 public:
  void Declare(Options&) override {}

  int Run(Printer& out) override {
    const auto config = ReadConfig(out);
    if (!config) return out.Fail(config.error());
    nlohmann::json values = nlohmann::json::array();
    for (std::size_t i = 0; i < kSettingCount; ++i) {
      const auto setting = static_cast<Setting>(i);
      const std::string key = std::string("relay.").append(SettingRows()[i].name);
      const nlohmann::json value =
          std::visit([](const auto& typed) { return nlohmann::json(typed); }, config->value(setting));
      // A value's JSON form is its TOML form, too. A project's may have anything in it.
      std::string line = key + " = ";
      AppendPrintable(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), line);
      out.Line(line + "  # " + config->origin(setting));
      values.push_back({{"key", key}, {"value", value}, {"origin", config->origin(setting)}});
    }
    if (out.json()) out.Object({{"values", values}});
    return out.Finish();
  }
};

}  // namespace

std::unique_ptr<Command> MakeConfigCommand() { return std::make_unique<ConfigCommand>(); }

}  // namespace cctl::cli
