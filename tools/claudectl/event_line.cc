// SPDX-License-Identifier: MIT

#include "tools/claudectl/event_line.h"

#include <nlohmann/json.hpp>

#include "tools/claudectl/answer.h"

namespace cctl::cli {

std::string EventLine(const nlohmann::json& event) {
  std::string line = TextOf(event, "event");
  for (const char* member : {"id", "peer", "addr", "version", "check", "invite", "status", "reason", "type"}) {
    if (event.contains(member)) line.append(" ").append(TextOf(event, member));
  }
  // Our own sentence, and longer than a name.
  if (const std::string message = RawTextOf(event, "message"); !message.empty()) line.append(" ").append(message);
  return line;
}

void PrintEvent(const nlohmann::json& event, Printer& out) {
  if (out.json()) return out.Object(event);
  out.EventLine(EventLine(event));
}

}  // namespace cctl::cli
