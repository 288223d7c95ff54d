// SPDX-License-Identifier: MIT
//
// Any bytes as a pair request and as a pair response. What is accepted keeps the limits and says the same after it has
// been written again; and a listener that is given them asks about nothing else.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/pair_messages.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto request = cctl::ParsePairRequest(line);
  if (request) {
    std::string once;
    cctl::AppendPairRequest(once, *request);
    Check(once.find('\n') == once.size() - 1);
    const auto again = cctl::ParsePairRequest(once);
    Check(again && again->from == request->from && again->proposal == request->proposal &&
          again->version == request->version && again->port == request->port);
  }
  const auto response = cctl::ParsePairResponse(line);
  if (response) {
    std::string once;
    cctl::AppendPairResponse(once, *response);
    const auto again = cctl::ParsePairResponse(once);
    Check(again && again->from == response->from && again->status == response->status && !request);
  }
  const auto self = *cctl::Identity::Parse("laptop-a3f2");
  cctl::ListenerHandshake listener({self, *cctl::Nonce::Parse(std::string(64, '0'))}, cctl::Instant{});
  constexpr std::uint8_t kTag[] = {1, 2, 3, 4};
  cctl::MessageIds ids(kTag);
  (void)listener.PollTransmit(ids, cctl::UnixTime{});
  listener.HandleLine(cctl::Instant{}, line);
  const auto event = listener.PollEvent();
  const bool asked = event && std::holds_alternative<cctl::ListenerHandshake::PairRequested>(*event);
  Check(asked == (request && !cctl::SameName(request->from, self)));
  return 0;
}
