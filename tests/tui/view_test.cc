// SPDX-License-Identifier: MIT
//
// The screen as text: each test is a picture.

#include "tools/claudectl/tui/view.h"

#include <gtest/gtest.h>

#include <string>

#include "tools/claudectl/tui/screen.h"
#include "tools/claudectl/tui/state.h"

namespace cctl::cli::tui {
namespace {

State Sample() {
  State state;
  state.identity = "desktop-b7c1";
  state.listen_addr = "0.0.0.0:9847";
  state.lan = true;
  state.heard = 3;
  state.sessions = 1;
  state.nearby = {{"laptop-a3f2", "192.168.1.50", "0.36.0"}, {"ci-runner-9d1e", "192.168.1.101", "0.36.0"}};
  state.paired = {{"phone-77aa", "192.168.1.42", "connected", false}, {"nas-0b0b", "100.64.0.3", "disconnected", true}};
  return state;
}

TEST(View, EventsAndTheStatusBar) {
  State state = Sample();
  AddLog("08:00:00 peer_connected phone-77aa 192.168.1.42:50123", state);
  AddLog("08:00:05 peer_discovered laptop-a3f2 192.168.1.50:9847 0.36.0", state);
  EXPECT_EQ(Draw(state, {10, 80}).Text(),
            "claudectl relay  desktop-b7c1 on 0.0.0.0:9847\n"
            "08:00:00 peer_connected phone-77aa 192.168.1.42:50123\n"
            "08:00:05 peer_discovered laptop-a3f2 192.168.1.50:9847 0.36.0\n"
            "\n\n\n\n\n\n"
            "LAN: 3 peers nearby   1 session                P peers  i invite  ? keys  q quit\n");
}

TEST(View, QuestionFitsTheWindow) {
  State state = Sample();
  state.requests = {{"1f3a", "tablet-1111", "192.168.1.9", "481 516"}};
  const auto last = [&state](int columns) {
    const std::string text = Draw(state, {10, columns}).Text();
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  EXPECT_EQ(last(80), "Pair request from tablet-1111 (192.168.1.9), check 481 516 - approve? (y/n)\n");
  EXPECT_EQ(last(60), "tablet-1111 (192.168.1.9), check 481 516 - approve? (y/n)\n");
  EXPECT_EQ(last(40), "tablet-1111, check 481 516? (y/n)\n");
  state.requests[0].identity = std::string(60, 'x');
  EXPECT_TRUE(last(40).starts_with("(y/n)? xxx"));
}

TEST(View, OnlyTheLatestEventsFit) {
  State state = Sample();
  for (int i = 0; i < 500; ++i) AddLog("event " + std::to_string(i), state);
  EXPECT_EQ(state.log.size(), kMaxLog);
  const std::string text = Draw(state, {10, 60}).Text();
  EXPECT_EQ(text.find("event 491\n"), std::string::npos);
  EXPECT_NE(text.find("event 492\n"), std::string::npos);
  EXPECT_NE(text.find("event 499\n"), std::string::npos);
}

TEST(View, PeersInTheirThreeGroups) {
  State state = Sample();
  state.page = Page::kPeers;
  state.team = {"ci-runner-9d1e"};
  state.requests = {{"1f3a", "tablet-1111", "192.168.1.9", "481 516"},
                    {"2b2b", "other-2222", "192.168.1.8", "000 111"}};
  EXPECT_EQ(Draw(state, {15, 70}).Text(),
            "claudectl relay  desktop-b7c1 on 0.0.0.0:9847\n"
            " ┌─ Nearby Peers ───────────────────────────────────────────────────┐\n"
            " │ ● laptop-a3f2     192.168.1.50   v0.36.0                  [Pair] │\n"
            " │ ● ci-runner-9d1e  192.168.1.101  v0.36.0       team       [Pair] │\n"
            " │                                                                  │\n"
            " │ Want to pair with this machine:                                  │\n"
            " │ ? tablet-1111     192.168.1.9    481 516                   [y/n] │\n"
            " │ ? other-2222      192.168.1.8    000 111                         │\n"
            " │                                                                  │\n"
            " │ Already paired:                                                  │\n"
            " │ ✓ phone-77aa      192.168.1.42   connected                       │\n"
            " │ ○ nas-0b0b        100.64.0.3     disconnected  tailnet           │\n"
            " └──────────────────────────────────────────────────────────────────┘\n"
            "\n"
            "tablet-1111 (192.168.1.9), check 481 516 - approve? (y/n)\n");
}

TEST(View, TheChosenOneIsInSightInASmallWindow) {
  State state;
  state.lan = true;
  for (int i = 0; i < 30; ++i) state.nearby.push_back({"host-" + std::to_string(i), "10.0.0.1", "1"});
  state.page = Page::kPeers;
  for (const std::size_t selected : {0u, 5u, 6u, 29u}) {
    state.selected = selected;
    const std::string text = Draw(state, {10, 40}).Text();
    EXPECT_NE(text.find("● host-" + std::to_string(selected) + " "), std::string::npos) << text;
  }
}

TEST(View, NobodyAndNoLan) {
  State state;
  state.identity = "a-1";
  state.page = Page::kPeers;
  EXPECT_NE(Draw(state, {10, 40}).Text().find("Discovery on the LAN is off."), std::string::npos);
  EXPECT_NE(Draw(state, {10, 40}).Text().find("LAN: off"), std::string::npos);
  EXPECT_NE(Draw(state, {10, 40}).Text().find("a-1, not listening"), std::string::npos);
  state.lan = true;
  EXPECT_NE(Draw(state, {10, 40}).Text().find("Nobody else is nearby."), std::string::npos);
}

TEST(View, WideAndCombiningCharactersKeepTheColumns) {
  State state;
  state.lan = true;
  state.page = Page::kPeers;
  state.nearby = {{"\u65e5\u672c", "10.0.0.1", "1"}, {"e\u0301te\u0301", "10.0.0.2", "1"}, {"abcd", "10.0.0.3", "1"}};
  const Screen screen = Draw(state, {10, 50});
  int column = -1;
  for (int row = 0; row < 10; ++row) {
    for (int c = 0; c + 5 < 50; ++c) {
      if (screen.At(row, c).glyph != "1" || screen.At(row, c + 1).glyph != "0" || screen.At(row, c + 2).glyph != ".") {
        continue;
      }
      if (column < 0) column = c;
      EXPECT_EQ(c, column) << row;
      break;
    }
    if (screen.At(row, 1).glyph == "│") {
      EXPECT_EQ(screen.At(row, 48).glyph, "│") << row;
    }
  }
  EXPECT_GT(column, 0);
}

TEST(View, EveryWindowSizeIsDrawnWithoutHarm) {
  State state = Sample();
  state.requests = {{"1f3a", "tablet-1111", "192.168.1.9", "481 516"}};
  state.invite = "claudectl relay join cctl://desktop-b7c1@192.168.1.50:9847/k/0123456789abcdef";
  state.qr_code.assign(20, std::string(40, '#'));
  for (const Page page : {Page::kEvents, Page::kPeers, Page::kHelp, Page::kInvite}) {
    state.page = page;
    for (int rows = 1; rows <= 30; ++rows) {
      for (int columns = 1; columns <= 90; columns += 7) {
        const Screen screen = Draw(state, {rows, columns});
        EXPECT_EQ(screen.size(), (Size{rows, columns}));
      }
    }
  }
  EXPECT_EQ(Draw(state, {9, 60}).Text().substr(0, 26), "40 by 10 at least, please\n");
}

TEST(View, CodeThatDoesNotFitIsNotCut) {
  State state = Sample();
  state.page = Page::kInvite;
  state.invite = "claudectl relay join cctl://x";
  state.qr_code.assign(12, std::string(30, '#'));
  EXPECT_NE(Draw(state, {16, 40}).Text().find("####"), std::string::npos);
  for (const Size size : {Size{15, 40}, Size{16, 29 + 11}}) {
    const std::string text = Draw(state, size).Text();
    const bool whole = text.find(std::string(30, '#')) != std::string::npos;
    EXPECT_EQ(whole, size.rows == 16) << text;
    EXPECT_NE(text.find("claudectl relay join cctl://x"), std::string::npos);
  }
}

}  // namespace
}  // namespace cctl::cli::tui
