#include "local/model/offload.hpp"

#include <algorithm>

namespace entente::local {

namespace {
constexpr std::uint64_t least_kept = 512 * 1024 * 1024;
}

std::uint32_t choose_offload(const OffloadNeeds& needs, std::span<const Device> devices,
                             std::optional<std::uint32_t> wish) {
  std::uint64_t all = std::uint64_t{needs.layers} + 1, fit = 0;
  if (devices.empty()) return 0;
  if (wish) return static_cast<std::uint32_t>(std::min<std::uint64_t>(*wish, all));
  std::uint64_t layer = needs.weight_bytes / all + needs.cell_bytes / std::max(1u, needs.layers);
  for (const Device& device : devices) {
    std::uint64_t kept = std::max(least_kept, device.free_bytes / 10);
    fit += (device.free_bytes - std::min(device.free_bytes, kept)) / std::max<std::uint64_t>(1, layer);
  }
  return static_cast<std::uint32_t>(std::min(fit, all));
}

}  // namespace entente::local
