// SPDX-License-Identifier: MIT
//
// The worked example of docs/protocol.md, section 4.1, read out of the document itself.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>

#include "cctl/base/bytes.h"
#include "cctl/base/hex.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite_link.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_key.h"

namespace cctl {
namespace {

// The values of the first block of lines "NAME  VALUE" under the heading "Worked example".
std::map<std::string, std::string> WorkedExample() {
  std::ifstream document("docs/protocol.md");
  std::map<std::string, std::string> values;
  bool in_example = false, in_block = false;
  for (std::string line; std::getline(document, line);) {
    if (line.find("Worked example") != std::string::npos) in_example = true;
    if (!in_example) continue;
    if (line == "```") {
      if (in_block) break;
      in_block = true;
    } else if (in_block) {
      std::istringstream words(line);
      std::string name, value;
      words >> name >> value;
      values[name] = value;
    }
  }
  return values;
}

std::string Hex(ByteView bytes) {
  std::string text(2 * bytes.size(), '\0');
  EncodeHex(bytes, text.data());
  return text;
}

TEST(ProtocolDocument, WorkedExampleOfTheHandshakeIsRight) {
  const auto values = WorkedExample();
  ASSERT_EQ(values.size(), 7u);
  const auto link = ParseInviteLink("cctl://laptop-a3f2@192.168.1.50:9847/k/a3f29b1cd4e5f678");
  ASSERT_TRUE(link);
  const Psk key = DerivePsk(link->code);
  EXPECT_EQ(values.at("key"), Hex(key.bytes()));
  const auto nonce = Nonce::Parse(values.at("N"));
  const auto client_nonce = Nonce::Parse(values.at("M"));
  const auto joiner = Identity::Parse("desktop-b7c1");
  ASSERT_TRUE(nonce && client_nonce && joiner);

  EXPECT_EQ(values.at("P"), Hex(ConnectorProof(key, *nonce)));
  EXPECT_EQ(values.at("Q"), Hex(ListenerProof(key, link->identity, *joiner, *client_nonce, *nonce)));
  const Psk rotated = RotatePsk(key, *client_nonce, *nonce, *joiner, link->identity);
  EXPECT_EQ(values.at("K"), Hex(rotated.bytes()));
  EXPECT_EQ(values.at("R"), Hex(ConfirmProof(rotated, *client_nonce, *nonce)));
}

TEST(ProtocolDocument, TheTailnetKeyIsRight) {
  std::ifstream document("docs/protocol.md");
  const std::string text{std::istreambuf_iterator<char>(document), {}};
  const Psk key =
      DeriveTailnetPsk(StableId::Parse("nLAPTOPa3f2CNTRL").value(), StableId::Parse("nCIRUNNER9d1eCNTRL").value());
  EXPECT_NE(text.find(Hex(key.bytes())), std::string::npos);
}

}  // namespace
}  // namespace cctl
