// SPDX-License-Identifier: MIT

#include "tools/claudectl/tui/state.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tools/claudectl/tui/keys.h"

namespace cctl::cli::tui {
namespace {

nlohmann::json Json(std::string_view text) { return nlohmann::json::parse(text); }

State Taken(std::string_view nearby, std::string_view peers = R"({"peers":[]})",
            std::string_view requests = R"({"requests":[]})", State state = {}) {
  TakeAnswers(Json(R"({"identity":"me-1","listen_addr":"0.0.0.0:9847","lan":{"enabled":true},"sessions":2})"),
              Json(peers), Json(nearby), Json(requests), state);
  return state;
}

constexpr std::string_view kTwo =
    R"({"peers":[{"identity":"a-1","addr":"10.0.0.1:9847","version":"1"},{"identity":"b-2","addr":"10.0.0.2:1000","version":"1"}]})";

Action Press(char c, State& state) { return HandleKey({Key::kCharacter, c}, state); }

TEST(TuiState, IsWhatTheRelayAnswers) {
  const State state =
      Taken(kTwo, R"({"peers":[{"peer_id":"a-1","addr":"10.0.0.1:9847","state":"connected","via":"tailscale"}]})",
            R"({"requests":[{"id":"1f3a","identity":"c-3","addr":"10.0.0.3","check":"481 516"}]})");
  EXPECT_EQ(state.identity, "me-1");
  EXPECT_EQ(state.sessions, 2u);
  EXPECT_EQ(state.heard, 2u);
  ASSERT_EQ(state.nearby.size(), 1u) << "who is paired is not listed twice";
  EXPECT_EQ(state.nearby[0].identity, "b-2");
  EXPECT_EQ(state.nearby[0].addr, "10.0.0.2:1000");
  ASSERT_EQ(state.paired.size(), 1u);
  EXPECT_EQ(state.paired[0].addr, "10.0.0.1") << "the usual port says nothing";
  EXPECT_TRUE(state.paired[0].in_tailnet);
  ASSERT_EQ(state.requests.size(), 1u);
  EXPECT_EQ(state.requests[0].check, "481 516");
}

TEST(TuiState, WhatOthersSayIsMadePrintable) {
  const State state = Taken(R"({"peers":[{"identity":"a\u001b[31m","addr":"x\u202e","version":"\n"}]})");
  EXPECT_EQ(state.nearby[0].identity, "a?[31m");
  EXPECT_EQ(state.nearby[0].addr, "x?");
  EXPECT_EQ(state.nearby[0].version, "?");
}

TEST(TuiState, ChoiceStaysWithTheSameMachine) {
  State state = Taken(kTwo);
  (void)Press('P', state);
  (void)Press('j', state);
  EXPECT_EQ(state.selected, 1u);
  state = Taken(R"({"peers":[{"identity":"0-0"},{"identity":"a-1"},{"identity":"b-2"}]})", R"({"peers":[]})",
                R"({"requests":[]})", state);
  EXPECT_EQ(state.nearby[state.selected].identity, "b-2");
  state = Taken(R"({"peers":[{"identity":"a-1"}]})", R"({"peers":[]})", R"({"requests":[]})", state);
  EXPECT_EQ(state.selected, 0u);
  state = Taken(R"({"peers":[]})", R"({"peers":[]})", R"({"requests":[]})", state);
  EXPECT_EQ(HandleKey({Key::kEnter}, state).kind, ActionKind::kNone) << "there is nobody to choose";
}

TEST(TuiState, KeysChooseAndAsk) {
  State state = Taken(kTwo);
  EXPECT_EQ(HandleKey({Key::kEnter}, state).kind, ActionKind::kNone) << "not where nobody is shown";
  (void)Press('P', state);
  EXPECT_EQ(state.page, Page::kPeers);
  EXPECT_EQ(HandleKey({Key::kEnter}, state).subject, "a-1");
  (void)HandleKey({Key::kDown}, state);
  (void)Press('j', state);  // there is no third
  EXPECT_EQ(HandleKey({Key::kEnter}, state).subject, "b-2");
  (void)Press('k', state);
  (void)HandleKey({Key::kUp}, state);
  EXPECT_EQ(HandleKey({Key::kEnter}, state).subject, "a-1");
  (void)HandleKey({Key::kEscape}, state);
  EXPECT_EQ(state.page, Page::kEvents);
  EXPECT_EQ(Press('q', state).kind, ActionKind::kQuit);
  EXPECT_EQ(Press('x', state).kind, ActionKind::kNone);
}

TEST(TuiState, RequestIsAnsweredByTheOldestsId) {
  State state =
      Taken(kTwo, R"({"peers":[]})", R"({"requests":[{"id":"0001","identity":"c-3"},{"id":"0002","identity":"c-3"}]})");
  EXPECT_EQ(Press('y', state).subject, "0001");
  EXPECT_EQ(Press('n', state).kind, ActionKind::kDeny);
  state.requests.clear();
  EXPECT_EQ(Press('y', state).kind, ActionKind::kNone);
}

TEST(TuiState, LinkThatWasShownIsNotKept) {
  State state = Taken(kTwo);
  state.page = Page::kInvite;
  state.invite = "secret";
  state.qr_code = {"##"};
  (void)HandleKey({Key::kEscape}, state);
  EXPECT_TRUE(state.invite.empty());
  EXPECT_TRUE(state.qr_code.empty());
  EXPECT_EQ(Press('i', state).kind, ActionKind::kInvite);
  state.page = Page::kInvite;
  state.invite = "secret";
  EXPECT_EQ(Press('i', state).kind, ActionKind::kNone) << "not another one";
  EXPECT_EQ(state.page, Page::kEvents);
  EXPECT_TRUE(state.invite.empty());
  state.invite = "secret";
  (void)Press('P', state);
  EXPECT_TRUE(state.invite.empty());
}

}  // namespace
}  // namespace cctl::cli::tui
