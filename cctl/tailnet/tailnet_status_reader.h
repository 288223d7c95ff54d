// SPDX-License-Identifier: MIT
//
// Reads what `tailscale status --json` prints (ipn/ipnstate.Status of Tailscale 1.103): which state the daemon is in,
// who this machine is in the tailnet, and who else there is. Reads only what is needed, as it goes by: members that are
// missing, null, unknown or of another type are as if they were not there, since Tailscale does not promise this form.
// Names in it come from other nodes. Bounded in depth and in the number of peers; no exception.
//
//   const auto status = cctl::ParseTailnetStatus(output);
//   if (status && status->state == cctl::TailnetState::kRunning) ...

#ifndef CCTL_TAILNET_TAILNET_STATUS_READER_H_
#define CCTL_TAILNET_TAILNET_STATUS_READER_H_

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_node.h"
#include "cctl/tailnet/tailnet_status.h"

namespace cctl {

// Many times the largest tailnets that are known; what is beyond is left out.
inline constexpr std::size_t kMaxTailnetPeers = 20'000;

// Deeper than any document of Tailscale's.
inline constexpr std::size_t kMaxTailnetDepth = 64;

inline constexpr TailnetState ParseTailnetState(std::string_view text) {
  if (text == "Running") return TailnetState::kRunning;
  if (text == "Starting") return TailnetState::kStarting;
  if (text == "Stopped") return TailnetState::kStopped;
  if (text == "NeedsLogin") return TailnetState::kNeedsLogin;
  if (text == "NeedsMachineAuth") return TailnetState::kNeedsApproval;
  if (text == "InUseOtherUser") return TailnetState::kInUseOtherUser;
  return TailnetState::kNoState;
}

namespace detail {

// The events of nlohmann/json's parser; what each returns says whether to go on.
class TailnetStatusReader {
 public:
  using Json = nlohmann::json;

  bool null() { return true; }
  bool boolean(bool value) { return TakeFlag(value), true; }
  bool number_integer(Json::number_integer_t value) { return TakeNumber(value), true; }
  bool number_unsigned(Json::number_unsigned_t value) {
    if (value <= std::uint64_t{INT64_MAX}) TakeNumber(static_cast<std::int64_t>(value));
    return true;
  }
  bool number_float(Json::number_float_t, const std::string&) { return true; }
  bool string(std::string& value) { return TakeText(value), true; }
  bool binary(Json::binary_t&) { return true; }

  bool start_object(std::size_t) {
    Place next = Place::kElsewhere;
    if (places_.empty()) next = Place::kRoot;
    if (place() == Place::kRoot && key_ == "Peer") next = Place::kPeers;
    if ((place() == Place::kRoot && key_ == "Self") || place() == Place::kPeers) {
      next = Place::kNode;
      node_ = TailnetNode();
      dns_name_.clear();
      is_self_ = place() == Place::kRoot;
    }
    return Enter(next);
  }
  bool start_array(std::size_t) {
    const bool node = place() == Place::kNode;
    return Enter(node && key_ == "TailscaleIPs" ? Place::kAddresses
                 : node && key_ == "Tags"       ? Place::kTags
                                                : Place::kElsewhere);
  }
  bool key(std::string& name) {
    key_ = name;
    return true;
  }
  bool end_object() {
    if (place() == Place::kNode) FinishNode();
    places_.pop_back();
    return true;
  }
  bool end_array() {
    places_.pop_back();
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    error_ = {Errc::kInvalid, static_cast<std::uint32_t>(position), 0, "status"};
    return false;
  }

  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] bool found_root() const { return found_root_; }
  TailnetStatus Take() && { return std::move(status_); }

 private:
  enum class Place : std::uint8_t { kNowhere, kRoot, kPeers, kNode, kAddresses, kTags, kElsewhere };

  [[nodiscard]] Place place() const { return places_.empty() ? Place::kNowhere : places_.back(); }

  bool Enter(Place next) {
    found_root_ = found_root_ || next == Place::kRoot;
    if (places_.size() >= kMaxTailnetDepth) {
      error_ = {Errc::kTooDeep, 0, kMaxTailnetDepth, "status"};
      return false;
    }
    places_.push_back(next);
    return true;
  }

  void TakeFlag(bool value) {
    if (place() == Place::kRoot && key_ == "TUN") status_.tun = value;
    if (place() != Place::kNode) return;
    if (key_ == "Online") node_.online = value;
    if (key_ == "InNetworkMap") node_.in_network_map = value;
    if (key_ == "Expired") node_.expired = value;
    if (key_ == "ShareeNode") node_.shared_in = node_.shared_in || value;
    if (key_ == "ExitNodeOption") exit_node_option_ = value;
  }

  void TakeNumber(std::int64_t value) {
    if (place() != Place::kNode) return;
    if (key_ == "UserID") node_.user = value;
    if (key_ == "AltSharerUserID") node_.shared_in = node_.shared_in || value != 0;
  }

  void TakeText(std::string& value) {
    switch (place()) {
      case Place::kRoot:
        if (key_ == "BackendState") status_.state = ParseTailnetState(value);
        break;
      case Place::kNode:
        if (key_ == "HostName") node_.name = std::move(value);
        if (key_ == "DNSName") dns_name_ = std::move(value);
        if (key_ == "ID") {
          const auto id = StableId::Parse(value);
          if (id) node_.id = *id;
        }
        break;
      case Place::kAddresses:
        if (node_.addresses.size() < kMaxTailnetAddresses) node_.addresses.push_back(std::move(value));
        break;
      case Place::kTags:
        if (node_.tags.size() < kMaxTailnetTags) node_.tags.push_back(std::move(value));
        break;
      default:
        break;
    }
  }

  void FinishNode() {
    constexpr std::string_view kMullvad = "mullvad.ts.net";
    if (dns_name_.ends_with('.')) dns_name_.pop_back();
    node_.exit_node_of_mullvad = std::exchange(exit_node_option_, false) && dns_name_.ends_with(kMullvad);
    if (!dns_name_.empty()) node_.name = std::move(dns_name_);
    if (is_self_) {
      status_.self = std::move(node_);
    } else if (status_.peers.size() < kMaxTailnetPeers) {
      status_.peers.push_back(std::move(node_));
    } else {
      status_.truncated = true;
    }
  }

  TailnetStatus status_;
  std::vector<Place> places_;  // open objects and arrays
  std::string key_;            // the last one, in the innermost object
  TailnetNode node_;           // being read
  std::string dns_name_;       // of it
  bool exit_node_option_ = false;
  bool is_self_ = false;
  bool found_root_ = false;
  Error error_ = {Errc::kInvalid, 0, 0, "status"};
};

}  // namespace detail

// Errors, part "status": kInvalid (no JSON object; the offset where one is known), kTooDeep (value: the limit).
inline Result<TailnetStatus> ParseTailnetStatus(std::string_view text) {
  detail::TailnetStatusReader reader;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &reader) || !reader.found_root()) return reader.error();
  return std::move(reader).Take();
}

}  // namespace cctl

#endif  // CCTL_TAILNET_TAILNET_STATUS_READER_H_
