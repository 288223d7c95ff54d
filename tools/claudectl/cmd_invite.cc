// SPDX-License-Identifier: MIT

#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "cctl/base/host_name.h"
#include "cctl/base/profile.h"
#include "cctl/invite/invite.h"
#include "cctl/node/state_folder.h"
#include "cctl/node/state_operations.h"
#include "cctl/qr/qr_blocks.h"
#include "cctl/qr/qr_code.h"
#include "cctl/sys/clock.h"
#include "tools/claudectl/advertised_address.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/duration_words.h"
#include "tools/claudectl/error_text.h"
#include "tools/claudectl/qr_output.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli {
namespace {

class InviteCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Time("--ttl", kMaxInviteTtl, ttl_,
                 "How long the link admits, 1s to 30d (default: relay.invite_ttl_hours, 24h)");
    options.Text("--uses", "N", uses_, "How many may join by it, or `unlimited` together with --for (default 1)");
    options.Text("--for", "IDENTITY", for_, "Admit this identity only");
    options.Text("--label", "TEXT", label_, "A word of yours for it, as `invites` shows it");
    options.Text("--host", "HOST", host_, "The address in the link (default: that of the default route)");
    options.Number("--port", "PORT", 1, 65'535, port_, "The port in the link (default: the relay's)");
    options.Flag("--link-only", link_only_, "Print nothing but the link");
    options.Flag("--qr", qr_, "Draw the link as a QR code, too (default on a terminal that it fits)");
    options.Flag("--no-qr", no_qr_, "Draw none");
    qr_output_.Declare(options);
  }

  int Run(Printer& out) override {
    auto config = ReadConfig(out);
    if (!config) return out.Fail(config.error());
    if (const auto checked = CheckQrOptions(); !checked) return out.Fail(checked.error());
    auto wanted = FromOptions(*config);
    if (!wanted) return out.Fail(wanted.error());
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    const auto status = (*access)->Status();
    if (!status) return out.Fail(status.error());
    if (const auto located = Locate(*config, *status, *wanted); !located) return out.Fail(located.error());
    if (qr_ && !out.json()) {
      if (const auto fits = CheckQrWidth((*access)->folder(), *wanted); !fits) return out.Fail(fits.error());
    }
    const auto answer = (*access)->Ask("invite", Params(*wanted), [&access, &wanted] {
      return CreateInvite((*access)->folder(), (*access)->random(), WallNow(), *wanted);
    });
    if (!answer) return out.Fail(answer.error());
    return Print(*answer, out);
  }

 private:
  Outcome<Done> CheckQrOptions() {
    if (qr_ && no_qr_)
      return Failure{Errc::kUsage, "--qr and --no-qr exclude each other", "claudectl relay invite --help"};
    if (qr_ && link_only_) {
      return Failure{Errc::kUsage, "--qr and --link-only exclude each other", "claudectl relay invite --help"};
    }
    return qr_output_.Check();
  }

  // Whether the terminal has room for the link's QR code; asked before there is an invite. No code takes more room than
  // one of letters.
  Outcome<Done> CheckQrWidth(StateFolder& folder, const CreateInviteOptions& wanted) const {
    const auto shown = ShowIdentity(folder);
    if (!shown) return shown.error();
    const auto host = Host::Parse(wanted.host);
    if (!host)
      return Failure{Errc::kUsage, "the link's host: " + ErrorSentence(host.error()), "claudectl relay config"};
    std::string link = std::string(kClaudectlProfile.link_scheme) + "://" + RawTextOf(*shown, "identity") + "@";
    AppendHostPort(*host, wanted.port, link);
    link.append("/k/aaaaaaaaaaaaaaaa");
    const auto code = QrCode::Encode(link);
    if (!code) return QrTextTooLong(link, kMaxQrVersion);
    return qr_output_.CheckWidth(*code);
  }

  // What the options say, checked.
  Outcome<CreateInviteOptions> FromOptions(const Config& config) const {
    CreateInviteOptions wanted;
    wanted.ttl = ttl_.value_or(InviteTtl(config));
    if (wanted.ttl.ms % 1000 != 0) {
      return Failure{Errc::kUsage, "--ttl takes whole seconds", "claudectl relay invite --help"};
    }
    auto uses = Uses();
    if (!uses) return uses.error();
    wanted.uses = *uses;
    wanted.label = label_.value_or("");
    wanted.for_identity = for_;
    if (host_) {
      if (const auto host = Host::Parse(*host_); !host) {
        return Failure{Errc::kUsage, "--host: " + ErrorSentence(host.error()), "claudectl relay invite --help"};
      }
    }
    return wanted;
  }

  // Where the link leads: as the options say, else the relay (its `status`), the configuration or the machine.
  Outcome<Done> Locate(const Config& config, const nlohmann::json& status, CreateInviteOptions& wanted) const {
    auto host = LinkHost(config, status);
    if (!host) return host.error();
    wanted.host = *std::move(host);
    const std::uint32_t port = port_.value_or(AdvertisedPort(config, status));
    if (port == 0) {
      return Failure{Errc::kUsage, "no port to put into the link: no relay listens and relay.listen_port is 0",
                     "claudectl relay invite --port <port>"};
    }
    wanted.port = static_cast<std::uint16_t>(port);
    return Done{};
  }

  Outcome<std::uint32_t> Uses() const {
    if (!uses_) return std::uint32_t{1};
    if (*uses_ == "unlimited") {
      if (for_) return kUnlimitedUses;
      return Failure{Errc::kUsage, "--uses unlimited needs --for: such a link must not open to whoever sees it",
                     "claudectl relay invite --uses unlimited --for <identity>"};
    }
    std::uint32_t uses = 0;
    const auto [end, error] = std::from_chars(uses_->data(), uses_->data() + uses_->size(), uses);
    if (error == std::errc() && end == uses_->data() + uses_->size() && uses > 0 && uses != kUnlimitedUses) return uses;
    return Failure{Errc::kUsage, "--uses takes a number from 1, or `unlimited`", "claudectl relay invite --help"};
  }

  Outcome<std::string> LinkHost(const Config& config, const nlohmann::json& status) const {
    if (host_) return *host_;
    if (auto host = AdvertisedHost(config, status)) return *std::move(host);
    return Failure{Errc::kUsage, "no network interface has a default route, so the link's address must be given",
                   "claudectl relay invite --host <address>"};
  }

  static nlohmann::json Params(const CreateInviteOptions& wanted) {
    nlohmann::json params = {{"ttl_ms", wanted.ttl.ms}, {"host", wanted.host}, {"port", wanted.port}};
    params["uses"] = wanted.uses == kUnlimitedUses ? nlohmann::json("unlimited") : nlohmann::json(wanted.uses);
    if (!wanted.label.empty()) params["label"] = wanted.label;
    if (wanted.for_identity) params["for"] = *wanted.for_identity;
    return params;
  }

  int Print(nlohmann::json answer, Printer& out) const {
    const std::string link = RawTextOf(answer, "invite_link");
    const std::string title = "Invite to pair with " + TextOf(answer, "identity");
    const auto code = QrCode::Encode(link);
    if (!code) return out.Fail(QrTextTooLong(link, kMaxQrVersion), std::move(answer));
    if (qr_) answer["qr_svg"] = qr_output_.SvgUrl(*code, title);
    if (link_only_) {
      out.Line(link);
    } else {
      out.Line("Your relay invite link (valid for " + DurationInWords(Seconds(NumberOf(answer, "ttl_seconds"))) + "):");
      out.Line("");
      out.Line("  claudectl relay join " + link);
      if (!out.json() && (qr_ || (!no_qr_ && qr_output_.FitsTerminal(*code)))) {
        out.Line("");
        out.Line("Or scan this QR code:");
        qr_output_.Draw(*code, out);
      }
    }
    // The invite is made and its link is shown, whatever becomes of the files.
    if (const auto written = qr_output_.WriteFiles(*code, title, out); !written) {
      return out.Fail(written.error(), std::move(answer));
    }
    if (out.json()) out.Object(answer);
    const auto host = Host::Parse(RawTextOf(answer, "host"));
    if (host && !host->is_numeric()) {
      out.Note("the released claudectl reads links with a numeric host only: give --host an IP address for it");
    }
    if (!FlagOf(answer, "relay_running")) {
      out.Note("no relay is running here; the link works while one does: claudectl relay serve");
    }
    return out.Finish();
  }

  std::optional<Duration> ttl_;
  std::optional<std::string> uses_;
  std::optional<std::string> for_;
  std::optional<std::string> label_;
  std::optional<std::string> host_;
  std::optional<std::uint32_t> port_;
  bool link_only_ = false;
  bool qr_ = false;
  bool no_qr_ = false;
  QrOutput qr_output_{"invite"};
};

}  // namespace

std::unique_ptr<Command> MakeInviteCommand() { return std::make_unique<InviteCommand>(); }

}  // namespace cctl::cli
