// SPDX-License-Identifier: MIT

#include "cctl/project/peers_file.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "cctl/project/toml_document.h"

namespace cctl {
namespace {

constexpr std::string_view kExample = R"(# Team claudectl relay peers
# Add your identity with: claudectl relay project-add
# Connect with: claudectl relay project-connect

[[peers]]
identity = "laptop-a3f2"
name = "Barada's laptop"            # human-friendly name
addr = "192.168.1.50:9847"          # last known address (optional)
tailscale = "laptop.tail1234.ts.net" # Tailscale hostname (optional)

[[peers]]
identity = "ci-runner-9d1e"
name = "CI runner"
addr = "10.0.0.42:9847"
)";

// Each fault as line:column: message.
std::vector<std::string> FaultsOf(std::string_view text) {
  std::vector<std::string> out;
  for (const TomlFault& fault : ParsePeersFile(text).faults) {
    out.push_back(std::to_string(fault.line) + ":" + std::to_string(fault.column) + ": " + fault.message);
  }
  return out;
}
using Texts = std::vector<std::string>;

TEST(PeersFile, ReadsTheExample) {
  const PeersFile file = ParsePeersFile(kExample);
  EXPECT_TRUE(file.faults.empty());
  ASSERT_EQ(file.peers.size(), 2u);
  const ProjectPeer& laptop = file.peers[0];
  EXPECT_EQ(laptop.identity.view(), "laptop-a3f2");
  EXPECT_EQ(laptop.name, "Barada's laptop");
  EXPECT_EQ(laptop.addr->host.view(), "192.168.1.50");
  EXPECT_EQ(laptop.addr->port, 9847);
  EXPECT_EQ(laptop.tailscale->view(), "laptop.tail1234.ts.net");
  EXPECT_EQ(laptop.line, 5u);
  EXPECT_EQ(file.peers[1].identity.view(), "ci-runner-9d1e");
  EXPECT_FALSE(file.peers[1].tailscale);
  EXPECT_EQ(file.peers[1].line, 11u);
}

TEST(PeersFile, ReadsEveryFormThatTomlHas) {
  for (const char* text :
       {"peers = [{identity = 'a', addr = '[::1]'}]", "[['peers']]\n\"identity\" = \"\"\"a\"\"\"\naddr = '[::1]:9847'",
        "\xef\xbb\xbf[[peers]]\r\nidentity = \"\\u0061\"\r\naddr = \"[::1]\""}) {
    const PeersFile file = ParsePeersFile(text);
    ASSERT_EQ(file.peers.size(), 1u) << text;
    EXPECT_TRUE(file.faults.empty());
    EXPECT_EQ(file.peers[0].identity.view(), "a");
    EXPECT_EQ(file.peers[0].addr->host.view(), "::1");
    EXPECT_EQ(file.peers[0].addr->port, 9847);
  }
}

TEST(PeersFile, LeavesOtherKeysAndTablesAlone) {
  EXPECT_EQ(FaultsOf("x = 1\n[[peers]]\nidentity = 'a'\nrole = ['lead']\n[peers.ssh]\nuser = 1\n[build]\npeers = 2\n"),
            Texts{});
  for (const char* nobody : {"", "# nobody\n", "peers = []", "[other]\npeers = 3"}) {
    EXPECT_EQ(FaultsOf(nobody), Texts{});
    EXPECT_TRUE(ParsePeersFile(nobody).peers.empty());
  }
}

TEST(PeersFile, NamesEachFaultWithItsPlace) {
  struct Row {
    std::string text;
    Texts faults;
  };
  const std::string entry = "[[peers]]\nidentity = 'a'\n";
  const std::string deep(40, '[');
  for (const Row& row : {
           Row{"peers = 'a'", {"1:9: peers: expected an array of tables, each begun by [[peers]]"}},
           Row{"\n[peers]\nidentity = 'a'", {"2:1: peers: expected an array of tables, each begun by [[peers]]"}},
           Row{"peers = ['a']", {"1:10: peers: expected a table"}},
           Row{"[[peers]]\nname = 'x'", {"1:1: identity is missing"}},
           Row{"peers = [{ }, {identity = 'a'}]", {"1:10: identity is missing"}},
           Row{"[[peers]]\nidentity = 7", {"2:12: identity: expected a text"}},
           Row{"[[peers]]\nidentity = ''", {"2:12: identity:  is not an identity: 1 to 128 letters, digits, - and _"}},
           Row{"[[peers]]\n  identity = 'lap/top'",
               {"2:14: identity: lap/top is not an identity: 1 to 128 letters, digits, - and _ (wrong at character "
                "4)"}},
           Row{"[[peers]]\nidentity = '../x'",
               {"2:12: identity: ../x is not an identity: 1 to 128 letters, digits, - and _ (wrong at character 1)"}},
           Row{"[[peers]]\nidentity = \"a\\u001b[31m\"",
               {"2:12: identity: a?[31m is not an identity: 1 to 128 letters, digits, - and _ (wrong at character 2)"}},
           Row{entry + entry, {"4:12: identity: a has an entry already, in line 1"}},
           Row{entry + "[[peers]]\nidentity = 'A'", {"4:12: identity: A has an entry already, in line 1"}},
           Row{entry + "name = 3", {"3:8: name: expected a text"}},
           Row{entry + "name = '" + std::string(129, 'x') + "'", {"3:8: name: longer than 128 bytes"}},
           Row{entry + "addr = 9847", {"3:8: addr: expected a text"}},
           Row{entry + "addr = '10.0.0.1:0'",
               {"3:8: addr: 10.0.0.1:0 is not an address, host:port (wrong at character 10)"}},
           Row{entry + "addr = '10.0.0.1:65536'",
               {"3:8: addr: 10.0.0.1:65536 is not an address, host:port (wrong at character 10)"}},
           Row{entry + "addr = '10.0.0.256:1'",
               {"3:8: addr: 10.0.0.256:1 is not an address, host:port (wrong at character 8)"}},
           Row{entry + "addr = 'x y'", {"3:8: addr: x y is not an address, host:port (wrong at character 2)"}},
           Row{entry + "addr = 'host:'", {"3:8: addr: host: is not an address, host:port"}},
           Row{entry + "tailscale = 'a_b'",
               {"3:13: tailscale: a_b is not a host name or an address (wrong at character 2)"}},
           Row{entry + "tailscale = false", {"3:13: tailscale: expected a text"}},
           Row{"[[peers]]\nidentity = 1\naddr = 2\n[[peers]]\nname = 3",
               {"2:12: identity: expected a text", "3:8: addr: expected a text", "4:1: identity is missing",
                "5:8: name: expected a text"}},
           Row{"x = 1\nx = 2", {"2:5: Error while parsing key-value pair: cannot redefine existing integer 'x'"}},
           Row{"x = \xff", {"1:5: this is no UTF-8"}},
           Row{"# Bär \xff", {"1:7: this is no UTF-8"}},
           Row{"k = " + deep, {"1:21: nested deeper than 16 levels"}},
           Row{"k = 1\na.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q = 1", {"2:33: nested deeper than 16 levels"}},
           Row{"[[peers]\nidentity = 'a'", {"1:8: expected ]]"}},
           Row{"[\x01]", {"1:2: a control character"}},
           Row{"k = 1\rl = 2", {"1:6: a control character"}},
           Row{"k = \"x\n", {"1:7: expected a closing quote"}},
           Row{"k = [1,\n {a = 2\n}]", {"2:8: expected , or }"}},
           Row{"k = 1 2 3", {"1:7: Error while parsing key-value pair: expected a comment or whitespace, saw '2'"}},
           Row{"# " + std::string(kMaxPeersFileSize, 'x'), {"1:1: larger than 256 KiB"}},
       }) {
    EXPECT_EQ(FaultsOf(row.text), row.faults) << row.text.substr(0, 200);
  }
}

TEST(PeersFile, BoundsPeersAndFaults) {
  std::string text;
  for (int i = 0; i < 256; ++i) text += "[[peers]]\nidentity = 'p" + std::to_string(i) + "'\n";
  EXPECT_TRUE(FaultsOf(text).empty());
  EXPECT_EQ(ParsePeersFile(text).peers.size(), kMaxProjectPeers);
  EXPECT_EQ(FaultsOf(text + "[[peers]]\nidentity = 'more'\n[[peers]]\n"), (Texts{"513:1: more than 256 peers"}));
  std::string faulty;
  for (int i = 0; i < 250; ++i) faulty += "[[peers]]\n";
  EXPECT_EQ(FaultsOf(faulty).size(), kMaxPeersFaults);
}

// Hostile nesting that toml++ alone would take.
TEST(PeersFile, SurvivesDeepKeysOfEveryForm) {
  std::string dots;
  while (dots.size() < 200'000) dots += "a.";
  for (const std::string& text :
       {dots + "a = 1", "[" + dots + "a]", "k = {" + dots + "a = 1}", "k = [[[{" + dots + "a = 1}]]]",
        "k = '\n" + dots + "a = 1", "k = \"\"\"\n\"\"\" x\n" + dots + "a = 1"}) {
    EXPECT_EQ(ParsePeersFile(text).faults.size(), 1u);
  }
}

TEST(PeersFile, ReadsEveryPrefixOfTheExample) {
  for (std::size_t size = 0; size <= kExample.size(); ++size) {
    const PeersFile file = ParsePeersFile(kExample.substr(0, size));
    EXPECT_LE(file.peers.size(), 2u);
    EXPECT_LE(file.faults.size(), 1u) << size;
  }
}

}  // namespace
}  // namespace cctl
