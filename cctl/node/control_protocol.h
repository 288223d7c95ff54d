// SPDX-License-Identifier: MIT
//
// JSON-RPC 2.0 (https://www.jsonrpc.org/specification) as the control socket speaks it (docs/protocol.md, section 8):
// one object per line, no batches, `params` an object or absent. The socket's permissions say who may speak; what comes
// is still checked, since a mistake of a user's own program must not end the relay. No exceptions: nlohmann/json is
// only asked for what it was seen to hold.
//
//   Outcome<ControlRequest, nlohmann::json> request = ParseControlRequest(line);
//   Send(request ? FormatControlResult(request->id, Handle(*request)) : FormatLine(request.error()));

#ifndef CCTL_NODE_CONTROL_PROTOCOL_H_
#define CCTL_NODE_CONTROL_PROTOCOL_H_

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/base/errc.h"
#include "cctl/base/secret.h"
#include "cctl/node/outcome.h"
#include "cctl/wire/json_reader.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {

inline constexpr std::size_t kMaxControlLine = 2 * 1024 * 1024;    // a message of 1 MiB, escaped, with room around it
inline constexpr std::size_t kMaxControlUnsent = 4 * 1024 * 1024;  // of a subscriber that does not read
inline constexpr std::size_t kMaxControlClients = 64;
inline constexpr unsigned kMaxControlDepth = kMaxJsonDepth;  // a value is copied and printed by recursion

// The specification's codes (section 5.1) and ours for what a command itself reports; `data.code` then says what.
inline constexpr int kRpcParseError = -32700;
inline constexpr int kRpcInvalidRequest = -32600;
inline constexpr int kRpcMethodNotFound = -32601;
inline constexpr int kRpcInvalidParams = -32602;
inline constexpr int kRpcApplicationError = -32000;

struct ControlRequest {
  nlohmann::json id;          // a string or a number; null where `notification`
  bool notification = false;  // wants no answer, not even an error
  std::string method;
  nlohmann::json params;  // an object
};

// One line. Bytes that are no UTF-8 in our own texts become U+FFFD instead of an error.
inline std::string FormatControlLine(const nlohmann::json& object) {
  std::string line = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  line.push_back('\n');
  return line;
}

inline nlohmann::json MakeRpcError(const nlohmann::json& id, int code, std::string_view message) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", message}}}};
}

inline nlohmann::json MakeRpcResult(const nlohmann::json& id, const nlohmann::json& result) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"result", result}};
}

// A command's failure: `data` is what the command line prints as `error`, without the message.
inline nlohmann::json MakeRpcFailure(const nlohmann::json& id, const Failure& failure) {
  nlohmann::json error = MakeRpcError(id, kRpcApplicationError, failure.message);
  nlohmann::json data = {{"code", ErrcName(failure.code)}};
  if (!failure.hint.empty()) data["hint"] = failure.hint;
  error["error"]["data"] = std::move(data);
  return error;
}

inline nlohmann::json MakeRpcNotification(std::string_view method, const nlohmann::json& params) {
  return {{"jsonrpc", "2.0"}, {"method", method}, {"params", params}};
}

// Reads one line. The error is the complete answer to send; null: none, because a notification gets none.
inline Outcome<ControlRequest, nlohmann::json> ParseControlRequest(std::string_view line) {
  const auto valid = ValidateJson(line, {.size = kMaxControlLine, .depth = kMaxControlDepth});
  if (!valid && valid.error().code == Errc::kTooDeep) return MakeRpcError(nullptr, kRpcParseError, "nested too deeply");
  nlohmann::json request = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (request.is_discarded()) return MakeRpcError(nullptr, kRpcParseError, "not JSON");
  const auto invalid = [](const nlohmann::json& id, std::string_view why) {
    return MakeRpcError(id, kRpcInvalidRequest, why);
  };
  if (request.is_array()) return invalid(nullptr, "batches are not supported");
  if (!request.is_object()) return invalid(nullptr, "a request is an object");
  ControlRequest out;
  const auto id = request.find("id");
  out.notification = id == request.end();
  if (!out.notification) {
    if (!id->is_string() && !id->is_number() && !id->is_null()) return invalid(nullptr, "id is a string or a number");
    out.id = *id;
  }
  const auto version = request.find("jsonrpc");
  if (version == request.end() || *version != "2.0") return invalid(out.id, "jsonrpc is \"2.0\"");
  const auto method = request.find("method");
  if (method == request.end() || !method->is_string()) return invalid(out.id, "method is a string");
  out.method = method->get_ref<const std::string&>();
  const auto params = request.find("params");
  out.params = params == request.end() ? nlohmann::json::object() : std::move(*params);
  if (out.params.is_object()) return out;
  if (out.notification) return nlohmann::json(nullptr);
  return MakeRpcError(out.id, kRpcInvalidParams, "params is an object");
}

// Wipes the texts in a value that ParseControlRequest has made: links and codes are among them.
inline void WipeTexts(nlohmann::json& value) {
  if (auto* const text = value.get_ptr<std::string*>()) Wipe(text->data(), text->size());
  if (!value.is_structured()) return;
  for (nlohmann::json& one : value) WipeTexts(one);
}

// The failure that an answer's `error` says: what MakeRpcFailure wrote, or one of the specification's own.
inline Failure FailureOfRpcError(const nlohmann::json& error) {
  Failure failure{Errc::kProtocol, "the relay's answer is not understood"};
  if (!error.is_object()) return failure;
  const auto message = error.find("message");
  if (message != error.end() && message->is_string()) failure.message = message->get_ref<const std::string&>();
  const auto number = error.find("code");
  // A relay of another version, which does not know the method or what it is given.
  if (number != error.end() && *number == kRpcMethodNotFound) failure.code = Errc::kUnsupported;
  if (number != error.end() && *number == kRpcInvalidParams) failure.code = Errc::kUsage;
  const auto data = error.find("data");
  if (data == error.end() || !data->is_object()) return failure;
  const auto code = data->find("code");
  if (code != data->end() && code->is_string()) {
    for (int i = 0; i < kErrcCount; ++i) {
      if (*code == ErrcName(static_cast<Errc>(i))) failure.code = static_cast<Errc>(i);
    }
  }
  const auto hint = data->find("hint");
  if (hint != data->end() && hint->is_string()) failure.hint = hint->get_ref<const std::string&>();
  return failure;
}

}  // namespace cctl

#endif  // CCTL_NODE_CONTROL_PROTOCOL_H_
