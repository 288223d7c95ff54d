// SPDX-License-Identifier: MIT
//
// Reading a heartbeat line, and a megabyte of application payload, against simdjson's on-demand reader and nlohmann's
// DOM. On demand, simdjson checks the UTF-8 of all of a line but the grammar only of what is asked for; ours checks
// all of both, and that no name comes twice.

#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "benchmark/benchmark.h"
#include "benchmarks/ratio.h"
#include "cctl/wire/json_reader.h"
#include "cctl/wire/message_envelope.h"
#include "nlohmann/json.hpp"

namespace {

using cctl::bench::RunPaired;

constexpr std::string_view kHeartbeat =
    R"({"id":"msg_1795422026237_12_a1b2c3d4","msg_type":"heartbeat","from_peer":"build-agent-eu-west-1-runner-042-blue-a3f2",)"
    R"("timestamp":1795422026237,"payload":{}})";
static_assert(kHeartbeat.size() == 157);

// An application message of nearly the size that a line may have: records as a knowledge snapshot has them.
const std::string& Snapshot() {
  static const std::string* const line = [] {
    nlohmann::ordered_json entries = nlohmann::ordered_json::array();
    for (int i = 0; i < 4'000; ++i) {
      entries.push_back({{"key", "note-" + std::to_string(i)},
                         {"text", "Build with \"-c opt\" first; na\u00efve timings mislead.\nSee docs/build.md."},
                         {"tags", {"build", "speed"}},
                         {"score", 0.25 * i},
                         {"at", 1795422026237 + i}});
    }
    const nlohmann::ordered_json message = {{"id", "msg_1795422026237_12_a1b2c3d4"},
                                            {"msg_type", "knowledge_snapshot"},
                                            {"from_peer", "laptop-a3f2"},
                                            {"timestamp", 1795422026237},
                                            {"payload", {{"entries", entries}}}};
    return new std::string(message.dump());
  }();
  return *line;
}

auto Ours(std::string_view line) {
  return [line] {
    const auto message = cctl::ParseMessage(line);
    if (!message) std::abort();
    benchmark::DoNotOptimize(message->timestamp + static_cast<std::int64_t>(message->payload.size()));
  };
}

auto Simdjson(std::string_view line) {
  // The parser and the padded copy are made once: the peer is measured at its best.
  return [parser = std::make_shared<simdjson::ondemand::parser>(),
          padded = std::make_shared<simdjson::padded_string>(line)] {
    simdjson::ondemand::document document = parser->iterate(*padded);
    simdjson::ondemand::object object = document.get_object();
    const std::string_view id = object["id"];
    const std::string_view type = object["msg_type"];
    const std::string_view from = object["from_peer"];
    const std::int64_t timestamp = object["timestamp"];
    const std::string_view payload = simdjson::to_json_string(object["payload"]);
    benchmark::DoNotOptimize(id.size() + type.size() + from.size() + payload.size());
    benchmark::DoNotOptimize(timestamp);
  };
}

auto Nlohmann(std::string_view line) {
  return [line] {
    const nlohmann::json message = nlohmann::json::parse(line, nullptr, false);
    benchmark::DoNotOptimize(message["timestamp"].get<std::int64_t>());
  };
}

[[maybe_unused]] const auto* const kHeartbeatSimdjson =
    RunPaired("ReadHeartbeat/simdjson", Ours(kHeartbeat), Simdjson(kHeartbeat), 1.7);
[[maybe_unused]] const auto* const kHeartbeatNlohmann =
    RunPaired("ReadHeartbeat/nlohmann", Ours(kHeartbeat), Nlohmann(kHeartbeat), 0.2);
[[maybe_unused]] const auto* const kSnapshotSimdjson =
    RunPaired("ReadSnapshot/simdjson", Ours(Snapshot()), Simdjson(Snapshot()), 4);
[[maybe_unused]] const auto* const kSnapshotNlohmann =
    RunPaired("ReadSnapshot/nlohmann", Ours(Snapshot()), Nlohmann(Snapshot()), 0.1);

}  // namespace
