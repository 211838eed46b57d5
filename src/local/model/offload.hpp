// How many of a model's layers are computed by devices beside the processor (graphics cards), as far as their memory
// goes. Pure.
//
// A layer takes its weights and its part of the keys and values. Each device keeps some memory back for what it
// computes in: a tenth, at least half a gigabyte; an estimate, because only the driver knows. libllama puts the last
// layers of a model on the devices, and counts its output as one more.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace entente::local {

struct Device {
  std::string name;         // "Vulkan0"
  std::string description;  // "NVIDIA GeForce RTX 4060"
  std::uint64_t free_bytes = 0;
};

struct OffloadNeeds {
  std::uint32_t layers = 0;        // without the output
  std::uint64_t weight_bytes = 0;  // of the whole model
  std::uint64_t cell_bytes = 0;    // keys and values of all sequences, all layers
};

// Of layers + 1. A wish is kept as far as the model has layers, whatever the memory says; without a device it is 0.
std::uint32_t choose_offload(const OffloadNeeds& needs, std::span<const Device> devices,
                             std::optional<std::uint32_t> wish);

}  // namespace entente::local
