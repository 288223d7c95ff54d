// SPDX-License-Identifier: MIT
//
// One whole join as the released claudectl 0.64.0 (Rust) spoke it on TCP, recorded; newlines left out.

#ifndef CCTL_TESTS_SUPPORT_RECORDED_JOIN_H_
#define CCTL_TESTS_SUPPORT_RECORDED_JOIN_H_

#include <cstdint>
#include <string_view>

namespace cctl::testing::recorded {

inline constexpr std::string_view kLink = "cctl://alpha-cda2c8d3@127.0.0.1:9950/k/e6e285ae9cb36d94";
inline constexpr std::string_view kPskHex = "e6e285ae9cb36d94d38f9cd6c51083f7f6be45867ff4c120641ac54f3ec82d4a";
inline constexpr std::string_view kListener = "alpha-cda2c8d3";
inline constexpr std::string_view kJoiner = "beta-18c17d7e";
inline constexpr std::string_view kNonce = "5610a8506b7cbad460c722fe0880e0a69db7d45f9d39aab4dd5ce15760767489";
inline constexpr std::int64_t kTimestamp = 1795422026237;

inline constexpr std::string_view kChallenge =
    R"({"id":"msg_1795422026237_0","msg_type":"challenge","from_peer":"","timestamp":1795422026237,)"
    R"("payload":{"nonce":"5610a8506b7cbad460c722fe0880e0a69db7d45f9d39aab4dd5ce15760767489"}})";
inline constexpr std::string_view kHandshake =
    R"({"id":"msg_1795422026237_0","msg_type":"handshake","from_peer":"beta-18c17d7e","timestamp":1795422026237,)"
    R"("payload":{"proof":"e3cbf03394d2e1417ecda69ea2b1fba0988e79bc33fb8eae81ebff923501694b","version":"0.64.0"}})";
inline constexpr std::string_view kAck =
    R"({"id":"msg_1795422026237_1","msg_type":"handshake_ack","from_peer":"alpha-cda2c8d3",)"
    R"("timestamp":1795422026237,"payload":{"status":"ok"}})";

}  // namespace cctl::testing::recorded

#endif  // CCTL_TESTS_SUPPORT_RECORDED_JOIN_H_
