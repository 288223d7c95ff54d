// SPDX-License-Identifier: MIT
//
// The light margin around a drawn QR code, in modules (ISO/IEC 18004:2015, 5.3.8).

#ifndef CCTL_QR_QR_QUIET_ZONE_H_
#define CCTL_QR_QR_QUIET_ZONE_H_

namespace cctl {

inline constexpr int kQrQuietZone = 4;  // what the standard asks for; most readers are content with 2

inline constexpr int kMaxQrQuietZone = 100;  // more is a mistake, and sizes stay far from overflow

// The nearest one that is possible. Renderers take every number.
constexpr int ClampQrQuietZone(int modules) {
  return modules < 0 ? 0 : modules > kMaxQrQuietZone ? kMaxQrQuietZone : modules;
}

}  // namespace cctl

#endif  // CCTL_QR_QR_QUIET_ZONE_H_
